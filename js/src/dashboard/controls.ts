/** The Lab's controls: how training runs, and what it has come to. */

import {
  actionButton,
  button,
  dropDown,
  element,
  group,
  icon,
  named,
  refill,
  spoken,
} from "../page/elements.ts";
import { now } from "../page/life.ts";
import { short, whole } from "../page/numbers.ts";
import type { Status } from "../wire/protocol.ts";
import type { Wire } from "../wire/wire.ts";
import { interval, joules } from "./amounts.ts";
import { createSolve } from "./energy/solve.ts";

const ICONS = {
  run: "M5 3.2v9.6l8-4.8z",
  pause: "M4.5 3h2.6v10H4.5zM8.9 3h2.6v10H8.9z",
  step: "M3.5 3.2v9.6l6.5-4.8zM11 3h1.8v10H11z",
  undo: "M5.5 3 2.5 6l3 3M2.5 6h6.3a4 4 0 0 1 0 8H6",
  redo: "M10.5 3l3 3-3 3M13.5 6H7.200a4 4 0 0 0 0 8H10",
};

export const EMPTY: Status = {
  running: false,
  step: null,
  epoch: null,
  accuracy: null,
  loss: null,
  feedback: null,
  energy: null,
  unread: "",
  edits: null,
  undo: false,
  redo: false,
  message: "",
  leads: "",
  copy: "",
};

const PACES = [
  ["epoch", "an epoch a second"],
  ["", "as fast as possible"],
  ["30", "30 steps a second"],
  ["5", "5 steps a second"],
  ["1", "1 step a second"],
];
const ENDS = [
  ["suggestion", "until a suggestion"],
  ["", "until paused"],
  ["epoch", "until the epoch ends"],
];

export type ControlsNeeds = {
  /** Without classes nothing can deserve a look. */
  classes: boolean;
  axes: HTMLElement;
  /** Whether a text is told elsewhere. */
  told(text: string): boolean;
  /** Opens a panel, by its name. */
  lead(panel: string): void;
};

/** The row of buttons, what there is to say, and the row of readings. */
export function createControls(wire: Wire, { classes, axes, told, lead }: ControlsNeeds): HTMLElement {
  const press = (text: string, label: string, path: string, filled: boolean, act: () => void) =>
    button("button", named(label), act, icon(path, filled), text);
  let status = EMPTY;
  const choice = (label: string, options: string[][] = []) => {
    const made = dropDown(label);
    offer(made, options);
    return made;
  };
  const pace = choice("How fast to run", PACES);
  const until = choice("How long to run", classes ? ENDS : ENDS.slice(1));
  const start = (): void =>
    wire.command("start", { pace: Number(pace.value) || pace.value || null, until: until.value || null });
  const run = press("Run", "Run training", ICONS.run, true, () =>
    status.running ? wire.command("pause") : start(),
  );
  pace.onchange = until.onchange = () => {
    if (status.running) start();
  };
  run.classList.add("greenlatent-primary");
  const layer = choice("Which layer to show");
  const projection = choice("How to make a picture of it");
  layer.onchange = () => wire.command("layer", { layer: layer.value });
  projection.onchange = () => wire.command("projection", { name: projection.value });
  const look = element("div", "group", { hidden: true }, layer, projection, axes);
  wire.on("setup", setup => {
    offer(
      layer,
      setup.layers.map(name => [name, name === setup.acts ? name : `${name} (to look at)`]),
    );
    offer(projection, Object.entries(setup.projections));
    layer.value = setup.layer;
    projection.value = setup.projection;
    look.hidden = false;
  });
  const bar = element("progress", "", { max: 1, "aria-label": "How far it is" });
  const task = element("span", "");
  const cancel = actionButton("Cancel", () => wire.command("cancel"));
  const work = element("div", "work row", { hidden: true, role: "status" }, task, bar, cancel);
  wire.on("work", ({ text, share }) => {
    work.hidden = !text;
    if (task.textContent !== text) task.textContent = text;
    if (share === null) bar.removeAttribute("value");
    else bar.value = share;
  });
  const step = press("Step", "One training step", ICONS.step, true, () => wire.command("step", { n: 1 }));
  const ten = press("10 steps", "Ten training steps", ICONS.step, true, () =>
    wire.command("step", { n: 10 }),
  );
  const undo = press("Undo", "Undo what was done last", ICONS.undo, false, () => wire.command("undo"));
  const redo = press("Redo", "Redo what was undone", ICONS.redo, false, () => wire.command("redo"));
  let solved = "";
  const solve = createSolve(wire, short => {
    solved = short;
    show();
  });
  const said = element("span", "message-text", { role: "status" });
  const follow = button("action", {}, () => {
    if (status.leads) lead(status.leads);
    else void navigator.clipboard?.writeText(status.copy).then(() => refill(follow, "Copied"));
  });
  const message = element("div", "message", { hidden: true }, said, follow);
  const readings = element("dl", "readings");
  const live = spoken();
  let last = 0;

  wire.on("status", received => {
    status = { ...EMPTY, ...received.status };
    const name = status.running ? "Pause" : "Run";
    const label = status.running ? "Pause training" : "Run training";
    if (run.title !== label) {
      refill(run, icon(status.running ? ICONS.pause : ICONS.run, true), name);
      run.title = label;
      run.ariaLabel = label;
    }
    undo.disabled = !status.undo;
    redo.disabled = !status.redo;
    const { leads, copy } = status;
    message.hidden = !status.message || told(status.message);
    if (said.textContent !== status.message) said.textContent = status.message;
    follow.hidden = !leads && !(copy && navigator.clipboard);
    if (follow.dataset.for !== leads + copy) {
      follow.dataset.for = leads + copy;
      refill(follow, leads ? "Show it" : "Copy the line that goes on with it");
    }
    show();
    const time = now();
    if (time - last > 5000 || !status.running) {
      last = time;
      live.textContent = spokenSummary(status);
    }
  });

  function show(): void {
    refill(readings, ...readingsOf(status, solved));
  }

  return element(
    "div",
    "controls",
    element(
      "div",
      "bar",
      { role: "toolbar", "aria-label": "Training" },
      group(run, step, ten),
      group(pace, until),
      group(undo, redo),
    ),
    message,
    work,
    element("div", "reading-row row", readings, group(...(classes ? [solve] : []), look)),
    live,
  );
}

/** Fills a list to choose from, unless it holds these already: one that is open must not close. */
function offer(select: HTMLSelectElement, options: string[][]): void {
  const told = JSON.stringify(options);
  if (select.dataset.told === told) return;
  select.dataset.told = told;
  refill(select, ...options.map(([value, text]) => element("option", "", { value }, text)));
}

const readingsOf = (status: Status, solved: string): HTMLElement[] => [
  reading("Step", whole(status.step), status.epoch === null ? "" : `epoch ${whole(status.epoch)}`),
  reading("Accuracy", status.accuracy === null ? "–" : `${(100 * status.accuracy).toFixed(1)} %`, solved),
  reading("Loss", short(status.loss), status.feedback ? `feedback ${short(status.feedback)}` : ""),
  energyReading(status),
  reading("Edits", whole(status.edits), ""),
];

function reading(name: string, value: string, note: string | Node): HTMLElement {
  return element(
    "div",
    "reading",
    element("dt", "reading-name soft", name),
    element("dd", "reading-value", value, element("span", "reading-note soft", note)),
  );
}

/** A reading that is missing is missing, never 0. The badges say where the number comes from. */
function energyReading({ energy, unread }: Status): HTMLElement {
  if (!energy) return reading("Energy", "–", unread || "not measured");
  const shares = Object.entries(energy.badges).sort((a, b) => b[1] - a[1]);
  const title = shares.map(([badge, share]) => `${Math.round(100 * share)} % ${badge}`).join(", ");
  const note = element("span", "reading-badges", { title }, `${interval(energy)} `);
  for (const [badge] of shares.slice(0, 2)) note.append(element("span", "badge", badge));
  return reading(energy.per ? `Energy a ${energy.per}` : "Energy", joules(energy), note);
}

function spokenSummary(status: Status): string {
  const parts = [status.running ? "Training" : "Paused", `step ${whole(status.step)}`];
  if (status.accuracy !== null) parts.push(`accuracy ${(100 * status.accuracy).toFixed(0)} percent`);
  if (status.energy) parts.push(`${joules(status.energy)} a ${status.energy.per}`);
  return parts.join(", ");
}
