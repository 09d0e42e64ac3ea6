/** A diagram with everything at its place. */

import type { Fonts } from "../model/data.ts";
import { chain, leaves } from "../model/diagram.ts";
import type { Diagram } from "../model/diagram.ts";
import { textWidthIn } from "../model/metrics.ts";
import type { Bounds, Direction, Item } from "../model/scene.ts";
import { Layout } from "./place.ts";
import { wrap } from "./wrapping.ts";

export interface Arrangement {
  items: Item[];
  bounds: Bounds;
}

/** With braces over it, if there are any. */
function inOneRow(diagram: Diagram): Diagram {
  if (!leaves(diagram).some((leaf) => leaf.group)) return diagram;
  return { kind: "rows", rows: [{ kind: "series", parts: chain(diagram) }] };
}

/** Laid out; from left to right it wraps into rows that fit the room. */
export function arrange(
  diagram: Diagram, direction: Direction, room: number, fonts: Fonts,
): Arrangement {
  const layout = new Layout(direction, fonts.sizes, textWidthIn(fonts));
  const isWrapped = direction === "right" && Number.isFinite(room);
  const whole = isWrapped ? wrap(layout, diagram, room) : inOneRow(diagram);
  layout.place(whole, 0, 0, []);
  const { length, before, after } = layout.measure(whole);
  const [width, height] = layout.xy(length, before + after);
  const [x, y] = layout.isRight ? [0, -before] : [-before, 0];
  return { items: layout.items, bounds: { x, y, width, height } };
}
