/** The link of views in one page: which samples are selected, pointed at and talked about, told to all of them. */

import { atEnd } from "../page/life.ts";
import type { Ids } from "../wire/protocol.ts";

export type Link = {
  readonly ids: Ids;
  /** The sample under the pointer of some view, or null. */
  readonly hovered: number | null;
  select(ids: Ids): void;
  hover(id: number | null): void;
  /** Samples that somebody talks about, ringed in the picture, and the class that they would become, or -1. */
  readonly ringed: Ids;
  readonly becoming: number;
  ring(ids: Ids, becoming: number): void;
  listen(listener: (what: "selection" | "hover") => void, signal: AbortSignal): void;
};

/** `unused` is called when the last listener has left. */
export function createLink(unused: () => void): Link {
  const listeners = new Set<(what: "selection" | "hover") => void>();
  let ids: Ids = new Uint32Array(0);
  let ringed = ids;
  let becoming = -1;
  let hovered: number | null = null;
  return {
    get ids() {
      return ids;
    },
    get hovered() {
      return hovered;
    },
    select(next) {
      if (next.length === ids.length && next.every((id, k) => id === ids[k])) return;
      ids = next;
      for (const listener of [...listeners]) listener("selection");
    },
    hover(id) {
      if (id === hovered) return;
      hovered = id;
      for (const listener of [...listeners]) listener("hover");
    },
    get ringed() {
      return ringed;
    },
    get becoming() {
      return becoming;
    },
    ring(next, as) {
      ringed = next;
      becoming = as;
      for (const listener of [...listeners]) listener("hover");
    },
    listen(listener, signal) {
      listeners.add(listener);
      atEnd(signal, () => {
        listeners.delete(listener);
        if (listeners.size === 0) unused();
      });
    },
  };
}
