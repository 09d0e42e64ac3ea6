/** What is shown, before anything has a place, as in archspec/figures/outline/diagram.py. */

import type { Pair, Runs, SentPart } from "./data.ts";

/** A box: layers that are shown as one, a closed scope, or a stack of equal ones. */
export interface Leaf {
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
  dashed: boolean;
  /** Lines under all other text. */
  note: string[];
  /** A word over a brace. */
  group: string;
  /** Values of its colours, if they are not those of its role. */
  paint: string[] | null;
  highlighted: boolean;
  dimmed: boolean;
  /** It is the name of an input of an open block that has several. */
  isEntry: boolean;
  /** It is the name of an output of a network that has several. */
  isOutput: boolean;
  sideBranches: Diagram[];
  /** Of its frame, when it is open. */
  heading: string;
  inside: Diagram | null;
  /** The box that one opens to see this one. */
  parent: Leaf | null;
}

export interface Wire {
  kind: "wire";
  dashed: boolean;
}

export interface Series {
  kind: "series";
  parts: Diagram[];
}

export interface Parallel {
  kind: "parallel";
  branches: Diagram[];
}

export interface Lanes {
  kind: "lanes";
  parts: Diagram[];
  links: Pair[];
}

export interface Frame {
  kind: "frame";
  path: string;
  heading: string;
  inside: Diagram;
  count: number;
  dashed: boolean;
  output: string;
  sideBranches: Diagram[];
  /** The box that is open, if it can be closed again. */
  leaf: Leaf | null;
}

export interface Rows {
  kind: "rows";
  rows: Series[];
}

export type Diagram = Leaf | Wire | Series | Parallel | Lanes | Frame | Rows;

/** The tree that was sent; boxes are numbered in the order in which it names them. */
export function receive(sent: SentPart): Diagram {
  let next = 0;

  function part(sent: SentPart, parent: Leaf | null): Diagram {
    const all = (parts: SentPart[] = []): Diagram[] => parts.map((one) => part(one, parent));
    switch (sent.kind) {
      case "wire":
        return { kind: "wire", dashed: sent.dashed ?? false };
      case "series":
        return { kind: "series", parts: all(sent.parts) };
      case "parallel":
        return { kind: "parallel", branches: all(sent.branches) };
      case "lanes":
        return { kind: "lanes", parts: all(sent.parts), links: sent.links! };
      case "frame":
        return receiveFrame(sent, part(sent.inside!, parent), all(sent.side_branches));
    }
    const leaf = receiveLeaf(sent, next++, parent);
    leaf.sideBranches = all(sent.side_branches);
    if (sent.inside) leaf.inside = part(sent.inside, leaf);
    return leaf;
  }

  return part(sent, null);
}

function receiveFrame(sent: SentPart, inside: Diagram, sideBranches: Diagram[]): Frame {
  const { path = "", heading = "", count = 1, dashed = false, output = "" } = sent;
  return { kind: "frame", path, heading, inside, count, dashed, output, sideBranches, leaf: null };
}

function receiveLeaf(sent: SentPart, id: number, parent: Leaf | null): Leaf {
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
    note: sent.note ?? [],
    group: sent.group ?? "",
    paint: sent.paint ?? null,
    highlighted: sent.highlighted ?? false,
    dimmed: sent.dimmed ?? false,
    isEntry: sent.name === "input",
    isOutput: sent.name === "output",
    sideBranches: [],
    heading: sent.heading ?? "",
    inside: null,
    parent,
  };
}

/** What a diagram is made of, in the order of the boxes; of a closed box not its inside. */
export function children(part: Diagram): Diagram[] {
  switch (part.kind) {
    case "leaf":
      return part.sideBranches;
    case "wire":
      return [];
    case "series":
    case "lanes":
      return part.parts;
    case "parallel":
      return part.branches;
    case "frame":
      return [part.inside, ...part.sideBranches];
    case "rows":
      return part.rows;
  }
}

/** The same form around other children. */
export function mapChildren(part: Diagram, change: (child: Diagram) => Diagram): Diagram {
  switch (part.kind) {
    case "leaf":
      if (!part.sideBranches.length) return part;
      return { ...part, sideBranches: part.sideBranches.map(change) };
    case "wire":
      return part;
    case "series":
    case "lanes":
      return { ...part, parts: part.parts.map(change) };
    case "parallel":
      return { ...part, branches: part.branches.map(change) };
    case "frame": {
      const sideBranches = part.sideBranches.map(change);
      return { ...part, inside: change(part.inside), sideBranches };
    }
    case "rows":
      return { ...part, rows: part.rows.map((row) => ({ ...row, parts: chain(change(row)) })) };
  }
}

/** Whether it has several inputs, each with its name; those of what is open in it do not count. */
export function hasEntries(part: Diagram): boolean {
  if (part.kind === "frame") return false;
  return (part.kind === "leaf" && part.isEntry) || children(part).some(hasEntries);
}

/** The parts of a series; any other diagram is a chain of itself. */
export function chain(part: Diagram): Diagram[] {
  return part.kind === "series" ? part.parts : [part];
}

/** The same with the frames of open boxes in their place. */
export function openBoxes(part: Diagram, open: ReadonlySet<number>): Diagram {
  const shown = mapChildren(part, (child) => openBoxes(child, open));
  if (part.kind !== "leaf" || shown.kind !== "leaf") return shown;
  if (!part.inside || !open.has(part.id)) return shown;
  const { path, heading, count, dashed, output, sideBranches } = shown;
  const inside = openBoxes(part.inside, open);
  return { kind: "frame", path, heading, inside, count, dashed, output, sideBranches, leaf: part };
}

/** All boxes, those of side branches too; if deep, also what is inside of closed ones. */
export function leaves(diagram: Diagram, deep = false): Leaf[] {
  const found: Leaf[] = [];
  const waiting: Diagram[] = [diagram];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part.kind === "leaf") found.push(part);
    const inside = deep && part.kind === "leaf" && part.inside ? [part.inside] : [];
    waiting.push(...[...inside, ...children(part)].reverse());
  }
  return found;
}

/** How many boxes one opens to see this one. */
export function depthOf(leaf: Leaf): number {
  return ways(leaf).length;
}

/** The boxes that one opens to see this one, the outermost first. */
export function ways(leaf: Leaf): Leaf[] {
  const found: Leaf[] = [];
  for (let up = leaf.parent; up; up = up.parent) found.push(up);
  return found.reverse();
}
