/** Places for the parts of a diagram, as in archspec/figures/layout/place.py. */

import type { Diagram } from "../model/diagram.ts";
import { Engine } from "./forms/engine.ts";
import type { Extent } from "./forms/engine.ts";
import * as frame from "./forms/frame.ts";
import * as lanes from "./forms/lanes.ts";
import * as leaf from "./forms/leaf.ts";
import { WIRE } from "./forms/lengths.ts";
import type { Pending } from "./forms/lines.ts";
import * as parallel from "./forms/parallel.ts";
import * as ranks from "./forms/ranks/form.ts";
import * as rows from "./forms/rows.ts";
import * as series from "./forms/series.ts";

/** Lays out one diagram. */
export class Layout extends Engine {
  protected measureNew(part: Diagram): Extent {
    switch (part.kind) {
      case "leaf":
        return leaf.measure(part, this);
      case "wire":
        return { length: 0, before: WIRE, after: WIRE };
      case "series":
        return series.measure(part, this);
      case "parallel":
        return parallel.measure(part, this);
      case "lanes":
        return ranks.suits(part) ? ranks.measure(part, this) : lanes.measure(part, this);
      case "frame":
        return frame.measure(part, this);
      case "rows":
        return rows.measure(part, this);
    }
  }

  place(part: Diagram, main: number, across: number, arriving: Pending[]): Pending[] {
    switch (part.kind) {
      case "leaf":
        return leaf.place(part, main, across, arriving, this);
      case "wire":
        return arriving.map((line) => ({ ...line, dashed: line.dashed || part.dashed }));
      case "series":
        return series.place(part, main, across, arriving, this);
      case "parallel":
        return parallel.place(part, main, across, arriving, this);
      case "lanes":
        if (ranks.suits(part)) return ranks.place(part, main, across, arriving, this);
        return lanes.place(part, main, across, arriving, this);
      case "frame":
        return frame.place(part, main, across, arriving, this);
      case "rows":
        return rows.place(part, main, across, arriving, this);
    }
  }
}
