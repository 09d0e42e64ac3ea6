/** A box with its texts and the stack behind it, as in archspec/figures/layout/forms/leaf.py. */

import type { Pair } from "../../model/data.ts";
import type { Leaf } from "../../model/diagram.ts";
import { text } from "../../model/scene.ts";
import type { Rect, Text } from "../../model/scene.ts";
import type { Engine, Extent } from "./engine.ts";
import { labelAt } from "./labels.ts";
import { PAD, SHEET, SHEETS, TAP } from "./lengths.ts";
import { corners, isOneASide, lastPoint, onAxis, pending, through } from "./lines.ts";
import type { Pending } from "./lines.ts";
import * as sideBranches from "./side_branches.ts";

const MERGE = "merge";

export function measure(leaf: Leaf, engine: Engine): Extent {
  const bare = measureBare(leaf, engine);
  if (!leaf.sideBranches.length) return bare;
  return sideBranches.measure(leaf.sideBranches, bare, leaf.shape, engine);
}

/** Without side branches. */
function measureBare(leaf: Leaf, engine: Engine): Extent {
  const [width, height] = sizeOf(leaf, engine);
  const stack = stackOf(leaf);
  const badge = badgeSize(leaf, engine);
  const over = stack ? Math.max(stack, badge[1] / 2 + 1) : 0;
  const wide = stack ? Math.max(stack, badge[0] / 2 + 1) : 0;
  if (engine.isRight) {
    return { length: width + wide, before: height / 2 + over + stack, after: height / 2 };
  }
  return { length: height + over + stack, before: width / 2, after: width / 2 + wide };
}

/** Width and height of the box without what is around it. */
function sizeOf(leaf: Leaf, engine: Engine): Pair {
  const { text: title, small } = engine.sizes;
  if (leaf.form === "circle") return [1.7 * title, 1.7 * title];
  const width = Math.max(
    engine.textWidth(leaf.title, title, leaf.role === "block"),
    ...smallLines(leaf).map((line) => engine.textWidth(line, small)),
  );
  const height = 2.1 * title + 1.25 * small * smallLines(leaf).length;
  return [width + 2 * PAD, height];
}

/** What stands under the title, and notes under that. */
function smallLines(leaf: Leaf): string[] {
  return leaf.under ? [leaf.under, ...leaf.note] : leaf.note;
}

/** How far the sheets behind the box stand out. */
function stackOf(leaf: Leaf): number {
  return leaf.count > 1 ? SHEET * SHEETS : 0;
}

/** Width and height of the ``×6`` of a stack. */
function badgeSize(leaf: Leaf, engine: Engine): Pair {
  const size = engine.sizes.small;
  return [engine.textWidth(`×${leaf.count}`, size, true) + 7, size * 1.35];
}

export function place(
  leaf: Leaf, main: number, across: number, arriving: Pending[], engine: Engine,
): Pending[] {
  const right = engine.isRight;
  const [width, height] = sizeOf(leaf, engine);
  const stack = stackOf(leaf);
  const bare = measureBare(leaf, engine);
  const start = right || !stack ? main : main + bare.length - height - stack;
  const end = start + (right ? width : height) + stack;
  const [x, y] = right ? [main, across - height / 2] : [across - width / 2, start + stack];
  endLines(leaf, arriving, start, across, engine);
  draw(leaf, x, y, width, height, engine);
  if (!leaf.sideBranches.length) return [leave(leaf, end, across, 0, engine)];
  const tap = main + bare.length;
  const below = Math.max(bare.after, engine.labelSides(leaf.shape)[1]);
  sideBranches.place(leaf, tap, end, across, below, engine);
  const line = leave(leaf, end, across, tap - end + TAP, engine);
  return [through(line, [main + engine.measure(leaf).length, across])];
}

/** Where on the main direction a line ends that arrives beside the axis, from where the box begins;
 * and how far from the axis the box reaches. */
export function entrance(leaf: Leaf, main: number, port: number, engine: Engine): Pair {
  const [width, height] = sizeOf(leaf, engine);
  const [deep, side] = engine.isRight ? [width, height] : [height, width];
  const stack = stackOf(leaf);
  let start = main;
  if (!engine.isRight && stack) start += measureBare(leaf, engine).length - height - stack;
  if (leaf.form === "circle") {
    start += deep / 2 - Math.sqrt(Math.max((deep / 2) ** 2 - port ** 2, 0));
  }
  return [start, side / 2];
}

/** End lines at a box. */
function endLines(
  leaf: Leaf, arriving: Pending[], start: number, across: number, engine: Engine,
): void {
  const [width, height] = sizeOf(leaf, engine);
  const [deep, side] = engine.isRight ? [width, height] : [height, width];
  const beside = leaf.role === MERGE && isOneASide(arriving, across, side);
  const joined = new Set<number | null>();
  const solidFirst = [...arriving].sort((a, b) => Number(a.dashed) - Number(b.dashed));
  for (const line of solidFirst) {
    const at = lastPoint(line)[1];
    if (beside && line.merge !== null && Math.abs(at - across) > side / 2) {
      const [center, edge] = [start + deep / 2, at > across ? side / 2 : -side / 2];
      drawLine(through(line, [center, at], [center, across + edge]), leaf, engine);
    } else if (line.merge !== null && joined.has(line.merge) && at !== across) {
      drawLine({ ...onAxis(line, across), arrow: false }, leaf, engine);
    } else {
      drawLine(through(onAxis(line, across), [start, across]), leaf, engine);
      joined.add(line.merge);
    }
  }
}

export function drawLine(line: Pending, leaf: Leaf, engine: Engine): void {
  const { source, arrow, label } = line;
  const points = corners(line).map((point) => engine.xy(...point));
  const dashed = line.dashed || leaf.dashed;
  const dimmed = line.dimmed || leaf.dimmed;
  engine.items.push({
    type: "line", points, source, target: leaf.path, arrow, dashed, label, dimmed,
  });
}

/** The line out of a box; its text stands behind where side branches begin. */
function leave(leaf: Leaf, end: number, across: number, tap: number, engine: Engine): Pending {
  const { shape } = leaf;
  const label = shape === null ? null : labelAt(engine, shape, end + tap, across);
  return { ...pending(leaf.output, [[end, across]], leaf.dashed, label), dimmed: leaf.dimmed };
}

function draw(
  leaf: Leaf, x: number, y: number, width: number, height: number, engine: Engine,
): void {
  const radius = leaf.form === "circle" ? height / 2 : 3.5;
  const [fill, line] = leaf.paint ?? [leaf.role, `${leaf.role}-line`];
  const stroke = leaf.highlighted ? "highlight" : line!;
  const look = { fill: fill!, stroke, radius, dashed: leaf.dashed };
  const rect: Rect = { x, y, width, height, ...look };
  const behind: Rect[] = [];
  if (leaf.count > 1) {
    for (let k = SHEETS; k > 0; k--) behind.push({ ...rect, x: x + SHEET * k, y: y - SHEET * k });
  }
  const [badge, texts] = [badgeOf(leaf, rect, engine), textsOf(leaf, rect, engine)];
  engine.items.push({ type: "box", rect, leaf, texts, behind, badge });
}

/** ``×6``, at the corner of a stack. */
function badgeOf(leaf: Leaf, box: Rect, engine: Engine): [Rect, Text] | null {
  if (leaf.count === 1) return null;
  const [width, height] = badgeSize(leaf, engine);
  const [x, y] = [box.x + box.width + 1 - width / 2, box.y - SHEET * SHEETS - height / 2];
  const look = { fill: "badge", stroke: null, radius: height / 2, dashed: false };
  const size = engine.sizes.small;
  const style = { anchor: "middle", bold: true, color: "on-badge" } as const;
  const count = text(x + width / 2, y + height / 2 + size * 0.35, `×${leaf.count}`, size, style);
  return [{ x, y, width, height, ...look }, count];
}

function textsOf(leaf: Leaf, box: Rect, engine: Engine): Text[] {
  const middle = box.x + box.width / 2;
  const { text: size, small } = engine.sizes;
  const bold = leaf.role === "block" || leaf.form === "circle";
  const [ink, pale] = [leaf.paint?.[2] ?? "ink", leaf.paint?.[3] ?? "pale"];
  const lines = smallLines(leaf);
  if (!lines.length) {
    const grown = leaf.form === "circle" ? size * 1.2 : size;
    const base = box.y + box.height / 2 + grown * 0.35;
    return [text(middle, base, leaf.title, grown, { anchor: "middle", bold, color: ink })];
  }
  const first = box.y + box.height / 2 - 0.1 * size - 0.625 * small * (lines.length - 1);
  const under = lines.map((line, k) =>
    text(middle, first + small * (1.3 + 1.25 * k), line, small, { anchor: "middle", color: pale }),
  );
  return [text(middle, first, leaf.title, size, { anchor: "middle", bold, color: ink }), ...under];
}
