/** The hand on a scatter: it points at samples, picks them, draws around them, drags them and moves the view. */

import { inside, nearest, type Point, rectangle, simplify } from "../page/geometry.ts";
import { now } from "../page/life.ts";
import type { Cloud } from "../paint/cloud.ts";
import type { Plot } from "../plot/parts.ts";
import type { Cursor } from "./cursor.ts";
import type { Drawing } from "./drawing.ts";
import type { Editor } from "./editor.ts";
import { followPointers, type Pointers } from "./gestures.ts";
import type { Lens } from "./lens.ts";
import type { Sight } from "./sight.ts";
import type { Tools } from "./tools.ts";

export type HandNeeds = {
  cloud: Cloud;
  lens: Lens;
  drawing: Drawing;
  cursor: Cursor;
  sight: Sight;
  tools: Tools;
  editor: Editor;
};

/** What is drawn around samples at this moment, to select them or to take them out. */
export type Path = { points: Point[]; removing: boolean };

export function createHand(
  plot: Plot,
  needs: HandNeeds,
  signal: AbortSignal,
): Pointers & { readonly path: Path | null } {
  const { page, select, say } = plot;
  const { selection, choose, link, ask } = select;
  const { card, showCard } = say;
  const { cloud, lens, drawing, cursor, sight, tools, editor } = needs;
  const { redraw, under } = drawing;
  const { stage } = page;
  let path: Path | null = null;

  const pointers = followPointers(
    stage,
    {
      tool: tools.tool,
      hit(at, slack) {
        if (ask.open) return -1;
        return nearest(cloud.places(now()), under(at), (drawing.radius() + slack) / lens.at(now()).scale);
      },
      hover(row, at) {
        link.hover(row < 0 ? null : cloud.ids[row]);
        stage.toggleAttribute("data-over", row >= 0);
        if (row < 0 || ask.open) card.hide();
        else showCard(row, at);
      },
      click(row, mode) {
        if (ask.cancel()) return;
        if (row >= 0) {
          cursor.put(row);
          choose([row], mode);
        } else if (mode === "set") {
          cursor.clear(); // a digit pressed next must not relabel a point that was left
          choose([], "set");
        }
      },
      doubleClick(row, mode) {
        if (row >= 0) selection.selectClass(cloud.classOf(row, cloud.colourBy), mode);
      },
      draw(points, done, mode) {
        ask.cancel();
        card.hide();
        const box = tools.tool() === "rectangle" && points.length > 1;
        const outline = box ? rectangle(points[0], points[points.length - 1]) : points;
        path = done ? null : { points: outline, removing: mode === "remove" };
        if (done && outline.length > 2) {
          choose(inside(cloud.places(now()), simplify(outline, 1).map(under)), mode);
          select.actions.drawn();
        }
        redraw();
      },
      grab(row, at) {
        if (!page.editable()) return false;
        ask.cancel();
        card.hide();
        link.hover(null);
        editor.grab(cloud.isSelected(row) ? cloud.selectedRows() : [row], under(at));
        return true;
      },
      drag(at) {
        editor.dragTo(at);
        redraw();
      },
      drop: editor.drop,
      letGo: editor.letGo,
      pan: sight.pan,
      zoom: (at, factor) => sight.zoom(factor, at),
      scrolledPast: () => say.words.say("To zoom, click the plot first, or hold Ctrl.", false),
    },
    signal,
  );
  return {
    ...pointers,
    get path() {
      return path;
    },
  };
}
