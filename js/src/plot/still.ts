/** The still beside the live view: hidden while the view lives, and painted anew on a pause. */

import { element } from "../page/elements.ts";
import type { Size } from "../page/geometry.ts";
import { atEnd, createTimer, now, onResize } from "../page/life.ts";
import { whole } from "../page/numbers.ts";
import { css, type Palette, paintOf, scaleStops, shapeOf } from "../paint/colours.ts";
import { trace } from "../paint/shapes.ts";
import type { Theme } from "../paint/theme.ts";

const NAME = "greenlatent"; // what the kernel writes into the picture, and before the text that stands in for it
const STILL_BYTES = 98 * 1024; // the kernel adds a description and keeps 100 KB
const STILL_MILLISECONDS = 30_000; // between two pictures
const SETTLE_MILLISECONDS = 1200; // after the last change, so that a glide is over

/** Finds the still's output next to the view's, wherever the notebook puts it, and keeps it hidden. */
export function hideStill(root: HTMLElement, signal: AbortSignal): { found(): boolean } {
  let hidden: HTMLElement[] = [];
  let area: Element | null = null;
  const observer = new MutationObserver(look);

  function look(): void {
    const output = root.closest(".jp-OutputArea-child");
    if (output?.parentElement && output.parentElement !== area) {
      observer.disconnect();
      area = output.parentElement;
      observer.observe(area, { childList: true, subtree: false });
    }
    // A picture, and where it has one what stands below it.
    const stills: HTMLElement[] = [];
    let next = output?.nextElementSibling;
    while (next instanceof HTMLElement && isStill(next)) {
      stills.push(next);
      next = next.nextElementSibling;
    }
    for (const each of hidden) if (!stills.includes(each)) each.style.display = "";
    for (const each of stills) each.style.display = "none";
    hidden = stills;
  }
  // A view is rendered before it hangs in the page.
  onResize(root, look, signal);
  atEnd(signal, () => {
    observer.disconnect();
    for (const each of hidden) each.style.display = "";
  });
  look();
  return {
    found() {
      look();
      return hidden.length > 0;
    },
  };
}

/** JupyterLab drops an image's alt text, so the mark is inside the picture: a text chunk after the header. */
export function isStill(output: HTMLElement): boolean {
  const source = output.querySelector("img")?.getAttribute("src") ?? "";
  const [head, data] = source.split(",", 2);
  if (head === "data:image/png;base64" && data) return atob(data.slice(0, 120)).includes(`Software\0${NAME}`);
  return output.querySelector("pre")?.textContent?.startsWith(`${NAME}:`) ?? false;
}

/**
 * `paint` gives the picture as it is now and `send` its PNG bytes. The answer tells that something changed; a pause does
 * not wait until the last picture is old enough.
 */
export function keepStill<P extends { canvas: HTMLCanvasElement }>(
  paint: () => P | null,
  send: (picture: P, png: Uint8Array) => void,
  signal: AbortSignal,
): (paused: boolean) => void {
  const timer = createTimer(signal);
  let waits = false;
  let first = 0; // the oldest change that no picture shows
  let last = -STILL_MILLISECONDS;
  async function take(): Promise<void> {
    waits = false;
    const picture = document.hidden ? null : paint();
    if (!picture) return;
    last = now();
    const png = await pngOf(picture.canvas);
    if (png && !signal.aborted) send(picture, png);
  }
  return paused => {
    const time = now();
    if (!waits) first = time;
    waits = true;
    if (paused) last = -STILL_MILLISECONDS;
    const due = Math.max(
      Math.min(time + SETTLE_MILLISECONDS, first + STILL_MILLISECONDS),
      last + STILL_MILLISECONDS,
    );
    timer.set(due - time, () => void take());
  };
}

/** The picture as a file, at its full size. */
export async function saveImage(canvas: HTMLCanvasElement, name: string): Promise<void> {
  const blob = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, "image/png"));
  if (!blob) return;
  const url = URL.createObjectURL(blob);
  const file = `${
    name
      .replace(/[^\p{L}\p{N} _-]+/gu, "")
      .trim()
      .slice(0, 60) || "greenlatent"
  }.png`;
  element("a", "", { href: url, download: file }).click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Sixteen shades a channel, which no eye misses among marks and which halve the file. */
function coarse(canvas: HTMLCanvasElement): void {
  const ctx = canvas.getContext("2d");
  if (!ctx) return;
  const image = ctx.getImageData(0, 0, canvas.width, canvas.height);
  image.data.forEach((value, k, all) => {
    all[k] = 17 * Math.round(value / 17);
  });
  ctx.putImageData(image, 0, 0);
}

/** PNG bytes of at most 100 KB; a picture that is larger is made coarser, then smaller until it fits. */
async function pngOf(canvas: HTMLCanvasElement): Promise<Uint8Array | null> {
  let picture = canvas;
  coarse(canvas);
  for (let attempt = 0; attempt < 6; attempt++) {
    const blob = await new Promise<Blob | null>(resolve => picture.toBlob(resolve, "image/png"));
    if (!blob) return null;
    if (blob.size <= STILL_BYTES) return new Uint8Array(await blob.arrayBuffer());
    const shrink = Math.min(0.9, Math.sqrt(STILL_BYTES / blob.size));
    const smaller = element("canvas", "", {
      width: Math.round(picture.width * shrink),
      height: Math.round(picture.height * shrink),
    });
    smaller.getContext("2d")?.drawImage(canvas, 0, 0, smaller.width, smaller.height);
    picture = smaller;
  }
  return null;
}

/** What stands beside the points: the classes by index, -1 for none, or a scale. */
export type Key = {
  classes: readonly { index: number; name: string }[];
  scale: { name: string; from: string; to: string } | null;
};

/** Points, legend and a caption on the theme's own background: never previews or names of samples. */
export function composeStill(
  points: HTMLCanvasElement,
  ratio: number,
  theme: Theme,
  caption: string,
  { classes, scale }: Key,
  palette: Palette,
): { canvas: HTMLCanvasElement; size: Size } {
  const [width, height] = [points.width / ratio, points.height / ratio];
  const foot = caption ? 28 : 0;
  const canvas = element("canvas", "");
  const ctx = canvas.getContext("2d");
  const size = { width, height: Math.round(height + foot) };
  if (!ctx) return { canvas, size };
  const font = `12px ${theme.font}`;
  ctx.font = font;
  const room = Math.max(Math.floor((height - 10) / 18), 1);
  const rows = classes.slice(0, classes.length > room ? room - 1 : room);
  const longest = Math.max(...rows.map(({ name }) => ctx.measureText(name).width), 84);
  const side = classes.length || scale ? Math.min(longest + 36, 220) : 0;
  size.width = Math.round(width + side);
  canvas.width = size.width * ratio;
  canvas.height = size.height * ratio;
  ctx.scale(ratio, ratio);
  ctx.fillStyle = css(theme.background);
  ctx.fillRect(0, 0, size.width, size.height);
  ctx.drawImage(points, 0, 0, width, height);
  ctx.font = font;
  ctx.textBaseline = "middle";
  rows.forEach(({ index, name }, k) => {
    const y = 16 + 18 * k;
    ctx.beginPath();
    trace(ctx, shapeOf(index), width + 14, y, 5);
    ctx.fillStyle = css(palette.fill[paintOf(index)]);
    ctx.fill();
    ctx.strokeStyle = css(palette.rim[paintOf(index)]);
    ctx.stroke();
    ctx.fillStyle = css(theme.ink);
    ctx.fillText(name, width + 26, y, side - 30);
  });
  ctx.fillStyle = css(theme.ink);
  if (rows.length < classes.length) {
    ctx.fillText(`and ${whole(classes.length - rows.length)} more`, width + 26, 16 + 18 * rows.length);
  }
  if (scale) {
    const [left, right] = [width + 8, width + side - 10];
    ctx.fillText(scale.name, left, 16, right - left);
    ctx.fillText(scale.from, left, 52, 50);
    ctx.textAlign = "right";
    ctx.fillText(scale.to, right, 52, 50);
    ctx.textAlign = "left";
    const gradient = ctx.createLinearGradient(left, 0, right, 0);
    scaleStops().forEach((stop, k, all) => {
      gradient.addColorStop(k / (all.length - 1), stop);
    });
    ctx.fillStyle = gradient;
    ctx.fillRect(left, 28, right - left, 12);
    ctx.fillStyle = css(theme.ink);
  }
  ctx.fillText(caption, 10, height + foot / 2, size.width - 20);
  return { canvas, size };
}
