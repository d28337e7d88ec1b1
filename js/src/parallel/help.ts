/** The gestures and keys of the parallel coordinates. */

export const GESTURES: readonly [string, string][] = [
  ["Drag along an axis", "brush an interval; several on one axis are one or the other"],
  ["Drag a brush, or its end", "move it, or make it longer; a click removes it"],
  ["Drag a class's mark", "say how far along the axis the class belongs"],
  ["Drag a title", "put the axis elsewhere"],
  ["Click a title", "flip, quantile scale, hide; what is known of the axis"],
  ["Drag between axes, wheel", "scroll, where there are many"],
  ["Click a line", "select its sample; double click: its class"],
  ["← →", "from axis to axis; Shift moves the axis"],
  ["↑ ↓", "along the axis"],
  ["Space", "begin a brush, end it; Backspace removes it"],
  ["T", "take the class at the cursor: ↑ ↓ move it, Enter drops it"],
  ["F, Q, H, Enter", "flip, quantile, hide, menu of the axis"],
  ["Enter, with a brush", "what the button beside it does, where there is one"],
  ["S, O", "sort by score; all brushes or any"],
  ["Digit, M", "relabel the selection: the legend shows each class's key"],
  ["G, W, Delete, K, V", "whole group, weigh, drop, link, look at what they are"],
  ["J", "solve what was named at once, without training"],
  ["A, I, U, R, E", "select all, the others; undo, redo; save the picture"],
  ["Esc", "cancel; once more: back to the notebook"],
];
