// Written by docs/generate_page.py from the modules that it names: change those.
(() => {
"use strict";

// ------------------------------------------------------------ data

function* numbersOf(runs) {
  for (let k = 0; k < runs.length; k += 2) {
    for (let n = 0; n < runs[k + 1]; n++) yield runs[k] + n;
  }
}

async function embedded() {
  const element = document.getElementById("network");
  const text = element.textContent;
  if (element.dataset["packed"] === undefined) return JSON.parse(text);
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json());
}

// ------------------------------------------------------------ diagram

function received(sent) {
  let next = 0;

  function part(sent, parent) {
    const all = (parts = []) => parts.map((one) => part(one, parent));
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
        return framed(sent, part(sent.inside, parent));
    }
    const leaf = boxed(sent, next++, parent);
    leaf.hanging = all(sent.side_branches);
    if (sent.inside) leaf.inside = part(sent.inside, leaf);
    return leaf;
  }

  return part(sent, null);
}

function framed(sent, inside) {
  const { path = "", heading = "", count = 1, dashed = false } = sent;
  return { kind: "frame", path, heading, inside, count, dashed, leaf: null };
}

function boxed(sent, id, parent) {
  return {
    kind: "leaf",
    id,
    path: sent.path ?? "",
    title: sent.title ?? "",
    under: sent.under ?? "",
    role: sent.role ?? "block",
    block: sent.block ?? "",
    form: sent.form ?? "box",
    count: sent.count ?? 1,
    layers: sent.layers ?? [],
    output: sent.output ?? "",
    shape: sent.shape ?? null,
    dashed: sent.dashed ?? false,
    hanging: [],
    heading: sent.heading ?? "",
    inside: null,
    parent,
  };
}

function opened(part, open) {
  const all = (parts) => parts.map((one) => opened(one, open));
  switch (part.kind) {
    case "leaf":
      return openedLeaf(part, open);
    case "parallel":
      return { ...part, branches: all(part.branches) };
    case "series":
    case "lanes":
      return { ...part, parts: all(part.parts) };
    case "frame":
      return { ...part, inside: opened(part.inside, open) };
    default:
      return part;
  }
}

function openedLeaf(leaf, open) {
  const hanging = leaf.hanging.map((branch) => opened(branch, open));
  if (!leaf.inside || !open.has(leaf.id)) return hanging.length ? { ...leaf, hanging } : leaf;
  const { path, heading, count, dashed } = leaf;
  const inside = opened(leaf.inside, open);
  const frame = { kind: "frame", path, heading, inside, count, dashed, leaf };
  return hanging.length ? { kind: "hung", frame, hanging } : frame;
}

function leaves(diagram, deep = false) {
  const found = [];
  const waiting = [diagram];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part.kind === "leaf") found.push(part);
    for (const one of directly(part, deep).reverse()) waiting.push(one);
  }
  return found;
}

function directly(part, deep) {
  switch (part.kind) {
    case "wire":
      return [];
    case "leaf":
      return deep && part.inside ? [part.inside, ...part.hanging] : [...part.hanging];
    case "frame":
      return [part.inside];
    case "hung":
      return [part.frame, ...part.hanging];
    case "parallel":
      return [...part.branches];
    case "rows":
      return [...part.rows];
    default:
      return [...part.parts];
  }
}

function depthOf(leaf) {
  return ways(leaf).length;
}

function ways(leaf) {
  const found = [];
  for (let up = leaf.parent; up; up = up.parent) found.push(up);
  return found.reverse();
}

// ------------------------------------------------------------ metrics

function textWidthIn({ widths, units }) {
  return (content, size, bold = false) => {
    let sum = 0;
    for (const character of content) sum += widths[character]?.[bold ? 1 : 0] ?? units;
    return (sum / units) * size;
  };
}

// ------------------------------------------------------------ scene

function text(x, y, content, size, style = {}) {
  return { x, y, content, size, anchor: "start", bold: false, color: "ink", ...style };
}

// ------------------------------------------------------------ lines

function pending(
  source, points, dashed, label = null,
) {
  return { source, points, dashed, merge: null, label, arrow: true };
}

function onAxis(line, axis) {
  const last = lastPoint(line);
  if (line.merge === null || last[1] === axis) return line.points;
  return [...line.points, [line.merge, last[1]], [line.merge, axis]];
}

function lastPoint(line) {
  return line.points[line.points.length - 1];
}

function straightened(points) {
  const corners = [];
  for (const point of points) {
    const last = corners[corners.length - 1];
    const beforeLast = corners[corners.length - 2];
    if (last && isNear(point, last)) continue;
    if (last && beforeLast && isBetween(beforeLast, last, point)) corners.pop();
    corners.push(point);
  }
  return corners;
}

function isNear(a, b) {
  return isSame(a[0], b[0]) && isSame(a[1], b[1]);
}

function isBetween(a, b, c) {
  return ([0, 1]).some((k) => isSame(a[k], b[k]) && isSame(b[k], c[k]));
}

function isSame(a, b) {
  return Math.abs(a - b) < 1e-6;
}

// ------------------------------------------------------------ measures

const PAD = 5.0;
const SHEET = 2.4;
const SHEETS = 2;
const GAP = 15.0;
const LEAD = 13.0;
const FORK = 3.0;
const TAIL = 10.0;
const MERGED = 7.0;
const BESIDE = 7.0;
const WIRE = 3.0;
const LABEL = 4.0;
const ARROW = 8.0;
const TAP = 4.0;
const LANE = 6.0;
const INSIDE = 8.0;
const INDENT = 14.0;
const CHANNEL = 7.0;

class Measures {
  right;
  sizes;
  textWidth;
  measured = new Map();

  constructor(direction, sizes, textWidth) {
    this.right = direction === "right";
    this.sizes = sizes;
    this.textWidth = textWidth;
  }

  of(part) {
    let extent = this.measured.get(part);
    if (extent === undefined) {
      extent = this.extent(part);
      this.measured.set(part, extent);
    }
    return extent;
  }

  extent(part) {
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

  size(leaf) {
    const { text: title, small } = this.sizes;
    if (leaf.form === "circle") return [1.7 * title, 1.7 * title];
    const width = Math.max(
      this.textWidth(leaf.title, title, leaf.role === "block"),
      this.textWidth(leaf.under, small),
    );
    const height = 2.1 * title + (leaf.under ? 1.25 * small : 0);
    return [width + 2 * PAD, height];
  }

  leaf(leaf) {
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

  badgeSize(leaf) {
    const size = this.sizes.small;
    return [this.textWidth(`×${leaf.count}`, size, true) + 7, size * 1.35];
  }

  withHanging(bare, shape, hanging) {
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

  series(parts) {
    const extents = parts.map((part) => this.of(part));
    let length = sum(extents.map((extent) => extent.length));
    let before = Math.max(...extents.map((extent) => extent.before));
    let after = Math.max(...extents.map((extent) => extent.after));
    parts.slice(1).forEach((following, k) => {
      const label = exitLabel(parts[k]);
      length += this.gap(label, following);
      const sides = this.labelSide(label);
      [before, after] = [Math.max(before, sides[0]), Math.max(after, sides[1])];
    });
    return { length, before, after };
  }

  gap(label, following = null) {
    const room = this.labelRoom(label);
    if (following !== null && beginsWithFork(following)) return Math.max(room, TAP);
    return Math.max(GAP, room ? room + ARROW : 0);
  }

  labelRoom(label) {
    if (label === null) return 0;
    const size = this.sizes.small;
    return this.right ? this.textWidth(label, size) + 2 * LABEL : size + 2 * LABEL - 2;
  }

  labelSide(label) {
    if (label === null) return [0, 0];
    const size = this.sizes.small;
    return this.right ? [size + 3, 0] : [0, this.textWidth(label, size) + LABEL + 2];
  }

  parallel(part) {
    const rows = this.branches(part);
    const length = Math.max(...rows.map(([branch]) => this.branchLength(branch)));
    const before = -Math.min(...rows.map(([branch, axis]) => axis - this.sides(branch)[0]));
    const after = Math.max(...rows.map(([branch, axis]) => axis + this.sides(branch)[1]));
    return {
      length: LEAD + length + TAIL, before: Math.max(before, WIRE), after: Math.max(after, WIRE),
    };
  }

  sides(branch) {
    const extent = this.of(branch);
    const label = this.labelSide(exitLabel(branch));
    return [Math.max(extent.before, label[0]), Math.max(extent.after, label[1])];
  }

  branchLength(branch) {
    return this.of(branch).length + this.labelRoom(exitLabel(branch));
  }

  branches(part) {
    let branches = part.branches;
    let onAxis = branches.length % 2 ? Math.floor(branches.length / 2) : null;
    if (branches.length === 2) {
      const [first, second] = branches.map(weight);
      if (first !== second) {
        branches = first < second ? branches : [...branches].reverse();
        onAxis = 1;
      }
    }
    const places = [];
    let edge = 0;
    for (const branch of branches) {
      const [before, after] = this.sides(branch);
      places.push(edge + before);
      edge += before + after + BESIDE;
    }
    const axis = onAxis === null ? (places[0] + places[places.length - 1]) / 2 : places[onAxis];
    return branches.map((branch, k) => [branch, places[k] - axis]);
  }

  lanes(part) {
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

  stations(part) {
    const places = [];
    let position = TAP + LEAD;
    for (const inner of part.parts) {
      places.push(position);
      position += this.of(inner).length;
      position += TAP + this.labelRoom(exitLabel(inner)) + LEAD;
    }
    return [places, position];
  }

  frame(frame) {
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

  inRows(part) {
    const extents = part.rows.map((_, k) => this.row(part, k));
    const length = Math.max(
      ...extents.map((extent, k) => extent.length + (k ? INDENT : 0) + this.tail(part, k)),
    );
    const across =
      sum(extents.map((extent) => extent.before + extent.after)) +
      2 * CHANNEL * (extents.length - 1);
    const before = extents[0].before;
    return { length, before, after: across - before };
  }

  row(part, k) {
    const { length, before, after } = this.of(part.rows[k]);
    const sides = this.labelSide(this.tail(part, k) ? exitLabel(part.rows[k]) : null);
    return { length, before: Math.max(before, sides[0]), after: Math.max(after, sides[1]) };
  }

  tail(part, k) {
    return k + 1 < part.rows.length ? this.gap(exitLabel(part.rows[k])) : 0;
  }
}

function exitLabel(part) {
  for (;;) {
    if (part.kind === "series") part = part.parts[part.parts.length - 1];
    else if (part.kind === "frame") part = part.inside;
    else if (part.kind === "rows") part = part.rows[part.rows.length - 1];
    else return part.kind === "leaf" && !part.hanging.length ? part.shape : null;
  }
}

function weight(branch) {
  const found = leaves(branch);
  const isAlways = !found.length || !found.every((leaf) => leaf.dashed);
  return found.length + (isAlways ? 1e9 : 0);
}

function beginsWithFork(part) {
  return part.kind === "parallel" || part.kind === "lanes";
}

function heading(frame) {
  return frame.count > 1 ? `${frame.heading} ×${frame.count}`.trim() : frame.heading;
}

function laneNumbers(part) {
  const reach = new Map();
  for (const [source, target] of part.links) {
    if (target !== source + 1) reach.set(source, Math.max(reach.get(source) ?? target, target));
  }
  const free = [];
  let busy = [];
  const lanes = new Map();
  for (const source of [...reach.keys()].sort((a, b) => a - b)) {
    free.push(...busy.filter(([end]) => end < source + 1).map(([, lane]) => lane));
    busy = busy.filter(([end]) => end >= source + 1);
    free.sort((a, b) => b - a);
    const lane = free.pop() ?? busy.length;
    lanes.set(source, lane);
    busy.push([reach.get(source), lane]);
  }
  return lanes;
}

function sum(numbers) {
  return numbers.reduce((all, number) => all + number, 0);
}

// ------------------------------------------------------------ layout

const MERGE = "merge";

class Layout {
  items = [];
  measures;

  constructor(measures) {
    this.measures = measures;
  }

  place(part, main, across, arriving) {
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

  placeSeries(
    parts, main, across, arriving,
  ) {
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

  placeRows(part, main, across, arriving) {
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

  placeLeaf(leaf, main, across, arriving) {
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

  leaving(leaf, end, across, tap) {
    let label = null;
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

  placeHanging(
    output, hanging, tap, end, across, below,
  ) {
    let edge = across + below;
    for (const branch of hanging) {
      const extent = this.measures.of(branch);
      const axis = edge + BESIDE + extent.before;
      const points = [[end, across], [tap + TAP, across], [tap + TAP, axis]];
      this.place(branch, tap + TAP + LEAD, axis, [pending(output, points, true)]);
      edge = axis + extent.after;
    }
  }

  placeHung(part, main, across, arriving) {
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

  arrive(leaf, arriving, start, across) {
    const [width, height] = this.measures.size(leaf);
    const [deep, side] = this.measures.right ? [width, height] : [height, width];
    const beside = leaf.role === MERGE && isOneASide(arriving, across, side);
    const joined = new Set();
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

  placeParallel(
    part, main, across, arriving,
  ) {
    const length = this.measures.of(part).length;
    const inner = length - LEAD - TAIL;
    const leaving = [];
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

  forked(
    line, main, across, axis, start, isStem,
  ) {
    const fork = [main + FORK, across];
    const before = isStem ? [...onAxis(line, across), fork] : [fork];
    const points = [...before, [main + FORK, axis], [start, axis]];
    return { ...withPoints(line, points), label: isStem ? line.label : null };
  }

  placeLanes(part, main, across, arriving) {
    const starts = this.measures.stations(part).flat();
    const beside = this.lanePlaces(part, across);
    const out = new Map([[-1, arriving]]);
    const exits = new Map([[-1, main]]);
    const sources = sourcesOf(part);
    for (let k = 0; ; k++) {
      const start = main + starts[k];
      const lines = [];
      for (const source of sources.get(k) ?? []) {
        const lane = source + 1 === k ? null : beside.get(source);
        const leave = exits.get(source) + TAP;
        lines.push(...out.get(source).map((line) => linked(line, across, leave, lane, start)));
        out.set(source, out.get(source).map((line) => ({ ...line, label: null }))); // told once
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

  lanePlaces(part, across) {
    const top = Math.max(
      WIRE,
      ...part.parts.map((inner) => this.measures.of(inner).before),
      ...part.parts.map((inner) => this.measures.labelSide(exitLabel(inner))[0]),
    );
    const places = new Map();
    for (const [source, lane] of laneNumbers(part)) {
      places.set(source, across - top - LANE * (lane + 1));
    }
    return places;
  }

  placeFrame(frame, main, across, arriving) {
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

  toldBehind(line, end) {
    if (line.label === null) return line;
    if (this.measures.right) return { ...line, label: { ...line.label, x: end + LABEL } };
    const down = end + LABEL + this.measures.sizes.small * 0.75 - 1;
    return { ...line, label: { ...line.label, y: down } };
  }

  // ---------------------------------------------------------------- drawing

  xy(main, across) {
    return this.measures.right ? [main, across] : [across, main];
  }

  drawLine(line, points, leaf) {
    const { source, arrow, label } = line;
    const corners = straightened(points).map((point) => this.xy(...point));
    const dashed = line.dashed || leaf.dashed;
    this.items.push({
      type: "line", points: corners, source, target: leaf.path, arrow, dashed, label,
    });
  }

  drawFrame(frame, main, across, extent) {
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

  drawLeaf(leaf, x, y, width, height) {
    const radius = leaf.form === "circle" ? height / 2 : 3.5;
    const look = { fill: leaf.role, stroke: `${leaf.role}-line`, radius, dashed: leaf.dashed };
    const rect = { x, y, width, height, ...look };
    const behind = [];
    if (leaf.count > 1) {
      for (let k = SHEETS; k > 0; k--) behind.push({ ...rect, x: x + SHEET * k, y: y - SHEET * k });
    }
    const badge = leaf.count > 1 ? this.badge(leaf, x, y, width) : null;
    const texts = this.texts(leaf, x, y, width, height);
    this.items.push({ type: "box", rect, leaf, texts, behind, badge });
  }

  badge(leaf, x, y, width) {
    const [wide, high] = this.measures.badgeSize(leaf);
    const [left, top] = [x + width + 1 - wide / 2, y - SHEET * SHEETS - high / 2];
    const size = this.measures.sizes.small;
    const look = { fill: "badge", stroke: null, radius: high / 2, dashed: false };
    const rect = { x: left, y: top, width: wide, height: high, ...look };
    const style = { anchor: "middle", bold: true, color: "on-badge" };
    const [middle, base] = [left + wide / 2, top + high / 2 + size * 0.35];
    return [rect, text(middle, base, `×${leaf.count}`, size, style)];
  }

  texts(leaf, x, y, width, height) {
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

function isOneASide(arriving, across, side) {
  const merging = arriving.filter((line) => line.merge !== null);
  const beside = merging.map((line) => lastPoint(line)[1] - across);
  const far = beside.filter((place) => Math.abs(place) > side / 2);
  const before = far.filter((place) => place < 0);
  return before.length <= 1 && far.length - before.length <= 1;
}

function sourcesOf(part) {
  const sources = new Map();
  for (const [source, target] of part.links) {
    const others = sources.get(target);
    if (others) others.push(source);
    else sources.set(target, [source]);
  }
  return sources;
}

function broughtBack(line, axis, back) {
  const isBeside = line.merge === null && Math.abs(lastPoint(line)[1] - axis) > 1e-6;
  return isBeside ? { ...line, merge: back } : line;
}

function straightOn(points, end) {
  return [...points, [end, points[points.length - 1][1]]];
}

function turned(line, axis, turn, channel, start) {
  const points = straightOn(onAxis(line, axis), turn);
  return withPoints(line, [...points, [turn, channel], [start[0], channel], start]);
}

function linked(
  line, across, leave, lane, start,
) {
  const arrive = start - LEAD + FORK;
  const way =
    lane === null ? [] : [[leave, across], [leave, lane], [arrive, lane], [arrive, across]];
  return withPoints(line, [...onAxis(line, across), ...way, [start, across]]);
}

function withPoints(line, points) {
  return { ...line, points, merge: null };
}

// ------------------------------------------------------------ rows

const NARROWEST = 150.0;
const STEPS = 16;

function broken(measures, diagram, room) {
  const units = unitsOf(diagram).map((unit) => fitted(measures, unit, room));
  const lengths = units.map((unit) => measures.of(unit).length);
  const gaps = units
    .slice(1)
    .map((following, k) => measures.gap(exitLabel(units[k]), following.parts[0]));
  const rows = breaks(lengths, gaps, room).map(([start, end]) => {
    return { kind: "series", parts: units.slice(start, end).flatMap((unit) => unit.parts) };
  });
  return { kind: "rows", rows };
}

function unitsOf(diagram) {
  const units = [];
  for (const part of diagram.kind === "series" ? diagram.parts : [diagram]) {
    const isMerge = part.kind === "leaf" && part.form === "circle";
    const last = units[units.length - 1]?.parts;
    if (last && (isMerge || beginsWithFork(last[last.length - 1]))) last.push(part);
    else units.push({ kind: "series", parts: [part] });
  }
  return units;
}

function fitted(measures, unit, room) {
  if (measures.of(unit).length + INDENT <= room) return unit;
  return { ...unit, parts: unit.parts.map((part) => narrowed(measures, part, room - INDENT)) };
}

function narrowed(measures, part, room) {
  if (room < NARROWEST || measures.of(part).length <= room) return part;
  if (part.kind === "frame") {
    const inner = room - 2 * INSIDE;
    const { inside } = part;
    if (inside.kind === "series") return { ...part, inside: broken(measures, inside, inner) };
    return { ...part, inside: narrowed(measures, inside, inner) };
  }
  if (part.kind === "hung") {
    return { ...part, frame: narrowed(measures, part.frame, room - LEAD) };
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

function breaks(lengths, gaps, room) {
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

function filled(lengths, gaps, room) {
  const rows = [];
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

// ------------------------------------------------------------ arranged

function arranged(
  diagram, direction, room, fonts,
) {
  const measures = new Measures(direction, fonts.sizes, textWidthIn(fonts));
  const isWrapped = direction === "right" && Number.isFinite(room);
  const whole = isWrapped ? broken(measures, diagram, room) : diagram;
  const layout = new Layout(measures);
  layout.place(whole, 0, 0, []);
  const { length, before, after } = measures.of(whole);
  const [width, height] = measures.right ? [length, before + after] : [before + after, length];
  const [x, y] = measures.right ? [0, -before] : [-before, 0];
  return { items: layout.items, bounds: { x, y, width, height } };
}

// ------------------------------------------------------------ network

class Network {
  page;
  root;
  layers;
  scopes;
  boxes = new Map();
  counted;
  total;
  extra;
  layerByPath;
  boxByLayer = new Map();

  constructor(page) {
    this.page = page;
    this.root = received(page.diagram);
    this.layers = page.layers.map((row) => layerOf(row, page));
    this.layerByPath = new Map(this.layers.map((layer) => [layer.path, layer]));
    this.scopes = scopesOf(page);
    for (const leaf of leaves(this.root, true)) this.add(leaf);
    const training = new Set(numbersOf(page.training));
    this.counted = this.layers.filter((layer, k) => layer.op.role !== "input" && !training.has(k));
    this.total = summed(this.counted);
    this.extra = summed(this.layers.filter((_, k) => training.has(k)));
  }

  add(leaf) {
    this.boxes.set(leaf.id, leaf);
    for (const layer of this.layersOf(leaf)) {
      const other = this.boxByLayer.get(layer);
      if (!other || depthOf(other) < depthOf(leaf)) this.boxByLayer.set(layer, leaf);
    }
  }

  layersOf(leaf) {
    if (leaf.layers.length) return [...numbersOf(leaf.layers)].map((k) => this.layers[k]);
    const own = this.layerByPath.get(leaf.path);
    return own ? [own] : [];
  }

  boxOf(layer) {
    return this.boxByLayer.get(layer) ?? null;
  }

  find(path) {
    const isScope = this.scopes.has(path);
    const named = [...this.boxes.values()].filter((leaf) => leaf.inside && leaf.path === path);
    if (isScope && named.length) {
      return { leaf: named.reduce((a, b) => (depthOf(b) > depthOf(a) ? b : a)), layer: null };
    }
    const first = isScope && this.layers.find((one) => one.path.startsWith(`${path}.`));
    const layer = this.layerByPath.get(path) ?? first;
    const leaf = layer && this.boxOf(layer);
    return leaf ? { leaf, layer } : null;
  }
}

function layerOf(row, page) {
  const [path, op, sources, output, params, macs, others, field, written, weights] = row;
  return {
    path,
    op: page.ops[op],
    sources,
    output: page.shapes[output],
    params: BigInt(params),
    macs: BigInt(macs),
    others: BigInt(others),
    field: page.fields[field] ?? null,
    written: page.written[written] ?? null,
    weights,
  };
}

function scopesOf(page) {
  const scopes = Object.entries(page.scopes).map(([path, scope]) => {
    const written = page.written[scope.written] ?? null;
    return [path, { arguments: Object.entries(scope.arguments), written }];
  });
  return new Map(scopes);
}

function summed(layers) {
  const sum = { layers: layers.length, params: 0n, macs: 0n };
  for (const { params, macs } of layers) {
    sum.params += params;
    sum.macs += macs;
  }
  return sum;
}

// ------------------------------------------------------------ state

class State {
  open = new Set();
  selected = null;
  layer = null;
  direction;

  constructor(direction) {
    this.direction = direction;
  }

  isOpen(leaf) {
    return this.open.has(leaf.id);
  }

  toggle(leaf) {
    if (!this.open.delete(leaf.id)) this.open.add(leaf.id);
  }

  uncover(leaf) {
    for (const way of ways(leaf)) this.open.add(way.id);
  }

  closeAll() {
    this.open.clear();
    this.selected = this.selected && (ways(this.selected)[0] ?? this.selected);
  }

  turn() {
    this.direction = this.direction === "right" ? "down" : "right";
  }
}

// ------------------------------------------------------------ words

function grouped(number) {
  return number.toLocaleString("en");
}

function short(number) {
  for (const [unit, size] of [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
    const value = Number(number) / size;
    const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    if (value >= 0.9995) return `${value.toFixed(digits)} ${unit}`;
  }
  return String(number);
}

function percent(share) {
  const value = share * 100;
  return value && value < 0.1 ? "<0.1 %" : `${value.toFixed(value < 9.95 ? 1 : 0)} %`;
}

function plural(count, word) {
  return `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;
}

function saidOf(leaf) {
  const words = leaf.under ? `${leaf.title} · ${leaf.under}` : leaf.title;
  return leaf.count > 1 ? `${words} ×${leaf.count}` : words;
}

function lastName(path) {
  return path.slice(path.lastIndexOf(".") + 1);
}

// ------------------------------------------------------------ elements

function byId(id) {
  return document.getElementById(id);
}

function html(name, className = "", content = "") {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (content) element.textContent = content;
  return element;
}

function button(className, content, action) {
  const element = html("button", className, content);
  element.addEventListener("click", action);
  return element;
}

function chip(role) {
  const square = html("span", "chip");
  square.style.setProperty("background", `var(--${role})`);
  square.style.setProperty("border-color", `var(--${role}-line)`);
  return square;
}

function fact(list, name, value, className = "") {
  const told = html("dd", className, value);
  list.append(html("dt", className, name), told);
  return told;
}

function isStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function changeTheme() {
  const chosen = document.documentElement.dataset["theme"];
  const isDark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset["theme"] = isDark ? "light" : "dark";
}

// ------------------------------------------------------------ drawing

const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 4;
const HEAD = 4.2;
const SIGN = 3.6;

function svg(
  name, attributes = {},
) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, told(value));
  return element;
}

function told(value) {
  return typeof value === "number" ? String(Math.round(value * 100) / 100) : value;
}

function painted(
  element, fill, stroke = null,
) {
  element.style.setProperty("fill", fill === null ? "none" : `var(--${fill})`);
  if (stroke !== null) element.style.setProperty("stroke", `var(--${stroke})`);
  return element;
}

function drawnRect(rect, [x, y]) {
  const { width, height, radius, dashed } = rect;
  const rx = Math.min(radius, width / 2, height / 2);
  const element = svg("rect", { x: rect.x - x, y: rect.y - y, width, height, rx });
  if (rect.stroke !== null) element.setAttribute("stroke-width", "0.8");
  if (dashed) element.setAttribute("stroke-dasharray", "3 2");
  return painted(element, rect.fill, rect.stroke);
}

function drawnText(text, [x, y]) {
  const element = svg("text", { x: text.x - x, y: text.y - y, "font-size": text.size });
  if (text.anchor !== "start") element.setAttribute("text-anchor", text.anchor);
  if (text.bold) element.setAttribute("font-weight", "bold");
  element.textContent = text.content;
  return painted(element, text.color);
}

function drawnLine(line) {
  const group = svg("g");
  const points = [...line.points];
  const end = points[points.length - 1];
  const before = points[points.length - 2] ?? end;
  if (line.arrow) points[points.length - 1] = toward(end, before, HEAD - 0.6);
  const path = svg("path", { d: rounded(points), "stroke-width": 0.9 });
  if (line.dashed) path.setAttribute("stroke-dasharray", "3 2");
  group.append(painted(path, null, "line"));
  if (line.arrow) group.append(arrowHead(end, toward(end, before, HEAD)));
  if (line.label) group.append(drawnText(line.label, [0, 0]));
  return group;
}

function arrowHead(end, neck) {
  const [x, y] = [-0.42 * (end[1] - neck[1]), 0.42 * (end[0] - neck[0])];
  const d = `M${at(end)}L${at([neck[0] + x, neck[1] + y])}L${at([neck[0] - x, neck[1] - y])}Z`;
  return painted(svg("path", { d }), "line");
}

function rounded(points) {
  const steps = points.slice(1).map((corner, k) => {
    const [before, after] = [points[k], points[k + 2]];
    if (!after) return `L${at(corner)}`;
    const round = Math.min(RADIUS, distance(before, corner) / 2, distance(corner, after) / 2);
    const [start, end] = [toward(corner, before, round), toward(corner, after, round)];
    return `L${at(start)}Q${at(corner)} ${at(end)}`;
  });
  return `M${at(points[0])}${steps.join("")}`;
}

function at([x, y]) {
  return `${told(x)} ${told(y)}`;
}

function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

function toward(from, to, length) {
  const share = Math.min(length / (distance(from, to) || 1), 1);
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}

function drawnSign(isOpen) {
  const group = svg("g", { class: "sign" });
  const stroke = svg("path", { d: isOpen ? "M-1.9 0h3.8" : "M-1.9 0h3.8m-1.9 -1.9v3.8" });
  stroke.setAttribute("stroke-width", "0.9");
  group.append(painted(svg("circle", { r: SIGN }), "badge"), painted(stroke, null, "on-badge"));
  return group;
}

// ------------------------------------------------------------ stage

class Stage {
  element = byId("stage");
  network;
  frames = byId("frames");
  edges = byId("edges");
  boxes = byId("boxes");
  groups = new Map();
  kept = new Map();
  places = new Map();

  constructor(network) {
    this.network = network;
  }

  draw(items) {
    const focused = document.activeElement;
    [this.kept, this.groups, this.places] = [this.groups, new Map(), new Map()];
    const [frames, boxes, lines] = [[], [], []];
    items.forEach((item) => {
      if (item.type === "line") lines.push(drawnLine(item));
      else if (item.type === "box") boxes.push(this.drawBox(item));
      else {
        const name = item.frame.leaf ? String(item.frame.leaf.id) : `fixed ${frames.length}`;
        frames.push(this.drawFrame(item, name));
        if (item.heading) boxes.push(this.drawHeading(item, name));
      }
    });
    arrangeChildren(this.frames, frames);
    arrangeChildren(this.boxes, boxes);
    this.edges.replaceChildren(...lines);
    if (!isStill()) {
      this.edges.animate([{ opacity: 0 }, { opacity: 0, offset: 0.5 }, { opacity: 1 }], 320);
    }
    const isThere = focused instanceof SVGElement && focused.isConnected;
    if (isThere) focused.focus({ preventScroll: true });
  }

  get layers() {
    return [this.frames, this.edges, this.boxes];
  }

  get shown() {
    return [...this.places.keys()].map((id) => this.network.boxes.get(id));
  }

  placeOf(leaf) {
    return this.places.get(leaf.id) ?? null;
  }

  leafOf(element) {
    const group = element?.closest("#boxes > [data-leaf]");
    return (group && this.network.boxes.get(Number(group.dataset["leaf"]))) ?? null;
  }

  mark(selected) {
    for (const group of this.element.querySelectorAll(".selected")) {
      group.classList.remove("selected");
      group.removeAttribute("aria-selected");
    }
    if (!selected) return;
    this.groups.get(`frame ${selected.id}`)?.classList.add("selected");
    this.groups.get(`box ${selected.id}`)?.classList.add("selected");
    this.groups.get(`box ${selected.id}`)?.setAttribute("aria-selected", "true");
  }

  focus(leaf) {
    this.groups.get(`box ${leaf.id}`)?.focus({ preventScroll: true });
  }

  group(name, { x, y }) {
    const group = this.kept.get(name) ?? svg("g");
    group.style.setProperty("transform", `translate(${told(x)}px,${told(y)}px)`);
    group.replaceChildren();
    this.groups.set(name, group);
    return group;
  }

  drawFrame(item, name) {
    const { rect } = item;
    const group = this.group(`frame ${name}`, rect);
    group.append(drawnRect(rect, [rect.x, rect.y]));
    return group;
  }

  drawHeading(item, name) {
    const { x, y, width } = item.rect;
    const group = this.group(`box ${name}`, item.rect);
    const heading = item.heading;
    const height = heading.size * 1.7;
    group.append(svg("rect", { class: "hit", x: 0, y: 0, width, height, rx: 5 }));
    group.append(drawnText(heading, [x, y]));
    if (item.frame.leaf) this.describe(group, item.frame.leaf, item.rect, true);
    return group;
  }

  drawBox(item) {
    const { leaf, rect, badge } = item;
    const group = this.group(`box ${leaf.id}`, rect);
    const origin = [rect.x, rect.y];
    const face = drawnRect(rect, origin);
    face.setAttribute("class", "face");
    group.append(...item.behind.map((sheet) => drawnRect(sheet, origin)), face);
    group.append(...item.texts.map((text) => drawnText(text, origin)));
    if (badge) group.append(drawnRect(badge[0], origin), drawnText(badge[1], origin));
    this.describe(group, leaf, rect, false);
    return group;
  }

  describe(group, leaf, place, isOpen) {
    const isClosed = leaf.inside !== null && !isOpen;
    group.setAttribute("class", isOpen ? "box heading" : isClosed ? "box closed" : "box");
    group.setAttribute("role", "treeitem");
    group.setAttribute("tabindex", "0");
    group.setAttribute("aria-level", String(depthOf(leaf) + 1));
    group.setAttribute("aria-label", `${leaf.path}: ${saidOf(leaf)}`);
    if (leaf.inside) group.setAttribute("aria-expanded", String(isOpen));
    if (leaf.inside) group.append(drawnSign(isOpen));
    group.dataset["path"] = leaf.path;
    group.dataset["leaf"] = String(leaf.id);
    const title = svg("title");
    const verb = isOpen ? " · click to close" : isClosed ? " · click to open" : "";
    title.textContent = `${leaf.path}${verb}`;
    group.prepend(title);
    this.places.set(leaf.id, place);
  }
}

function arrangeChildren(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, k) => {
    if (parent.children[k] !== child) parent.insertBefore(child, parent.children[k] ?? null);
  });
}

// ------------------------------------------------------------ view

const COMFORTABLE = 1.4;
const READABLE = 0.9;
const LARGEST_AT_FIRST = 2.2;
const MARGIN = 24;
const NARROWEST_ROOM = 320;

class View {
  stage;
  world = byId("world");
  bounds = { x: 0, y: 0, width: 1, height: 1 };
  x = 0;
  y = 0;
  scale = 1;

  constructor(stage) {
    this.stage = stage;
  }

  get width() {
    return this.stage.clientWidth || 800;
  }

  get height() {
    return this.stage.clientHeight || 600;
  }

  get room() {
    return Math.max((this.width - 2 * MARGIN) / COMFORTABLE, NARROWEST_ROOM);
  }

  setBounds(bounds) {
    this.bounds = bounds;
    const { x, y, width, height } = bounds;
    const { style } = document.documentElement;
    style.setProperty("--drawn-width", String(width));
    style.setProperty("--drawn-height", String(height));
    style.setProperty("--drawn-x", String(-x));
    style.setProperty("--drawn-y", String(-y));
    style.setProperty("--print-scale", String(Math.min(1, 700 / width, 920 / height)));
  }

  show(isGliding) {
    const scale = Math.round(this.scale * 1e4) / 1e4;
    this.world.classList.toggle("gliding", isGliding);
    this.world.style.setProperty(
      "--view", `translate(${told(this.x)}px,${told(this.y)}px) scale(${scale})`,
    );
  }

  fit(isWhole = false) {
    const { width, height, x, y } = this.bounds;
    const wide = (this.width - 2 * MARGIN) / width;
    const high = (this.height - 2 * MARGIN) / height;
    const whole = Math.min(wide, high, LARGEST_AT_FIRST);
    const readable = Math.max(Math.min(wide, COMFORTABLE), READABLE);
    this.scale = isWhole ? whole : Math.max(whole, readable);
    const left = Math.max((this.width - width * this.scale) / 2, MARGIN);
    const top = Math.max((this.height - height * this.scale) / 2.6, MARGIN);
    [this.x, this.y] = [left - x * this.scale, top - y * this.scale];
    this.show(true);
  }

  zoom(factor, at) {
    const [x, y] = at ?? [this.width / 2, this.height / 2];
    const scale = Math.min(Math.max(this.scale * factor, 0.05), 12);
    const ratio = scale / this.scale;
    [this.x, this.y, this.scale] = [x - (x - this.x) * ratio, y - (y - this.y) * ratio, scale];
    this.show(at === undefined);
  }

  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.show(false);
  }

  hold(before, after) {
    const [left, top] = [before.x * this.scale + this.x, before.y * this.scale + this.y];
    this.narrow();
    [this.x, this.y] = [left - after.x * this.scale, top - after.y * this.scale];
    const { x, width } = this.bounds;
    const isSeen = width * this.scale <= this.width - 2 * MARGIN;
    if (isSeen) this.x = this.middle(this.width, x, width, after.x, after.width);
    this.reveal(after);
  }

  narrow() {
    const wide = (this.width - 2 * MARGIN) / this.bounds.width;
    if (wide >= READABLE) this.scale = Math.min(this.scale, wide * 0.9999);
  }

  center(place) {
    const { x, y, width, height } = this.bounds;
    if (this.scale < 0.8) this.scale = COMFORTABLE;
    this.narrow();
    this.x = this.middle(this.width, x, width, place.x, place.width);
    this.y = this.middle(this.height, y, height, place.y, place.height);
    this.show(true);
  }

  middle(room, start, all, from, length) {
    const { scale } = this;
    if (all * scale <= room - 2 * MARGIN) return (room - all * scale) / 2 - start * scale;
    if (length * scale > room - 2 * MARGIN) return MARGIN - from * scale;
    return room / 2 - (from + length / 2) * scale;
  }

  reveal(place) {
    const { scale } = this;
    this.x += over(place.x * scale + this.x, place.width * scale, this.width);
    this.y += over(place.y * scale + this.y, place.height * scale, this.height);
    this.show(true);
  }
}

function over(start, length, room) {
  if (start < MARGIN || length > room - 2 * MARGIN) return MARGIN - start;
  return Math.min(room - MARGIN - (start + length), 0);
}

// ------------------------------------------------------------ pointer

const STEADY = 4;

class Pointer {
  stage;
  view;
  pressed = new Map();
  dragged = 0;

  constructor(stage, view, click) {
    this.stage = stage;
    this.view = view;
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointermove", (event) => this.drag(event));
    stage.addEventListener("pointerup", (event) => this.release(event));
    stage.addEventListener("pointercancel", (event) => this.release(event));
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("click", (event) => {
      if (this.dragged < STEADY) click(event.target);
    });
  }

  get isPressed() {
    return this.pressed.size > 0;
  }

  at(event) {
    const edge = this.stage.getBoundingClientRect();
    return [event.clientX - edge.left, event.clientY - edge.top];
  }

  press(event) {
    if (event.button) return;
    this.pressed.set(event.pointerId, this.at(event));
    if (this.pressed.size === 1) this.dragged = 0;
  }

  drag(event) {
    const last = this.pressed.get(event.pointerId);
    if (!last) return;
    const now = this.at(event);
    const other = [...this.pressed].find(([id]) => id !== event.pointerId)?.[1];
    if (other) this.pinch(last, now, other);
    else if (!this.pull(event.pointerId, last, now)) return;
    this.pressed.set(event.pointerId, now);
  }

  pull(id, last, now) {
    this.dragged += distance(last, now);
    if (this.dragged < STEADY) return false;
    if (!this.stage.hasPointerCapture(id)) this.stage.setPointerCapture(id);
    this.stage.classList.add("dragging");
    this.view.move(now[0] - last[0], now[1] - last[1]);
    return true;
  }

  pinch(last, now, other) {
    this.dragged = STEADY;
    const middle = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
    this.view.zoom(distance(now, other) / (distance(last, other) || 1), middle);
    this.view.move((now[0] - last[0]) / 2, (now[1] - last[1]) / 2);
  }

  release(event) {
    this.pressed.delete(event.pointerId);
    if (!this.isPressed) this.stage.classList.remove("dragging");
  }

  wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? this.view.height : 1;
    if (event.shiftKey && !event.ctrlKey) {
      this.view.move(-(event.deltaX || event.deltaY) * unit, 0);
      return;
    }
    const strength = event.ctrlKey ? 0.01 : 0.0018;
    this.view.zoom(Math.exp(-event.deltaY * unit * strength), this.at(event));
  }
}

// ------------------------------------------------------------ legend

function legend(items) {
  const boxes = items.filter((item) => item.type === "box").map((box) => box.leaf);
  const roles = new Set(boxes.map((leaf) => leaf.role));
  roles.delete("input");
  const entries = [...roles].map((role) => entry(chip(role), role));
  if (boxes.some((leaf) => leaf.dashed)) {
    entries.push(entry(html("span", "chip dashed"), "in training only"));
  }
  return entries;
}

function entry(swatch, name) {
  const line = html("span");
  line.append(swatch, name);
  return line;
}

// ------------------------------------------------------------ panel

const FEW = 4;

class Panel {
  element = byId("panel");
  network;
  state;
  actions;

  constructor(network, state, actions) {
    this.network = network;
    this.state = state;
    this.actions = actions;
  }

  tell() {
    const { selected } = this.state;
    const parts = selected
      ? [this.crumbs(selected), ...(selected.inside ? this.block(selected) : this.box(selected))]
      : this.whole();
    this.element.replaceChildren(...parts);
    this.element.scrollTop = 0;
  }

  whole() {
    const { page, total, extra, counted } = this.network;
    const parts = [html("h2", "", page.name)];
    if (page.description) parts.push(html("p", "", page.description));
    if (page.cite) parts.push(html("p", "pale", page.cite));
    parts.push(this.sums(total, false));
    if (extra.layers) {
      const layers = plural(extra.layers, "layer");
      const more = `${layers}, ${short(extra.params)} parameters, ${short(extra.macs)} MACs`;
      parts.push(html("p", "pale", `in training also ${more}`));
    }
    const hint = html("p", "hint");
    hint.append(html("kbd", "", "/"), " searches, ", html("kbd", "", "?"), " tells the keys.");
    return [...parts, kinds(counted), hint];
  }

  block(leaf) {
    const layers = this.network.layersOf(leaf);
    const scope = this.network.scopes.get(leaf.path);
    const verb = this.state.isOpen(leaf) ? "Close" : "Open";
    return [
      ...this.head(leaf, leaf.heading, layers),
      button("wide", verb, () => this.actions.toggle(leaf)),
      ...(scope ? argumentsOf(scope) : []),
      kinds(layers),
      ...(scope ? written(scope.written) : []),
    ];
  }

  box(leaf) {
    const layers = this.network.layersOf(leaf);
    const { layer: asked } = this.state;
    const isUnfolded = (layer, k) =>
      asked ? layer === asked : k === 0 || layers.length <= FEW;
    return [
      ...this.head(leaf, saidOf(leaf), layers),
      ...layers.map((layer, k) => this.layer(layer, isUnfolded(layer, k))),
    ];
  }

  head(leaf, title, layers) {
    const parts = [html("h2", "", title)];
    if (leaf.count > 1) parts.push(html("p", "pale", `${leaf.count} in a row`));
    const sum = summed(layers);
    if (sum.layers > 1 || sum.params || sum.macs) parts.push(this.sums(sum, !leaf.dashed));
    return parts;
  }

  crumbs(leaf) {
    const trail = html("nav", "crumbs");
    trail.setAttribute("aria-label", "where it is");
    const { name } = this.network.page;
    trail.append(button("link", name, () => this.actions.select(null)), " › ");
    for (const way of ways(leaf)) {
      trail.append(button("link", lastName(way.path), () => this.actions.go(way)), " › ");
    }
    trail.append(html("strong", "", leaf.path));
    return trail;
  }

  sums(sum, hasShares) {
    const { total } = this.network;
    const table = html("div", hasShares ? "sums shares" : "sums");
    const row = (name, value, ...shares) => {
      const line = html("div", "sum");
      line.append(html("span", "name", name), html("b", "", grouped(value)), ...shares);
      table.append(line);
    };
    const share = (color, value, all) =>
      hasShares && all ? shareOf(color, Number(value) / Number(all)) : [];
    row("parameters", sum.params, ...share("params", sum.params, total.params));
    row("MACs", sum.macs, ...share("macs", sum.macs, total.macs));
    row("layers", sum.layers);
    return table;
  }

  layer(layer, isUnfolded) {
    const section = html("details", "layer");
    section.open = isUnfolded;
    section.dataset["layer"] = layer.path;
    const summary = html("summary");
    const { op, role } = layer.op;
    summary.append(chip(role), html("b", "", op), html("code", "", layer.path));
    section.append(summary, ...given(layer), this.facts(layer), ...written(layer.written));
    return section;
  }

  facts(layer) {
    const list = html("dl");
    for (const number of layer.sources) {
      const source = this.network.layers[number];
      const way = button("link", source.path, () => {
        const leaf = this.network.boxOf(source);
        if (leaf) this.actions.go(leaf, source);
      });
      fact(list, "reads", source.output).append(" of ", way);
    }
    fact(list, "gives", layer.output);
    fact(list, "parameters", grouped(layer.params));
    if (layer.weights !== null) fact(list, "weights of", layer.weights);
    fact(list, "MACs", grouped(layer.macs));
    if (layer.others) fact(list, "other operations", grouped(layer.others));
    if (layer.field !== null) fact(list, "receptive field", layer.field);
    return list;
  }
}

function shareOf(color, share) {
  const bar = html("span", "bar");
  const filled = html("span", `filled ${color}`);
  filled.style.setProperty("width", `${(share * 100).toFixed(2)}%`);
  bar.append(filled);
  return [html("span", "share", percent(share)), bar];
}

function kinds(layers) {
  const table = html("table", "kinds");
  table.append(tableRow("th", "op", "", "params", "MACs"));
  const ops = new Map();
  for (const layer of layers) {
    const { op, role } = layer.op;
    const some = ops.get(op);
    if (some) some.push(layer);
    else if (role !== "input") ops.set(op, [layer]);
  }
  for (const [op, some] of ops) {
    const { params, macs } = summed(some);
    const costs = [params, macs].map((cost) => (cost ? short(cost) : ""));
    const row = tableRow("td", op, `×${some.length}`, ...costs);
    row.firstElementChild.prepend(chip(some[0].op.role));
    table.append(row);
  }
  return table;
}

function tableRow(cell, ...contents) {
  const row = html("tr");
  row.append(...contents.map((content) => html(cell, "", content)));
  return row;
}

function argumentsOf(scope) {
  if (!scope.arguments.length) return [];
  const list = html("dl");
  for (const [name, value] of scope.arguments) fact(list, name, value);
  return [html("h3", "", "Arguments"), list];
}

function given({ op }) {
  const list = html("dl");
  for (const [name, value] of Object.entries(op.arguments)) fact(list, name, value);
  for (const [name, value] of Object.entries(op.defaults)) fact(list, name, value, "pale");
  return list.children.length ? [list] : [];
}

function written(place) {
  if (!place) return [];
  const [file, line, content] = place;
  const code = html("pre");
  code.append(html("code", "", content));
  return [html("p", "pale place", `${file}:${line}`), code];
}

// ------------------------------------------------------------ search

const MAX_RESULTS = 8;

class Search {
  input = byId("search");
  list = byId("results");
  status = byId("status");
  network;
  actions;
  results = [];
  chosen = 0;

  constructor(network, actions) {
    this.network = network;
    this.actions = actions;
    this.input.addEventListener("input", () => this.look());
    this.input.addEventListener("focus", () => this.look());
    this.input.addEventListener("blur", () => this.hide());
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  look() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.results = words.length ? this.found(words) : [];
    this.chosen = 0;
    if (words.length) this.show();
    else this.hide();
  }

  found(words) {
    const has = (name) => words.every((word) => name.toLowerCase().includes(word));
    const results = [];
    for (const leaf of this.network.boxes.values()) {
      const isBlock = leaf.inside && has(`${leaf.path} ${leaf.block}`);
      if (isBlock && this.network.find(leaf.path)?.leaf === leaf) {
        results.push({ path: leaf.path, leaf, layer: null });
      }
    }
    for (const layer of this.network.layers) {
      const leaf = this.network.boxOf(layer);
      const { path, op } = layer;
      if (leaf && has(`${path} ${op.op}`)) results.push({ path, leaf, layer });
    }
    return results.sort((a, b) => rank(a.path, words) - rank(b.path, words));
  }

  show() {
    const shown = this.results.slice(0, MAX_RESULTS).map((result, k) => this.option(result, k));
    const more = this.results.length - shown.length;
    if (more > 0) shown.push(html("li", "pale more", `and ${more} more`));
    if (!shown.length) shown.push(html("li", "pale more", "no layer of that name"));
    this.list.replaceChildren(...shown);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-activedescendant", `result-${this.chosen}`);
    this.status.textContent = plural(this.results.length, "result");
  }

  hide() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  option({ path, leaf, layer }, k) {
    const line = html("li");
    line.id = `result-${k}`;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", String(k === this.chosen));
    line.append(chip(layer ? layer.op.role : "block"), html("code", "", path));
    line.append(html("span", "pale", layer ? layer.op.op : saidOf(leaf)));
    line.addEventListener("pointerdown", (event) => event.preventDefault());
    line.addEventListener("click", () => this.choose(k));
    return line;
  }

  choose(k) {
    const result = this.results[k];
    if (!result) return;
    this.hide();
    this.actions.go(result.leaf, result.layer);
  }

  key(event) {
    event.stopPropagation();
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && this.results.length) {
      const count = Math.min(this.results.length, MAX_RESULTS);
      this.chosen = (this.chosen + step + count) % count;
      this.show();
    } else if (event.key === "Enter") {
      this.choose(this.chosen);
    } else if (event.key === "Escape") {
      this.input.value = "";
      this.input.blur();
    } else return;
    event.preventDefault();
  }
}

function rank(path, words) {
  const name = path.toLowerCase();
  if (name === words.join(" ")) return 0;
  if (!words.every((word) => name.includes(word))) return 3;
  return name.endsWith(words[words.length - 1]) ? 1 : 2;
}

// ------------------------------------------------------------ keys

const STEPS_OF_ARROWS = new Map([
  ["ArrowRight", [1, 0]],
  ["ArrowLeft", [-1, 0]],
  ["ArrowDown", [0, 1]],
  ["ArrowUp", [0, -1]],
]);

class Keys {
  stage;
  state;
  actions;
  commands;

  constructor(stage, state, actions, commands) {
    this.stage = stage;
    this.state = state;
    this.actions = actions;
    this.commands = commands;
    document.addEventListener("keydown", (event) => {
      if (this.isDone(event)) event.preventDefault();
    });
  }

  isDone(event) {
    const on = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || on.closest("dialog")) return false;
    const leaf = this.stage.leafOf(on);
    if (leaf && this.isDoneOn(leaf, event.key)) return true;
    const command = this.commands.get(event.key);
    command?.();
    return command !== undefined;
  }

  isDoneOn(leaf, key) {
    const step = STEPS_OF_ARROWS.get(key);
    const { shown } = this.stage;
    if (key === "Enter" || key === " ") this.actions.toggle(leaf);
    else if (key === "Home") this.stage.focus(shown[0]);
    else if (key === "End") this.stage.focus(shown[shown.length - 1]);
    else if (step) this.step(leaf, step, shown);
    else return false;
    return true;
  }

  step(leaf, step, shown) {
    const others = shown.filter((other) => other !== leaf);
    const found = nearest(this.handle(leaf), step, others.map((other) => this.handle(other)));
    if (found !== null) return this.stage.focus(others[found]);
    const along = this.state.direction === "right" ? step[0] : step[1];
    const next = along && shown[shown.indexOf(leaf) + along];
    if (next) this.stage.focus(next);
  }

  handle(leaf) {
    const { x, y, width, height } = this.stage.placeOf(leaf);
    return this.state.isOpen(leaf) ? [x + 20, y + 6] : [x + width / 2, y + height / 2];
  }
}

function nearest(here, [dx, dy], points) {
  let best = null;
  let least = Infinity;
  points.forEach(([left, top], k) => {
    const [x, y] = [left - here[0], top - here[1]];
    const along = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (along > 1 && aside <= along * 1.2 && along + 2 * aside < least) {
      [best, least] = [k, along + 2 * aside];
    }
  });
  return best;
}

// ------------------------------------------------------------ address

const PAUSE = 100;

class Address {
  boxes;
  waiting = null;
  isNew = false;

  constructor(boxes, follow) {
    this.boxes = boxes;
    window.addEventListener("popstate", () => {
      this.waiting = null;
      follow();
    });
  }

  get path() {
    const name = location.hash.slice(1);
    try {
      return decodeURIComponent(name);
    } catch {
      return name;
    }
  }

  get open() {
    const { boxes, open } = (history.state ?? {});
    return boxes === this.boxes && open ? open : null;
  }

  remember(path, open, isStep) {
    if (isStep && path !== this.waiting?.path) this.write();
    if (!this.waiting) setTimeout(() => this.write(), PAUSE);
    this.waiting = { path, open: [...open] };
    this.isNew ||= isStep;
  }

  write() {
    if (!this.waiting) return;
    const { path, open } = this.waiting;
    const state = { boxes: this.boxes, open };
    const address = path ? `#${encodeURIComponent(path)}` : location.pathname + location.search;
    if (this.isNew && path !== this.path) history.pushState(state, "", address);
    else history.replaceState(state, "", address);
    [this.waiting, this.isNew] = [null, false];
  }
}

// ------------------------------------------------------------ save

const AROUND = 12;
const KEPT = [
  "x", "y", "width", "height", "rx", "d", "font-size", "font-weight", "text-anchor",
  "stroke-width", "stroke-dasharray",
];

function saveSvg(name, groups, bounds) {
  const file = new Blob([svgFile(name, groups, bounds)], { type: "image/svg+xml" });
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = `${name.replace(/[^\p{L}\p{N}_.-]+/gu, "_") || "network"}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function svgFile(name, groups, bounds) {
  const [x, y] = [bounds.x - AROUND, bounds.y - AROUND];
  const [width, height] = [bounds.width + 2 * AROUND, bounds.height + 2 * AROUND];
  const file = svg("svg", {
    xmlns: SVG, width: `${told(width)}pt`, height: `${told(height)}pt`,
    viewBox: [x, y, width, height].map(told).join(" "),
    "font-family": "'Liberation Sans', Arial, Helvetica, sans-serif",
  });
  const title = svg("title");
  title.textContent = name;
  const fill = getComputedStyle(document.documentElement).getPropertyValue("--background").trim();
  file.append(title, svg("rect", { x, y, width, height, fill }), ...groups.map(frozen));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(file)}\n`;
}

function frozen(original) {
  const copy = svg(original.localName);
  for (const name of KEPT) {
    const value = original.getAttribute(name);
    if (value !== null) copy.setAttribute(name, value);
  }
  const moved = original.style.getPropertyValue("transform");
  const place = /translate\((-?[\d.]+)px, ?(-?[\d.]+)px\)/.exec(moved);
  if (place) copy.setAttribute("transform", `translate(${place[1]} ${place[2]})`);
  for (const name of ["fill", "stroke"]) {
    const isSet = original.style.getPropertyValue(name) !== "";
    if (isSet) copy.setAttribute(name, getComputedStyle(original).getPropertyValue(name));
  }
  if (["text", "title"].includes(copy.localName)) copy.textContent = original.textContent;
  for (const child of original.children) {
    if (!child.matches(".hit, .sign")) copy.append(frozen(child));
  }
  return copy;
}

// ------------------------------------------------------------ viewer

const ZOOM = 1.25;
const NARROW = 640;
const SAME_ROOM = 20;

class Viewer {
  network;
  stage;
  view;
  state;
  panel;
  search;
  pointer;
  address;
  status = byId("status");
  help = byId("help");
  bounds = { x: 0, y: 0, width: 1, height: 1 };

  constructor(page) {
    this.network = new Network(page);
    this.stage = new Stage(this.network);
    this.view = new View(this.stage.element);
    this.state = new State(this.view.width < NARROW ? "down" : "right");
    this.panel = new Panel(this.network, this.state, this);
    this.search = new Search(this.network, this);
    this.pointer = new Pointer(this.stage.element, this.view, (on) => this.click(on));
    this.address = new Address(this.network.boxes.size, () => this.follow());
    this.listen();
  }

  start() {
    this.follow();
    requestAnimationFrame(() => document.documentElement.classList.add("ready"));
  }

  // ---------------------------------------------------------------- actions

  toggle(leaf) {
    if (leaf.inside) {
      this.state.toggle(leaf);
      this.arrange(leaf);
      this.say(`${leaf.path} ${this.state.isOpen(leaf) ? "opened" : "closed"}`);
    }
    this.select(leaf);
    this.stage.focus(leaf);
  }

  select(leaf, layer = null, isStep = true) {
    [this.state.selected, this.state.layer] = [leaf, layer];
    this.stage.mark(leaf);
    this.panel.tell();
    const path = layer?.path ?? leaf?.path ?? "";
    this.address.remember(path, this.state.open, isStep);
  }

  go(leaf, layer = null, isStep = true) {
    this.state.uncover(leaf);
    this.arrange();
    this.select(leaf, layer, isStep);
    this.view.center(this.stage.placeOf(leaf));
    this.stage.focus(leaf);
  }

  follow() {
    const { path, open } = this.address;
    if (open) this.state.open = new Set(open.filter((id) => this.network.boxes.get(id)?.inside));
    const found = this.network.find(path);
    this.arrange();
    this.view.fit();
    if (found) return this.go(found.leaf, found.layer, false);
    this.select(null, null, false);
    if (path) this.say(`there is no layer ${path}`);
  }

  openAll() {
    for (const leaf of this.network.boxes.values()) if (leaf.inside) this.state.open.add(leaf.id);
    this.arrangeAnew("all blocks opened");
  }

  closeAll() {
    this.state.closeAll();
    this.arrangeAnew("all blocks closed");
  }

  arrangeAnew(news) {
    this.arrange();
    this.view.fit();
    this.select(this.state.selected);
    this.say(news);
  }

  turn() {
    const { state } = this;
    state.turn();
    this.arrange();
    this.view.fit();
    if (state.selected) this.view.center(this.stage.placeOf(state.selected));
  }

  escape() {
    if (!this.state.selected) return this.view.fit();
    (document.activeElement)?.blur();
    this.select(null);
  }

  save() {
    this.stage.mark(null);
    saveSvg(this.network.page.name, this.stage.layers, this.bounds);
    this.stage.mark(this.state.selected);
  }

  click(on) {
    const leaf = this.stage.leafOf(on);
    if (leaf) this.toggle(leaf);
    else this.select(null);
  }

  say(news) {
    this.status.textContent = news;
  }

  // ---------------------------------------------------------------- drawing

  arrange(still = null) {
    const { network, stage, state, view } = this;
    const before = still && stage.placeOf(still);
    const shown = opened(network.root, state.open);
    const { items, bounds } = arranged(shown, state.direction, view.room, network.page);
    stage.draw(items);
    stage.mark(state.selected);
    this.bounds = bounds;
    view.setBounds(bounds);
    byId("legend").replaceChildren(...legend(items));
    this.label(state.direction);
    const after = still && stage.placeOf(still);
    if (before && after) view.hold(before, after);
  }

  label(direction) {
    const turn = byId("turn");
    turn.textContent = direction === "right" ? "↓ Down" : "→ Right";
    turn.title = direction === "right" ? "draw from top to bottom" : "draw from left to right";
    const canOpen = [...this.network.boxes.values()].some((leaf) => leaf.inside);
    byId("hint").hidden = !canOpen || this.state.open.size > 0;
  }

  // ---------------------------------------------------------------- listening

  get commands() {
    return [
      ["open-all", "o", () => this.openAll()],
      ["close-all", "c", () => this.closeAll()],
      ["turn", "t", () => this.turn()],
      ["theme", "d", () => changeTheme()],
      ["save", "s", () => this.save()],
      ["fold-panel", "p", () => this.foldPanel()],
      ["show-help", "?", () => this.help.showModal()],
      ["hide-help", "", () => this.help.close()],
      ["zoom-in", "+=", () => this.view.zoom(ZOOM)],
      ["zoom-out", "-", () => this.view.zoom(1 / ZOOM)],
      ["fit", "0", () => this.view.fit(true)],
      ["", "1", () => this.view.fit()],
      ["", "/", () => this.search.focus()],
    ];
  }

  listen() {
    const keys = new Map([["Escape", () => this.escape()]]);
    for (const [name, characters, action] of this.commands) {
      if (name) byId(name).addEventListener("click", action);
      for (const character of characters) keys.set(character, action);
    }
    new Keys(this.stage, this.state, this, keys);
    const { element } = this.stage;
    element.addEventListener("focusin", (event) => this.focused(event.target));
    let { room } = this.view;
    window.addEventListener("resize", () => {
      if (Math.abs(this.view.room - room) < SAME_ROOM) return;
      room = this.view.room;
      this.arrange();
      this.view.fit();
    });
  }

  focused(on) {
    const leaf = this.stage.leafOf(on);
    if (!leaf || this.pointer.isPressed) return;
    if (leaf !== this.state.selected) this.select(leaf, null, false);
    const place = this.stage.placeOf(leaf);
    if (place) this.view.reveal(place);
  }

  foldPanel() {
    const isFolded = document.body.classList.toggle("no-panel");
    byId("fold-panel").setAttribute("aria-expanded", String(!isFolded));
  }
}

// ------------------------------------------------------------ main

void embedded().then((page) => new Viewer(page).start());
})();
