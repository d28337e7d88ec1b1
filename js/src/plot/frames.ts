/** Frames on their way to the screen: each is acknowledged once it is drawn, and one may wait for a hand. */

import type { Ask } from "../edits/question.ts";
import { element } from "../page/elements.ts";
import { createTimer, now } from "../page/life.ts";
import { clamp } from "../page/numbers.ts";
import { stillness } from "../paint/theme.ts";
import type { Frame } from "../wire/protocol.ts";
import type { Wire } from "../wire/wire.ts";
import type { Frames, PlotNeeds } from "./parts.ts";

const SILENCE_MILLISECONDS = 4000; // without an answer, after which the kernel may be gone

export type FramesNeeds<F extends Frame> = {
  wire: Wire;
  ask: Ask;
  own: PlotNeeds<F>;
  /** A frame was taken; of other samples than the one before, if `anew`. */
  taken(anew: boolean): void;
  tell(): void;
};

/** `waiting` stands over the stage until the first frame, and says what is missing. */
export function createFrames<F extends Frame>(
  { wire, ask, own, taken, tell }: FramesNeeds<F>,
  signal: AbortSignal,
): Frames & { waiting: HTMLElement } {
  const { cloud } = own;
  const waiting = element("div", "waiting soft", "Waiting for the first picture…");
  let held: F | null = null;
  let undrawn: number | null = null; // the seq of the newest frame, until it is on the screen
  let lastFrame = 0;
  const silence = createTimer(signal);
  silence.set(SILENCE_MILLISECONDS, () => {
    waiting.textContent = "No kernel answers yet. If none is running, run the cell again.";
  });
  wire.on("hello", ({ n }) => {
    silence.clear();
    if (n === 0) waiting.textContent = "There are no points to show.";
  });

  function takeFrame(frame: Frame): void {
    if (frame.space !== own.space) return;
    if (own.held() || ask.open) {
      held = frame as F; // nothing moves under a hand; it is not acknowledged either, so the kernel waits
      return;
    }
    const time = now();
    const duration = stillness() ? 0 : clamp(time - lastFrame, 120, 450);
    const former = cloud.ids;
    if (!own.take(frame as F, time, duration)) return;
    lastFrame = time;
    undrawn = frame.seq;
    waiting.hidden = cloud.n > 0;
    taken(cloud.ids !== former);
  }
  wire.on("frame", takeFrame);

  return {
    waiting,
    drawn() {
      if (undrawn !== null) wire.send({ type: "ack", frame: undrawn });
      undrawn = null;
    },
    released() {
      const frame = held;
      held = null;
      if (frame) takeFrame(frame);
      tell();
      own.redraw("picked");
    },
  };
}
