/** The parallel coordinates: every dimension an axis, brushed, ranked and dragged; or some as spokes of a radar. */

import { element } from "../page/elements.ts";
import { on } from "../page/life.ts";
import { count } from "../page/numbers.ts";
import type { Place, Plot, Shown } from "../plot/parts.ts";
import { createPlot } from "../plot/plot.ts";
import type { AxesFrame } from "../wire/protocol.ts";
import { createAxes } from "./axes.ts";
import { createBrushing } from "./brush/brushing.ts";
import { createOffer } from "./brush/offer.ts";
import { createDrawing } from "./drawing.ts";
import { createHand } from "./hand.ts";
import { GESTURES } from "./help.ts";
import { Strands } from "./lines/strands.ts";
import { createPuller } from "./puller.ts";
import { createRadarDrawing } from "./radar/drawing.ts";
import { Wheel } from "./radar/wheel.ts";
import { Scene } from "./scene.ts";
import { followShortcuts } from "./shortcuts.ts";

export function createParallel(place: Place, signal: AbortSignal): Shown {
  const strands = new Strands();
  const wheel = place.host.get("view") === "radar" ? new Wheel(strands) : null;
  const scene = wheel ?? new Scene(strands);

  const plot: Plot = createPlot<AxesFrame>(
    place,
    {
      cloud: strands,
      space: "axes",
      kind: wheel ? "radar" : "parallel coordinates",
      name: "parallel",
      gestures: GESTURES,
      size: () => scene.size,
      hint() {
        if (wheel) return scene.pullable ? "Drag a class by its mark along an axis." : "";
        const pull = scene.pullable ? ", or drag a class by its mark." : ".";
        return `Drag along an axis to brush${scene.layout.most > 0 ? ", between axes to scroll" : ""}${pull}`;
      },
      extent() {
        const n = scene.layout.axes.length;
        return `${count(n, "axis", "axes")}${wheel?.absent ? `, ${wheel.absent} not shown` : ""}`;
      },
      held: () => puller.pull !== null || brushing.held !== null || scene.carried >= 0,
      busy: () => drawing.inHand,
      take(frame, time, duration) {
        const { dims } = strands;
        if (!strands.setAxes(frame, time, duration)) return false;
        if (strands.dims !== dims) axes.begin();
        brushing.apply();
        axes.show();
        return true;
      },
      redraw: stale => drawing.redraw(stale),
      selected: () => brushing.overruled(),
      labelled: () => strands.labelsChanged(),
      coloured() {
        scene.classes = plot.page.classes;
        judge();
        axes.showToolbar();
      },
      cursor: () => -1,
      offer: (undo, redo) => axes.toolbar.offer(undo, redo),
      picture: () => drawing.picture(axes.titles.clientHeight),
    },
    signal,
  );
  plot.page.stage.classList.add("greenlatent-axes");
  const about = { brushing: () => brushing, puller: () => puller, resized: () => axes.show() };
  const drawing = wheel
    ? createRadarDrawing(plot, { scene: wheel, ...about }, signal)
    : createDrawing(plot, { scene, ...about }, signal);
  const brushing = createBrushing(
    plot.page.host,
    strands,
    plot.select.selection,
    () => {
      drawing.redraw("picked");
      if (!drawing.inHand) axes.showToolbar();
    },
    signal,
  );
  function judge(): void {
    const [labelled, several] = [strands.colourBy === "given", scene.classes.length > 1];
    scene.pullable = plot.page.editable() && !scene.input && labelled && several;
  }
  const axes = createAxes(
    plot,
    {
      scene,
      drawing,
      brushing: () => brushing,
      moved() {
        plot.say.card.hide();
        judge();
      },
      placed: () => offer.place(),
    },
    signal,
  );
  const offer = createOffer(plot, { scene, drawing: () => drawing, brushing: () => brushing });
  const puller = createPuller(plot, scene, () => hand.letGo(), signal);
  const parts = { scene, axes, drawing, brushing, puller };
  const hand = createHand(plot, parts, signal);
  followShortcuts(plot, { ...parts, hand, offer }, signal);
  on(plot.page.stage, "focus", axes.tell, signal);
  return plot.page.assemble(element("div", "axis-frame", axes.toolbar.element, axes.titles, plot.page.field));
}
