/** The scatter: points that glide, are selected, dragged and relabelled. */

import { now } from "../page/life.ts";
import { Cloud } from "../paint/cloud.ts";
import { paintOf } from "../paint/colours.ts";
import type { Place, Plot, Shown } from "../plot/parts.ts";
import { createPlot } from "../plot/plot.ts";
import type { PlaneFrame } from "../wire/protocol.ts";
import { createCursor } from "./cursor.ts";
import { createDrawing } from "./drawing.ts";
import { createEditor } from "./editor.ts";
import { createHand } from "./hand.ts";
import { GESTURES } from "./help.ts";
import { Lens } from "./lens.ts";
import { followShortcuts } from "./shortcuts.ts";
import { createSight } from "./sight.ts";
import { createTools } from "./tools.ts";

const DRAG = "Drag a point to where it belongs, or draw around several.";

export function createScatter(place: Place, signal: AbortSignal): Shown {
  const cloud = new Cloud();
  const lens = new Lens();
  const cursor = createCursor(cloud, lens, () => drawing);

  const plot: Plot = createPlot<PlaneFrame>(
    place,
    {
      cloud,
      space: "plane",
      kind: "scatter plot",
      name: "scatter",
      gestures: GESTURES,
      size: () => drawing.size,
      hint: () => (plot.page.editable() ? DRAG : "Draw around points to select them."),
      held: () => editor.drag !== null,
      take(frame, time, duration) {
        const first = cloud.n === 0;
        if (!cloud.setFrame(frame, time, duration)) return false;
        lens.follow(cloud.bounds, drawing.size, time, first ? 0 : duration);
        return true;
      },
      redraw: () => drawing.redraw(),
      cursor: () => cursor.id,
      offer: (undo, redo) => tools.offer(undo, redo),
      picture: () => drawing.kept(),
    },
    signal,
  );
  const { stage } = plot.page;
  const { link, ask, actions } = plot.select;
  const drawing = createDrawing(
    plot,
    {
      cloud,
      lens,
      drag: () => editor.drag,
      lit() {
        const target = editor.drag?.target ?? -1;
        if (target >= 0) return cloud.colourBy === "given" ? paintOf(target) : -1;
        return plot.draw.lit === null ? -1 : paintOf(plot.draw.lit);
      },
      path: () => hand.path,
      hovered: () => (link.hovered === null || editor.drag ? -1 : cloud.rowOf(link.hovered)),
      cursor: () => (stage.matches(":focus") ? cursor.row : -1),
      meant() {
        const kept = ask.scope?.rows ?? actions.kept();
        return kept.length
          ? { rows: kept, becoming: -1 }
          : { rows: cloud.rowsOf(link.ringed), becoming: link.becoming };
      },
    },
    signal,
  );
  const sight = createSight(plot, cloud, lens, drawing);
  const tools = createTools({ ...plot.say.acts, fit: sight.fit });
  const editor = createEditor(
    plot,
    {
      cloud,
      places: () => cloud.places(now()),
      camera: () => lens.at(now()),
      size: () => drawing.size,
    },
    signal,
  );
  stage.after(tools.element);

  const parts = { cloud, lens, drawing, cursor, sight, tools, editor };
  const hand = createHand(plot, parts, signal);
  followShortcuts(plot, { ...parts, hand }, signal);
  return plot.page.assemble(plot.page.field);
}
