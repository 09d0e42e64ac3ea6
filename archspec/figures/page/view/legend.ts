/** What the colours and dashes mean: archspec/figures/layout/legend.py. */

import type { Item } from "../model/scene.ts";
import { chip, html } from "./elements.ts";

/** A chip for every role that is shown, in the order of their first boxes. */
export function legend(items: Item[]): HTMLElement[] {
  const boxes = items.filter((item) => item.type === "box").map((box) => box.leaf);
  const roles = new Set(boxes.filter((leaf) => !leaf.paint).map((leaf) => leaf.role));
  roles.delete("input");
  const entries = [...roles].map((role) => entry(chip(role), role));
  if (boxes.some((leaf) => leaf.dashed)) {
    entries.push(entry(html("span", "chip dashed"), "in training only"));
  }
  return entries;
}

function entry(swatch: HTMLElement, name: string): HTMLElement {
  const line = html("span");
  line.append(swatch, name);
  return line;
}
