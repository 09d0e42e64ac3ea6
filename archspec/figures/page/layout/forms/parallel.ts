/** Branches side by side, as in archspec/figures/layout/forms/parallel.py. */

import type { Pair } from "../../model/data.ts";
import { leaves } from "../../model/diagram.ts";
import type { Diagram, Parallel } from "../../model/diagram.ts";
import type { Point } from "../../model/scene.ts";
import type { Engine, Extent } from "./engine.ts";
import { exitLabel } from "./labels.ts";
import { BESIDE, FORK, LEAD, MERGED, TAIL, WIRE } from "./lengths.ts";
import { onAxis, straightOn } from "./lines.ts";
import type { Pending } from "./lines.ts";

export function measure(parallel: Parallel, engine: Engine): Extent {
  const branches = branchesOf(parallel, engine);
  const length = Math.max(...branches.map(([branch]) => lengthOf(branch, engine)));
  const before = -Math.min(...branches.map(([branch, axis]) => axis - sides(branch, engine)[0]));
  const after = Math.max(...branches.map(([branch, axis]) => axis + sides(branch, engine)[1]));
  return {
    length: LEAD + length + TAIL, before: Math.max(before, WIRE), after: Math.max(after, WIRE),
  };
}

/** With the text on the last line. */
function lengthOf(branch: Diagram, engine: Engine): number {
  return engine.measure(branch).length + engine.labelRoom(exitLabel(branch));
}

/** What a branch takes across, with the text on its last line. */
function sides(branch: Diagram, engine: Engine): Pair {
  const extent = engine.measure(branch);
  const label = engine.labelSides(exitLabel(branch));
  return [Math.max(extent.before, label[0]), Math.max(extent.after, label[1])];
}

/** Branches with the places of their axes across, 0 being the axis of the whole. */
function branchesOf(parallel: Parallel, engine: Engine): [Diagram, number][] {
  let { branches } = parallel;
  let axisOf = branches.length % 2 ? Math.floor(branches.length / 2) : null;
  if (branches.length === 2) {
    const [first, second] = branches.map(weight) as Pair;
    if (first !== second) {
      branches = first < second ? branches : [...branches].reverse();
      axisOf = 1;
    }
  }
  const places: number[] = [];
  let edge = 0;
  for (const branch of branches) {
    const [before, after] = sides(branch, engine);
    places.push(edge + before);
    edge += before + after + BESIDE;
  }
  const axis = axisOf === null ? (places[0]! + places[places.length - 1]!) / 2 : places[axisOf]!;
  return branches.map((branch, k) => [branch, places[k]! - axis]);
}

/** What decides which branch is the main one: that it is always there, then its boxes. */
function weight(branch: Diagram): number {
  const found = leaves(branch);
  const isAlways = !found.length || !found.every((leaf) => leaf.dashed);
  return found.length + (isAlways ? 1e9 : 0);
}

export function place(
  parallel: Parallel, main: number, across: number, arriving: Pending[], engine: Engine,
): Pending[] {
  const { length } = engine.measure(parallel);
  const inner = length - LEAD - TAIL;
  const leaving: Pending[] = [];
  const weights = parallel.branches.map(weight);
  const stem = parallel.branches[weights.indexOf(Math.max(...weights))];
  for (const [branch, offset] of branchesOf(parallel, engine)) {
    const axis = across + offset;
    const start = main + LEAD + (inner - lengthOf(branch, engine)) / 2;
    const lines = arriving.map((line) =>
      fork(line, [main + FORK, across], [start, axis], branch === stem),
    );
    const end = start + lengthOf(branch, engine);
    for (const line of engine.place(branch, start, axis, lines)) {
      const ledOn = straightOn(onAxis(line, axis), end);
      leaving.push({ ...ledOn, merge: main + length - TAIL + MERGED });
    }
  }
  return leaving;
}

/** A line on its way into a branch; what all share of it is drawn with one of them. */
function fork(line: Pending, at: Point, start: Point, isStem: boolean): Pending {
  const shared = isStem ? onAxis(line, at[1]).points : [];
  const points: Point[] = [...shared, at, [at[0], start[1]], start];
  return { ...line, points, merge: null, label: isStem ? line.label : null };
}
