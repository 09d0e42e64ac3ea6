// The page of a network: its diagram, laid out as archspec/figures/layout.py and rows.py do it, and
// what one can do with it. After a change: python docs/generate_page.py

// ---------------------------------------------------------------- data

type Runs = number[];
type Pair = [number, number];

interface Leaf {
  kind: "leaf";
  id: number;
  path: string;
  title: string;
  under: string;
  role: string;
  block: string;
  form: "box" | "circle";
  count: number;
  layers: Runs;
  output: string;
  shape: string | null;
  params: number;
  macs: number;
  dashed: boolean;
  hanging: Diagram[];
  heading: string;
  inside: Diagram | null;
  parent: Leaf | null;
}

interface Wire {
  kind: "wire";
  dashed: boolean;
}

interface Series {
  kind: "series";
  parts: Diagram[];
}

interface Parallel {
  kind: "parallel";
  branches: Diagram[];
}

interface Lanes {
  kind: "lanes";
  parts: Diagram[];
  links: Pair[];
}

interface Frame {
  kind: "frame";
  path: string;
  heading: string;
  inside: Diagram;
  count: number;
  dashed: boolean;
  /** The leaf that is open, if it can be closed again. */
  leaf: Leaf | null;
}

/** A part with branches that begin behind it: an open leaf on which something hangs. */
interface Hung {
  kind: "hung";
  part: Diagram;
  leaf: Leaf;
}

/** A chain that is broken into rows. */
interface Rows {
  kind: "rows";
  rows: Series[];
  isInside: boolean;
  /** The line out of the last row returns to the axis of the first: something stands beside it. */
  comesBack: boolean;
}

type Diagram = Leaf | Wire | Series | Parallel | Lanes | Frame | Hung | Rows;

interface Sizes {
  title: number;
  heading: number;
  text: number;
  small: number;
}

interface LayerOp {
  op: string;
  role: string;
  arguments: Record<string, string>;
  defaults: Record<string, string>;
}

/** path, op, sources, output, params, macs, other operations, receptive field, line, weights of. */
type LayerRow = [
  string, number, number[], number, number, number, number, number, number, string | null,
];

interface ScopeRow {
  kind: string | null;
  arguments: Record<string, string>;
  written: number;
}

interface Page {
  name: string;
  title: string;
  description: string;
  cite: string;
  sizes: Sizes;
  units: number;
  /** Widths of the characters that occur, regular and bold. */
  widths: Record<string, Pair>;
  layers: LayerRow[];
  /** Layers that exist in training only. */
  training: Runs;
  ops: LayerOp[];
  shapes: string[];
  fields: string[];
  written: [string, number, string][];
  scopes: Record<string, ScopeRow>;
  diagram: unknown;
}

function isOpenable(leaf: Leaf): boolean {
  return leaf.inside !== null;
}

/** The tree as it was sent, where what is usual is left out. */
function read(sent: any, page: Page, numbers: { next: number }, parent: Leaf | null): Diagram {
  const all = (parts: any[]): Diagram[] => parts.map((part) => read(part, page, numbers, parent));
  switch (sent.kind) {
    case "wire":
      return { kind: "wire", dashed: sent.dashed ?? false };
    case "series":
      return { kind: "series", parts: all(sent.parts) };
    case "parallel":
      return { kind: "parallel", branches: all(sent.branches) };
    case "lanes":
      return { kind: "lanes", parts: all(sent.parts), links: sent.links };
    case "frame":
      return {
        kind: "frame",
        path: sent.path,
        heading: sent.heading ?? "",
        inside: read(sent.inside, page, numbers, parent),
        count: sent.count ?? 1,
        dashed: sent.dashed ?? false,
        leaf: null,
      };
  }
  const leaf: Leaf = {
    kind: "leaf",
    id: numbers.next++,
    path: sent.path,
    title: sent.title,
    under: sent.under ?? "",
    role: sent.role ?? "block",
    block: sent.block ?? "",
    form: sent.form ?? "box",
    count: sent.count ?? 1,
    layers: sent.layers ?? [],
    output: sent.output ?? "",
    shape: sent.shape ?? null,
    params: sent.params ?? 0,
    macs: sent.macs ?? 0,
    dashed: sent.dashed ?? false,
    hanging: all(sent.hanging ?? []),
    heading: sent.heading ?? "",
    inside: null,
    parent,
  };
  if (sent.inside) leaf.inside = read(sent.inside, page, numbers, leaf);
  return leaf;
}

/** All boxes of a diagram, those of hanging branches too; with `deep` those inside of others. */
function leaves(diagram: Diagram, deep = false): Leaf[] {
  const found: Leaf[] = [];
  const waiting: Diagram[] = [diagram];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part.kind === "leaf") {
      found.push(part);
      waiting.push(...[...part.hanging].reverse());
      if (deep && part.inside) waiting.push(part.inside);
    } else if (part.kind === "hung") {
      waiting.push(...[...part.leaf.hanging].reverse(), part.part);
    } else if (part.kind !== "wire") {
      waiting.push(...[...inner(part)].reverse());
    }
  }
  return found;
}

function inner(part: Series | Parallel | Lanes | Frame | Rows): readonly Diagram[] {
  if (part.kind === "frame") return [part.inside];
  if (part.kind === "rows") return part.rows;
  return part.kind === "parallel" ? part.branches : part.parts;
}

/** The layers that some runs of numbers mean. */
function* numbersOf(runs: Runs): Generator<number> {
  for (let k = 0; k < runs.length; k += 2) {
    for (let n = 0; n < runs[k + 1]!; n++) yield runs[k]! + n;
  }
}

// ---------------------------------------------------------------- what is open

/** The diagram with the frames of open leaves in their place. */
function opened(part: Diagram, open: ReadonlySet<number>): Diagram {
  switch (part.kind) {
    case "leaf": {
      const hanging = part.hanging.map((branch) => opened(branch, open));
      const leaf = hanging.length ? { ...part, hanging } : part;
      if (!part.inside || !open.has(part.id)) return leaf;
      const frame: Frame = {
        kind: "frame",
        path: part.path,
        heading: part.heading,
        inside: opened(part.inside, open),
        count: part.count,
        dashed: part.dashed,
        leaf: part,
      };
      return hanging.length ? { kind: "hung", part: frame, leaf } : frame;
    }
    case "series":
      return { ...part, parts: part.parts.map((one) => opened(one, open)) };
    case "parallel":
      return { ...part, branches: part.branches.map((one) => opened(one, open)) };
    case "lanes":
      return { ...part, parts: part.parts.map((one) => opened(one, open)) };
    case "frame":
      return { ...part, inside: opened(part.inside, open) };
    default:
      return part;
  }
}

// ---------------------------------------------------------------- layout

const PAD = 5.0;
const SHEET = 2.4;
const SHEETS = 2;
const GAP = 15.0;
const LEAD = 13.0;
const FORK = 3.0;
const TAIL = 7.0;
const BESIDE = 7.0;
const WIRE = 3.0;
const LABEL = 4.0;
const ARROW = 8.0;
const TAP = 4.0;
const LANE = 6.0;
const INSIDE = 8.0;
const INDENT = 14.0;
const CHANNEL = 7.0;
/** So much wider than the room branches may be: they read best without rows. */
const WIDE = 1.6;
/** Of the search for the shortest longest row. */
const STEPS = 16;

type Point = [number, number];
type Direction = "right" | "down";
type Anchor = "start" | "middle" | "end";

interface Words {
  type: "text";
  x: number;
  y: number;
  content: string;
  size: number;
  anchor: Anchor;
  bold: boolean;
  color: string;
}

interface Rect {
  type: "rect";
  x: number;
  y: number;
  width: number;
  height: number;
  fill: string | null;
  stroke: string | null;
  radius: number;
  dashed: boolean;
}

interface Line {
  type: "line";
  points: Point[];
  source: string;
  target: string;
  arrow: boolean;
  dashed: boolean;
  label: Words | null;
}

interface Box {
  type: "box";
  rect: Rect;
  leaf: Leaf;
  texts: Words[];
  behind: Rect[];
  badge: [Rect, Words] | null;
}

/** A frame with its heading. */
interface Border {
  type: "border";
  rect: Rect;
  heading: Words | null;
  frame: Frame;
}

type Item = Line | Box | Border;

interface Extent {
  length: number;
  before: number;
  after: number;
}

interface Pending {
  source: string;
  points: Point[];
  dashed: boolean;
  merge: number | null;
  label: Words | null;
  arrow: boolean;
}

function text(
  x: number, y: number, content: string, size: number,
  anchor: Anchor = "start", bold = false, color = "ink",
): Words {
  return { type: "text", x, y, content, size, anchor, bold, color };
}

/** Measures and places the parts of one figure. */
class Layout {
  readonly items: Item[] = [];
  private readonly right: boolean;
  private readonly sizes: Sizes;
  private readonly page: Pick<Page, "widths" | "units">;
  private readonly measured = new Map<Diagram, Extent>();

  constructor(direction: Direction, sizes: Sizes, page: Pick<Page, "widths" | "units">) {
    this.right = direction === "right";
    this.sizes = sizes;
    this.page = page;
  }

  textWidth(content: string, size: number, bold = false): number {
    let units = 0;
    for (const character of content) {
      units += this.page.widths[character]?.[bold ? 1 : 0] ?? this.page.units;
    }
    return (units / this.page.units) * size;
  }

  // ---------------------------------------------------------------- measures

  measure(part: Diagram): Extent {
    let extent = this.measured.get(part);
    if (extent === undefined) {
      extent = this.extent(part);
      this.measured.set(part, extent);
    }
    return extent;
  }

  private extent(part: Diagram): Extent {
    switch (part.kind) {
      case "leaf":
        return part.hanging.length
          ? this.withHanging(this.leafExtent(part), part.shape, part.hanging)
          : this.leafExtent(part);
      case "series":
        return this.series(part.parts);
      case "parallel":
        return this.parallel(part);
      case "lanes":
        return this.lanes(part);
      case "frame":
        return this.frame(part);
      case "hung":
        return this.withHanging(this.measure(part.part), exitLabel(part.part), part.leaf.hanging);
      case "rows":
        return this.inRows(part);
      case "wire":
        return { length: 0, before: WIRE, after: WIRE };
    }
  }

  size(leaf: Leaf): Point {
    const { text: title, small } = this.sizes;
    if (leaf.form === "circle") return [1.7 * title, 1.7 * title];
    const width = Math.max(
      this.textWidth(leaf.title, title, leaf.role === "block"), this.textWidth(leaf.under, small),
    );
    return [width + 2 * PAD, 2.1 * title + (leaf.under ? 1.25 * small : 0)];
  }

  private leafExtent(leaf: Leaf): Extent {
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

  private badgeSize(leaf: Leaf): Point {
    const size = this.sizes.small;
    return [this.textWidth(`×${leaf.count}`, size, true) + 7, size * 1.35];
  }

  private withHanging(bare: Extent, shape: string | null, hanging: Diagram[]): Extent {
    let length = bare.length + TAP + this.labelRoom(shape);
    let after = bare.after;
    for (const branch of hanging) {
      const extent = this.measure(branch);
      length = Math.max(length, bare.length + TAP + LEAD + extent.length);
      after += BESIDE + extent.before + extent.after;
    }
    return { length, before: Math.max(bare.before, this.labelSide(shape)[0]), after };
  }

  private series(parts: readonly Diagram[]): Extent {
    const extents = parts.map((part) => this.measure(part));
    let length = extents.reduce((sum, extent) => sum + extent.length, 0);
    let before = Math.max(...extents.map((extent) => extent.before));
    let after = Math.max(...extents.map((extent) => extent.after));
    for (let k = 0; k + 1 < parts.length; k++) {
      const label = exitLabel(parts[k]!);
      length += this.gap(label, parts[k + 1]!);
      const sides = this.labelSide(label);
      before = Math.max(before, sides[0]);
      after = Math.max(after, sides[1]);
    }
    return { length, before, after };
  }

  gap(label: string | null, following: Diagram | null): number {
    const room = this.labelRoom(label);
    if (following !== null && beginsWithFork(following)) return Math.max(room, TAP);
    return Math.max(GAP, room ? room + ARROW : 0);
  }

  private labelRoom(label: string | null): number {
    if (label === null) return 0;
    const size = this.sizes.small;
    return this.right ? this.textWidth(label, size) + 2 * LABEL : size + 2 * LABEL - 2;
  }

  private labelSide(label: string | null): Point {
    if (label === null) return [0, 0];
    const size = this.sizes.small;
    return this.right ? [size + 3, 0] : [0, this.textWidth(label, size) + LABEL + 2];
  }

  private parallel(part: Parallel): Extent {
    const rows = this.rows(part);
    const length = Math.max(...rows.map(([branch]) => this.branchLength(branch)));
    const before = -Math.min(...rows.map(([branch, axis]) => axis - this.sides(branch)[0]));
    const after = Math.max(...rows.map(([branch, axis]) => axis + this.sides(branch)[1]));
    return { length: LEAD + length + TAIL, before: Math.max(before, WIRE), after: Math.max(after, WIRE) };
  }

  private sides(branch: Diagram): Point {
    const extent = this.measure(branch);
    const label = this.labelSide(exitLabel(branch));
    return [Math.max(extent.before, label[0]), Math.max(extent.after, label[1])];
  }

  private branchLength(branch: Diagram): number {
    return this.measure(branch).length + this.labelRoom(exitLabel(branch));
  }

  private rows(part: Parallel): [Diagram, number][] {
    let branches = [...part.branches];
    let onAxis: number | null = branches.length % 2 ? Math.floor(branches.length / 2) : null;
    if (branches.length === 2) {
      const counts = branches.map((branch) => leaves(branch).length);
      if (counts[0] !== counts[1]) {
        branches = counts[0]! < counts[1]! ? branches : branches.reverse();
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
    const axis =
      onAxis === null ? (places[0]! + places[places.length - 1]!) / 2 : places[onAxis]!;
    return branches.map((branch, k) => [branch, places[k]! - axis]);
  }

  private lanes(part: Lanes): Extent {
    const extents = part.parts.map((one) => this.measure(one));
    const length = this.stations(part)[1];
    let top = Math.max(0, ...extents.map((extent) => extent.before));
    let after = extents.length ? Math.max(...extents.map((extent) => extent.after)) : WIRE;
    for (const one of part.parts) {
      const sides = this.labelSide(exitLabel(one));
      top = Math.max(top, sides[0]);
      after = Math.max(after, sides[1]);
    }
    const count = Math.max(-1, ...laneNumbers(part).values()) + 1;
    return { length, before: top + LANE * count + (count ? LANE : 0), after: Math.max(after, WIRE) };
  }

  private stations(part: Lanes): [number[], number] {
    const places: number[] = [];
    let position = TAP + LEAD;
    for (const one of part.parts) {
      places.push(position);
      position += this.measure(one).length;
      position += TAP + this.labelRoom(exitLabel(one)) + LEAD;
    }
    return [places, position];
  }

  private frame(frame: Frame): Extent {
    const inside = this.measure(frame.inside);
    const size = this.sizes.small;
    const heading = this.textWidth(headingOf(frame), size, true) + 2 * PAD;
    const top = headingOf(frame) ? size * 1.5 : 0;
    if (this.right) {
      return {
        length: Math.max(inside.length + 2 * INSIDE, heading),
        before: Math.max(inside.before, WIRE) + INSIDE + top,
        after: Math.max(inside.after, WIRE) + INSIDE,
      };
    }
    const before = Math.max(inside.before + INSIDE, top ? heading + 4 : 0);
    return { length: inside.length + 2 * INSIDE + top, before, after: inside.after + INSIDE };
  }

  // ---------------------------------------------------------------- places

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
    parts: readonly Diagram[], main: number, across: number, arriving: Pending[],
  ): Pending[] {
    let pending = arriving;
    parts.forEach((part, k) => {
      pending = this.place(part, main, across, pending);
      main += this.measure(part).length + this.gap(exitLabel(part), parts[k + 1] ?? null);
    });
    return pending;
  }

  private placeLeaf(leaf: Leaf, main: number, across: number, arriving: Pending[]): Pending[] {
    const [width, height] = this.size(leaf);
    const stack = leaf.count > 1 ? SHEET * SHEETS : 0;
    const extent = this.leafExtent(leaf);
    let start: number, end: number, x: number, y: number;
    if (this.right) {
      [start, end] = [main, main + width + stack];
      [x, y] = [main, across - height / 2];
    } else {
      start = stack ? main + extent.length - height - stack : main;
      end = start + height + stack;
      [x, y] = [across - width / 2, start + stack];
    }
    this.arrive(leaf, arriving, start, across, this.right ? height : width);
    this.drawLeaf(leaf, x, y, width, height);
    if (!leaf.hanging.length) return [this.leaving(leaf, end, across, 0)];
    const whole = this.measure(leaf);
    const tap = main + extent.length;
    this.placeHanging(leaf, tap, end, across, extent);
    const out = this.leaving(leaf, end, across, tap - end + TAP);
    return [{ ...out, points: [...out.points, [main + whole.length, across]] }];
  }

  private placeHung(part: Hung, main: number, across: number, arriving: Pending[]): Pending[] {
    const bare = this.measure(part.part);
    const end: Point = [main + this.measure(part).length, across];
    const lines = this.place(part.part, main, across, arriving);
    const tap = main + bare.length;
    this.placeHanging(part.leaf, tap, tap, across, bare);
    return lines.map((line) => ({
      ...line,
      points: [...onAxis(line, across), end],
      merge: null,
      label: line.label && exitLabel(part.part) !== null ? this.behindTap(line.label) : line.label,
    }));
  }

  private leaving(leaf: Leaf, end: number, across: number, tap: number): Pending {
    let label: Words | null = null;
    if (leaf.shape !== null) {
      const size = this.sizes.small;
      label = this.right
        ? text(end + tap + LABEL, across - 3, leaf.shape, size, "start", false, "pale")
        : text(across + LABEL, end + tap + LABEL + size * 0.75 - 1, leaf.shape, size, "start", false, "pale");
    }
    return {
      source: leaf.output, points: [[end, across]], dashed: leaf.dashed, merge: null, label,
      arrow: true,
    };
  }

  /** The text on a line, behind the frame that the line leaves. */
  private exitText(label: Words, main: number, across: number): Words {
    if (this.right) return { ...label, x: main + LABEL, y: across - 3 };
    return { ...label, x: across + LABEL, y: main + LABEL + label.size * 0.75 - 1 };
  }

  private placeHanging(leaf: Leaf, tap: number, end: number, across: number, bare: Extent): void {
    let edge = across + bare.after;
    for (const branch of leaf.hanging) {
      const extent = this.measure(branch);
      const axis = edge + BESIDE + extent.before;
      const points: Point[] = [[end, across], [tap + TAP, across], [tap + TAP, axis]];
      this.place(branch, tap + TAP + LEAD, axis, [
        { source: leaf.output, points, dashed: true, merge: null, label: null, arrow: true },
      ]);
      edge = axis + extent.after;
    }
  }

  private arrive(
    leaf: Leaf, arriving: Pending[], start: number, across: number, side: number,
  ): void {
    const joined = new Set<number | null>();
    const ordered = [...arriving].sort((a, b) => Number(a.dashed) - Number(b.dashed));
    for (const line of ordered) {
      const at = line.points[line.points.length - 1]![1];
      let points: Point[];
      let arrow = line.arrow;
      if (leaf.form === "circle" && line.merge !== null && Math.abs(at - across) > side) {
        const center = start + side / 2;
        const edge = at > across ? side / 2 : -side / 2;
        points = [...line.points, [center, at], [center, across + edge]];
      } else if (line.merge !== null && joined.has(line.merge) && at !== across) {
        points = onAxis(line, across);
        arrow = false;
      } else {
        points = [...onAxis(line, across), [start, across]];
        joined.add(line.merge);
      }
      this.drawLine({ ...line, points, arrow }, leaf);
    }
  }

  private placeParallel(part: Parallel, main: number, across: number, arriving: Pending[]): Pending[] {
    const length = this.measure(part).length;
    const inside = length - LEAD - TAIL;
    const leaving: Pending[] = [];
    const counts = part.branches.map((branch) => leaves(branch).length);
    const stem = part.branches[counts.indexOf(Math.max(...counts))];
    for (const [branch, offset] of this.rows(part)) {
      const axis = across + offset;
      const start = main + LEAD + (inside - this.branchLength(branch)) / 2;
      const lines = arriving.map((line) =>
        this.forked(line, main, across, axis, start, branch === stem),
      );
      const end = start + this.branchLength(branch);
      for (const line of this.place(branch, start, axis, lines)) {
        const points: Point[] = [...onAxis(line, axis), [end, axis]];
        leaving.push({ ...line, points, merge: main + length - TAIL + FORK });
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
    return { ...line, points, merge: null, label: isStem ? line.label : null };
  }

  private placeLanes(part: Lanes, main: number, across: number, arriving: Pending[]): Pending[] {
    const [places, length] = this.stations(part);
    const lanes = laneNumbers(part);
    const extents = part.parts.map((one) => this.measure(one));
    const top = Math.max(
      WIRE,
      ...extents.map((extent) => extent.before),
      ...part.parts.map((one) => this.labelSide(exitLabel(one))[0]),
    );
    const out = new Map<number, Pending[]>([[-1, arriving]]);
    const exits = new Map<number, number>([[-1, main]]);
    const count = part.parts.length;
    for (let k = 0; ; k++) {
      const start = main + (k < count ? places[k]! : length);
      const lines: Pending[] = [];
      for (const [source, target] of part.links) {
        if (target !== k) continue;
        for (const line of out.get(source)!) {
          let points = onAxis(line, across);
          if (target === source + 1) {
            points = [...points, [start, across]];
          } else {
            const beside = across - top - LANE * (lanes.get(source)! + 1);
            const leave = exits.get(source)! + TAP;
            const arrive = start - LEAD + FORK;
            points = [
              ...points, [leave, across], [leave, beside], [arrive, beside], [arrive, across],
              [start, across],
            ];
          }
          lines.push({ ...line, points, merge: null });
        }
      }
      if (k === count) return lines;
      exits.set(k, start + extents[k]!.length);
      const placed = this.place(part.parts[k]!, start, across, lines);
      out.set(k, placed.map((line) => ({ ...line, label: line.label && this.behindTap(line.label) })));
    }
  }

  private behindTap(label: Words): Words {
    return this.right ? { ...label, x: label.x + TAP } : { ...label, y: label.y + TAP };
  }

  private placeFrame(frame: Frame, main: number, across: number, arriving: Pending[]): Pending[] {
    const extent = this.measure(frame);
    const inside = this.measure(frame.inside);
    const size = this.sizes.small;
    const heading = headingOf(frame);
    const top = heading ? size * 1.5 : 0;
    const [x, y] = this.xy(main, across - extent.before);
    const [width, height] = this.xy(extent.length, extent.before + extent.after);
    this.items.push({
      type: "border",
      rect: {
        type: "rect", x, y, width, height, fill: "frame", stroke: "frame-line", radius: 5,
        dashed: frame.dashed,
      },
      heading: top ? text(x + PAD, y + size * 1.25, heading, size, "start", true, "pale") : null,
      frame,
    });
    const free = extent.length - inside.length - (this.right ? 0 : top);
    const start = main + free / 2 + (this.right ? 0 : top);
    const lines = arriving.map((line) => ({ ...line, points: onAxis(line, across), merge: null }));
    const leaving = this.place(frame.inside, start, across, lines);
    const end = main + extent.length;
    const isBelow = frame.inside.kind === "rows" && !frame.inside.comesBack;
    const isBehind = exitLabel(frame) !== null;
    return leaving.map((line): Pending => {
      const points = onAxis(line, across);
      const axis = isBelow ? points[points.length - 1]![1] : across;
      const label = line.label && isBehind ? this.exitText(line.label, end, axis) : line.label;
      return { ...line, points: [...points, [end, axis]], merge: null, label };
    });
  }

  // ---------------------------------------------------------------- rows

  private inRows(part: Rows): Extent {
    const extents = part.rows.map((row) => this.measure(row));
    const length = Math.max(
      ...extents.map((extent, k) => indent(part, k) + extent.length + this.tail(part, k)),
    );
    const across = extents.reduce((sum, extent) => sum + extent.before + extent.after, 0);
    const before = extents[0]!.before;
    return {
      length: length + (part.comesBack ? TAP : 0),
      before,
      after: across + 2 * CHANNEL * (extents.length - 1) - before,
    };
  }

  /** Behind a row: the text on its last line, and the turn; behind the last row nothing. */
  private tail(part: Rows, k: number): number {
    const isLast = k + 1 === part.rows.length;
    return isLast && !part.comesBack ? 0 : this.gap(exitLabel(part.rows[k]!), null);
  }

  private placeRows(part: Rows, main: number, across: number, arriving: Pending[]): Pending[] {
    let pending = arriving;
    let axis = across;
    part.rows.forEach((row, k) => {
      const start = main + indent(part, k);
      const extent = this.measure(row);
      pending = this.place(row, start, axis, pending);
      const next = part.rows[k + 1];
      if (!next) return;
      const channel = axis + extent.after + CHANNEL;
      const following = channel + CHANNEL + this.measure(next).before;
      const turn = start + extent.length + this.tail(part, k) - 1;
      pending = pending.map((line) =>
        turned(line, axis, turn, [[turn, channel], [main, channel], [main, following]]),
      );
      axis = following;
    });
    if (!part.comesBack) return pending;
    const end = main + this.measure(part).length;
    return pending.map((line) => turned(line, axis, end, [[end, across]]));
  }

  /** Chains in rows, so that none is longer than there is room; inside of a frame there is less. */
  wrapped(part: Diagram, room: number, isInside = false): Diagram {
    switch (part.kind) {
      case "frame":
        return { ...part, inside: this.wrapped(part.inside, room - 2 * INSIDE, true) };
      case "hung":
        return { ...part, part: this.wrapped(part.part, room - TAP - LEAD, true) };
      case "parallel": {
        const inside = room - LEAD - TAIL;
        if (this.measure(part).length < WIDE * room) return part;
        return { ...part, branches: part.branches.map((one) => this.wrapped(one, inside, true)) };
      }
      case "series": {
        const parts = part.parts.map((one) => this.wrapped(one, room - 2 * INDENT, true));
        const series: Series = { kind: "series", parts };
        if (this.measure(series).length <= room) return series;
        const rows = this.broken(series, isInside ? room - TAP : room);
        if (rows.length === 1) return series;
        return { kind: "rows", rows: rows.map(leftBelow), isInside, comesBack: isInside };
      }
      default:
        return part;
    }
  }

  private broken(diagram: Series, room: number): Series[] {
    const units = unitsOf(diagram);
    const lengths = units.map((unit) => this.measure(unit).length);
    const gaps = units.slice(1).map((unit, k) => this.gap(exitLabel(units[k]!), unit.parts[0]!));
    return breaks(lengths, gaps, room).map(([start, end]) => ({
      kind: "series", parts: units.slice(start, end).flatMap((unit) => unit.parts),
    }));
  }

  // ---------------------------------------------------------------- drawing

  private xy(main: number, across: number): Point {
    return this.right ? [main, across] : [across, main];
  }

  private drawLine(line: Pending, leaf: Leaf): void {
    const points = straightened(line.points).map((point) => this.xy(...point));
    const dashed = line.dashed || leaf.dashed;
    this.items.push({
      type: "line", points, source: line.source, target: leaf.path, arrow: line.arrow, dashed,
      label: line.label,
    });
  }

  private drawLeaf(leaf: Leaf, x: number, y: number, width: number, height: number): void {
    const radius = leaf.form === "circle" ? height / 2 : 3.5;
    const rect: Rect = {
      type: "rect", x, y, width, height, fill: leaf.role, stroke: `${leaf.role}-line`, radius,
      dashed: leaf.dashed,
    };
    const behind: Rect[] = [];
    let badge: [Rect, Words] | null = null;
    if (leaf.count > 1) {
      for (let k = SHEETS; k > 0; k--) behind.push({ ...rect, x: x + SHEET * k, y: y - SHEET * k });
      const [wide, high] = this.badgeSize(leaf);
      const [left, top] = [x + width + 1 - wide / 2, y - SHEET * SHEETS - high / 2];
      const size = this.sizes.small;
      badge = [
        {
          type: "rect", x: left, y: top, width: wide, height: high, fill: "badge", stroke: null,
          radius: high / 2, dashed: false,
        },
        text(
          left + wide / 2, top + high / 2 + size * 0.35, `×${leaf.count}`, size,
          "middle", true, "on-badge",
        ),
      ];
    }
    const texts = this.texts(leaf, x, y, width, height);
    this.items.push({ type: "box", rect, leaf, texts, behind, badge });
  }

  private texts(leaf: Leaf, x: number, y: number, width: number, height: number): Words[] {
    const middle = x + width / 2;
    const { text: size, small } = this.sizes;
    const bold = leaf.role === "block" || leaf.form === "circle";
    if (!leaf.under) {
      const grown = leaf.form === "circle" ? size * 1.3 : size;
      return [text(middle, y + height / 2 + grown * 0.35, leaf.title, grown, "middle", bold)];
    }
    const first = y + height / 2 - 0.1 * size;
    return [
      text(middle, first, leaf.title, size, "middle", bold),
      text(middle, first + small * 1.3, leaf.under, small, "middle", false, "pale"),
    ];
  }
}

function indent(part: Rows, k: number): number {
  return k || part.isInside ? INDENT : 0;
}

/** A line that turns aside behind a row, from where it leaves the row. */
function turned(line: Pending, axis: number, turn: number, around: Point[]): Pending {
  const points = onAxis(line, axis);
  const leaves = points[points.length - 1]![1];
  return { ...line, points: [...points, [turn, leaves], ...around], merge: null };
}

/** A row that ends with rows in a frame is left where the last of them ends. */
function leftBelow(row: Series): Series {
  const last = row.parts[row.parts.length - 1]!;
  if (last.kind !== "frame" || last.inside.kind !== "rows") return row;
  const inside: Rows = { ...last.inside, comesBack: false };
  return { kind: "series", parts: [...row.parts.slice(0, -1), { ...last, inside }] };
}

/** Parts with what must stand in the same row: a merge with its branches. */
function unitsOf(diagram: Series): Series[] {
  const units: Series[] = [];
  for (const part of diagram.parts) {
    const isMerge = part.kind === "leaf" && part.form === "circle";
    const last = units[units.length - 1]?.parts;
    if (last && (isMerge || beginsWithFork(last[last.length - 1]!))) last.push(part);
    else units.push({ kind: "series", parts: [part] });
  }
  return units;
}

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

function exitLabel(part: Diagram): string | null {
  for (;;) {
    if (part.kind === "series") part = part.parts[part.parts.length - 1]!;
    else if (part.kind === "frame") part = part.inside;
    else if (part.kind === "rows" && !part.comesBack) part = part.rows[part.rows.length - 1]!;
    else return part.kind === "leaf" && !part.hanging.length ? part.shape : null;
  }
}

function beginsWithFork(part: Diagram): boolean {
  return part.kind === "parallel" || part.kind === "lanes";
}

function headingOf(frame: Frame): string {
  return frame.count > 1 ? `${frame.heading} ×${frame.count}`.trim() : frame.heading;
}

function onAxis(line: Pending, axis: number): Point[] {
  const last = line.points[line.points.length - 1]!;
  if (line.merge === null || last[1] === axis) return line.points;
  return [...line.points, [line.merge, last[1]], [line.merge, axis]];
}

function straightened(points: readonly Point[]): Point[] {
  const corners: Point[] = [];
  for (const point of points) {
    const last = corners[corners.length - 1];
    const beforeLast = corners[corners.length - 2];
    if (last && near(point, last)) continue;
    if (last && beforeLast && isBetween(beforeLast, last, point)) corners[corners.length - 1] = point;
    else corners.push(point);
  }
  return corners;
}

function near(a: Point, b: Point): boolean {
  return Math.abs(a[0] - b[0]) < 1e-6 && Math.abs(a[1] - b[1]) < 1e-6;
}

function isBetween(a: Point, b: Point, c: Point): boolean {
  return [0, 1].some(
    (k) => Math.abs(a[k]! - b[k]!) < 1e-6 && Math.abs(b[k]! - c[k]!) < 1e-6,
  );
}

function laneNumbers(part: Lanes): Map<number, number> {
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

interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Arranged {
  items: Item[];
  bounds: Bounds;
}

/** Everything at its place. */
function arranged(
  diagram: Diagram, direction: Direction, room: number, page: Pick<Page, "widths" | "units" | "sizes">,
): Arranged {
  const layout = new Layout(direction, page.sizes, page);
  const isWrapped = direction === "right" && Number.isFinite(room);
  const whole = isWrapped ? layout.wrapped(diagram, room) : diagram;
  const extent = layout.measure(whole);
  layout.place(whole, 0, 0, []);
  const { length, before, after } = extent;
  const bounds =
    direction === "right"
      ? { x: 0, y: -before, width: length, height: before + after }
      : { x: -before, y: 0, width: before + after, height: length };
  return { items: layout.items, bounds };
}

// ---------------------------------------------------------------- drawing

const SVG = "http://www.w3.org/2000/svg";

function svg(name: string, attributes: Record<string, string | number> = {}): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, told(value));
  return element;
}

function html(name: string, className = "", content = ""): HTMLElement {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (content) element.textContent = content;
  return element;
}

function told(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 100) / 100) : value;
}

/** Colours are variables of the style sheet, so that a theme changes them all. */
function painted(element: SVGElement, fill: string | null, stroke: string | null = null): SVGElement {
  element.style.setProperty("fill", fill === null ? "none" : `var(--${fill})`);
  if (stroke !== null) element.style.setProperty("stroke", `var(--${stroke})`);
  return element;
}

function drawnRect(rect: Rect, dx: number, dy: number): SVGElement {
  const element = svg("rect", {
    x: rect.x - dx, y: rect.y - dy, width: rect.width, height: rect.height,
    rx: Math.min(rect.radius, rect.width / 2, rect.height / 2),
  });
  if (rect.stroke !== null) element.setAttribute("stroke-width", "0.8");
  if (rect.dashed) element.setAttribute("stroke-dasharray", "3 2");
  return painted(element, rect.fill, rect.stroke);
}

function drawnText(from: Words, dx: number, dy: number): SVGElement {
  const element = svg("text", { x: from.x - dx, y: from.y - dy, "font-size": from.size });
  if (from.anchor !== "start") element.setAttribute("text-anchor", from.anchor);
  if (from.bold) element.setAttribute("font-weight", "bold");
  element.textContent = from.content;
  return painted(element, from.color);
}

/** Corners rounded by at most the radius. */
function drawnPath(points: readonly Point[], radius: number): string {
  const steps = [`M${told(points[0]![0])} ${told(points[0]![1])}`];
  for (let k = 1; k < points.length; k++) {
    const [a, b, c] = [points[k - 1]!, points[k]!, points[k + 1]];
    if (!c) {
      steps.push(`L${told(b[0])} ${told(b[1])}`);
      continue;
    }
    const round = Math.min(radius, distance(a, b) / 2, distance(b, c) / 2);
    const [start, end] = [toward(b, a, round), toward(b, c, round)];
    steps.push(
      `L${told(start[0])} ${told(start[1])}Q${told(b[0])} ${told(b[1])} ${told(end[0])} ${told(end[1])}`,
    );
  }
  return steps.join("");
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

function toward(from: Point, to: Point, length: number): Point {
  const share = length / (distance(from, to) || 1);
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}

function pathOf(points: readonly Point[], isDashed: boolean): SVGElement {
  const path = svg("path", { d: drawnPath(points, 4), "stroke-width": 0.9 });
  if (isDashed) path.setAttribute("stroke-dasharray", "3 2");
  return path;
}

const HEAD = 4.2;

/** A line that ends in an arrow, and the text on it. */
function drawnLine(line: Line): SVGElement {
  const group = svg("g", { class: "edge" });
  const points = [...line.points];
  if (!line.arrow) {
    group.append(painted(pathOf(points, line.dashed), null, "line"));
    if (line.label) group.append(drawnText(line.label, 0, 0));
    return group;
  }
  const end = points[points.length - 1]!;
  const before = points[points.length - 2] ?? end;
  const neck = toward(end, before, Math.min(HEAD, distance(end, before)));
  points[points.length - 1] = toward(end, before, Math.min(HEAD - 0.6, distance(end, before)));
  const path = pathOf(points, line.dashed);
  const [dx, dy] = [end[0] - neck[0], end[1] - neck[1]];
  const [sx, sy] = [-dy * 0.42, dx * 0.42];
  const head = svg("path", {
    d: `M${told(end[0])} ${told(end[1])}L${told(neck[0] + sx)} ${told(neck[1] + sy)}` +
      `L${told(neck[0] - sx)} ${told(neck[1] - sy)}Z`,
  });
  group.append(painted(path, null, "line"), painted(head, "line"));
  if (line.label) group.append(drawnText(line.label, 0, 0));
  return group;
}

// ---------------------------------------------------------------- numbers and words

function grouped(number: number): string {
  return number.toLocaleString("en");
}

/** ``25.6 M``: three digits. */
function short(number: number): string {
  for (const [unit, size] of [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]] as const) {
    const value = number / size;
    if (value >= 0.9995) return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
  }
  return String(number);
}

function plural(count: number, word: string): string {
  return `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** ``conv 3×3, 64 · /2 · BN`` of a box, for a list and for who cannot see it. */
function saidOf(leaf: Leaf): string {
  const words = leaf.under ? `${leaf.title} · ${leaf.under}` : leaf.title;
  return leaf.count > 1 ? `${words} ×${leaf.count}` : words;
}

interface Sum {
  layers: number;
  params: number;
  macs: number;
}

function summed(rows: Iterable<LayerRow>): Sum {
  const sum = { layers: 0, params: 0, macs: 0 };
  for (const row of rows) {
    sum.layers += 1;
    sum.params += row[4];
    sum.macs += row[5];
  }
  return sum;
}

// ---------------------------------------------------------------- the page

interface View {
  x: number;
  y: number;
  scale: number;
}

const MOVE = 1.25;
/** Pixels a point on the screen at first: text of 8.5 points is 12 pixels high. */
const COMFORTABLE = 1.4;
const NARROW = 720;
const MARGIN = 24;
const MAX_RESULTS = 30;

function byId<T extends Element = HTMLElement>(id: string): T {
  return document.getElementById(id) as unknown as T;
}

class Viewer {
  private readonly page: Page;
  private readonly root: Diagram;
  private readonly leafById = new Map<number, Leaf>();
  /** The innermost box that stands for a layer. */
  private readonly leafOfLayer = new Map<number, Leaf>();
  private readonly layerByPath = new Map<string, number>();
  private readonly scopes: Map<string, ScopeRow>;
  /** At inference, and what training adds. */
  private readonly counted: LayerRow[];
  private readonly total: Sum;
  private readonly extra: Sum;

  private readonly open = new Set<number>();
  private selected: Leaf | null = null;
  private shownLayer: number | null = null;
  private direction: Direction;
  private view: View = { x: 0, y: 0, scale: 1 };
  private items: Item[] = [];
  private bounds: Bounds = { x: 0, y: 0, width: 1, height: 1 };
  private results: { path: string; leaf: Leaf; layer: number | null }[] = [];
  private result = 0;

  private readonly stage = byId<SVGSVGElement>("stage");
  private readonly world = byId<SVGGElement>("world");
  private readonly frames = byId<SVGGElement>("frames");
  private readonly edges = byId<SVGGElement>("edges");
  private readonly boxes = byId<SVGGElement>("boxes");
  private readonly panel = byId("panel");
  private readonly search = byId<HTMLInputElement>("search");
  private readonly list = byId("results");
  private readonly status = byId("status");
  private readonly help = byId<HTMLDialogElement>("help");

  constructor(page: Page) {
    this.page = page;
    this.scopes = new Map(Object.entries(page.scopes));
    this.root = read(page.diagram, page, { next: 0 }, null);
    page.layers.forEach((row, k) => this.layerByPath.set(row[0], k));
    for (const leaf of leaves(this.root, true)) {
      this.leafById.set(leaf.id, leaf);
      for (const number of numbersOf(leaf.layers)) {
        const other = this.leafOfLayer.get(number);
        if (!other || depthOf(other) < depthOf(leaf)) this.leafOfLayer.set(number, leaf);
      }
      const own = this.layerByPath.get(leaf.path);
      if (own !== undefined && !leaf.layers.length) this.leafOfLayer.set(own, leaf);
    }
    const training = new Set(numbersOf(page.training));
    const isCounted = (row: LayerRow, k: number): boolean =>
      page.ops[row[1]]!.role !== "input" && !training.has(k);
    this.counted = page.layers.filter(isCounted);
    this.total = summed(this.counted);
    this.extra = summed(page.layers.filter((_, k) => training.has(k)));
    this.direction = this.width < NARROW - 80 ? "down" : "right";
  }

  start(): void {
    this.listen();
    this.arrange();
    this.fit();
    this.tell();
    this.follow();
    requestAnimationFrame(() => document.documentElement.classList.add("ready"));
  }

  // -------------------------------------------------------------- states

  private get width(): number {
    return this.stage.clientWidth || 800;
  }

  private get height(): number {
    return this.stage.clientHeight || 600;
  }

  private get room(): number {
    return Math.max((this.width - 2 * MARGIN) / COMFORTABLE, 320);
  }

  /** Lay everything out anew; the box that is named stays where it is on the screen. */
  private arrange(still: Leaf | null = null): void {
    const before = still && this.placeOf(still);
    const { items, bounds } = arranged(
      opened(this.root, this.open), this.direction, this.room, this.page,
    );
    this.items = items;
    this.bounds = bounds;
    this.draw();
    const after = still && this.placeOf(still);
    if (before && after) {
      this.view.x += (before.x - after.x) * this.view.scale;
      this.view.y += (before.y - after.y) * this.view.scale;
      this.show(true);
    }
  }

  private placeOf(leaf: Leaf): Bounds | null {
    for (const item of this.items) {
      if (item.type === "box" && item.leaf.id === leaf.id) return item.rect;
      if (item.type === "border" && item.frame.leaf?.id === leaf.id) return item.rect;
    }
    return null;
  }

  private toggle(leaf: Leaf): void {
    if (!isOpenable(leaf)) return;
    if (this.open.has(leaf.id)) this.open.delete(leaf.id);
    else this.open.add(leaf.id);
    this.arrange(leaf);
    this.reveal(leaf);
    const word = this.open.has(leaf.id) ? "opened" : "closed";
    this.status.textContent = `${leaf.path} ${word}`;
  }

  private openAll(isOpen: boolean): void {
    this.open.clear();
    if (isOpen) {
      for (const leaf of this.leafById.values()) if (isOpenable(leaf)) this.open.add(leaf.id);
    }
    if (!isOpen && this.selected) this.selected = outermost(this.selected);
    this.arrange();
    this.fit();
    this.mark();
    this.tell();
    this.status.textContent = isOpen ? "all blocks opened" : "all blocks closed";
  }

  private select(leaf: Leaf | null, layer: number | null = null): void {
    this.selected = leaf;
    this.shownLayer = layer;
    this.mark();
    this.tell();
    const path = layer !== null ? this.page.layers[layer]![0] : (leaf?.path ?? "");
    const hash = path ? `#${encodeURIComponent(path)}` : location.pathname + location.search;
    history.replaceState(null, "", hash);
  }

  /** Open whatever a box is in, and go there. */
  private go(leaf: Leaf, layer: number | null = null): void {
    for (let up = leaf.parent; up; up = up.parent) this.open.add(up.id);
    this.arrange();
    this.select(leaf, layer);
    this.center(leaf);
    this.groupOf(leaf)?.focus({ preventScroll: true });
  }

  /** What the address names: a layer, or a scope. */
  private follow(): void {
    const path = decoded(location.hash.slice(1));
    if (!path) return;
    const found = this.find(path);
    if (found) this.go(found.leaf, found.layer);
    else this.status.textContent = `there is no layer ${path}`;
  }

  private find(path: string): { leaf: Leaf; layer: number | null } | null {
    const scopes = [...this.leafById.values()].filter((leaf) => leaf.path === path && leaf.inside);
    if (this.scopes.has(path) && scopes.length) {
      return { leaf: scopes.reduce((a, b) => (depthOf(b) > depthOf(a) ? b : a)), layer: null };
    }
    const layer = this.layerByPath.get(path);
    if (layer === undefined) {
      const inside = this.page.layers.findIndex((row) => row[0].startsWith(`${path}.`));
      const leaf = this.leafOfLayer.get(inside);
      return leaf && this.scopes.has(path) ? { leaf, layer: inside } : null;
    }
    const leaf = this.leafOfLayer.get(layer);
    return leaf ? { leaf, layer } : null;
  }

  // -------------------------------------------------------------- the drawing

  private draw(): void {
    const focused = document.activeElement;
    const kept = new Map<string, SVGGElement>();
    for (const group of [...this.frames.children, ...this.boxes.children] as SVGGElement[]) {
      kept.set(keyOf(group), group);
    }
    const frames: SVGGElement[] = [];
    const boxes: SVGGElement[] = [];
    const lines: SVGElement[] = [];
    let fixed = 0;
    for (const item of this.items) {
      if (item.type === "line") lines.push(drawnLine(item));
      else if (item.type === "box") boxes.push(this.drawBox(item, kept));
      else {
        const id = item.frame.leaf ? item.frame.leaf.id : -(++fixed);
        frames.push(this.drawFrame(item, id, kept));
        if (item.heading) boxes.push(this.drawHeading(item, id, kept));
      }
    }
    arrangeChildren(this.frames, frames);
    arrangeChildren(this.boxes, boxes);
    this.edges.replaceChildren(...lines);
    if (!isStill()) {
      this.edges.animate([{ opacity: 0 }, { opacity: 0, offset: 0.5 }, { opacity: 1 }], 320);
    }
    this.mark();
    if (focused instanceof SVGElement && focused.isConnected && focused !== document.activeElement) {
      focused.focus({ preventScroll: true });
    }
    const style = document.documentElement.style;
    style.setProperty("--drawn-width", String(this.bounds.width));
    style.setProperty("--drawn-height", String(this.bounds.height));
    style.setProperty("--drawn-x", String(-this.bounds.x));
    style.setProperty("--drawn-y", String(-this.bounds.y));
    const width = Math.min(1, 700 / this.bounds.width, 960 / this.bounds.height);
    style.setProperty("--print-scale", String(width));
  }

  private group(kept: Map<string, SVGGElement>, key: string, x: number, y: number): SVGGElement {
    const group = kept.get(key) ?? (svg("g") as SVGGElement);
    group.dataset["key"] = key;
    group.style.setProperty("transform", `translate(${told(x)}px,${told(y)}px)`);
    group.replaceChildren();
    return group;
  }

  private drawFrame(item: Border, id: number, kept: Map<string, SVGGElement>): SVGGElement {
    const { x, y } = item.rect;
    const group = this.group(kept, `frame ${id}`, x, y);
    group.append(drawnRect(item.rect, x, y));
    return group;
  }

  private drawHeading(item: Border, id: number, kept: Map<string, SVGGElement>): SVGGElement {
    const { x, y, width } = item.rect;
    const leaf = item.frame.leaf;
    const group = this.group(kept, `box ${id}`, x, y);
    const heading = item.heading!;
    if (leaf) {
      const hit = svg("rect", { class: "hit", x: 0, y: 0, width, height: heading.size * 1.7, rx: 5 });
      const sign = svg("path", { class: "sign", d: `M${told(width - 12)} 6h6`, "stroke-width": 1.1 });
      group.append(hit, painted(sign, null, "pale"));
      this.describe(group, leaf, true);
    }
    group.append(drawnText(heading, x, y));
    return group;
  }

  private drawBox(item: Box, kept: Map<string, SVGGElement>): SVGGElement {
    const { leaf, rect } = item;
    const { x, y } = rect;
    const group = this.group(kept, `box ${leaf.id}`, x, y);
    const face = drawnRect(rect, x, y);
    face.setAttribute("class", "face");
    group.append(...item.behind.map((sheet) => drawnRect(sheet, x, y)), face);
    group.append(...item.texts.map((one) => drawnText(one, x, y)));
    if (item.badge) group.append(drawnRect(item.badge[0], x, y), drawnText(item.badge[1], x, y));
    if (isOpenable(leaf)) {
      const sign = svg("g", { class: "sign", transform: `translate(${told(rect.width)} 0)` });
      const cross = svg("path", { d: "M-1.9 0h3.8m-1.9 -1.9v3.8", "stroke-width": 0.9 });
      sign.append(painted(svg("circle", { r: 3.6 }), "badge"), painted(cross, null, "on-badge"));
      if (!item.badge) group.append(sign);
    }
    this.describe(group, leaf, false);
    return group;
  }

  private describe(group: SVGGElement, leaf: Leaf, isOpen: boolean): void {
    group.setAttribute("class", isOpen ? "box heading" : isOpenable(leaf) ? "box closed" : "box");
    group.setAttribute("role", "treeitem");
    group.setAttribute("tabindex", "0");
    group.setAttribute("aria-level", String(depthOf(leaf) + 1));
    group.setAttribute("aria-label", `${leaf.path}: ${saidOf(leaf)}`);
    if (isOpenable(leaf)) group.setAttribute("aria-expanded", String(isOpen));
    group.dataset["path"] = leaf.path;
    const title = svg("title");
    const verb = isOpen ? " · click to close" : isOpenable(leaf) ? " · click to open" : "";
    title.textContent = `${leaf.path}${verb}`;
    group.prepend(title);
  }

  private groupOf(leaf: Leaf): SVGGElement | null {
    return this.boxes.querySelector<SVGGElement>(`[data-key="box ${leaf.id}"]`);
  }

  private leafOf(element: Element | null): Leaf | null {
    const group = element?.closest<SVGGElement>("#boxes > [data-key]");
    return (group && this.leafById.get(Number(keyOf(group).slice(4)))) ?? null;
  }

  private mark(): void {
    for (const group of this.boxes.querySelectorAll("[aria-selected]")) {
      group.removeAttribute("aria-selected");
    }
    if (this.selected) this.groupOf(this.selected)?.setAttribute("aria-selected", "true");
  }

  // -------------------------------------------------------------- the view

  private show(isGliding: boolean): void {
    const { x, y, scale } = this.view;
    this.world.classList.toggle("gliding", isGliding);
    this.world.style.setProperty(
      "--view", `translate(${told(x)}px,${told(y)}px) scale(${Math.round(scale * 1e4) / 1e4})`,
    );
  }

  /** The whole diagram if it can be read like that, else its beginning. */
  private fit(isWhole = false): void {
    const { width, height, x, y } = this.bounds;
    const wide = (this.width - 2 * MARGIN) / width;
    const high = (this.height - 2 * MARGIN) / height;
    const whole = Math.min(wide, high, 2.2);
    const scale = isWhole ? whole : Math.max(whole, Math.min(wide, COMFORTABLE), Math.min(0.9, COMFORTABLE));
    const left = Math.max((this.width - width * scale) / 2, MARGIN);
    const top = Math.max((this.height - height * scale) / 2.6, MARGIN);
    this.view = { x: left - x * scale, y: top - y * scale, scale };
    this.show(true);
  }

  private zoom(factor: number, at?: Point): void {
    const [cx, cy] = at ?? [this.width / 2, this.height / 2];
    const scale = Math.min(Math.max(this.view.scale * factor, 0.05), 12);
    const ratio = scale / this.view.scale;
    this.view = {
      x: cx - (cx - this.view.x) * ratio, y: cy - (cy - this.view.y) * ratio, scale,
    };
    this.show(at === undefined);
  }

  private onScreen(place: Bounds): Bounds {
    const { x, y, scale } = this.view;
    return {
      x: place.x * scale + x, y: place.y * scale + y,
      width: place.width * scale, height: place.height * scale,
    };
  }

  private center(leaf: Leaf): void {
    const place = this.placeOf(leaf);
    if (!place) return;
    const { x, y, width, height } = this.bounds;
    const wide = (this.width - 2 * MARGIN) / width;
    if (this.view.scale < 0.8) this.view.scale = COMFORTABLE;
    if (this.view.scale > wide && wide > 0.75 * this.view.scale) this.view.scale = wide * 0.9999;
    const { scale } = this.view;
    /** The middle of all if all is seen, else that of the box, or its beginning if it is large. */
    const middle = (room: number, start: number, all: number, from: number, length: number): number => {
      if (all * scale <= room - 2 * MARGIN) return (room - all * scale) / 2 - start * scale;
      if (length * scale > room - 2 * MARGIN) return MARGIN - from * scale;
      return room / 2 - (from + length / 2) * scale;
    };
    this.view.x = middle(this.width, x, width, place.x, place.width);
    this.view.y = middle(this.height, y, height, place.y, place.height);
    this.show(true);
  }

  /** Move no further than needed to see a box. */
  private reveal(leaf: Leaf): void {
    const place = this.placeOf(leaf);
    if (!place) return;
    const at = this.onScreen(place);
    const over = (start: number, length: number, room: number): number => {
      if (start < MARGIN || length > room - 2 * MARGIN) return MARGIN - start;
      return Math.min(room - MARGIN - (start + length), 0);
    };
    this.view.x += over(at.x, at.width, this.width);
    this.view.y += over(at.y, at.height, this.height);
    this.show(true);
  }

  // -------------------------------------------------------------- the panel

  private tell(): void {
    const parts = this.selected ? this.toldOf(this.selected) : this.toldOfAll();
    this.panel.replaceChildren(...parts);
    this.panel.scrollTop = 0;
  }

  private rowsOf(leaf: Leaf): LayerRow[] {
    const own = this.layerByPath.get(leaf.path);
    if (!leaf.layers.length && own !== undefined) return [this.page.layers[own]!];
    return [...numbersOf(leaf.layers)].map((number) => this.page.layers[number]!);
  }

  private toldOfAll(): Node[] {
    const { page } = this;
    const parts: Node[] = [html("h2", "", page.title)];
    if (page.description) parts.push(html("p", "", page.description));
    if (page.cite) parts.push(html("p", "pale", page.cite));
    parts.push(this.sums(this.total, false));
    if (this.extra.layers) {
      const { layers, params, macs } = this.extra;
      const more = `${plural(layers, "layer")}, ${short(params)} parameters, ${short(macs)} MACs`;
      parts.push(html("p", "pale", `in training also ${more}`));
    }
    parts.push(this.kinds(this.counted));
    const hint = html("p", "hint", "Click a block to look inside. ");
    hint.append(key("/"), " searches, ", key("?"), " tells the keys.");
    parts.push(hint);
    return parts;
  }

  private toldOf(leaf: Leaf): Node[] {
    const rows = this.rowsOf(leaf);
    const parts: Node[] = [this.crumbs(leaf)];
    const scope = this.scopes.get(leaf.path);
    if (leaf.inside || leaf.count > 1) {
      parts.push(html("h2", "", leaf.inside ? leaf.heading : saidOf(leaf)));
      if (leaf.count > 1) parts.push(html("p", "pale", `${leaf.count} in a row`));
      parts.push(this.sums(summed(rows), !leaf.dashed));
      if (leaf.inside) {
        const button = html("button", "wide", this.open.has(leaf.id) ? "Close" : "Open");
        button.addEventListener("click", () => {
          this.toggle(leaf);
          this.tell();
        });
        parts.push(button);
      }
      if (leaf.inside && scope) {
        const facts = html("dl");
        for (const [name, value] of Object.entries(scope.arguments)) fact(facts, name, value);
        if (facts.children.length) parts.push(html("h3", "", "Arguments"), facts);
      }
      if (rows.length > 1) parts.push(this.kinds(rows));
      if (leaf.inside && scope) parts.push(...this.written(scope.written));
    }
    if (!leaf.inside) {
      const shown = this.shownLayer === null ? null : this.page.layers[this.shownLayer]![0];
      rows.forEach((row, k) => {
        parts.push(this.layer(row, shown === null ? k === 0 || rows.length < 5 : row[0] === shown));
      });
    }
    return parts;
  }

  /** ``resnet50 › layer3 › 0``: every scope that a box is in, to go there. */
  private crumbs(leaf: Leaf): HTMLElement {
    const trail = html("nav", "crumbs");
    trail.setAttribute("aria-label", "where it is");
    const ways: (Leaf | null)[] = [];
    for (let up: Leaf | null = leaf.parent; up; up = up.parent) ways.unshift(up);
    for (const way of [null, ...ways]) {
      const button = html("button", "link", way ? lastName(way.path) : this.page.name);
      button.addEventListener("click", () => (way ? this.go(way) : this.select(null)));
      trail.append(button, " › ");
    }
    trail.append(html("strong", "", leaf.path));
    return trail;
  }

  private sums(sum: Sum, hasShares: boolean): HTMLElement {
    const table = html("div", hasShares ? "sums shares" : "sums");
    const row = (color: string, name: string, value: number, total: number): void => {
      const line = html("div", "sum");
      line.append(html("span", "name", name), html("b", "", grouped(value)));
      if (hasShares && total) {
        const share = value / total;
        const bar = html("span", "bar");
        const filled = html("span", `filled ${color}`);
        filled.style.setProperty("width", `${(share * 100).toFixed(2)}%`);
        bar.append(filled);
        line.append(html("span", "share", percent(share)), bar);
      }
      line.dataset["sum"] = name;
      table.append(line);
    };
    row("params", "parameters", sum.params, this.total.params);
    row("macs", "MACs", sum.macs, this.total.macs);
    row("layers", "layers", sum.layers, 0);
    return table;
  }

  /** How many layers of each op, and what they cost. */
  private kinds(rows: LayerRow[]): HTMLElement {
    const kinds = new Map<string, { role: string; rows: LayerRow[] }>();
    for (const row of rows) {
      const { op, role } = this.page.ops[row[1]]!;
      if (role === "input") continue;
      const kind = kinds.get(op) ?? { role, rows: [] };
      kind.rows.push(row);
      kinds.set(op, kind);
    }
    const table = html("table", "kinds");
    const head = html("tr");
    for (const name of ["op", "", "params", "MACs"]) head.append(html("th", "", name));
    table.append(head);
    for (const [op, kind] of kinds) {
      const sum = summed(kind.rows);
      const line = html("tr");
      const name = html("td");
      name.append(chip(kind.role), op);
      line.append(
        name, html("td", "", `×${sum.layers}`), html("td", "", sum.params ? short(sum.params) : ""),
        html("td", "", sum.macs ? short(sum.macs) : ""),
      );
      table.append(line);
    }
    return table;
  }

  private layer(row: LayerRow, isShown: boolean): HTMLElement {
    const [path, kind, sources, output, params, macs, others, field, written, weights] = row;
    const { page } = this;
    const { op, role, arguments: given, defaults } = page.ops[kind]!;
    const section = html("details", "layer") as HTMLDetailsElement;
    section.open = isShown;
    section.dataset["layer"] = path;
    const summary = html("summary");
    summary.append(chip(role), html("b", "", op), html("code", "", path));
    const facts = html("dl");
    for (const [name, value] of Object.entries(given)) fact(facts, name, value);
    for (const [name, value] of Object.entries(defaults)) fact(facts, name, value, "pale");
    section.append(summary);
    if (facts.children.length) section.append(facts);
    const shapes = html("dl");
    for (const source of sources) {
      const from = page.layers[source]!;
      const link = html("button", "link", from[0]);
      link.addEventListener("click", () => {
        const leaf = this.leafOfLayer.get(source);
        if (leaf) this.go(leaf, source);
      });
      const value = fact(shapes, "reads", page.shapes[from[3]]!);
      value.append(" of ", link);
    }
    fact(shapes, "gives", page.shapes[output]!);
    fact(shapes, "parameters", grouped(params));
    if (weights !== null) fact(shapes, "weights of", weights);
    fact(shapes, "MACs", grouped(macs));
    if (others) fact(shapes, "other operations", grouped(others));
    if (field >= 0) fact(shapes, "receptive field", page.fields[field]!);
    section.append(shapes, ...this.written(written));
    return section;
  }

  private written(place: number): Node[] {
    const written = this.page.written[place];
    if (!written) return [];
    const [file, line, content] = written;
    const code = html("pre");
    code.append(html("code", "", content));
    return [html("p", "pale place", `${file}:${line}`), code];
  }

  // -------------------------------------------------------------- the search

  private look(): void {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.results = [];
    if (words.length) {
      const has = (name: string): boolean => words.every((word) => name.toLowerCase().includes(word));
      for (const leaf of this.leafById.values()) {
        const found = leaf.inside && has(`${leaf.path} ${leaf.block}`) && this.find(leaf.path);
        if (found && found.leaf === leaf) this.results.push({ path: leaf.path, leaf, layer: null });
      }
      for (const [path, layer] of this.layerByPath) {
        const leaf = this.leafOfLayer.get(layer);
        const op = this.page.ops[this.page.layers[layer]![1]]!.op;
        if (leaf && has(`${path} ${op}`)) this.results.push({ path, leaf, layer });
      }
      /** What is asked for itself, then what ends like it, what has it in its name, and others. */
      const rank = ({ path }: { path: string }): number => {
        const name = path.toLowerCase();
        if (name === words.join(" ")) return 0;
        if (!words.every((word) => name.includes(word))) return 3;
        return name.endsWith(words[words.length - 1]!) ? 1 : 2;
      };
      this.results.sort((a, b) => rank(a) - rank(b));
    }
    this.result = 0;
    this.list.hidden = !words.length;
    this.showResults(words.length > 0);
  }

  private showResults(isAsked: boolean): void {
    const shown = this.results.slice(0, MAX_RESULTS).map(({ path, leaf, layer }, k) => {
      const line = html("li");
      line.id = `result-${k}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(k === this.result));
      const op = layer === null ? null : this.page.ops[this.page.layers[layer]![1]]!;
      line.append(chip(op ? op.role : "block"), html("code", "", path));
      line.append(html("span", "pale", op ? op.op : saidOf(leaf)));
      line.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        this.choose(k);
      });
      return line;
    });
    const more = this.results.length - shown.length;
    if (more > 0) shown.push(html("li", "pale more", `and ${more} more`));
    if (isAsked && !shown.length) shown.push(html("li", "pale more", "no layer of that name"));
    this.list.replaceChildren(...shown);
    this.search.setAttribute("aria-expanded", String(!this.list.hidden));
    if (this.results.length) this.search.setAttribute("aria-activedescendant", `result-${this.result}`);
    else this.search.removeAttribute("aria-activedescendant");
    this.status.textContent = isAsked ? plural(this.results.length, "result") : "";
  }

  private choose(k: number): void {
    const found = this.results[k];
    if (!found) return;
    this.list.hidden = true;
    this.search.setAttribute("aria-expanded", "false");
    this.go(found.leaf, found.layer);
  }

  private searchKey(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && this.results.length) {
      const count = Math.min(this.results.length, MAX_RESULTS);
      this.result = (this.result + step + count) % count;
      this.showResults(true);
      this.list.children[this.result]?.scrollIntoView({ block: "nearest" });
      event.preventDefault();
    } else if (event.key === "Enter") {
      this.choose(this.result);
      event.preventDefault();
    } else if (event.key === "Escape") {
      this.search.value = "";
      this.look();
      this.search.blur();
    }
    event.stopPropagation();
  }

  // -------------------------------------------------------------- the keyboard

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.help.open) return;
    const target = event.target as Element;
    const leaf = this.leafOf(target);
    if (leaf && this.boxKey(event, leaf)) {
      event.preventDefault();
      return;
    }
    if (target.closest("input, select, textarea")) return;
    const actions: Record<string, () => void> = {
      "/": () => this.search.focus(),
      "+": () => this.zoom(MOVE),
      "=": () => this.zoom(MOVE),
      "-": () => this.zoom(1 / MOVE),
      "0": () => this.fit(true),
      "1": () => this.fit(),
      o: () => this.openAll(true),
      c: () => this.openAll(false),
      s: () => this.save(),
      "?": () => this.help.showModal(),
      Escape: () => this.escape(),
    };
    const action = actions[event.key];
    if (!action) return;
    action();
    event.preventDefault();
  }

  private boxKey(event: KeyboardEvent, leaf: Leaf): boolean {
    if (event.key === "Enter" || event.key === " ") {
      this.select(leaf);
      this.toggle(leaf);
      this.tell();
      return true;
    }
    const steps: Record<string, Point> = {
      ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1],
    };
    const step = steps[event.key];
    if (step) {
      const next = this.neighbour(leaf, step);
      if (next) this.groupOf(next)?.focus({ preventScroll: true });
      return true;
    }
    if (event.key === "Home" || event.key === "End") {
      const all = [...this.boxes.children].map((group) => this.leafOf(group)).filter(Boolean);
      const next = event.key === "Home" ? all[0] : all[all.length - 1];
      if (next) this.groupOf(next)?.focus({ preventScroll: true });
      return true;
    }
    return false;
  }

  /** The nearest box in a direction; where there is none, the next or the last one in order. */
  private neighbour(leaf: Leaf, [dx, dy]: Point): Leaf | null {
    const order = [...this.boxes.children]
      .map((group) => this.leafOf(group))
      .filter((one): one is Leaf => one !== null);
    const here = this.handle(leaf);
    let best: Leaf | null = null;
    let least = Infinity;
    for (const other of order) {
      if (other.id === leaf.id) continue;
      const there = this.handle(other);
      const [x, y] = [there[0] - here[0], there[1] - here[1]];
      const along = x * dx + y * dy;
      const aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (along > 1 && aside <= along * 1.2 && along + 2 * aside < least) {
        [best, least] = [other, along + 2 * aside];
      }
    }
    if (best) return best;
    const isMain = this.direction === "right" ? dx !== 0 : dy !== 0;
    const place = order.findIndex((one) => one.id === leaf.id);
    return isMain ? (order[place + dx + dy] ?? null) : null;
  }

  /** The middle of a box, or of a heading's left end. */
  private handle(leaf: Leaf): Point {
    const place = this.placeOf(leaf)!;
    if (this.open.has(leaf.id) && leaf.inside) return [place.x + 20, place.y + 6];
    return [place.x + place.width / 2, place.y + place.height / 2];
  }

  private escape(): void {
    if (this.selected) {
      (document.activeElement as HTMLElement | null)?.blur();
      this.select(null);
    } else this.fit();
  }

  // -------------------------------------------------------------- the pointer

  private readonly pointers = new Map<number, Point>();
  private dragged = 0;

  private at(event: MouseEvent): Point {
    const edge = this.stage.getBoundingClientRect();
    return [event.clientX - edge.left, event.clientY - edge.top];
  }

  private press(event: PointerEvent): void {
    if (event.button) return;
    this.pointers.set(event.pointerId, this.at(event));
    if (this.pointers.size === 1) this.dragged = 0;
  }

  private drag(event: PointerEvent): void {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const now = this.at(event);
    const [dx, dy] = [now[0] - last[0], now[1] - last[1]];
    if (this.pointers.size === 1) {
      this.dragged += Math.hypot(dx, dy);
      if (this.dragged < 4) return;
      if (!this.stage.hasPointerCapture(event.pointerId)) this.stage.setPointerCapture(event.pointerId);
      this.stage.classList.add("dragging");
      this.view.x += dx;
      this.view.y += dy;
      this.pointers.set(event.pointerId, now);
      this.show(false);
      return;
    }
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)![1];
    this.dragged = 100;
    this.zoom(distance(now, other) / (distance(last, other) || 1), [
      (now[0] + other[0]) / 2, (now[1] + other[1]) / 2,
    ]);
    this.view.x += dx / 2;
    this.view.y += dy / 2;
    this.pointers.set(event.pointerId, now);
    this.show(false);
  }

  private release(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    if (!this.pointers.size) this.stage.classList.remove("dragging");
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? this.height : 1;
    if (event.shiftKey && !event.ctrlKey) {
      this.view.x -= (event.deltaX || event.deltaY) * unit;
      this.show(false);
      return;
    }
    const strength = event.ctrlKey ? 0.01 : 0.0018;
    this.zoom(Math.exp(-event.deltaY * unit * strength), this.at(event));
  }

  private click(event: MouseEvent): void {
    if (this.dragged >= 4) return;
    const leaf = this.leafOf(event.target as Element);
    this.select(leaf);
    if (!leaf) return;
    this.toggle(leaf);
    this.tell();
    this.groupOf(leaf)?.focus({ preventScroll: true });
  }

  // -------------------------------------------------------------- the rest

  /** The diagram as it is now, as a file of its own: with values where the page has variables. */
  svgText(): string {
    const { x, y, width, height } = this.bounds;
    const margin = 12;
    const file = svg("svg", {
      xmlns: SVG, width: `${told(width + 2 * margin)}pt`, height: `${told(height + 2 * margin)}pt`,
      viewBox: [x - margin, y - margin, width + 2 * margin, height + 2 * margin].map(told).join(" "),
      "font-family": "'Liberation Sans', Arial, Helvetica, sans-serif",
    });
    const title = svg("title");
    title.textContent = this.page.title;
    const paper = svg("rect", {
      x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin,
      fill: getComputedStyle(document.documentElement).getPropertyValue("--background").trim(),
    });
    file.append(title, paper);
    for (const group of [this.frames, this.edges, this.boxes]) file.append(frozen(group));
    return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(file)}\n`;
  }

  private save(): void {
    const url = URL.createObjectURL(new Blob([this.svgText()], { type: "image/svg+xml" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `${this.page.name.replace(/[^\p{L}\p{N}_.-]+/gu, "_") || "network"}.svg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  private setTheme(): void {
    const root = document.documentElement;
    root.dataset["theme"] = isDark() ? "light" : "dark";
  }

  private turn(): void {
    this.direction = this.direction === "right" ? "down" : "right";
    this.arrange();
    this.fit();
    if (this.selected) this.center(this.selected);
  }

  private listen(): void {
    const on = (id: string, action: () => void): void => {
      byId(id).addEventListener("click", action);
    };
    on("open-all", () => this.openAll(true));
    on("close-all", () => this.openAll(false));
    on("turn", () => this.turn());
    on("theme", () => this.setTheme());
    on("save", () => this.save());
    on("show-help", () => this.help.showModal());
    on("hide-help", () => this.help.close());
    on("zoom-in", () => this.zoom(MOVE));
    on("zoom-out", () => this.zoom(1 / MOVE));
    on("fit", () => this.fit(true));
    on("fold-panel", () => {
      const isFolded = document.body.classList.toggle("no-panel");
      byId("fold-panel").setAttribute("aria-expanded", String(!isFolded));
    });
    this.search.addEventListener("input", () => this.look());
    this.search.addEventListener("focus", () => this.search.value && this.look());
    this.search.addEventListener("blur", () => (this.list.hidden = true));
    this.search.addEventListener("keydown", (event) => this.searchKey(event));
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.follow());
    this.stage.addEventListener("pointerdown", (event) => this.press(event));
    this.stage.addEventListener("pointermove", (event) => this.drag(event));
    this.stage.addEventListener("pointerup", (event) => this.release(event));
    this.stage.addEventListener("pointercancel", (event) => this.release(event));
    this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.stage.addEventListener("click", (event) => this.click(event));
    this.stage.addEventListener("focusin", (event) => {
      const leaf = this.leafOf(event.target as Element);
      if (!leaf || this.pointers.size) return;
      if (leaf !== this.selected) this.select(leaf);
      this.reveal(leaf);
    });
    let room = this.room;
    window.addEventListener("resize", () => {
      if (Math.abs(this.room - room) < 20) return;
      room = this.room;
      this.arrange();
      this.fit();
    });
  }
}

function depthOf(leaf: Leaf): number {
  let depth = 0;
  for (let up = leaf.parent; up; up = up.parent) depth += 1;
  return depth;
}

function outermost(leaf: Leaf): Leaf {
  while (leaf.parent) leaf = leaf.parent;
  return leaf;
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function percent(share: number): string {
  const value = share * 100;
  return value && value < 0.1 ? "<0.1 %" : `${value.toFixed(value < 9.95 ? 1 : 0)} %`;
}

function keyOf(group: SVGGElement): string {
  return group.dataset["key"] ?? "";
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Children in order; those that are in place already are not moved, or they would lose the focus. */
function arrangeChildren(parent: Element, children: Element[]): void {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, k) => {
    if (parent.children[k] !== child) parent.insertBefore(child, parent.children[k] ?? null);
  });
}

function isStill(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function isDark(): boolean {
  const chosen = document.documentElement.dataset["theme"];
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function chip(role: string): HTMLElement {
  const square = html("span", "chip");
  square.style.setProperty("background", `var(--${role})`);
  square.style.setProperty("border-color", `var(--${role}-line)`);
  return square;
}

function fact(list: HTMLElement, name: string, value: string, className = ""): HTMLElement {
  const told = html("dd", className, value);
  list.append(html("dt", className, name), told);
  return told;
}

function key(name: string): HTMLElement {
  return html("kbd", "", name);
}

/** A copy of a part of the drawing that needs no style sheet, without what only the page needs. */
function frozen(original: Element): Element {
  const copy = svg(original.localName);
  for (const name of ["x", "y", "width", "height", "rx", "d", "font-size", "font-weight", "text-anchor",
    "stroke-width", "stroke-dasharray"]) {
    const value = original.getAttribute(name);
    if (value !== null) copy.setAttribute(name, value);
  }
  const style = (original as SVGElement).style;
  const place = /translate\((-?[\d.]+)px, ?(-?[\d.]+)px\)/.exec(style.getPropertyValue("transform"));
  if (place) copy.setAttribute("transform", `translate(${place[1]} ${place[2]})`);
  for (const name of ["fill", "stroke"]) {
    const value = style.getPropertyValue(name) && getComputedStyle(original).getPropertyValue(name);
    if (value) copy.setAttribute(name, value);
  }
  if (original.localName === "text" || original.localName === "title") {
    copy.textContent = original.textContent;
  }
  for (const child of original.children) {
    if (!child.classList.contains("hit") && !child.classList.contains("sign")) copy.append(frozen(child));
  }
  return copy;
}

/** The data of the page; that of a large network is packed. */
async function network(): Promise<Page> {
  const element = document.getElementById("network")!;
  const text = element.textContent!;
  if (element.dataset.packed === undefined) return JSON.parse(text) as Page;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as Page;
}

if (typeof document !== "undefined") {
  void network().then((page) => new Viewer(page).start());
}
