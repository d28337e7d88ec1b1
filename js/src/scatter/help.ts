/** The gestures and keys of the scatter. */

export const GESTURES: readonly [string, string][] = [
  ["Drag empty space", "draw around points; Shift adds, Alt removes, both from anywhere"],
  ["Drag a point", "say where it, or the whole selection, belongs"],
  ["Double click", "select a class"],
  ["Wheel", "zoom, once the plot has the focus; Ctrl and wheel always"],
  ["Space or middle button and drag", "move the view"],
  ["Digit", "relabel the selection: the legend shows each class's key; M for all classes"],
  ["G", "select the whole recording, or what else belongs with the selection"],
  ["W, then 1 to 5", "weigh: ¼, ½, 1, 2 or 4 times an epoch"],
  ["Delete", "drop the selection from training"],
  ["K", "link: these belong together with others, or apart"],
  ["V", "look at the selected samples"],
  ["Arrow keys", "move a cursor from point to point; Shift selects on the way"],
  ["Space", "select or deselect the point under the cursor"],
  ["Enter", "bring the selection to the cursor"],
  ["A, I, C", "select all, the others, the cursor's class"],
  ["U, R", "undo, redo; also Ctrl+Z and Ctrl+Y"],
  ["F, +, −", "fit, zoom in, zoom out"],
  ["L, B, P", "lasso, box, pan"],
  ["E", "save the picture as PNG"],
  ["Esc", "cancel; once more: back to the notebook"],
];
