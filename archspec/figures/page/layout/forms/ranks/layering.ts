/** Parts in ranks: where they stand and where lines turn, as in
 * archspec/figures/layout/forms/ranks/layering.py. */

import type { Pair } from "../../../model/data.ts";

export const BEGIN = -1;
const SWEEPS = 12;
const STIFF = 1e9;
export const NEAR = 0.5;

/** The lines from one vertex to the next rank. */
export interface Fan {
  source: number;
  targets: number[];
}

/** Vertices are the parts by their numbers, BEGIN, the end, whose number is that of the parts, and
 * behind it a place in each rank that a long line passes. */
export class Layering {
  readonly end: number;
  rows: number[][];
  /** Of each vertex its axis; that of the whole is 0. */
  readonly across: Map<number, number>;
  private readonly parts: Pair[];
  private readonly passing: Pair;
  private readonly apart: number;
  private readonly rank: Map<number, number>;
  private readonly targets = new Map<number, number[]>();
  private readonly sources = new Map<number, number[]>();
  private readonly spine: Set<number>;

  constructor(parts: Pair[], links: Pair[], passing: Pair, apart: number) {
    [this.parts, this.passing, this.apart, this.end] = [parts, passing, apart, parts.length];
    this.rank = ranksOf(this.end, links);
    this.rows = Array.from({ length: this.rank.get(this.end)! + 1 }, () => []);
    for (const [vertex, rank] of this.rank) this.rows[rank]!.push(vertex);
    for (const [source, ends] of grouped(links)) this.connect(source, ends);
    this.spine = this.longestPath();
    this.order();
    this.across = new Map([...this.rank.keys()].map((vertex) => [vertex, 0]));
    this.place();
  }

  /** Whether a vertex is but a place that a line passes. */
  isPass(vertex: number): boolean {
    return vertex > this.end;
  }

  /** What a vertex takes across, before and after its axis. */
  sides(vertex: number): Pair {
    return this.parts[vertex] ?? this.passing;
  }

  sourcesOf(vertex: number): number[] {
    return this.sources.get(vertex) ?? [];
  }

  /** The lines from a row to the next, for each vertex of the row; the straight one first. */
  fans(row: number): Fan[] {
    const found: Fan[] = [];
    for (const source of this.rows[row]!) {
      const at = this.across.get(source)!;
      const targets = (this.targets.get(source) ?? [])
        .map((end): Pair => [end, this.across.get(end)!])
        .sort((a, b) => Math.abs(a[1] - at) - Math.abs(b[1] - at) || a[1] - b[1])
        .map(([end]) => end);
      if (targets.length) found.push({ source, targets });
    }
    return found;
  }

  /** To each end, through a place in each rank between. */
  private connect(source: number, ends: number[]): void {
    let last = source;
    const far = Math.max(...ends.map((end) => this.rank.get(end)!));
    for (let rank = this.rank.get(source)! + 1; rank <= far; rank++) {
      const here = ends.filter((end) => this.rank.get(end) === rank);
      if (rank < far) here.push(this.pass(rank));
      for (const end of here) {
        append(this.targets, last, end);
        append(this.sources, end, last);
      }
      last = here[here.length - 1]!;
    }
  }

  private pass(rank: number): number {
    const vertex = Math.max(...this.rank.keys(), this.end) + 1;
    this.rank.set(vertex, rank);
    this.rows[rank]!.push(vertex);
    return vertex;
  }

  /** The vertices of one of the longest paths, which is drawn straight. */
  private longestPath(): Set<number> {
    let [vertex, highest] = [this.end, -1];
    for (const [other, rank] of this.rank) {
      if (rank > highest && this.sourcesOf(other).length) [vertex, highest] = [other, rank];
    }
    const found = new Set([vertex]);
    for (let near = this.sourcesOf(vertex); near.length; near = this.sourcesOf(vertex)) {
      const parts = near.filter((source) => !this.isPass(source));
      vertex = Math.min(...(parts.length ? parts : near));
      found.add(vertex);
    }
    return found;
  }

  private order(): void {
    let [best, fewest] = [this.rows.map((row) => [...row]), this.crossings()];
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      const near = sweep % 2 ? this.targets : this.sources;
      for (const row of sweep % 2 ? [...this.rows].reverse() : this.rows) {
        const places = this.places();
        const wanted = new Map(row.map((vertex) => {
          const around = (near.get(vertex) ?? []).map((other) => places.get(other)!);
          return [vertex, median(around, places.get(vertex)!)];
        }));
        row.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
      }
      const crossings = this.crossings();
      if (crossings < fewest) [best, fewest] = [this.rows.map((row) => [...row]), crossings];
    }
    this.rows = best;
  }

  /** Places in the rows, all of which have their middle at 0. */
  private places(): Map<number, number> {
    const found = new Map<number, number>();
    for (const row of this.rows) row.forEach((vertex, k) => found.set(vertex, k - (row.length - 1) / 2));
    return found;
  }

  private crossings(): number {
    const places = this.places();
    let found = 0;
    for (const row of this.rows) {
      const lines = row.flatMap((vertex) =>
        (this.targets.get(vertex) ?? []).map((end): Pair => [places.get(vertex)!, places.get(end)!]),
      );
      lines.forEach((a, k) => {
        for (const b of lines.slice(0, k)) found += Number((a[0] - b[0]) * (a[1] - b[1]) < 0);
      });
    }
    return found;
  }

  private place(): void {
    for (const row of this.rows) this.arrange(row, row.map(() => 0));
    for (let sweep = 0; sweep <= SWEEPS; sweep++) {
      const near = sweep % 2 ? this.targets : this.sources;
      for (const row of sweep % 2 ? [...this.rows].reverse() : this.rows) {
        this.arrange(row, row.map((vertex) => this.wanted(vertex, near.get(vertex) ?? [])));
      }
    }
    const axis = this.across.get(this.targets.has(BEGIN) ? BEGIN : this.end)!;
    for (const [vertex, at] of this.across) this.across.set(vertex, at - axis);
    this.across.set(this.end, 0);
    this.across.set(BEGIN, 0);
  }

  /** The median of some neighbours; of the longest path, where that is. */
  private wanted(vertex: number, near: number[]): number {
    const along = this.spine.has(vertex) ? near.filter((other) => this.spine.has(other)) : [];
    const around = (along.length ? along : near).map((other) => this.across.get(other)!);
    return median(around, this.across.get(vertex)!);
  }

  /** As near to the wanted places as room and order allow. */
  private arrange(row: number[], wanted: number[]): void {
    let offset = 0;
    const offsets = row.map((vertex, k) => {
      if (k) offset += this.sides(row[k - 1]!)[1] + this.apart + this.sides(vertex)[0];
      return offset;
    });
    const blocks: { mean: number; weight: number; count: number }[] = [];
    row.forEach((vertex, k) => {
      const block = {
        mean: wanted[k]! - offsets[k]!, weight: this.spine.has(vertex) ? STIFF : 1, count: 1,
      };
      while (blocks.length && blocks[blocks.length - 1]!.mean > block.mean) {
        const before = blocks.pop()!;
        const sum = block.mean * block.weight + before.mean * before.weight;
        block.mean = sum / (block.weight + before.weight);
        block.weight += before.weight;
        block.count += before.count;
      }
      blocks.push(block);
    });
    const starts = blocks.flatMap(({ mean, count }) => Array.from({ length: count }, () => mean));
    row.forEach((vertex, k) => this.across.set(vertex, starts[k]! + offsets[k]!));
  }
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

export function grouped(links: Pair[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [source, end] of links) append(found, source, end);
  return found;
}

/** The longest way to each part; what reads nothing stands just before what reads it. */
export function ranksOf(end: number, links: Pair[]): Map<number, number> {
  const rank = new Map([[BEGIN, 0]]);
  const targets = grouped(links);
  const sources = grouped(links.map(([source, reader]): Pair => [reader, source]));
  for (let part = 0; part < end; part++) {
    rank.set(part, Math.max(0, ...(sources.get(part) ?? []).map((other) => rank.get(other)!)) + 1);
  }
  rank.set(end, Math.max(...rank.values()) + 1);
  for (let part = end - 1; part >= 0; part--) {
    const readers = targets.get(part);
    if (sources.has(part) || !readers) continue;
    rank.set(part, Math.min(...readers.map((reader) => rank.get(reader)!)) - 1);
  }
  return rank;
}

/** The middle one, or the mean of the two in the middle. */
function median(values: number[], otherwise: number): number {
  if (!values.length) return otherwise;
  const ordered = [...values].sort((a, b) => a - b);
  const half = Math.floor((ordered.length - 1) / 2);
  return (ordered[half]! + ordered[ordered.length - 1 - half]!) / 2;
}

/** A fan that leaves its axis, with the places to which it turns. */
export interface Turn {
  source: number;
  ends: number[];
  low: number;
  high: number;
}

export function turnOf(source: number, ends: number[]): Turn {
  return { source, ends, low: Math.min(source, ...ends), high: Math.max(source, ...ends) };
}

/** How many lines cross if one track is before the other; lines on each other are worse. */
function crossingsOf(first: Turn, second: Turn): number {
  let found = Number(first.low < second.source && second.source < first.high);
  for (const end of first.ends) {
    if (Math.abs(end - second.source) < NEAR) found += 20;
    else found += Number(second.low < end && end < second.high);
  }
  return found;
}

/** The track of each, with few crossings; turns that do not meet may share one. */
export function tracksOf(turns: Turn[]): number[] {
  const order: number[] = [];
  turns.forEach((turn, k) => {
    let [best, fewest] = [0, Infinity];
    for (let place = 0; place <= order.length; place++) {
      const cost = order.reduce((sum, other, at) => {
        const met = turns[other]!;
        return sum + (at < place ? crossingsOf(met, turn) : crossingsOf(turn, met));
      }, 0);
      if (cost < fewest) [best, fewest] = [place, cost];
    }
    order.splice(best, 0, k);
  });
  const found = turns.map(() => 0);
  order.forEach((k, place) => {
    const { low, high } = turns[k]!;
    const met = order.slice(0, place).filter((other) => {
      return turns[other]!.low <= high + NEAR && low <= turns[other]!.high + NEAR;
    });
    found[k] = Math.max(-1, ...met.map((other) => found[other]!)) + 1;
  });
  return found;
}
