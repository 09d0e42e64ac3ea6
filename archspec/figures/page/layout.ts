/** Places for the parts of a diagram: archspec/figures/layout/place.py, with its names in its order. */

import type { Diagram, Frame, Hung, Lanes, Leaf, Parallel, Rows } from "./diagram.ts";
import { lastPoint, onAxis, pending, straightened } from "./lines.ts";
import type { Pending } from "./lines.ts";
import {
  BESIDE, CHANNEL, FORK, INDENT, LABEL, LANE, LEAD, MERGED, PAD, SHEET, SHEETS, TAIL, TAP, WIRE,
  exitLabel, heading, laneNumbers, weight,
} from "./measures.ts";
import type { Extent, Measures } from "./measures.ts";
import { text } from "./scene.ts";
import type { Item, Point, Rect, Text } from "./scene.ts";

const MERGE = "merge";

/** Places the parts of one figure. */
export class Layout {
  readonly items: Item[] = [];
  private readonly measures: Measures;

  constructor(measures: Measures) {
    this.measures = measures;
  }

  /** Put a part where its axis begins, end the lines that arrive; those that leave it. */
  place(part: Diagram, main: number, across: number, arriving: Pending[]): Pending[] {
    switch (part.kind) {
      case "leaf":
        return this.placeLeaf(part, main, across, arriving);
      case "series":
        return this.placeSeries(part.parts, main, across, arriving);
      case "parallel":
        return this.placeParallel(part, main, across, arriving);
      case "lanes":
        return this.placeLanes(part, main, across, arriving);
      case "frame":
        return this.placeFrame(part, main, across, arriving);
      case "hung":
        return this.placeHung(part, main, across, arriving);
      case "rows":
        return this.placeRows(part, main, across, arriving);
      case "wire":
        return arriving.map((line) => ({ ...line, dashed: line.dashed || part.dashed }));
    }
  }

  private placeSeries(
    parts: Diagram[], main: number, across: number, arriving: Pending[],
  ): Pending[] {
    let lines = arriving;
    parts.forEach((part, k) => {
      lines = this.place(part, main, across, lines);
      main += this.measures.of(part).length;
      const following = parts[k + 1];
      if (following === undefined) return;
      const back = main + Math.max(FORK, this.measures.labelRoom(exitLabel(part)));
      lines = lines.map((line) => broughtBack(line, across, back));
      main += this.measures.gap(exitLabel(part), following);
    });
    return lines;
  }

  private placeRows(part: Rows, main: number, across: number, arriving: Pending[]): Pending[] {
    let lines = arriving;
    let axis = across;
    part.rows.forEach((row, k) => {
      const start = main + (k ? INDENT : 0);
      const extent = this.measures.row(part, k);
      lines = this.place(row, start, axis, lines);
      if (k + 1 === part.rows.length) {
        lines = lines.map((line) => withPoints(line, onAxis(line, axis)));
        return;
      }
      const channel = axis + extent.after + CHANNEL;
      const following = channel + CHANNEL + this.measures.row(part, k + 1).before;
      const turn = start + extent.length + this.measures.tail(part, k) - 1;
      lines = lines.map((line) => turned(line, axis, turn, channel, [main, following]));
      axis = following;
    });
    return lines;
  }

  private placeLeaf(leaf: Leaf, main: number, across: number, arriving: Pending[]): Pending[] {
    const { right } = this.measures;
    const [width, height] = this.measures.size(leaf);
    const stack = leaf.count > 1 ? SHEET * SHEETS : 0;
    const extent = this.measures.leaf(leaf);
    const start = right || !stack ? main : main + extent.length - height - stack;
    const end = start + (right ? width : height) + stack;
    const [x, y] = right ? [main, across - height / 2] : [across - width / 2, start + stack];
    this.arrive(leaf, arriving, start, across);
    this.drawLeaf(leaf, x, y, width, height);
    if (!leaf.hanging.length) return [this.leaving(leaf, end, across, 0)];
    const whole = this.measures.of(leaf);
    const tap = main + extent.length;
    const below = Math.max(extent.after, this.measures.labelSide(leaf.shape)[1]);
    this.placeHanging(leaf.output, leaf.hanging, tap, end, across, below);
    const out = this.leaving(leaf, end, across, tap - end + TAP);
    return [{ ...out, points: [...out.points, [main + whole.length, across]] }];
  }

  private leaving(leaf: Leaf, end: number, across: number, tap: number): Pending {
    let label: Text | null = null;
    if (leaf.shape !== null) {
      const size = this.measures.sizes.small;
      const along = end + tap + LABEL;
      const [x, y] = this.measures.right
        ? [along, across - 3]
        : [across + LABEL, along + size * 0.75 - 1];
      label = text(x, y, leaf.shape, size, { color: "pale" });
    }
    return pending(leaf.output, [[end, across]], leaf.dashed, label);
  }

  /** The branches below a part, their lines from behind it. */
  private placeHanging(
    output: string, hanging: Diagram[], tap: number, end: number, across: number, below: number,
  ): void {
    let edge = across + below;
    for (const branch of hanging) {
      const extent = this.measures.of(branch);
      const axis = edge + BESIDE + extent.before;
      const points: Point[] = [[end, across], [tap + TAP, across], [tap + TAP, axis]];
      this.place(branch, tap + TAP + LEAD, axis, [pending(output, points, true)]);
      edge = axis + extent.after;
    }
  }

  private placeHung(part: Hung, main: number, across: number, arriving: Pending[]): Pending[] {
    const { frame, hanging } = part;
    const bare = this.measures.of(frame);
    const end = main + this.measures.of(part).length;
    const lines = this.place(frame, main, across, arriving);
    const tap = main + bare.length;
    const below = Math.max(bare.after, this.measures.labelSide(exitLabel(frame))[1]);
    this.placeHanging(frame.leaf?.output ?? "", hanging, tap, tap, across, below);
    const isTold = exitLabel(frame) !== null;
    return lines.map((line) => {
      const points = straightOn(onAxis(line, across), end);
      return withPoints(isTold ? this.toldBehind(line, tap + TAP) : line, points);
    });
  }

  /**
   * End lines at a box. Those from beside a merge end at its side, if there is one for each; else
   * what lines share of their way is drawn with one of them.
   */
  private arrive(leaf: Leaf, arriving: Pending[], start: number, across: number): void {
    const [width, height] = this.measures.size(leaf);
    const [deep, side] = this.measures.right ? [width, height] : [height, width];
    const beside = leaf.role === MERGE && isOneASide(arriving, across, side);
    const joined = new Set<number | null>();
    const solidFirst = [...arriving].sort((a, b) => Number(a.dashed) - Number(b.dashed));
    for (const line of solidFirst) {
      const at = lastPoint(line)[1];
      if (beside && line.merge !== null && Math.abs(at - across) > side / 2) {
        const [center, edge] = [start + deep / 2, at > across ? side / 2 : -side / 2];
        this.drawLine(line, [...line.points, [center, at], [center, across + edge]], leaf);
      } else if (line.merge !== null && joined.has(line.merge) && at !== across) {
        this.drawLine({ ...line, arrow: false }, onAxis(line, across), leaf);
      } else {
        this.drawLine(line, [...onAxis(line, across), [start, across]], leaf);
        joined.add(line.merge);
      }
    }
  }

  private placeParallel(
    part: Parallel, main: number, across: number, arriving: Pending[],
  ): Pending[] {
    const length = this.measures.of(part).length;
    const inner = length - LEAD - TAIL;
    const leaving: Pending[] = [];
    const weights = part.branches.map(weight);
    const stem = part.branches[weights.indexOf(Math.max(...weights))];
    for (const [branch, offset] of this.measures.branches(part)) {
      const axis = across + offset;
      const start = main + LEAD + (inner - this.measures.branchLength(branch)) / 2;
      const lines = arriving.map((line) =>
        this.forked(line, main, across, axis, start, branch === stem),
      );
      const end = start + this.measures.branchLength(branch);
      for (const line of this.place(branch, start, axis, lines)) {
        const points = straightOn(onAxis(line, axis), end);
        leaving.push({ ...line, points, merge: main + length - TAIL + MERGED });
      }
    }
    return leaving;
  }

  /** A line on its way into a branch; what all share of it is drawn with one of them. */
  private forked(
    line: Pending, main: number, across: number, axis: number, start: number, isStem: boolean,
  ): Pending {
    const fork: Point = [main + FORK, across];
    const before: Point[] = isStem ? [...onAxis(line, across), fork] : [fork];
    const points: Point[] = [...before, [main + FORK, axis], [start, axis]];
    return { ...withPoints(line, points), label: isStem ? line.label : null };
  }

  private placeLanes(part: Lanes, main: number, across: number, arriving: Pending[]): Pending[] {
    const starts = this.measures.stations(part).flat();
    const beside = this.lanePlaces(part, across);
    const out = new Map([[-1, arriving]]);
    const exits = new Map([[-1, main]]);
    const sources = sourcesOf(part);
    for (let k = 0; ; k++) {
      const start = main + starts[k]!;
      const lines: Pending[] = [];
      for (const source of sources.get(k) ?? []) {
        const lane = source + 1 === k ? null : beside.get(source)!;
        const leave = exits.get(source)! + TAP;
        lines.push(...out.get(source)!.map((line) => linked(line, across, leave, lane, start)));
        out.set(source, out.get(source)!.map((line) => ({ ...line, label: null }))); // told once
      }
      const inner = part.parts[k];
      if (!inner) return lines;
      const exit = start + this.measures.of(inner).length;
      let leaving = this.place(inner, start, across, lines);
      if (exitLabel(inner) !== null) {
        leaving = leaving.map((line) => this.toldBehind(line, exit + TAP));
      }
      out.set(k, leaving);
      exits.set(k, exit);
    }
  }

  /** Where the lane of each part that has one lies, beside all of the parts. */
  private lanePlaces(part: Lanes, across: number): Map<number, number> {
    const top = Math.max(
      WIRE,
      ...part.parts.map((inner) => this.measures.of(inner).before),
      ...part.parts.map((inner) => this.measures.labelSide(exitLabel(inner))[0]),
    );
    const places = new Map<number, number>();
    for (const [source, lane] of laneNumbers(part)) {
      places.set(source, across - top - LANE * (lane + 1));
    }
    return places;
  }

  private placeFrame(frame: Frame, main: number, across: number, arriving: Pending[]): Pending[] {
    const { right } = this.measures;
    const extent = this.measures.of(frame);
    const inside = this.measures.of(frame.inside);
    const size = this.measures.sizes.small;
    const top = heading(frame) ? size * 1.5 : 0;
    this.drawFrame(frame, main, across, extent);
    const free = extent.length - inside.length - (right ? 0 : top);
    const start = main + free / 2 + (right ? 0 : top);
    const lines = arriving.map((line) => withPoints(line, onAxis(line, across)));
    let leaving = this.place(frame.inside, start, across, lines);
    const end = main + extent.length;
    if (exitLabel(frame.inside) !== null) {
      leaving = leaving.map((line) => this.toldBehind(line, end));
    }
    return leaving.map((line) => withPoints(line, straightOn(onAxis(line, across), end)));
  }

  /** The same with its text behind the border of a frame, or behind where a lane begins. */
  private toldBehind(line: Pending, end: number): Pending {
    if (line.label === null) return line;
    if (this.measures.right) return { ...line, label: { ...line.label, x: end + LABEL } };
    const down = end + LABEL + this.measures.sizes.small * 0.75 - 1;
    return { ...line, label: { ...line.label, y: down } };
  }

  // ---------------------------------------------------------------- drawing

  private xy(main: number, across: number): Point {
    return this.measures.right ? [main, across] : [across, main];
  }

  private drawLine(line: Pending, points: Point[], leaf: Leaf): void {
    const { source, arrow, label } = line;
    const corners = straightened(points).map((point) => this.xy(...point));
    const dashed = line.dashed || leaf.dashed;
    this.items.push({
      type: "line", points: corners, source, target: leaf.path, arrow, dashed, label,
    });
  }

  private drawFrame(frame: Frame, main: number, across: number, extent: Extent): void {
    const [x, y] = this.xy(main, across - extent.before);
    const [width, height] = this.xy(extent.length, extent.before + extent.after);
    const { dashed } = frame;
    const look = { fill: "frame", stroke: "frame-line", radius: 5, dashed };
    const size = this.measures.sizes.small;
    const told = heading(frame);
    const words = text(x + PAD, y + size * 1.25, told, size, { bold: true, color: "pale" });
    const rect = { x, y, width, height, ...look };
    this.items.push({ type: "border", rect, heading: told ? words : null, frame });
  }

  private drawLeaf(leaf: Leaf, x: number, y: number, width: number, height: number): void {
    const radius = leaf.form === "circle" ? height / 2 : 3.5;
    const look = { fill: leaf.role, stroke: `${leaf.role}-line`, radius, dashed: leaf.dashed };
    const rect: Rect = { x, y, width, height, ...look };
    const behind: Rect[] = [];
    if (leaf.count > 1) {
      for (let k = SHEETS; k > 0; k--) behind.push({ ...rect, x: x + SHEET * k, y: y - SHEET * k });
    }
    const badge = leaf.count > 1 ? this.badge(leaf, x, y, width) : null;
    const texts = this.texts(leaf, x, y, width, height);
    this.items.push({ type: "box", rect, leaf, texts, behind, badge });
  }

  private badge(leaf: Leaf, x: number, y: number, width: number): [Rect, Text] {
    const [wide, high] = this.measures.badgeSize(leaf);
    const [left, top] = [x + width + 1 - wide / 2, y - SHEET * SHEETS - high / 2];
    const size = this.measures.sizes.small;
    const look = { fill: "badge", stroke: null, radius: high / 2, dashed: false };
    const rect: Rect = { x: left, y: top, width: wide, height: high, ...look };
    const style = { anchor: "middle", bold: true, color: "on-badge" } as const;
    const [middle, base] = [left + wide / 2, top + high / 2 + size * 0.35];
    return [rect, text(middle, base, `×${leaf.count}`, size, style)];
  }

  private texts(leaf: Leaf, x: number, y: number, width: number, height: number): Text[] {
    const middle = x + width / 2;
    const { text: size, small } = this.measures.sizes;
    const bold = leaf.role === "block" || leaf.form === "circle";
    if (!leaf.under) {
      const grown = leaf.form === "circle" ? size * 1.2 : size;
      const base = y + height / 2 + grown * 0.35;
      return [text(middle, base, leaf.title, grown, { anchor: "middle", bold })];
    }
    const first = y + height / 2 - 0.1 * size;
    const under = first + small * 1.3;
    return [
      text(middle, first, leaf.title, size, { anchor: "middle", bold }),
      text(middle, under, leaf.under, small, { anchor: "middle", color: "pale" }),
    ];
  }
}

/** Whether at most one line comes from each side of a merge, and some line straight. */
function isOneASide(arriving: Pending[], across: number, side: number): boolean {
  const merging = arriving.filter((line) => line.merge !== null);
  const beside = merging.map((line) => lastPoint(line)[1] - across);
  const far = beside.filter((place) => Math.abs(place) > side / 2);
  const before = far.filter((place) => place < 0);
  return before.length <= 1 && far.length - before.length <= 1;
}

/** Which parts' outputs every part reads. */
function sourcesOf(part: Lanes): Map<number, number[]> {
  const sources = new Map<number, number[]>();
  for (const [source, target] of part.links) {
    const others = sources.get(target);
    if (others) others.push(source);
    else sources.set(target, [source]);
  }
  return sources;
}

/** A line out of the last of some rows, on its way to the axis of the first. */
function broughtBack(line: Pending, axis: number, back: number): Pending {
  const isBeside = line.merge === null && Math.abs(lastPoint(line)[1] - axis) > 1e-6;
  return isBeside ? { ...line, merge: back } : line;
}

/**
 * The same, led on along the main direction; out of the last of some rows it is not yet back on
 * the axis.
 */
function straightOn(points: Point[], end: number): Point[] {
  return [...points, [end, points[points.length - 1]![1]]];
}

/** A line from the end of a row to the beginning of the next. */
function turned(line: Pending, axis: number, turn: number, channel: number, start: Point): Pending {
  const points = straightOn(onAxis(line, axis), turn);
  return withPoints(line, [...points, [turn, channel], [start[0], channel], start]);
}

/** A line to a later part: straight to the next one, through its lane to others. */
function linked(
  line: Pending, across: number, leave: number, lane: number | null, start: number,
): Pending {
  const arrive = start - LEAD + FORK;
  const way: Point[] =
    lane === null ? [] : [[leave, across], [leave, lane], [arrive, lane], [arrive, across]];
  return withPoints(line, [...onAxis(line, across), ...way, [start, across]]);
}

/** The same line, further on its way. */
function withPoints(line: Pending, points: Point[]): Pending {
  return { ...line, points, merge: null };
}
