/** What is shown, before anything has a place: archspec/figures/outline/diagram.py, and what is open. */

import type { Pair, Runs, SentPart } from "./data.ts";

/** A box: layers that are told together, a closed scope, or a stack of equal ones. */
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
  hanging: Diagram[];
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
  /** The box that is open, if it can be closed again. */
  leaf: Leaf | null;
}

/** The frame of an open box on which branches hang; Python has no such frames. */
export interface Hung {
  kind: "hung";
  frame: Frame;
  hanging: Diagram[];
}

export interface Rows {
  kind: "rows";
  rows: Series[];
}

export type Diagram = Leaf | Wire | Series | Parallel | Lanes | Frame | Hung | Rows;

/** The tree that was sent; boxes are numbered in the order in which it names them. */
export function received(sent: SentPart): Diagram {
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
        return framed(sent, part(sent.inside!, parent));
    }
    const leaf = boxed(sent, next++, parent);
    leaf.hanging = all(sent.side_branches);
    if (sent.inside) leaf.inside = part(sent.inside, leaf);
    return leaf;
  }

  return part(sent, null);
}

function framed(sent: SentPart, inside: Diagram): Frame {
  const { path = "", heading = "", count = 1, dashed = false } = sent;
  return { kind: "frame", path, heading, inside, count, dashed, leaf: null };
}

function boxed(sent: SentPart, id: number, parent: Leaf | null): Leaf {
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

/** The same with the frames of open boxes in their place. */
export function opened(part: Diagram, open: ReadonlySet<number>): Diagram {
  const all = (parts: Diagram[]): Diagram[] => parts.map((one) => opened(one, open));
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

function openedLeaf(leaf: Leaf, open: ReadonlySet<number>): Diagram {
  const hanging = leaf.hanging.map((branch) => opened(branch, open));
  if (!leaf.inside || !open.has(leaf.id)) return hanging.length ? { ...leaf, hanging } : leaf;
  const { path, heading, count, dashed } = leaf;
  const inside = opened(leaf.inside, open);
  const frame: Frame = { kind: "frame", path, heading, inside, count, dashed, leaf };
  return hanging.length ? { kind: "hung", frame, hanging } : frame;
}

/** All boxes, those of hanging branches too; if deep, also what is inside of closed ones. */
export function leaves(diagram: Diagram, deep = false): Leaf[] {
  const found: Leaf[] = [];
  const waiting: Diagram[] = [diagram];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part.kind === "leaf") found.push(part);
    for (const one of directly(part, deep).reverse()) waiting.push(one);
  }
  return found;
}

function directly(part: Diagram, deep: boolean): Diagram[] {
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
