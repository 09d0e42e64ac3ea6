/** How much room parts take: archspec/figures/layout/measures.py, names in its order; it explains them. */

import type { Pair, Sizes } from "./data.ts";
import { leaves } from "./diagram.ts";
import type { Diagram, Frame, Lanes, Leaf, Parallel, Rows } from "./diagram.ts";
import type { TextWidth } from "./metrics.ts";
import type { Direction } from "./scene.ts";

export const PAD = 5.0;
export const SHEET = 2.4;
export const SHEETS = 2;
export const GAP = 15.0;
export const LEAD = 13.0;
export const FORK = 3.0;
export const TAIL = 10.0;
export const MERGED = 7.0;
export const BESIDE = 7.0;
export const WIRE = 3.0;
export const LABEL = 4.0;
export const ARROW = 8.0;
export const TAP = 4.0;
export const LANE = 6.0;
export const INSIDE = 8.0;
export const INDENT = 14.0;
export const CHANNEL = 7.0;

/** The room that a part takes: along the main direction, and across on each side of its axis. */
export interface Extent {
  length: number;
  before: number;
  after: number;
}

/** Measures the parts of one figure, each once. */
export class Measures {
  readonly right: boolean;
  readonly sizes: Sizes;
  private readonly textWidth: TextWidth;
  private readonly measured = new Map<Diagram, Extent>();

  constructor(direction: Direction, sizes: Sizes, textWidth: TextWidth) {
    this.right = direction === "right";
    this.sizes = sizes;
    this.textWidth = textWidth;
  }

  /** The room that a part takes. */
  of(part: Diagram): Extent {
    let extent = this.measured.get(part);
    if (extent === undefined) {
      extent = this.extent(part);
      this.measured.set(part, extent);
    }
    return extent;
  }

  private extent(part: Diagram): Extent {
    switch (part.kind) {
      case "leaf": {
        const bare = this.leaf(part);
        return part.hanging.length ? this.withHanging(bare, part.shape, part.hanging) : bare;
      }
      case "series":
        return this.series(part.parts);
      case "parallel":
        return this.parallel(part);
      case "lanes":
        return this.lanes(part);
      case "frame":
        return this.frame(part);
      case "hung":
        return this.withHanging(this.of(part.frame), exitLabel(part.frame), part.hanging);
      case "rows":
        return this.inRows(part);
      case "wire":
        return { length: 0, before: WIRE, after: WIRE };
    }
  }

  /** Width and height of a box without what is around it. */
  size(leaf: Leaf): Pair {
    const { text: title, small } = this.sizes;
    if (leaf.form === "circle") return [1.7 * title, 1.7 * title];
    const width = Math.max(
      this.textWidth(leaf.title, title, leaf.role === "block"),
      this.textWidth(leaf.under, small),
    );
    const height = 2.1 * title + (leaf.under ? 1.25 * small : 0);
    return [width + 2 * PAD, height];
  }

  /** A box without the branches below it. */
  leaf(leaf: Leaf): Extent {
    const [width, height] = this.size(leaf);
    const stack = leaf.count > 1 ? SHEET * SHEETS : 0;
    const badge = this.badgeSize(leaf);
    const over = stack ? Math.max(stack, badge[1] / 2 + 1) : 0;
    const wide = stack ? Math.max(stack, badge[0] / 2 + 1) : 0;
    if (this.right) {
      return { length: width + wide, before: height / 2 + over + stack, after: height / 2 };
    }
    return { length: height + over + stack, before: width / 2, after: width / 2 + wide };
  }

  /** Width and height of the ``×6`` of a stack. */
  badgeSize(leaf: Leaf): Pair {
    const size = this.sizes.small;
    return [this.textWidth(`×${leaf.count}`, size, true) + 7, size * 1.35];
  }

  private withHanging(bare: Extent, shape: string | null, hanging: Diagram[]): Extent {
    let length = bare.length + TAP + this.labelRoom(shape);
    const sides = this.labelSide(shape);
    let after = Math.max(bare.after, sides[1]);
    for (const branch of hanging) {
      const extent = this.of(branch);
      length = Math.max(length, bare.length + TAP + LEAD + extent.length);
      after += BESIDE + extent.before + extent.after;
    }
    return { length, before: Math.max(bare.before, sides[0]), after };
  }

  private series(parts: Diagram[]): Extent {
    const extents = parts.map((part) => this.of(part));
    let length = sum(extents.map((extent) => extent.length));
    let before = Math.max(...extents.map((extent) => extent.before));
    let after = Math.max(...extents.map((extent) => extent.after));
    parts.slice(1).forEach((following, k) => {
      const label = exitLabel(parts[k]!);
      length += this.gap(label, following);
      const sides = this.labelSide(label);
      [before, after] = [Math.max(before, sides[0]), Math.max(after, sides[1])];
    });
    return { length, before, after };
  }

  /** Between two parts of a chain: room for an arrow and for the text on it. */
  gap(label: string | null, following: Diagram | null = null): number {
    const room = this.labelRoom(label);
    if (following !== null && beginsWithFork(following)) return Math.max(room, TAP);
    return Math.max(GAP, room ? room + ARROW : 0);
  }

  labelRoom(label: string | null): number {
    if (label === null) return 0;
    const size = this.sizes.small;
    return this.right ? this.textWidth(label, size) + 2 * LABEL : size + 2 * LABEL - 2;
  }

  /** What a text beside a line takes, before and after the axis. */
  labelSide(label: string | null): Pair {
    if (label === null) return [0, 0];
    const size = this.sizes.small;
    return this.right ? [size + 3, 0] : [0, this.textWidth(label, size) + LABEL + 2];
  }

  private parallel(part: Parallel): Extent {
    const rows = this.branches(part);
    const length = Math.max(...rows.map(([branch]) => this.branchLength(branch)));
    const before = -Math.min(...rows.map(([branch, axis]) => axis - this.sides(branch)[0]));
    const after = Math.max(...rows.map(([branch, axis]) => axis + this.sides(branch)[1]));
    return {
      length: LEAD + length + TAIL, before: Math.max(before, WIRE), after: Math.max(after, WIRE),
    };
  }

  /** What a branch takes across, with the text on its last line. */
  private sides(branch: Diagram): Pair {
    const extent = this.of(branch);
    const label = this.labelSide(exitLabel(branch));
    return [Math.max(extent.before, label[0]), Math.max(extent.after, label[1])];
  }

  /** With the text on the last line. */
  branchLength(branch: Diagram): number {
    return this.of(branch).length + this.labelRoom(exitLabel(branch));
  }

  /**
   * Branches with the places of their axes across, 0 being the axis of the whole: of two the
   * longer one is on it, of an odd number the middle one, of others none.
   */
  branches(part: Parallel): [Diagram, number][] {
    let branches = part.branches;
    let onAxis = branches.length % 2 ? Math.floor(branches.length / 2) : null;
    if (branches.length === 2) {
      const [first, second] = branches.map(weight) as Pair;
      if (first !== second) {
        branches = first < second ? branches : [...branches].reverse();
        onAxis = 1;
      }
    }
    const places: number[] = [];
    let edge = 0;
    for (const branch of branches) {
      const [before, after] = this.sides(branch);
      places.push(edge + before);
      edge += before + after + BESIDE;
    }
    const axis = onAxis === null ? (places[0]! + places[places.length - 1]!) / 2 : places[onAxis]!;
    return branches.map((branch, k) => [branch, places[k]! - axis]);
  }

  private lanes(part: Lanes): Extent {
    const extents = part.parts.map((inner) => this.of(inner));
    const length = this.stations(part)[1];
    let top = Math.max(0, ...extents.map((extent) => extent.before));
    let after = extents.length ? Math.max(...extents.map((extent) => extent.after)) : WIRE;
    for (const inner of part.parts) {
      const sides = this.labelSide(exitLabel(inner));
      [top, after] = [Math.max(top, sides[0]), Math.max(after, sides[1])];
    }
    const count = Math.max(-1, ...laneNumbers(part).values()) + 1;
    const before = top + LANE * count + (count ? LANE : 0);
    return { length, before, after: Math.max(after, WIRE) };
  }

  /** Where the parts between lanes begin, and where the whole ends. */
  stations(part: Lanes): [number[], number] {
    const places: number[] = [];
    let position = TAP + LEAD;
    for (const inner of part.parts) {
      places.push(position);
      position += this.of(inner).length;
      position += TAP + this.labelRoom(exitLabel(inner)) + LEAD;
    }
    return [places, position];
  }

  private frame(frame: Frame): Extent {
    const inside = this.of(frame.inside);
    const size = this.sizes.small;
    const told = this.textWidth(heading(frame), size, true) + 2 * PAD;
    const top = heading(frame) ? size * 1.5 : 0;
    if (this.right) {
      const length = Math.max(inside.length + 2 * INSIDE, told);
      const before = Math.max(inside.before, WIRE) + INSIDE + top;
      return { length, before, after: Math.max(inside.after, WIRE) + INSIDE };
    }
    const before = Math.max(inside.before + INSIDE, top ? told + 4 : 0);
    return { length: inside.length + 2 * INSIDE + top, before, after: inside.after + INSIDE };
  }

  private inRows(part: Rows): Extent {
    const extents = part.rows.map((_, k) => this.row(part, k));
    const length = Math.max(
      ...extents.map((extent, k) => extent.length + (k ? INDENT : 0) + this.tail(part, k)),
    );
    const across =
      sum(extents.map((extent) => extent.before + extent.after)) +
      2 * CHANNEL * (extents.length - 1);
    const before = extents[0]!.before;
    return { length, before, after: across - before };
  }

  /** A row with the text on the line out of it. */
  row(part: Rows, k: number): Extent {
    const { length, before, after } = this.of(part.rows[k]!);
    const sides = this.labelSide(this.tail(part, k) ? exitLabel(part.rows[k]!) : null);
    return { length, before: Math.max(before, sides[0]), after: Math.max(after, sides[1]) };
  }

  /** Behind a row: the text on its last line, and the turn; behind the last one nothing. */
  tail(part: Rows, k: number): number {
    return k + 1 < part.rows.length ? this.gap(exitLabel(part.rows[k]!)) : 0;
  }
}

/** The text on the one line that leaves a part; a leaf with branches has told it already. */
export function exitLabel(part: Diagram): string | null {
  for (;;) {
    if (part.kind === "series") part = part.parts[part.parts.length - 1]!;
    else if (part.kind === "frame") part = part.inside;
    else if (part.kind === "rows") part = part.rows[part.rows.length - 1]!;
    else return part.kind === "leaf" && !part.hanging.length ? part.shape : null;
  }
}

/** What decides which branch is the main one: that it is always there, then its boxes. */
export function weight(branch: Diagram): number {
  const found = leaves(branch);
  const isAlways = !found.length || !found.every((leaf) => leaf.dashed);
  return found.length + (isAlways ? 1e9 : 0);
}

/** Whether what arrives at a part is divided at once. */
export function beginsWithFork(part: Diagram): boolean {
  return part.kind === "parallel" || part.kind === "lanes";
}

/** What is told over a frame. */
export function heading(frame: Frame): string {
  return frame.count > 1 ? `${frame.heading} ×${frame.count}`.trim() : frame.heading;
}

/**
 * The lane of every part whose output goes further than to its neighbour, from its first free gap
 * to the last that it needs; 0 is next to the parts.
 */
export function laneNumbers(part: Lanes): Map<number, number> {
  const reach = new Map<number, number>();
  for (const [source, target] of part.links) {
    if (target !== source + 1) reach.set(source, Math.max(reach.get(source) ?? target, target));
  }
  const free: number[] = [];
  let busy: Pair[] = [];
  const lanes = new Map<number, number>();
  for (const source of [...reach.keys()].sort((a, b) => a - b)) {
    free.push(...busy.filter(([end]) => end < source + 1).map(([, lane]) => lane));
    busy = busy.filter(([end]) => end >= source + 1);
    free.sort((a, b) => b - a);
    const lane = free.pop() ?? busy.length;
    lanes.set(source, lane);
    busy.push([reach.get(source)!, lane]);
  }
  return lanes;
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
