/** The strip: the last readings as a line with its interval around it. */

import { svg, svgPart } from "../../page/elements.ts";

export type Shape = { line: string; band: string; top: number };

/**
 * The paths of readings (value, low, high, one after another) from the left edge on, `room` of them wide. A gap stays
 * a gap; the scale begins at 0, so that twice as high is twice the joules.
 */
export function shapeOf(strip: Float32Array, width: number, height: number, room: number): Shape {
  const n = strip.length / 3;
  let top = 0;
  for (let k = 0; k < n; k++) {
    // The end of a wide interval must not press the line to the ground.
    const reach = Math.min(strip[3 * k + 2], 2.5 * strip[3 * k]);
    if (reach > top) top = reach;
  }
  const x = (k: number): string => ((width * k) / Math.max(1, room - 1)).toFixed(1);
  const y = (value: number): string =>
    (height - 1 - (height - 2) * Math.min(1, top ? value / top : 0)).toFixed(1);
  let [line, band] = ["", ""];
  for (let from = 0; from < n; from++) {
    if (Number.isNaN(strip[3 * from])) continue;
    let to = from;
    while (to + 1 < n && !Number.isNaN(strip[3 * (to + 1)])) to++;
    const [values, up, down]: string[][] = [[], [], []];
    for (let k = from; k <= to; k++) {
      values.push(`${x(k)} ${y(strip[3 * k])}`);
      down.push(`${x(k)} ${y(strip[3 * k + 1])}`);
      up.push(`${x(k)} ${y(strip[3 * k + 2])}`);
    }
    // A single reading is a point: a line of no length with round ends.
    line += `M${values.join("L")}${from === to ? "h0" : ""}`;
    band += `M${up.join("L")}L${down.reverse().join("L")}Z`;
    from = to;
  }
  return { line, band, top };
}

/** An element for it, and what redraws it. */
export function createStrip(
  width: number,
  height: number,
): { element: SVGSVGElement; draw(strip: Float32Array, room: number): Shape } {
  const band = svgPart("path", { fill: "currentColor", opacity: "0.2" });
  const line = svgPart("path", {
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "1.5",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "vector-effect": "non-scaling-stroke",
  });
  const element = svg(width, height, band, line);
  element.setAttribute("preserveAspectRatio", "none");
  element.setAttribute("class", "greenlatent-strip");
  return {
    element,
    draw(strip, room) {
      const shape = shapeOf(strip, width, height, room);
      band.setAttribute("d", shape.band);
      line.setAttribute("d", shape.line);
      return shape;
    },
  };
}
