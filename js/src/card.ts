/** The hover card: what is known of one point, and what its sample looks like. */

import { place } from "./ask.ts";
import type { Cloud } from "./cloud.ts";
import type { Palette } from "./colours.ts";
import { element } from "./dom.ts";
import type { Point, Size } from "./geometry.ts";
import { markOf } from "./legend.ts";
import { describeState } from "./words.ts";

export type Card = {
  element: HTMLElement;
  show(row: number, at: Point, size: Size, cloud: Cloud, classes: readonly string[], palette: Palette): void;
  preview(id: number, mime: string, data: Uint8Array<ArrayBuffer>): void;
  hide(): void;
};

const SIGNAL = "application/x-float32";

/** `ask` requests a preview; the answer comes by `preview`. */
export function createCard(ask: (id: number) => void, signal: AbortSignal): Card {
  const card = element("div", "card", { hidden: true });
  const looks = new Map<number, { mime: string; data: Uint8Array<ArrayBuffer> }>();
  let shown = -1;
  let timer = 0;
  let url = "";
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    URL.revokeObjectURL(url);
  });

  function addPreview(): void {
    const look = looks.get(shown);
    card.querySelector(".greenlatent-preview")?.remove();
    if (!look?.mime) return;
    if (look.mime === "image/png") {
      URL.revokeObjectURL(url);
      url = URL.createObjectURL(new Blob([look.data], { type: look.mime }));
      card.append(element("img", "preview", { src: url, alt: `preview of sample ${shown}` }));
    } else if (look.mime === SIGNAL) card.append(signalLine(new Float32Array(look.data.buffer)));
    else card.append(element("div", "preview preview-text", {}, new TextDecoder().decode(look.data)));
  }

  return {
    element: card,
    show(row, at, size, cloud, classes, palette) {
      const id = cloud.ids[row];
      if (id !== shown || card.hidden) {
        const lines: [string, (Node | string)[]][] = [];
        for (const name of ["given", "predicted"]) {
          const index = cloud.classOf(row, name);
          if (cloud.columns.has(name)) {
            lines.push([
              name,
              index < 0 ? ["none"] : [markOf(index, palette), classes[index] ?? String(index)],
            ]);
          }
        }
        const confidence = cloud.numberOf(row, "confidence");
        if (confidence !== null) lines.push(["confidence", [`${(100 * confidence).toFixed(0)} %`]]);
        const state = describeState(cloud.look[4 * row + 2]);
        if (state) lines.push(["state", [state]]);
        card.replaceChildren(
          element("div", "card-title", {}, `sample ${id}`),
          ...lines.map(([name, value]) =>
            element(
              "div",
              "card-line",
              {},
              element("span", "card-name", {}, name),
              element("span", "card-value", {}, ...value),
            ),
          ),
        );
        shown = id;
        clearTimeout(timer);
        if (looks.has(id)) addPreview();
        else timer = window.setTimeout(() => ask(id), 80); // a pointer that only passes asks for nothing
      }
      card.hidden = false;
      place(card, at, size);
    },
    preview(id, mime, data) {
      if (looks.size > 200) looks.clear();
      looks.set(id, { mime, data });
      if (id === shown && !card.hidden) addPreview();
    },
    hide() {
      clearTimeout(timer);
      card.hidden = true;
    },
  };
}

function signalLine(values: Float32Array): HTMLCanvasElement {
  const [width, height] = [160, 48];
  const canvas = element("canvas", "preview", {
    width: 2 * width,
    height: 2 * height,
    role: "img",
    "aria-label": "signal",
  });
  const ctx = canvas.getContext("2d");
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!ctx || values.length < 2) return canvas;
  ctx.scale(2, 2);
  ctx.strokeStyle = "#888";
  ctx.lineWidth = 1.2;
  ctx.beginPath();
  values.forEach((value, k) => {
    const y = height - 3 - ((value - low) / (high - low || 1)) * (height - 6);
    ctx.lineTo((k / (values.length - 1)) * width, y);
  });
  ctx.stroke();
  return canvas;
}
