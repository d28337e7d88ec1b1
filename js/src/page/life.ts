/** The life of a view: listeners, observers and timers that end with it. */

type Events = WindowEventMap &
  HTMLElementEventMap &
  Record<"visibilitychange" | "webglcontextlost" | "webglcontextrestored", Event>;

/** Listens until the signal ends it. */
export function on<K extends keyof Events>(
  target: EventTarget,
  types: K | readonly K[],
  listener: (event: Events[K]) => void,
  signal: AbortSignal,
  options: AddEventListenerOptions = {},
): void {
  for (const type of typeof types === "string" ? [types] : types) {
    target.addEventListener(type, listener as EventListener, { ...options, signal });
  }
}

/** What a view leaves behind when it ends. */
export const atEnd = (signal: AbortSignal, act: () => void): void => signal.addEventListener("abort", act);

/** Calls back whenever one of the elements has another size, also at first. */
export function onResize(target: Element, listener: () => void, signal: AbortSignal): void {
  const observer = new ResizeObserver(listener);
  observer.observe(target);
  atEnd(signal, () => observer.disconnect());
}

/** A timer of a view: `set` forgets what it was set to before. */
export type Timer = { set(milliseconds: number, act: () => void): void; clear(): void };

export function createTimer(signal: AbortSignal): Timer {
  let handle = 0;
  const clear = (): void => clearTimeout(handle);
  atEnd(signal, clear);
  return {
    clear,
    set(milliseconds, act) {
      clear();
      if (!signal.aborted) handle = window.setTimeout(act, milliseconds);
    },
  };
}

export const now = (): number => performance.now();
