/** The texts on lines, as in archspec/figures/layout/forms/labels.py. */

import type { Diagram } from "../../model/diagram.ts";
import { text } from "../../model/scene.ts";
import type { Text } from "../../model/scene.ts";
import type { Engine } from "./engine.ts";
import { LABEL } from "./lengths.ts";
import type { Pending } from "./lines.ts";

/** The text on the one line that leaves a part; none where side branches begin. */
export function exitLabel(part: Diagram): string | null {
  switch (part.kind) {
    case "leaf":
      return part.sideBranches.length ? null : part.shape;
    case "series":
      return exitLabel(part.parts[part.parts.length - 1]!);
    case "frame":
      return part.sideBranches.length ? null : exitLabel(part.inside);
    case "rows":
      return exitLabel(part.rows[part.rows.length - 1]!);
    case "wire":
    case "parallel":
    case "lanes":
      return null;
  }
}

/** A text on a line that begins at a place. */
export function labelAt(engine: Engine, content: string, main: number, across: number): Text {
  const size = engine.sizes.small;
  const [x, y] = engine.isRight
    ? [main + LABEL, across - 3]
    : [across + LABEL, main + LABEL + size * 0.75 - 1];
  return text(x, y, content, size, { color: "pale" });
}

/** The same line with its text further on. */
export function labelBehind(engine: Engine, line: Pending, main: number): Pending {
  if (line.label === null) return line;
  if (engine.isRight) return { ...line, label: { ...line.label, x: main + LABEL } };
  const y = main + LABEL + engine.sizes.small * 0.75 - 1;
  return { ...line, label: { ...line.label, y } };
}
