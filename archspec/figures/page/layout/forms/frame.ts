/** A border around an open scope, as in archspec/figures/layout/forms/frame.py. */

import { hasEntries } from "../../model/diagram.ts";
import type { Frame } from "../../model/diagram.ts";
import { text } from "../../model/scene.ts";
import type { Engine, Extent } from "./engine.ts";
import { exitLabel, labelBehind } from "./labels.ts";
import { INSIDE, PAD, TAP, WIRE } from "./lengths.ts";
import { corners, onAxis, straightOn, through } from "./lines.ts";
import type { Pending } from "./lines.ts";
import * as sideBranches from "./side_branches.ts";

/** What stands over what is inside. */
function headingOf(frame: Frame): string {
  return frame.count > 1 ? `${frame.heading} ×${frame.count}`.trim() : frame.heading;
}

export function measure(frame: Frame, engine: Engine): Extent {
  const bare = measureBare(frame, engine);
  if (!frame.sideBranches.length) return bare;
  return sideBranches.measure(frame.sideBranches, bare, exitLabel(frame.inside), engine);
}

/** Without side branches. */
function measureBare(frame: Frame, engine: Engine): Extent {
  const inside = engine.measure(frame.inside);
  const wide = engine.textWidth(headingOf(frame), engine.sizes.small, true) + 2 * PAD;
  const top = topOf(frame, engine);
  if (engine.isRight) {
    const length = Math.max(inside.length + 2 * INSIDE, wide);
    const before = Math.max(inside.before, WIRE) + INSIDE + top;
    return { length, before, after: Math.max(inside.after, WIRE) + INSIDE };
  }
  const before = Math.max(inside.before + INSIDE, top ? wide + 4 : 0);
  return { length: inside.length + 2 * INSIDE + top, before, after: inside.after + INSIDE };
}

/** The height that the heading takes. */
function topOf(frame: Frame, engine: Engine): number {
  return headingOf(frame) ? engine.sizes.small * 1.5 : 0;
}

export function place(
  frame: Frame, main: number, across: number, arriving: Pending[], engine: Engine,
): Pending[] {
  const bare = measureBare(frame, engine);
  const inside = engine.measure(frame.inside);
  draw(frame, main, across - bare.before, bare, engine);
  const top = engine.isRight ? 0 : topOf(frame, engine);
  const free = bare.length - inside.length - top;
  let lines = arriving.map((line) => onAxis(line, across));
  if (hasEntries(frame.inside)) {
    endAtBorder(frame, lines, main, across, engine);
    lines = [];
  }
  let leaving = engine.place(frame.inside, main + free / 2 + top, across, lines);
  const border = main + bare.length;
  const label = exitLabel(frame.inside);
  const moveLabels = (to: number): void => {
    if (label !== null) leaving = leaving.map((line) => labelBehind(engine, line, to));
  };
  moveLabels(border);
  leaving = leaving.map((line) => straightOn(onAxis(line, across), border));
  if (!frame.sideBranches.length) return leaving;
  const below = Math.max(bare.after, engine.labelSides(label)[1]);
  sideBranches.place(frame, border, border, across, below, engine);
  moveLabels(border + TAP);
  const end = main + engine.measure(frame).length;
  return leaving.map((line) => straightOn(line, end));
}

/** Lines to a scope of several inputs, whose names stand inside. */
function endAtBorder(
  frame: Frame, arriving: Pending[], main: number, across: number, engine: Engine,
): void {
  const solidFirst = [...arriving].sort((a, b) => Number(a.dashed) - Number(b.dashed));
  solidFirst.forEach((line, k) => {
    const points = corners(through(line, [main, across])).map((point) => engine.xy(...point));
    const { source, dashed, label } = line;
    engine.items.push({ type: "line", points, source, target: frame.path, arrow: !k, dashed, label });
  });
}

function draw(frame: Frame, main: number, across: number, bare: Extent, engine: Engine): void {
  const [x, y] = engine.xy(main, across);
  const [width, height] = engine.xy(bare.length, bare.before + bare.after);
  const { dashed } = frame;
  const rect = { x, y, width, height, fill: "frame", stroke: "frame-line", radius: 5, dashed };
  const size = engine.sizes.small;
  const words = headingOf(frame);
  const style = { bold: true, color: "pale" };
  const heading = words ? text(x + PAD, y + size * 1.25, words, size, style) : null;
  engine.items.push({ type: "border", rect, heading, frame });
}
