/** Where long chains break into rows: archspec/figures/layout/wrapping.py. */

import type { Pair } from "./data.ts";
import type { Diagram, Frame, Rows, Series } from "./diagram.ts";
import { INDENT, INSIDE, LEAD, TAIL, beginsWithFork, exitLabel } from "./measures.ts";
import type { Measures } from "./measures.ts";

const NARROWEST = 150.0;
const STEPS = 16;

/**
 * A chain in as few rows as fit the room, none much emptier than the others.
 *
 * What is wider than the room is a row of its own, and wider than the room.
 */
export function broken(measures: Measures, diagram: Diagram, room: number): Rows {
  const units = unitsOf(diagram).map((unit) => fitted(measures, unit, room));
  const lengths = units.map((unit) => measures.of(unit).length);
  const gaps = units
    .slice(1)
    .map((following, k) => measures.gap(exitLabel(units[k]!), following.parts[0]));
  const rows = breaks(lengths, gaps, room).map(([start, end]): Series => {
    return { kind: "series", parts: units.slice(start, end).flatMap((unit) => unit.parts) };
  });
  return { kind: "rows", rows };
}

/** Parts with what must stand in the same row: a merge with its branches. */
function unitsOf(diagram: Diagram): Series[] {
  const units: Series[] = [];
  for (const part of diagram.kind === "series" ? diagram.parts : [diagram]) {
    const isMerge = part.kind === "leaf" && part.form === "circle";
    const last = units[units.length - 1]?.parts;
    if (last && (isMerge || beginsWithFork(last[last.length - 1]!))) last.push(part);
    else units.push({ kind: "series", parts: [part] });
  }
  return units;
}

/** What is too long for a row with the chains in its frames and branches broken, too. */
function fitted(measures: Measures, unit: Series, room: number): Series {
  if (measures.of(unit).length + INDENT <= room) return unit;
  return { ...unit, parts: unit.parts.map((part) => narrowed(measures, part, room - INDENT)) };
}

function narrowed(measures: Measures, part: Diagram, room: number): Diagram {
  if (room < NARROWEST || measures.of(part).length <= room) return part;
  if (part.kind === "frame") {
    const inner = room - 2 * INSIDE;
    const { inside } = part;
    if (inside.kind === "series") return { ...part, inside: broken(measures, inside, inner) };
    return { ...part, inside: narrowed(measures, inside, inner) };
  }
  if (part.kind === "hung") {
    return { ...part, frame: narrowed(measures, part.frame, room - LEAD) as Frame };
  }
  if (part.kind !== "parallel") return part;
  const inner = room - LEAD - TAIL;
  const branches = part.branches.map((branch) =>
    branch.kind === "series" && measures.of(branch).length > inner
      ? broken(measures, branch, inner)
      : narrowed(measures, branch, inner),
  );
  return { ...part, branches };
}

/**
 * First and last unit of every row: as few rows as fit the room, the longest of them as short as
 * so many can be.
 */
function breaks(lengths: number[], gaps: number[], room: number): Pair[] {
  let rows = filled(lengths, gaps, room);
  let [least, most] = [0, room];
  for (let step = 0; step < STEPS; step++) {
    const tried = (least + most) / 2;
    const candidate = filled(lengths, gaps, tried);
    if (candidate.length > rows.length) least = tried;
    else [rows, most] = [candidate, tried];
  }
  return rows;
}

/** Rows that take what fits, one after the other. */
function filled(lengths: number[], gaps: number[], room: number): Pair[] {
  const rows: Pair[] = [];
  let [start, used] = [0, 0];
  lengths.forEach((length, k) => {
    const tail = gaps[k] ?? 0;
    if (k > start && used + length + tail > room) {
      rows.push([start, k]);
      [start, used] = [k, INDENT];
    }
    used += length + tail;
  });
  return [...rows, [start, lengths.length]];
}
