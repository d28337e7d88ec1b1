/** The synced traits of the Python class, and what a host of the anywidget format offers. */

import { atEnd } from "../page/life.ts";

export type ViewName = "lab" | "scatter" | "parallel" | "radar" | "meter";

export type Model = {
  view: ViewName;
  classes: string[];
  link: string;
  session: string;
  editable: boolean;
  height: number;
  title: string;
  colour: string;
  /** Intervals by axis, and how those of several axes combine. */
  brushes: Brushes;
  combine: Combine;
  arrangement: Partial<Arrangement>;
};

export type Host = {
  get<K extends keyof Model>(name: K): Model[K];
  set<K extends keyof Model>(name: K, value: Model[K]): void;
  save_changes(): void;
  on(event: string, listener: (...values: never[]) => void): void;
  off(event: string, listener: (...values: never[]) => void): void;
  send(content: object, callbacks?: unknown, buffers?: ArrayBufferView[]): void;
};

/** Calls `listener` whenever one of the traits changes, until the signal ends it. */
export function onChange(
  host: Host,
  names: (keyof Model)[],
  listener: () => void,
  signal: AbortSignal,
): void {
  for (const name of names) {
    host.on(`change:${name}`, listener);
    atEnd(signal, () => host.off(`change:${name}`, listener));
  }
}

export type Interval = readonly [number, number];

/** By axis. The trait of the same name keeps them over a reload. */
export type Brushes = Readonly<Record<string, readonly Interval[]>>;

export type Combine = "and" | "or";

/** Axes by index. The trait of the same name keeps it over a reload. */
export type Arrangement = {
  order: readonly number[];
  hidden: readonly number[];
  flipped: readonly number[];
  quantile: readonly number[];
};
