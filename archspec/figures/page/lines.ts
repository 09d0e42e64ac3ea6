/** Lines on their way through a layout, as in archspec/figures/layout/place.py. */

import type { Point, Text } from "./scene.ts";

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
}

/** A line that leaves a part. */
export function pending(
  source: string, points: Point[], dashed: boolean, label: Text | null = null,
): Pending {
  return { source, points, dashed, merge: null, label, arrow: true };
}

/** The points of a line, brought back to the axis where it merges. */
export function onAxis(line: Pending, axis: number): Point[] {
  const last = lastPoint(line);
  if (line.merge === null || last[1] === axis) return line.points;
  return [...line.points, [line.merge, last[1]], [line.merge, axis]];
}

/** Where a line is now. */
export function lastPoint(line: Pending): Point {
  return line.points[line.points.length - 1]!;
}

/** The corners of a line: no point twice, none on the way between two others. */
export function straightened(points: readonly Point[]): Point[] {
  const corners: Point[] = [];
  for (const point of points) {
    const last = corners[corners.length - 1];
    const beforeLast = corners[corners.length - 2];
    if (last && isNear(point, last)) continue;
    if (last && beforeLast && isBetween(beforeLast, last, point)) corners.pop();
    corners.push(point);
  }
  return corners;
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
