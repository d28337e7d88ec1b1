/** Edits that the kernel has not answered yet: kept over a reload, numbered, sent again until answered. */

import type { Edit } from "./protocol.ts";

export type Entry = {
  client: string;
  number: number;
  edit: Edit;
  seconds: number | null;
  frame: number | null;
};

export type Storage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

export type Outbox = {
  /** What is not answered, oldest first. */
  waiting(): readonly Entry[];
  add(edit: Edit, seconds: number | null, frame: number | null): Entry;
  /** An answer came; true if an edit of this outbox had waited for it. */
  settle(client: string, number: number): boolean;
};

/**
 * One outbox a session and page. `client` is new with every load of the page, so that a duplicated tab cannot use
 * a number twice; entries of an earlier load keep their client and number, and the kernel knows them again.
 */
export function createOutbox(session: string, client: string, storage: Storage | null): Outbox {
  const key = `greenlatent/outbox/${session}`;
  let entries = read(storage, key);
  let count = 0;

  function write(): void {
    try {
      if (entries.length) storage?.setItem(key, JSON.stringify(entries, packIds));
      else storage?.removeItem(key);
    } catch {
      // A full or forbidden storage costs the second life after a reload, not the edit.
    }
  }

  return {
    waiting: () => entries,
    add(edit, seconds, frame) {
      count += 1;
      const entry = { client, number: count, edit, seconds, frame };
      entries = [...entries, entry];
      write();
      return entry;
    },
    settle(client, number) {
      const rest = entries.filter(entry => entry.client !== client || entry.number !== number);
      const found = rest.length < entries.length;
      entries = rest;
      if (found) write();
      return found;
    },
  };
}

function read(storage: Storage | null, key: string): Entry[] {
  try {
    const text = storage?.getItem(key);
    const entries: unknown = text ? JSON.parse(text, unpackIds) : [];
    return Array.isArray(entries) ? entries : [];
  } catch {
    return []; // written by another version, or cut off: nothing that could be sent
  }
}

const packIds = (_: string, value: unknown): unknown =>
  value instanceof Uint32Array ? { uint32: Array.from(value) } : value;

const unpackIds = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && "uint32" in value && Array.isArray(value.uint32)
    ? Uint32Array.from(value.uint32)
    : value;
