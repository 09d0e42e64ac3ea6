/** A diagram with everything at its place. */

import type { Fonts } from "./data.ts";
import type { Diagram } from "./diagram.ts";
import { Layout } from "./layout.ts";
import { Measures } from "./measures.ts";
import { textWidthIn } from "./metrics.ts";
import { broken } from "./rows.ts";
import type { Bounds, Direction, Item } from "./scene.ts";

export interface Arranged {
  items: Item[];
  bounds: Bounds;
}

/** Laid out; from left to right it breaks into rows that fit the room. */
export function arranged(
  diagram: Diagram, direction: Direction, room: number, fonts: Fonts,
): Arranged {
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
