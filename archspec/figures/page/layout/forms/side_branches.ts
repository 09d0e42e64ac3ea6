/** Branches that end in nothing, as in archspec/figures/layout/forms/side_branches.py. */

import type { Diagram, Frame, Leaf } from "../../model/diagram.ts";
import type { Point } from "../../model/scene.ts";
import type { Engine, Extent } from "./engine.ts";
import { BESIDE, LEAD, TAP } from "./lengths.ts";
import { pending } from "./lines.ts";

/** A part that is so large without them, with them below it, one below the other. */
export function measure(
  branches: Diagram[], bare: Extent, label: string | null, engine: Engine,
): Extent {
  let length = bare.length + TAP + engine.labelRoom(label);
  const [before, below] = engine.labelSides(label);
  let after = Math.max(bare.after, below);
  for (const branch of branches) {
    const extent = engine.measure(branch);
    length = Math.max(length, bare.length + TAP + LEAD + extent.length);
    after += BESIDE + extent.before + extent.after;
  }
  return { length, before: Math.max(bare.before, before), after };
}

/** Below a part that ends there; their lines leave its own behind the tap. */
export function place(
  part: Leaf | Frame, tap: number, end: number, across: number, below: number, engine: Engine,
): void {
  let edge = across + below;
  for (const branch of part.sideBranches) {
    const extent = engine.measure(branch);
    const axis = edge + BESIDE + extent.before;
    const points: Point[] = [[end, across], [tap + TAP, across], [tap + TAP, axis]];
    engine.place(branch, tap + TAP + LEAD, axis, [pending(part.output, points, true)]);
    edge = axis + extent.after;
  }
}
