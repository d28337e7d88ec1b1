/** The page of a film: the scatter, or two of them, and a time line that plays, steps and is dragged. */

import { createPlayer } from "./host.ts";
import { type Mark, type Tape, unpack } from "./tape.ts";

const SPEEDS = [0.5, 1, 2, 4, 8];
const FRAMES_A_SECOND = 8; // at a speed of 1

const make = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  fields: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] => {
  const made = Object.assign(document.createElement(tag), fields);
  made.append(...children);
  return made;
};

async function begin(): Promise<void> {
  const place = document.getElementById("film") as HTMLElement;
  const data = JSON.parse(document.getElementById("data")?.textContent ?? '""') as string;
  const tapes = await unpack(data);
  const widget = (globalThis as unknown as { greenlatent: Parameters<typeof createPlayer>[0] }).greenlatent;
  const views = make("div", { className: "film-views" });
  place.replaceChildren(views);
  const players = tapes.map(tape => {
    const shown = tape.moments.some(moment => moment.axes >= 0)
      ? (["scatter", "parallel"] as const)
      : (["scatter"] as const);
    return shown.map(name => {
      const view = make("div");
      views.append(view);
      return createPlayer(widget, tape, view, "film", name);
    });
  });
  views.dataset.films = String(players.flat().length);
  place.append(
    timeLine(tapes, at => {
      for (const [k, views] of players.entries()) for (const player of views) player.show(at[k]);
    }),
  );
}

/** One line for all films: a place on it is a step of training, at which each shows its newest frame. */
function timeLine(tapes: Tape[], show: (moments: number[]) => void): HTMLElement {
  const steps = stops(tapes);
  const last = steps.length - 1;
  const slide = make("input", {
    type: "range",
    min: "0",
    max: String(last),
    value: "0",
    className: "film-slide",
  });
  slide.ariaLabel = "Frame of the film";
  const play = make("button", { type: "button" }, "Play");
  const speed = make(
    "select",
    { title: "How fast to play" },
    ...SPEEDS.map(x => make("option", { value: String(x), selected: x === 1 }, `×${x}`)),
  );
  speed.ariaLabel = "How fast to play";
  const said = make("output", { className: "film-said" });
  const marks = make("div", { className: "film-marks" });
  const { element: curve, move } = curveOf(tapes, steps);
  let [at, timer] = [-1, 0];

  const go = (to: number): void => {
    at = Math.max(0, Math.min(last, to));
    const places = tapes.map(tape => newest(tape, steps[at]));
    show(places);
    slide.value = String(at);
    const text = `step ${steps[at].toLocaleString("en")} · ${tapes.map((tape, k) => readingOf(tape, places[k])).join(" | ")}`;
    said.textContent = text;
    slide.setAttribute("aria-valuetext", text);
    move(at / Math.max(1, last));
  };
  const pause = (): void => {
    window.clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };
  const run = (): void => {
    if (at >= last) go(0);
    play.textContent = "Pause";
    window.clearInterval(timer);
    timer = window.setInterval(
      () => (at >= last ? pause() : go(at + 1)),
      1000 / (FRAMES_A_SECOND * Number(speed.value)),
    );
  };
  play.onclick = () => (timer ? pause() : run());
  speed.onchange = () => timer && run();
  slide.oninput = () => {
    pause();
    go(Number(slide.value));
  };
  const by = (n: number, text: string, label: string): HTMLButtonElement => {
    const made = make("button", { type: "button", title: label }, text);
    made.ariaLabel = label;
    made.onclick = () => {
      pause();
      go(at + n);
    };
    return made;
  };
  tapes.forEach((tape, k) => {
    for (const mark of tape.marks) if (mark.kind === "edit") marks.append(tick(tape, mark, k));
  });
  function tick(tape: Tape, mark: Mark, k: number): HTMLElement {
    const step = stepOf(tape, mark.at);
    const made = make("button", {
      type: "button",
      className: "film-mark",
      title: `step ${step}: ${mark.text}`,
    });
    made.ariaLabel = made.title;
    const where = steps.findIndex(each => each >= step);
    made.style.left = `${(100 * where) / Math.max(1, last)}%`;
    made.dataset.film = String(k);
    made.onclick = () => {
      pause();
      go(where);
      said.textContent = made.title;
    };
    return made;
  }
  go(last);
  return make(
    "div",
    { className: "film-line" },
    curve,
    make("div", { className: "film-track" }, marks, slide),
    make(
      "div",
      { className: "film-row" },
      by(-1, "‹", "One frame back"),
      play,
      by(1, "›", "One frame on"),
      speed,
      said,
    ),
  );
}

const stepOf = (tape: Tape, moment: number): number =>
  Number(tape.told.records[tape.moments[moment].frame].step);

/** All steps at which any film has a frame; of one film all frames, in their order. */
function stops(tapes: Tape[]): number[] {
  const all = tapes.flatMap(tape => tape.moments.map((_, k) => stepOf(tape, k)));
  return [...new Set(all)].sort((a, b) => a - b);
}

/** The newest frame of a film up to a step. */
function newest(tape: Tape, step: number): number {
  let found = 0;
  tape.moments.forEach((_, k) => {
    if (stepOf(tape, k) <= step) found = k;
  });
  return found;
}

function readingOf(tape: Tape, moment: number): string {
  const reading = tape.moments[moment].reading;
  const parts: string[] = [];
  if (typeof reading?.accuracy === "number") parts.push(`accuracy ${(100 * reading.accuracy).toFixed(1)} %`);
  const joules = reading?.joules as { value: number; low: number; high: number } | null | undefined;
  if (joules) parts.push(`${short(joules.value)} J (${short(joules.low)}–${short(joules.high)})`);
  return parts.join(", ") || "nothing read yet";
}

const short = (value: number): string => Number(value.toPrecision(3)).toLocaleString("en");

/** Accuracy over the frames, and a line at the one that is shown. */
function curveOf(tapes: Tape[], steps: number[]): { element: Element; move(share: number): void } {
  const names = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(names, "svg");
  const part = (tag: string, fields: Record<string, string>): SVGElement => {
    const made = document.createElementNS(names, tag);
    for (const [name, value] of Object.entries(fields)) made.setAttribute(name, value);
    svg.append(made);
    return made;
  };
  svg.setAttribute("viewBox", "0 0 1000 60");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "film-curve");
  const looks = tapes.flatMap(tape => tape.marks.filter(mark => mark.accuracy !== null));
  const values = looks.map(mark => mark.accuracy as number);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const last = Math.max(1, steps.length - 1);
  tapes.forEach((tape, k) => {
    const path = tape.marks
      .filter(mark => mark.accuracy !== null)
      .map(mark => {
        const x = (1000 * steps.findIndex(step => step >= stepOf(tape, mark.at))) / last;
        const y = 55 - (50 * ((mark.accuracy as number) - low)) / Math.max(1e-9, high - low);
        return `${x.toFixed(1)} ${y.toFixed(1)}`;
      });
    if (path.length > 1) part("path", { d: `M${path.join("L")}`, class: `film-path film-path-${k}` });
  });
  const now = part("path", { d: "M0 0V60", class: "film-now" });
  return { element: svg, move: share => now.setAttribute("transform", `translate(${1000 * share})`) };
}

void begin().catch((error: Error) => {
  document
    .getElementById("film")
    ?.prepend(make("p", { role: "alert" }, `The film cannot be shown: ${error.message}`));
});
