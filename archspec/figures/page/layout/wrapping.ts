/** Where long chains wrap into rows, as in archspec/figures/layout/wrapping.py. */

import type { Pair } from "../model/data.ts";
import { chain } from "../model/diagram.ts";
import type { Diagram, Frame, Rows, Series } from "../model/diagram.ts";
import type { Engine } from "./forms/engine.ts";
import { exitLabel } from "./forms/labels.ts";
import { INDENT, INSIDE, LEAD, NARROWEST, STEPS, TAIL } from "./forms/lengths.ts";
import { beginsWithFork, gap } from "./forms/series.ts";

/**
 * A chain in as few rows as fit the room, none much emptier than the others.
 *
 * What is wider than the room is a row of its own, and wider than the room.
 */
export function wrap(engine: Engine, diagram: Diagram, room: number): Rows {
  const sections = sectionsOf(diagram).map((section) => fit(engine, section, room));
  const lengths = sections.map((section) => engine.measure(section).length);
  const gaps = sections
    .slice(1)
    .map((following, k) => gap(engine, exitLabel(sections[k]!), following.parts[0]));
  const rows = breaks(lengths, gaps, room).map(([start, end]): Series => {
    return { kind: "series", parts: sections.slice(start, end).flatMap((one) => one.parts) };
  });
  return { kind: "rows", rows };
}

/** The chain in sections that stay in one row. */
function sectionsOf(diagram: Diagram): Series[] {
  const sections: Series[] = [];
  for (const part of chain(diagram)) {
    const isMerge = part.kind === "leaf" && part.form === "circle";
    const last = sections[sections.length - 1]?.parts;
    if (last && (isMerge || beginsWithFork(last[last.length - 1]!))) last.push(part);
    else sections.push({ kind: "series", parts: [part] });
  }
  return sections;
}

/** What is too long for a row, with the chains in its frames and branches wrapped, too. */
function fit(engine: Engine, section: Series, room: number): Series {
  if (engine.measure(section).length + INDENT <= room) return section;
  return { ...section, parts: section.parts.map((part) => narrow(engine, part, room - INDENT)) };
}

function narrow(engine: Engine, part: Diagram, room: number): Diagram {
  if (room < NARROWEST || engine.measure(part).length <= room) return part;
  switch (part.kind) {
    case "frame":
      return narrowFrame(engine, part, room);
    case "parallel": {
      const inner = room - LEAD - TAIL;
      const branches = part.branches.map((branch) =>
        branch.kind === "series" && engine.measure(branch).length > inner
          ? wrap(engine, branch, inner)
          : narrow(engine, branch, inner),
      );
      return { ...part, branches };
    }
    case "leaf":
    case "wire":
    case "series":
    case "lanes":
    case "rows":
      return part;
  }
}

function narrowFrame(engine: Engine, frame: Frame, room: number): Frame {
  if (frame.sideBranches.length) {
    room -= LEAD;
    const bare = { ...frame, sideBranches: [] };
    if (room < NARROWEST || engine.measure(bare).length <= room) return frame;
  }
  const { inside } = frame;
  const inner = room - 2 * INSIDE;
  if (inside.kind === "series") return { ...frame, inside: wrap(engine, inside, inner) };
  return { ...frame, inside: narrow(engine, inside, inner) };
}

/**
 * First and last section of every row: as few rows as fit the room, the longest of them as short
 * as so many can be.
 */
function breaks(lengths: number[], gaps: number[], room: number): Pair[] {
  let rows = fill(lengths, gaps, room);
  let [least, most] = [0, room];
  for (let step = 0; step < STEPS; step++) {
    const tried = (least + most) / 2;
    const candidate = fill(lengths, gaps, tried);
    if (candidate.length > rows.length) least = tried;
    else [rows, most] = [candidate, tried];
  }
  return rows;
}

/** Rows that take what fits, one after the other. */
function fill(lengths: number[], gaps: number[], room: number): Pair[] {
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
