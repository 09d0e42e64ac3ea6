/** A long chain in rows, as in archspec/figures/layout/forms/rows.py. */

import type { Rows } from "../../model/diagram.ts";
import type { Point } from "../../model/scene.ts";
import * as braces from "./braces.ts";
import type { Engine, Extent } from "./engine.ts";
import { exitLabel } from "./labels.ts";
import { CHANNEL, INDENT } from "./lengths.ts";
import { onAxis, straightOn, through } from "./lines.ts";
import type { Pending } from "./lines.ts";
import { gap, sum } from "./series.ts";

export function measure(rows: Rows, engine: Engine): Extent {
  const extents = rows.rows.map((_, k) => measureRow(rows, k, engine));
  const length = Math.max(
    ...extents.map((extent, k) => extent.length + (k ? INDENT : 0) + tail(rows, k, engine)),
  );
  const across =
    sum(extents.map((extent) => extent.before + extent.after)) + 2 * CHANNEL * (extents.length - 1);
  const { before } = extents[0]!;
  return { length, before, after: across - before };
}

/** A row with the text on the line out of it. */
function measureRow(rows: Rows, k: number, engine: Engine): Extent {
  const row = rows.rows[k]!;
  const { length, before, after } = engine.measure(row);
  const sides = engine.labelSides(tail(rows, k, engine) ? exitLabel(row) : null);
  const over = braces.room(row, engine);
  return { length, before: Math.max(before, sides[0]) + over, after: Math.max(after, sides[1]) };
}

/** Behind a row: the text on its last line, and the turn; behind the last one nothing. */
function tail(rows: Rows, k: number, engine: Engine): number {
  return k + 1 < rows.rows.length ? gap(engine, exitLabel(rows.rows[k]!)) : 0;
}

export function place(
  rows: Rows, main: number, across: number, arriving: Pending[], engine: Engine,
): Pending[] {
  let lines = placeRow(rows, 0, main, across, arriving, engine);
  let [start, axis] = [main, across];
  rows.rows.slice(1).forEach((_, k) => {
    const extent = measureRow(rows, k, engine);
    const channel = axis + extent.after + CHANNEL;
    const following = channel + CHANNEL + measureRow(rows, k + 1, engine).before;
    const end = start + extent.length + tail(rows, k, engine) - 1;
    const last = axis;
    lines = lines.map((line) => turn(line, last, end, channel, [main, following]));
    [start, axis] = [main + INDENT, following];
    lines = placeRow(rows, k + 1, start, axis, lines, engine);
  });
  return lines.map((line) => onAxis(line, axis));
}

/** A row with the braces over it. */
function placeRow(
  rows: Rows, k: number, main: number, across: number, arriving: Pending[], engine: Engine,
): Pending[] {
  const before = engine.items.length;
  const leaving = engine.place(rows.rows[k]!, main, across, arriving);
  const edge = across - measureRow(rows, k, engine).before;
  braces.place(rows.rows[k]!, edge, engine.items.slice(before), engine);
  return leaving;
}

/** A line from the end of a row to the beginning of the next. */
function turn(line: Pending, axis: number, end: number, channel: number, start: Point): Pending {
  const ledOn = straightOn(onAxis(line, axis), end);
  return through(ledOn, [end, channel], [start[0], channel], start);
}
