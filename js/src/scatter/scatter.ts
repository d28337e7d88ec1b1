/** The scatter: points that glide, are selected, dragged and relabelled. */

import { KIN, kinNear } from "../edits/kin.ts";
import { describePoint } from "../look/words.ts";
import { inside, nearest, type Point, rectangle, simplify } from "../page/geometry.ts";
import { followKeys } from "../page/keyboard.ts";
import { now } from "../page/life.ts";
import type { Mode } from "../page/pointers.ts";
import { Cloud } from "../paint/cloud.ts";
import { paintOf } from "../paint/colours.ts";
import type { Place, Shown } from "../plot/parts.ts";
import { createPlot, type Plot } from "../plot/plot.ts";
import type { PlaneFrame } from "../wire/protocol.ts";
import { createCursor } from "./cursor.ts";
import { createDrawing } from "./drawing.ts";
import { createEditor } from "./editor.ts";
import { followPointers } from "./gestures.ts";
import { GESTURES } from "./help.ts";
import { Lens } from "./lens.ts";
import { createSight } from "./sight.ts";
import { createTools } from "./tools.ts";

const DRAG = "Drag a point to where it belongs, or draw around several.";

export function createScatter(place: Place, signal: AbortSignal): Shown {
  const cloud = new Cloud();
  const lens = new Lens();
  const cursor = createCursor(cloud, lens, () => drawing);
  let path: { points: Point[]; mode: Mode } | null = null;

  const plot: Plot = createPlot<PlaneFrame>(
    place,
    {
      cloud,
      space: "plane",
      kind: "scatter plot",
      name: "scatter",
      gestures: GESTURES,
      size: () => drawing.size,
      hint: () => (plot.editable() ? DRAG : "Draw around points to select them."),
      held: () => editor.drag !== null,
      take(frame, time, duration) {
        const first = cloud.n === 0;
        if (!cloud.setFrame(frame, time, duration)) return false;
        lens.follow(cloud.bounds, drawing.size, time, first ? 0 : duration);
        return true;
      },
      redraw: () => drawing.redraw(),
      cursor: () => cursor.id,
      kin: row => kinNear(cloud, row, cloud.places(now()), KIN / lens.at(now()).scale),
      offer: (undo, redo) => tools.offer(undo, redo),
      picture: () => drawing,
    },
    signal,
  );
  const { stage, words, selection, card, ask, link, acts, select } = plot;
  const drawing = createDrawing(
    plot,
    {
      cloud,
      lens,
      drag: () => editor.drag,
      lit() {
        const target = editor.drag?.target ?? -1;
        if (target >= 0) return cloud.colourBy === "given" ? paintOf(target) : -1;
        return plot.lit === null ? -1 : paintOf(plot.lit);
      },
      path: () => path && { points: path.points, removing: path.mode === "remove" },
      hovered: () => (link.hovered === null || editor.drag ? -1 : cloud.rowOf(link.hovered)),
      cursor: () => (stage.matches(":focus") ? cursor.row : -1),
      meant() {
        const kept = ask.scope?.rows ?? plot.actions.kept();
        return kept.length
          ? { rows: kept, becoming: -1 }
          : { rows: cloud.rowsOf(link.ringed), becoming: link.becoming };
      },
    },
    signal,
  );
  const { redraw, spotOf, under } = drawing;
  const sight = createSight(plot, cloud, lens, drawing);
  const tools = createTools({ ...acts, fit: sight.fit });
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
        else plot.showCard(row, at);
      },
      click(row, mode) {
        if (ask.cancel()) return;
        if (row >= 0) {
          cursor.put(row);
          select([row], mode);
        } else if (mode === "set") {
          cursor.clear(); // a digit pressed next must not relabel a point that was left
          select([], "set");
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
        path = done ? null : { points: outline, mode };
        if (done && outline.length > 2) {
          select(inside(cloud.places(now()), simplify(outline, 1).map(under)), mode);
        }
        redraw();
      },
      grab(row, at) {
        if (!plot.editable()) return false;
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
      scrolledPast: () => words.say("To zoom, click the plot first, or hold Ctrl.", false),
    },
    signal,
  );

  function moveCursor(dx: number, dy: number, extend: boolean): void {
    const { row, at } = cursor.move(dx, dy);
    if (row < 0) return;
    if (extend) select([row], "add");
    plot.showCard(row, at);
    words.announce(describePoint(cloud, row, plot.classes));
    redraw();
  }
  function bringSelection(): void {
    const { row } = cursor;
    if (row < 0 || !plot.editable()) return;
    if (!cloud.selectedCount || cloud.isSelected(row)) {
      words.say("Select points with Space, move the cursor to where they belong, and press Enter there.");
      return;
    }
    card.hide();
    editor.bring(cloud.selectedRows(), row, spotOf(row), selection.began);
  }
  function cancel(): boolean {
    if (ask.cancel() || pointers.cancel() || plot.help.close() || plot.actions.cancel()) return true;
    const shown = cursor.row >= 0;
    cursor.clear();
    card.hide();
    redraw();
    if (!cloud.selectedCount) return shown;
    select([], "set");
    return true;
  }
  followKeys(
    stage,
    {
      ...plot.keys,
      move: moveCursor,
      toggle() {
        const { row } = cursor;
        if (row >= 0) select([row], cloud.isSelected(row) ? "remove" : "add");
      },
      enter: bringSelection,
      cancel,
      space: pointers.holdSpace,
      named: {
        ...plot.letters,
        c() {
          const { row } = cursor;
          if (row >= 0) selection.selectClass(cloud.classOf(row, cloud.colourBy), "set");
        },
        f: sight.fit,
        "+": () => sight.zoom(1.3),
        "=": () => sight.zoom(1.3),
        "-": () => sight.zoom(1 / 1.3),
        l: () => tools.choose("lasso"),
        b: () => tools.choose("rectangle"),
        p: () => tools.choose("pan"),
      },
    },
    signal,
  );
  return plot.assemble(plot.field);
}
