/** Parts in ranks, as in archspec/figures/layout/forms/ranks/form.py. */

import type { Pair } from "../../../model/data.ts";
import { chain, hasEntries } from "../../../model/diagram.ts";
import type { Diagram, Lanes, Leaf } from "../../../model/diagram.ts";
import type { Point } from "../../../model/scene.ts";
import type { Engine, Extent } from "../engine.ts";
import { exitLabel, labelBehind } from "../labels.ts";
import { BEGIN, grouped, Layering, NEAR, ranksOf, tracksOf, turnOf } from "./layering.ts";
import { drawLine, entrance } from "../leaf.ts";
import { BESIDE, LANE, LEAD, PORT, TAP, WIRE } from "../lengths.ts";
import { lastPoint, onAxis, straightOn, through } from "../lines.ts";
import type { Pending } from "../lines.ts";

const MAX_PARTS = 60;

/** Whether ranks show it better than lanes do. */
export function suits(lanes: Lanes): boolean {
  const count = lanes.parts.length;
  if (count > MAX_PARTS) return false;
  const links = linksOf(lanes);
  const rank = ranksOf(count, links);
  let passes = 0;
  for (const [source, ends] of grouped(links)) {
    passes += Math.max(...ends.map((end) => rank.get(end)!)) - rank.get(source)! - 1;
  }
  return rank.get(count)! < count + 1 && passes <= 2 * count;
}

/** Nothing leads to the name of an input, nor on from the name of an output. */
function linksOf({ parts, links }: Lanes): Pair[] {
  return links.filter(([source, end]) => {
    if (source === BEGIN) return !(parts[end] && hasEntries(parts[end]));
    return end < parts.length || !isOutput(parts[source]!);
  });
}

/** Whether it ends with the name of an output. */
function isOutput(part: Diagram): boolean {
  const parts = chain(part);
  const last = parts[parts.length - 1]!;
  return last.kind === "leaf" && last.isOutput;
}

export function measure(lanes: Lanes, engine: Engine): Extent {
  const { layering, starts } = new Plan(lanes, engine);
  let [before, after] = [-Infinity, -Infinity];
  for (const [vertex, at] of layering.across) {
    const [left, right] = layering.sides(vertex);
    [before, after] = [Math.max(before, left - at), Math.max(after, right + at)];
  }
  return { length: starts[starts.length - 1]!, before, after };
}

/** The way from a row to a vertex of the next, from the end of the row on. */
interface Path {
  source: number;
  target: number;
  track: number | null;
  port: number;
  isFirst: boolean;
}

/** Where the rows and the tracks are, along the main direction. */
class Plan {
  readonly lanes: Lanes;
  readonly layering: Layering;
  readonly starts = [0];
  readonly ends: number[] = [];
  readonly paths: Path[][] = [];

  constructor(lanes: Lanes, engine: Engine) {
    this.lanes = lanes;
    const sides = lanes.parts.map((part) => sidesOf(part, engine));
    this.layering = new Layering(sides, linksOf(lanes), [WIRE, WIRE], BESIDE);
    this.layering.rows.slice(0, -1).forEach((row, k) => {
      const lengths = row.map((vertex) => lengthOf(lanes.parts[vertex], engine));
      const end = this.starts[k]! + Math.max(0, ...lengths);
      const [paths, room] = this.turned(k, end, engine);
      this.ends.push(end);
      this.paths.push(paths);
      this.starts.push(end + room);
    });
  }

  /** The box at which a part begins, if lines of several sources end there. */
  head(vertex: number): Leaf | null {
    const part = this.lanes.parts[vertex];
    if (!part || this.layering.sourcesOf(vertex).length < 2) return null;
    const first = chain(part)[0]!;
    return first.kind === "leaf" ? first : null;
  }

  /** The ways to the next row, and how much room they take. */
  private turned(row: number, end: number, engine: Engine): [Path[], number] {
    const { across } = this.layering;
    const fans = this.layering.fans(row);
    const ports = new Map(this.layering.rows[row + 1]!.map((v) => [v, this.ports(v, engine)]));
    const portOf = (source: number, target: number): number => ports.get(target)!.get(source) ?? 0;
    const turns = fans.map(({ source, targets }) => {
      const ends = targets.map((target) => across.get(target)! + portOf(source, target));
      return turnOf(across.get(source)!, ends);
    });
    const turning = fans.map((_, k) => k).filter((k) => turns[k]!.high - turns[k]!.low > NEAR);
    const found = tracksOf(turning.map((k) => turns[k]!));
    const places = new Map(turning.map((k, n) => [fans[k]!.source, end + TAP + LANE * found[n]!]));
    const paths = fans.flatMap(({ source, targets }, k) =>
      targets.map((target, n): Path => {
        const isStraight = Math.abs(turns[k]!.ends[n]! - across.get(source)!) <= NEAR;
        const track = isStraight ? null : places.get(source)!;
        return { source, target, track, port: portOf(source, target), isFirst: !n };
      }),
    );
    const room = TAP + LANE * (Math.max(-1, ...found) + 1) + LEAD;
    return [paths, fans.length ? room : 0];
  }

  /** Where lines of several sources end at a box, beside its axis. */
  private ports(vertex: number, engine: Engine): Map<number, number> {
    const { across } = this.layering;
    const head = this.head(vertex);
    if (!head) return new Map();
    const sources = [...this.layering.sourcesOf(vertex)];
    sources.sort((a, b) => across.get(a)! - across.get(b)!);
    const axis = across.get(vertex)!;
    const straight = sources.findIndex((source) => Math.abs(across.get(source)! - axis) <= NEAR);
    const middle = straight < 0 ? (sources.length - 1) / 2 : straight;
    const most = Math.max(middle, sources.length - 1 - middle);
    const pitch = Math.min(PORT, (0.7 * entrance(head, 0, 0, engine)[1]) / most);
    return new Map(sources.map((source, k) => [source, (k - middle) * pitch]));
  }
}

function sidesOf(part: Diagram, engine: Engine): Pair {
  const [extent, label] = [engine.measure(part), engine.labelSides(exitLabel(part))];
  return [Math.max(extent.before, label[0]), Math.max(extent.after, label[1])];
}

function lengthOf(part: Diagram | undefined, engine: Engine): number {
  return part ? engine.measure(part).length + engine.labelRoom(exitLabel(part)) : 0;
}

export function place(
  lanes: Lanes, main: number, across: number, arriving: Pending[], engine: Engine,
): Pending[] {
  const plan = new Plan(lanes, engine);
  const { layering } = plan;
  const axisOf = (vertex: number): number => across + layering.across.get(vertex)!;
  const lines = new Map([[BEGIN, arriving]]);

  /** The lines of a source on their way to a target. */
  function led({ source, target, track, port, isFirst }: Path, row: number): Pending[] {
    const [axis, end] = [axisOf(source), main + plan.ends[row]!];
    const goal: Point = [main + plan.starts[row + 1]!, axisOf(target) + port];
    const turn = track === null ? end : main + track;
    const corners: Point[] = track === null ? [] : [[turn, axis], [turn, goal[1]]];
    return (lines.get(source) ?? []).map((line) => {
      const whole = straightOn(onAxis(line, axis), end);
      const own: Pending = isFirst ? whole : { ...whole, points: [[turn, axis]], label: null };
      return through(own, ...corners, goal);
    });
  }

  /** At a box the lines of several sources end at places of their own. */
  function arrive(vertex: number, incoming: Pending[], row: number): Pending[] {
    const part = lanes.parts[vertex];
    if (!part) return incoming;
    const [start, axis] = [main + plan.starts[row]!, axisOf(vertex)];
    const head = plan.head(vertex);
    for (const line of head ? incoming : []) {
      const port = lastPoint(line)[1] - axis;
      drawLine(through(line, [start + entrance(head!, 0, port, engine)[0], axis + port]), head!, engine);
    }
    const leaving = engine.place(part, start, axis, head ? [] : incoming);
    if (exitLabel(part) === null) return leaving;
    const end = start + engine.measure(part).length;
    return leaving.map((line) => labelBehind(engine, line, end));
  }

  plan.paths.forEach((paths, row) => {
    const incoming = new Map<number, Pending[]>();
    for (const path of paths) {
      incoming.set(path.target, [...(incoming.get(path.target) ?? []), ...led(path, row)]);
    }
    for (const vertex of layering.rows[row + 1]!) {
      lines.set(vertex, arrive(vertex, incoming.get(vertex) ?? [], row + 1));
    }
  });
  return lines.get(layering.end) ?? [];
}
