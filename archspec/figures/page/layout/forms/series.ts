/** Parts one after the other, as in archspec/figures/layout/forms/series.py. */

import type { Diagram, Series } from "../../model/diagram.ts";
import type { Engine, Extent } from "./engine.ts";
import { exitLabel } from "./labels.ts";
import { ARROW, FORK, TAP } from "./lengths.ts";
import { lastPoint } from "./lines.ts";
import type { Pending } from "./lines.ts";

export function measure({ parts }: Series, engine: Engine): Extent {
  const extents = parts.map((part) => engine.measure(part));
  let length = sum(extents.map((extent) => extent.length));
  let before = Math.max(...extents.map((extent) => extent.before));
  let after = Math.max(...extents.map((extent) => extent.after));
  parts.slice(1).forEach((following, k) => {
    const label = exitLabel(parts[k]!);
    length += gap(engine, label, following);
    const sides = engine.labelSides(label);
    [before, after] = [Math.max(before, sides[0]), Math.max(after, sides[1])];
  });
  return { length, before, after };
}

/** Behind a part of a chain: room for an arrow and for the text on it. */
export function gap(
  engine: Engine, label: string | null, following: Diagram | null = null,
): number {
  const room = engine.labelRoom(label);
  if (following !== null && beginsWithFork(following)) return Math.max(room, TAP);
  const arrow = room && engine.isRight ? ARROW : 0; // downwards the text is beside it
  return Math.max(engine.sizes.gap, room + arrow);
}

/** Whether what arrives at a part is divided at once. */
export function beginsWithFork(part: Diagram): boolean {
  return part.kind === "parallel" || part.kind === "lanes";
}

export function sum(numbers: number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

export function place(
  { parts }: Series, main: number, across: number, arriving: Pending[], engine: Engine,
): Pending[] {
  let lines = arriving;
  parts.forEach((part, k) => {
    lines = engine.place(part, main, across, lines);
    main += engine.measure(part).length;
    const following = parts[k + 1];
    if (following === undefined) return;
    const label = exitLabel(part);
    const back = main + Math.max(FORK, engine.labelRoom(label));
    lines = lines.map((line) => bringBack(line, across, back));
    main += gap(engine, label, following);
  });
  return lines;
}

/** A line out of the last of some rows, on its way to the axis of the first. */
function bringBack(line: Pending, axis: number, back: number): Pending {
  const isBeside = line.merge === null && Math.abs(lastPoint(line)[1] - axis) > 1e-6;
  return isBeside ? { ...line, merge: back } : line;
}
