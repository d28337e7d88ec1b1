/** The memory of a tab: camera and colour of a view over a reload, and a random name for what begins. */

import type { Storage } from "./outbox.ts";

export type Memory<T extends object> = { read(): Kept<T>; write(kept: Kept<T>): void };

/** All of it may be missing. */
export type Kept<T> = { [K in keyof T]?: T[K] | undefined };

/** One memory a session; a view that was left as it came needs none. */
export function createMemory<T extends object>(session: string, storage: Storage | null): Memory<T> {
  const key = `greenlatent/view/${session}`;
  return {
    read() {
      try {
        const kept: unknown = JSON.parse(storage?.getItem(key) ?? "{}");
        return typeof kept === "object" && kept !== null ? (kept as Kept<T>) : {};
      } catch {
        return {}; // written by another version, or cut off
      }
    },
    write(kept) {
      try {
        if (Object.values(kept).some(value => value !== undefined)) {
          storage?.setItem(key, JSON.stringify(kept));
        } else storage?.removeItem(key);
      } catch {
        // A full or forbidden storage: the view begins anew after a reload.
      }
    },
  };
}

export const randomName = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(3)), word => word.toString(36)).join("");

/** The tab's storage; null where the page may not keep anything. */
export function pageStorage(): Storage | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}
