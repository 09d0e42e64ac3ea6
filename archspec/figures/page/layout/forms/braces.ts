/** Braces with a word over the boxes of a row, as in archspec/figures/layout/forms/braces.py. */

import type { Diagram, Series } from "../../model/diagram.ts";
import { children } from "../../model/diagram.ts";
import { text } from "../../model/scene.ts";
import type { Box, Item, Point } from "../../model/scene.ts";
import type { Engine } from "./engine.ts";
import { BRACE } from "./lengths.ts";

/** Over a run of parts of a row, which have boxes under one word. */
interface Brace {
  word: string;
  first: number;
  last: number;
  leaves: Set<number>;
}

/** What braces take across, before all else of a row. */
export function room(row: Series, engine: Engine): number {
  return levelsOf(row).reduce((sum, level) => sum + depthOf(level, engine), 0);
}

/** Over the boxes of a row that were placed, from the edge of all of its room. */
export function place(row: Series, edge: number, placed: Item[], engine: Engine): void {
  for (const level of levelsOf(row).reverse()) {
    const depth = depthOf(level, engine);
    for (const brace of level) {
      const boxes = placed.filter(
        (item): item is Box => item.type === "box" && brace.leaves.has(item.leaf.id),
      );
      const ends = boxes.flatMap((box) => endsOf(box, engine));
      draw(brace.word, Math.min(...ends), Math.max(...ends), edge + depth, engine);
    }
    edge += depth;
  }
}

/** The braces, those that would be in each other's way at another distance from the boxes. */
function levelsOf(row: Series): Brace[][] {
  const levels: Brace[][] = [];
  for (const brace of bracesOf(row)) {
    const free = levels.find((level) => level[level.length - 1]!.last < brace.first);
    if (free) free.push(brace);
    else levels.push([brace]);
  }
  return levels;
}

function bracesOf(row: Series): Brace[] {
  const found: Brace[] = [];
  row.parts.forEach((part, k) => {
    for (const [word, leaves] of wordsOf(part)) {
      const before = found.find((one) => one.word === word && one.last === k - 1);
      if (before) {
        before.last = k;
        leaves.forEach((leaf) => before.leaves.add(leaf));
      } else found.push({ word, first: k, last: k, leaves });
    }
  });
  const byWord = (a: Brace, b: Brace): number => (a.word < b.word ? -1 : a.word > b.word ? 1 : 0);
  return found.sort((a, b) => a.first - b.first || a.last - b.last || byWord(a, b));
}

/** For every word the boxes that are under it; those of rows in it have their own. */
function wordsOf(part: Diagram): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  const walk = (one: Diagram): void => {
    if (one.kind === "leaf" && one.group) {
      const leaves = found.get(one.group) ?? new Set<number>();
      found.set(one.group, leaves.add(one.id));
    }
    if (one.kind !== "rows") children(one).forEach(walk);
  };
  walk(part);
  return found;
}

/** How much room a level takes across: a line of text over the brace, or texts beside it. */
function depthOf(level: Brace[], engine: Engine): number {
  const size = engine.sizes.small;
  if (engine.isRight) return size + 2 * BRACE;
  return Math.max(...level.map((brace) => engine.textWidth(brace.word, size, true))) + 2 * BRACE;
}

function endsOf({ rect }: Box, engine: Engine): Point {
  if (engine.isRight) return [rect.x, rect.x + rect.width];
  return [rect.y, rect.y + rect.height];
}

/** From a box to another; the edge is where its room ends, towards the boxes. */
function draw(word: string, start: number, end: number, edge: number, engine: Engine): void {
  const [foot, bar, tip] = [edge - 0.4 * BRACE, edge - 0.8 * BRACE, edge - 1.2 * BRACE];
  const middle = (start + end) / 2;
  const size = engine.sizes.small;
  const style = { bold: true, color: "pale" } as const;
  const label = engine.isRight
    ? text(middle, tip - 2.5, word, size, { ...style, anchor: "middle" })
    : text(tip - 3, middle + 0.35 * size, word, size, { ...style, anchor: "end" });
  for (const side of [start, end]) {
    const corners: Point[] = [[side, foot], [side, bar], [middle, bar], [middle, tip]];
    const points = corners.map((corner) => engine.xy(...corner));
    const ends = { source: "", target: "", arrow: false, dashed: false };
    engine.items.push({ type: "line", points, ...ends, label: side === start ? label : null });
  }
}
