import assert from "node:assert/strict";
import test from "node:test";
import { Cloud } from "../../src/paint/cloud.ts";
import { type Picture, passes } from "../../src/paint/painter.ts";
import { EDITED, TOLD } from "../../src/wire/protocol.ts";

/** The rings that points of these states get, by the cells of the atlas. */
function rings(...states: number[]): number[][] {
  const cloud = new Cloud();
  cloud.setIds(
    1,
    Uint32Array.from(states, (_, k) => k),
  );
  cloud.setColumns(1, [{ kind: "flags", name: "state", values: Uint8Array.from(states) }]);
  const points = new Float32Array(2 * states.length);
  cloud.setFrame(
    { type: "frame", space: "plane", seq: 1, set: 1, step: 1, exact: true, trust: null, points },
    0,
    0,
  );
  const all = passes({ cloud, radius: 3, lit: -1 } as Picture, false).filter(pass => pass.ring);
  return states.map(state =>
    all.filter(p => (state & p.need) === p.need && !(state & p.avoid)).map(p => p.ring),
  );
}

test("an open ring closes when a sample is told as named, and never are there two", () => {
  const [none, open, closed, both] = rings(0, EDITED, TOLD, EDITED | TOLD);
  assert.deepEqual(none, []);
  assert.equal(open.length, 1);
  assert.equal(closed.length, 1);
  assert.notDeepEqual(open, closed);
  assert.deepEqual(both, closed);
});
