/** The still beside the live view: hidden while the view lives, and painted anew on a pause. */

import { css } from "./colours.ts";
import { element } from "./dom.ts";
import type { Theme } from "./theme.ts";

const NAME = "greenlatent"; // what the kernel writes into the picture, and before the text that stands in for it
const LARGEST = 100 * 1024;
const REST = 30_000; // milliseconds between two pictures
const SETTLE = 1200; // milliseconds after the last change, so that a glide is over

/** Finds the still's output next to the view's, wherever the notebook puts it, and keeps it hidden. */
export function hideStill(root: HTMLElement, signal: AbortSignal): { found(): boolean } {
  let hidden: HTMLElement | null = null;
  let area: Element | null = null;
  const observer = new MutationObserver(look);

  function look(): void {
    const output = root.closest(".jp-OutputArea-child");
    if (output?.parentElement && output.parentElement !== area) {
      observer.disconnect();
      area = output.parentElement;
      observer.observe(area, { childList: true, subtree: false });
    }
    const next = output?.nextElementSibling;
    const still = next instanceof HTMLElement && isStill(next) ? next : null;
    if (still === hidden) return;
    if (hidden) hidden.style.display = "";
    hidden = still;
    if (hidden) hidden.style.display = "none";
  }
  // A view is rendered before it hangs in the page.
  const resize = new ResizeObserver(look);
  resize.observe(root);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    resize.disconnect();
    if (hidden) hidden.style.display = "";
  });
  look();
  return {
    found() {
      look();
      return hidden !== null;
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

export type Still = {
  /** Something worth keeping changed. */
  changed(): void;
};

/** `paint` gives the picture now; `send` gets it as PNG bytes, at most every 30 s. */
export function keepStill(
  paint: () => HTMLCanvasElement | null,
  send: (png: Uint8Array, canvas: HTMLCanvasElement) => void,
  signal: AbortSignal,
): Still {
  let timer = 0;
  let last = -REST;
  signal.addEventListener("abort", () => clearTimeout(timer));
  async function take(): Promise<void> {
    timer = 0;
    if (document.hidden) return;
    const canvas = paint();
    if (!canvas) return;
    last = performance.now();
    const png = await pngOf(canvas);
    if (png && !signal.aborted) send(png, canvas);
  }
  return {
    changed() {
      clearTimeout(timer);
      timer = window.setTimeout(() => void take(), Math.max(SETTLE, last + REST - performance.now()));
    },
  };
}

/** PNG bytes of at most 100 KB; a picture that is larger is made smaller until it fits. */
async function pngOf(canvas: HTMLCanvasElement): Promise<Uint8Array | null> {
  let picture = canvas;
  for (let attempt = 0; attempt < 6; attempt++) {
    const blob = await new Promise<Blob | null>(resolve => picture.toBlob(resolve, "image/png"));
    if (!blob) return null;
    if (blob.size <= LARGEST) return new Uint8Array(await blob.arrayBuffer());
    const shrink = Math.min(0.9, Math.sqrt(LARGEST / blob.size));
    const smaller = element("canvas", "", {
      width: Math.round(picture.width * shrink),
      height: Math.round(picture.height * shrink),
    });
    smaller.getContext("2d")?.drawImage(canvas, 0, 0, smaller.width, smaller.height);
    picture = smaller;
  }
  return null;
}

export type LegendRow = { name: string; draw(ctx: CanvasRenderingContext2D, x: number, y: number): void };

/** Points, legend and a caption on the theme's own background: never previews or names of samples. */
export function compose(
  points: HTMLCanvasElement,
  ratio: number,
  theme: Theme,
  caption: string,
  legend: LegendRow[],
): HTMLCanvasElement {
  const [width, height] = [points.width / ratio, points.height / ratio];
  const side = legend.length ? 120 : 0;
  const picture = element("canvas", "", {
    width: Math.round((width + side) * ratio),
    height: Math.round((height + 30) * ratio),
  });
  const ctx = picture.getContext("2d");
  if (!ctx) return picture;
  ctx.scale(ratio, ratio);
  ctx.fillStyle = css(theme.background);
  ctx.fillRect(0, 0, width + side, height + 30);
  ctx.drawImage(points, 0, 0, width, height);
  ctx.font = `12px ${theme.font}`;
  ctx.textBaseline = "middle";
  const most = Math.floor((height - 10) / 18);
  legend.slice(0, most).forEach((row, k) => {
    row.draw(ctx, width + 14, 16 + 18 * k);
    ctx.fillStyle = css(theme.ink);
    ctx.fillText(row.name, width + 26, 16 + 18 * k, side - 30);
  });
  ctx.fillStyle = css(theme.ink);
  ctx.fillText(caption, 10, height + 15, width + side - 20);
  return picture;
}
