/** A download: a file of the kernel's, in parts, goes where the browser puts such files. */

import { button, element } from "../page/elements.ts";
import { createTimer } from "../page/life.ts";
import type { Wire } from "../wire/wire.ts";

const HANDOVER_MILLISECONDS = 10_000; // by then a browser has taken it

export function createDownload(wire: Wire, signal: AbortSignal): HTMLElement {
  const timer = createTimer(signal);
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let asked = false; // an answer reaches every page
  wire.on("file", ({ name, last, data }) => {
    if (!asked) return;
    parts.push(data);
    if (!last) return;
    const url = URL.createObjectURL(new Blob(parts, { type: "application/zip" }));
    element("a", "", { href: url, download: name }).click();
    timer.set(HANDOVER_MILLISECONDS, () => URL.revokeObjectURL(url));
    parts = [];
    asked = false;
  });
  return button(
    "action",
    { title: "One file with every edit and the weights, which gl.Lab.load goes on with" },
    () => {
      asked = true;
      parts = [];
      wire.command("download");
    },
    "Download session",
  );
}
