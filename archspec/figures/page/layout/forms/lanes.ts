/** Parts along one axis with lanes beside them, as in archspec/figures/layout/forms/lanes.py. */

import type { Pair } from "../../model/data.ts";
import type { Lanes } from "../../model/diagram.ts";
import type { Engine, Extent } from "./engine.ts";
import { exitLabel, labelBehind } from "./labels.ts";
import { FORK, LANE, LEAD, TAP, WIRE } from "./lengths.ts";
import { onAxis, through } from "./lines.ts";
import type { Pending } from "./lines.ts";

export function measure(lanes: Lanes, engine: Engine): Extent {
  const extents = lanes.parts.map((part) => engine.measure(part));
  let before = Math.max(0, ...extents.map((extent) => extent.before));
  let after = extents.length ? Math.max(...extents.map((extent) => extent.after)) : WIRE;
  for (const part of lanes.parts) {
    const sides = engine.labelSides(exitLabel(part));
    [before, after] = [Math.max(before, sides[0]), Math.max(after, sides[1])];
  }
  const count = Math.max(-1, ...numbersOf(lanes).values()) + 1;
  const stations = stationsOf(lanes, engine);
  const length = stations[stations.length - 1]!;
  before += LANE * count + (count ? LANE : 0);
  return { length, before, after: Math.max(after, WIRE) };
}

/** Where the parts begin, and where the whole ends. */
function stationsOf(lanes: Lanes, engine: Engine): number[] {
  const places = [TAP + LEAD];
  lanes.parts.forEach((part, k) => {
    const end = places[k]! + engine.measure(part).length;
    places.push(end + (TAP + engine.labelRoom(exitLabel(part)) + LEAD));
  });
  return places;
}

/** The lane of every part whose output goes further than to its neighbour. */
function numbersOf(lanes: Lanes): Map<number, number> {
  const reach = new Map<number, number>();
  for (const [source, target] of lanes.links) {
    if (target !== source + 1) reach.set(source, Math.max(reach.get(source) ?? target, target));
  }
  const free: number[] = [];
  let busy: Pair[] = [];
  const numbers = new Map<number, number>();
  for (const source of [...reach.keys()].sort((a, b) => a - b)) {
    free.push(...busy.filter(([end]) => end < source + 1).map(([, lane]) => lane));
    busy = busy.filter(([end]) => end >= source + 1);
    free.sort((a, b) => b - a);
    const lane = free.pop() ?? busy.length;
    numbers.set(source, lane);
    busy.push([reach.get(source)!, lane]);
  }
  return numbers;
}

export function place(
  lanes: Lanes, main: number, across: number, arriving: Pending[], engine: Engine,
): Pending[] {
  const stations = stationsOf(lanes, engine);
  const beside = lanePlaces(lanes, across, engine);
  const leaving = new Map([[-1, arriving]]);
  const exits = new Map([[-1, main]]);
  const sources = sourcesOf(lanes);
  for (let k = 0; ; k++) {
    const start = main + stations[k]!;
    const lines: Pending[] = [];
    for (const source of sources.get(k) ?? []) {
      const lane = source + 1 === k ? null : beside.get(source)!;
      const leave = exits.get(source)! + TAP;
      const own = leaving.get(source)!;
      lines.push(...own.map((line) => link(line, across, leave, lane, start)));
      leaving.set(source, own.map((line) => ({ ...line, label: null })));
    }
    const part = lanes.parts[k];
    if (!part) return lines;
    const exit = start + engine.measure(part).length;
    const placed = engine.place(part, start, across, lines);
    const isLabelled = exitLabel(part) !== null;
    const further = placed.map((line) => isLabelled ? labelBehind(engine, line, exit + TAP) : line);
    leaving.set(k, further);
    exits.set(k, exit);
  }
}

/** Which parts' outputs every part reads. */
function sourcesOf(lanes: Lanes): Map<number, number[]> {
  const sources = new Map<number, number[]>();
  for (const [source, target] of lanes.links) {
    const others = sources.get(target);
    if (others) others.push(source);
    else sources.set(target, [source]);
  }
  return sources;
}

/** Where the lane of each part that has one lies, beside all of the parts. */
function lanePlaces(lanes: Lanes, across: number, engine: Engine): Map<number, number> {
  const top = Math.max(
    WIRE,
    ...lanes.parts.map((part) => engine.measure(part).before),
    ...lanes.parts.map((part) => engine.labelSides(exitLabel(part))[0]),
  );
  const places = new Map<number, number>();
  for (const [source, lane] of numbersOf(lanes)) {
    places.set(source, across - top - LANE * (lane + 1));
  }
  return places;
}

/** A line to a later part: straight to the next one, through its lane to others. */
function link(
  line: Pending, across: number, leave: number, lane: number | null, start: number,
): Pending {
  let led = onAxis(line, across);
  if (lane !== null) {
    const arrive = start - LEAD + FORK;
    led = through(led, [leave, across], [leave, lane], [arrive, lane], [arrive, across]);
  }
  return through(led, [start, across]);
}
