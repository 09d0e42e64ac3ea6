/** Lines on their way through a layout, as in archspec/figures/layout/forms/lines.py. */

import type { Point, Text } from "../../model/scene.ts";

/** A line that has not arrived yet. */
export interface Pending {
  source: string;
  /** (main, across) */
  points: Point[];
  dashed: boolean;
  /** Where on the main direction it comes back to the axis. */
  merge: number | null;
  label: Text | null;
  arrow: boolean;
  dimmed: boolean;
}

/** A line that leaves a part. */
export function pending(
  source: string, points: Point[], dashed: boolean, label: Text | null = null,
): Pending {
  return { source, points, dashed, merge: null, label, arrow: true, dimmed: false };
}

/** The same line, on its way through more points. */
export function through(line: Pending, ...points: Point[]): Pending {
  return { ...line, points: [...line.points, ...points], merge: null };
}

/** The same line, brought back to the axis where it merges. */
export function onAxis(line: Pending, axis: number): Pending {
  const { merge } = line;
  if (merge === null) return line;
  const across = lastPoint(line)[1];
  return across === axis ? through(line) : through(line, [merge, across], [merge, axis]);
}

/** The same line, led on along the main direction. */
export function straightOn(line: Pending, end: number): Pending {
  return through(line, [end, lastPoint(line)[1]]);
}

/** Where a line is now. */
export function lastPoint(line: Pending): Point {
  return line.points[line.points.length - 1]!;
}

/** The points of a line without those that are none: twice the same, or on the way between two. */
export function corners(line: Pending): Point[] {
  const found: Point[] = [];
  for (const point of line.points) {
    const last = found[found.length - 1];
    const beforeLast = found[found.length - 2];
    if (last && isNear(point, last)) continue;
    if (last && beforeLast && isBetween(beforeLast, last, point)) found.pop();
    found.push(point);
  }
  return found;
}

function isNear(a: Point, b: Point): boolean {
  return isSame(a[0], b[0]) && isSame(a[1], b[1]);
}

function isBetween(a: Point, b: Point, c: Point): boolean {
  return ([0, 1] as const).some((k) => isSame(a[k], b[k]) && isSame(b[k], c[k]));
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-6;
}

/** Whether at most one line comes from each side of a merge, and some line straight. */
export function isOneASide(arriving: Pending[], across: number, side: number): boolean {
  const merging = arriving.filter((line) => line.merge !== null);
  const beside = merging.map((line) => lastPoint(line)[1] - across);
  const far = beside.filter((place) => Math.abs(place) > side / 2);
  const before = far.filter((place) => place < 0);
  return before.length <= 1 && far.length - before.length <= 1;
}
