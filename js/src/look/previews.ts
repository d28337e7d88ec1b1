/** Previews: what samples look like, asked for once, kept for a while, and drawn as an image, a line or a text. */

import { element } from "../page/elements.ts";
import { type Look, PREVIEWS_PER_MESSAGE } from "../wire/protocol.ts";
import type { Wire } from "../wire/wire.ts";

const SIGNAL = "application/x-float32";
const KEPT_LOOKS = 500;

export type Previews = {
  get(id: number): Look | undefined;
  /** Asks for those that are not known yet, in one message. */
  ask(ids: readonly number[]): void;
  /** Hears of every answer. */
  listen(listener: () => void): void;
};

export function createPreviews(wire: Wire): Previews {
  const looks = new Map<number, Look>();
  const listeners: (() => void)[] = [];
  wire.on("preview", message => {
    if (looks.size + message.looks.length > KEPT_LOOKS) looks.clear();
    for (const look of message.looks) looks.set(look.id, look);
    for (const listener of listeners) listener();
  });
  return {
    get: id => looks.get(id),
    ask(ids) {
      const unknown = ids.filter(id => !looks.has(id)).slice(0, PREVIEWS_PER_MESSAGE);
      if (unknown.length) wire.send({ type: "preview", ids: Uint32Array.from(unknown) });
    },
    listen: listener => listeners.push(listener),
  };
}

/** Null where there is nothing to see. */
export function drawLook(look: Look): HTMLElement | null {
  if (look.mime === "image/png") {
    const url = URL.createObjectURL(new Blob([look.data], { type: look.mime }));
    const image = element("img", "preview", { alt: `preview of sample ${look.id}` });
    image.onload = image.onerror = () => URL.revokeObjectURL(url);
    image.src = url;
    return image;
  }
  if (look.mime.startsWith(SIGNAL) && look.data.length % 4 === 0)
    return sparkline(new Float32Array(look.data.buffer), namesIn(look.mime));
  if (look.mime === "text/plain") {
    return element("div", "preview preview-text", new TextDecoder().decode(look.data));
  }
  return null;
}

/** The names of a signal's channels, which follow its type; none for one without. */
function namesIn(mime: string): string[] {
  try {
    const names: unknown = JSON.parse(mime.slice(SIGNAL.length + 1) || "[]");
    return Array.isArray(names) ? names.map(String) : [];
  } catch {
    return [];
  }
}

/** One line, or a named one for each channel, all on one scale. */
function sparkline(values: Float32Array, names: readonly string[]): HTMLCanvasElement {
  const lines = Math.max(1, names.length);
  const [width, height] = [160, lines > 1 ? 24 : 48];
  const canvas = element("canvas", "preview", {
    width: 2 * width,
    height: 2 * height * lines,
    role: "img",
    "aria-label": ["signal", ...names].join(", "),
  });
  canvas.style.aspectRatio = `${width} / ${height * lines}`;
  const ctx = canvas.getContext("2d");
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const long = Math.floor(values.length / lines);
  if (!ctx || finite.length < 2 || long < 2) return canvas;
  ctx.scale(2, 2);
  ctx.strokeStyle = ctx.fillStyle = "#888";
  ctx.lineWidth = lines > 1 ? 2 : 1.2; // many are mostly seen small
  ctx.font = "9px system-ui, sans-serif";
  for (let line = 0; line < lines; line++) {
    const foot = height * (line + 1);
    if (lines > 1) ctx.fillText(names[line], 1, foot - height + 8, width);
    ctx.beginPath();
    let drawing = false; // a gap ends the line
    for (let k = 0; k < long; k++) {
      const value = values[line * long + k];
      const x = (k / (long - 1)) * width;
      const y = foot - 3 - ((value - low) / (high - low || 1)) * (height - 6);
      if (!Number.isFinite(value)) drawing = false;
      else if (drawing) ctx.lineTo(x, y);
      else {
        ctx.moveTo(x, y);
        drawing = true;
      }
    }
    ctx.stroke();
  }
  return canvas;
}
