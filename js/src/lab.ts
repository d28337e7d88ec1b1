/** The Lab: buttons, readings and the scatter. */

import { element, icon } from "./dom.ts";
import type { Energy, Status } from "./protocol.ts";
import type { Wire } from "./wire.ts";

const ICONS = {
  run: "M5 3.200v9.600l8-4.800z",
  pause: "M4.500 3h2.600v10H4.500zM8.900 3h2.600v10H8.900z",
  step: "M3.500 3.200v9.600l6.500-4.800zM11 3h1.800v10H11z",
  undo: "M5.500 3 2.500 6l3 3M2.500 6h6.300a4 4 0 0 1 0 8H6",
  redo: "M10.500 3l3 3-3 3M13.500 6H7.200a4 4 0 0 0 0 8H10",
};

export const EMPTY: Status = {
  running: false,
  step: null,
  epoch: null,
  accuracy: null,
  loss: null,
  feedback: null,
  energy: null,
  edits: null,
  undo: false,
  redo: false,
  message: "",
};

/** The row of buttons and the row of readings. */
export function createControls(wire: Wire, signal: AbortSignal): HTMLElement {
  const button = (text: string, label: string, path: string, filled: boolean, act: () => void) => {
    const made = element(
      "button",
      "button",
      { type: "button", title: label, "aria-label": label },
      icon(path, filled),
      text,
    );
    made.addEventListener("click", act, { signal });
    return made;
  };
  let status = EMPTY;
  const run = button("Run", "Run training until paused", ICONS.run, true, () =>
    wire.command(status.running ? "pause" : "start"),
  );
  run.classList.add("greenlatent-primary");
  const step = button("Step", "One training step", ICONS.step, true, () => wire.command("step", { n: 1 }));
  const ten = button("10 steps", "Ten training steps", ICONS.step, true, () =>
    wire.command("step", { n: 10 }),
  );
  const undo = button("Undo", "Undo the last edit", ICONS.undo, false, () => wire.command("undo"));
  const redo = button("Redo", "Redo the edit that was undone", ICONS.redo, false, () => wire.command("redo"));
  const message = element("div", "message", { role: "status" });
  const readings = element("dl", "readings");
  const live = element("div", "live", { "aria-live": "polite" });
  let spoken = 0;

  wire.on("status", received => {
    status = { ...EMPTY, ...received.status };
    const name = status.running ? "Pause" : "Run";
    const label = status.running ? "Pause training" : "Run training until paused";
    if (run.title !== label) {
      run.replaceChildren(icon(status.running ? ICONS.pause : ICONS.run, true), name);
      run.title = label;
      run.setAttribute("aria-label", label);
    }
    undo.disabled = !status.undo;
    redo.disabled = !status.redo;
    message.textContent = status.message;
    readings.replaceChildren(
      reading("Step", whole(status.step), status.epoch === null ? "" : `epoch ${whole(status.epoch)}`),
      reading("Accuracy", status.accuracy === null ? "–" : `${(100 * status.accuracy).toFixed(1)} %`, ""),
      reading("Loss", short(status.loss), status.feedback ? `feedback ${short(status.feedback)}` : ""),
      energyReading(status.energy),
      reading("Edits", whole(status.edits), ""),
    );
    const time = performance.now();
    if (time - spoken > 5000 || !status.running) {
      spoken = time;
      live.textContent = spokenSummary(status);
    }
  });

  return element(
    "div",
    "controls",
    {},
    element(
      "div",
      "bar",
      { role: "toolbar", "aria-label": "Training" },
      element("div", "group", {}, run, step, ten),
      element("div", "group", {}, undo, redo),
      message,
    ),
    readings,
    live,
  );
}

function reading(name: string, value: string, note: string | Node): HTMLElement {
  return element(
    "div",
    "reading",
    {},
    element("dt", "reading-name", {}, name),
    element("dd", "reading-value", {}, value, element("span", "reading-note", {}, note)),
  );
}

/** A reading that is missing is missing, never 0. The badge says on hover where the number comes from. */
function energyReading(energy: Energy | null): HTMLElement {
  const name = `Energy ${energy?.per ? `a ${energy.per}` : ""}`.trim();
  if (!energy || energy.value === null) return reading(name, "–", energy?.note || "not measured");
  const [prefix, times] = prefixOf(energy.value);
  const shares = Object.entries(energy.badges ?? {}).sort((a, b) => b[1] - a[1]);
  const title = [
    energy.text,
    shares.map(([badge, share]) => `${Math.round(100 * share)} % ${badge}`).join(", "),
    energy.note,
  ];
  const note = element("span", "reading-badges", { title: title.filter(Boolean).join("\n") });
  if (energy.low !== null && energy.high !== null)
    note.append(`${short(energy.low * times)}–${short(energy.high * times)} `);
  for (const [badge] of shares.slice(0, 2)) note.append(element("span", "badge", {}, badge));
  return reading(name, `${short(energy.value * times)} ${prefix}${energy.unit ?? "J"}`, note);
}

function spokenSummary(status: Status): string {
  const parts = [status.running ? "Training" : "Paused", `step ${whole(status.step)}`];
  if (status.accuracy !== null) parts.push(`accuracy ${(100 * status.accuracy).toFixed(0)} percent`);
  if (status.energy?.text) parts.push(`${status.energy.text} a ${status.energy.per}`);
  return parts.join(", ");
}

const whole = (value: number | null): string => (value === null ? "–" : value.toLocaleString("en"));

/** Three digits that count. */
export const short = (value: number | null): string =>
  value === null ? "–" : Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });

/** The prefix that makes a value easy to read, and what to multiply by: 0.0015 J is 1.5 mJ. */
export function prefixOf(value: number): [string, number] {
  const size = Math.abs(value);
  if (size === 0) return ["", 1];
  if (size < 1e-3) return ["µ", 1e6];
  if (size < 1) return ["m", 1e3];
  if (size < 1e4) return ["", 1];
  return size < 1e7 ? ["k", 1e-3] : ["M", 1e-6];
}
