/** The surface: canvases as large as the stage, the picture below and what follows the hand above. */

import { element } from "../page/elements.ts";
import type { Size } from "../page/geometry.ts";
import { on, onResize } from "../page/life.ts";

export type Surface = {
  canvas: HTMLCanvasElement;
  overlay: HTMLCanvasElement;
  /** On no page: for what is drawn once and then moved over the overlay. */
  carried: HTMLCanvasElement;
  readonly size: Size;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  /** One of the canvases, emptied, to be drawn on in CSS pixels; null while the stage has no size. */
  begin(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null;
};

export function createSurface(stage: HTMLElement, resized: () => void, signal: AbortSignal): Surface {
  const canvas = element("canvas", "points");
  const overlay = element("canvas", "overlay");
  const carried = element("canvas", "");
  let size: Size = { width: 0, height: 0 };
  let ratio = 1;
  stage.append(canvas, overlay);
  function measure(): void {
    const { clientWidth: width, clientHeight: height } = stage;
    const scale = Math.min(window.devicePixelRatio || 1, 3);
    if (width === size.width && height === size.height && scale === ratio) return;
    size = { width, height };
    ratio = scale;
    for (const each of [canvas, overlay, carried]) {
      each.width = Math.round(width * ratio);
      each.height = Math.round(height * ratio);
    }
    resized();
  }
  /** On another screen a page may have as many pixels of CSS as before, and more of the device. */
  function watchRatio(): void {
    const same = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    on(same, "change", () => [measure(), watchRatio()], signal, { once: true });
  }
  onResize(stage, measure, signal);
  watchRatio();
  return {
    canvas,
    overlay,
    carried,
    get size() {
      return size;
    },
    get ratio() {
      return ratio;
    },
    begin(each) {
      const ctx = size.width ? each.getContext("2d") : null;
      ctx?.setTransform(ratio, 0, 0, ratio, 0, 0);
      ctx?.clearRect(0, 0, size.width, size.height);
      return ctx;
    },
  };
}
