/** What the forms ask of the layout that they are in, as in archspec/figures/layout/forms/engine.py. */

import type { Pair, Sizes } from "../../model/data.ts";
import type { Diagram } from "../../model/diagram.ts";
import type { TextWidth } from "../../model/metrics.ts";
import type { Direction, Item, Point } from "../../model/scene.ts";
import { LABEL } from "./lengths.ts";
import type { Pending } from "./lines.ts";

/** The room that a part takes: along the main direction, and across on each side of its axis. */
export interface Extent {
  length: number;
  before: number;
  after: number;
}

/** Measures each part once, and collects the items of those that are placed. */
export abstract class Engine {
  readonly isRight: boolean;
  readonly sizes: Sizes;
  readonly textWidth: TextWidth;
  readonly items: Item[] = [];
  private readonly extents = new Map<Diagram, Extent>();

  constructor(direction: Direction, sizes: Sizes, textWidth: TextWidth) {
    this.isRight = direction === "right";
    this.sizes = sizes;
    this.textWidth = textWidth;
  }

  /** The room that a part takes. */
  measure(part: Diagram): Extent {
    let extent = this.extents.get(part);
    if (extent === undefined) {
      extent = this.measureNew(part);
      this.extents.set(part, extent);
    }
    return extent;
  }

  protected abstract measureNew(part: Diagram): Extent;

  /** Put a part where its axis begins, end the lines that arrive; those that leave it. */
  abstract place(part: Diagram, main: number, across: number, arriving: Pending[]): Pending[];

  /** A point of the figure, or a width and a height. */
  xy(main: number, across: number): Point {
    return this.isRight ? [main, across] : [across, main];
  }

  /** What a text on a line takes of its length. */
  labelRoom(label: string | null): number {
    if (label === null) return 0;
    const size = this.sizes.small;
    return this.isRight ? this.textWidth(label, size) + 2 * LABEL : size + 2 * LABEL - 2;
  }

  /** What a text on a line takes, before and after the axis. */
  labelSides(label: string | null): Pair {
    if (label === null) return [0, 0];
    const size = this.sizes.small;
    return this.isRight ? [size + 3, 0] : [0, this.textWidth(label, size) + LABEL + 2];
  }
}
