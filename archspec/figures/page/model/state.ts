/** What of a network is shown now, and what the parts of the page can ask for. */

import { ways } from "./diagram.ts";
import type { Leaf } from "./diagram.ts";
import type { Layer } from "./network.ts";
import type { Direction } from "./scene.ts";

/** Which boxes are open, which one is selected, and where the diagram flows. */
export class State {
  open = new Set<number>();
  selected: Leaf | null = null;
  /** The layer of the selected box that is asked for. */
  layer: Layer | null = null;
  direction: Direction;

  constructor(direction: Direction) {
    this.direction = direction;
  }

  isOpen(leaf: Leaf): boolean {
    return this.open.has(leaf.id);
  }

  toggle(leaf: Leaf): void {
    if (!this.open.delete(leaf.id)) this.open.add(leaf.id);
  }

  /** Open whatever a box is in. */
  uncover(leaf: Leaf): void {
    for (const way of ways(leaf)) this.open.add(way.id);
  }

  /** Close everything; of what is selected, the outermost box is left. */
  closeAll(): void {
    this.open.clear();
    this.selected = this.selected && (ways(this.selected)[0] ?? this.selected);
  }

  turn(): void {
    this.direction = this.direction === "right" ? "down" : "right";
  }
}

/** What the panel, the search, the keyboard and the pointer ask of the page. */
export interface Actions {
  /** Select a box, and open or close it. */
  toggle(leaf: Leaf): void;
  select(leaf: Leaf | null): void;
  /** Open whatever a box is in, and go there. */
  go(leaf: Leaf, layer?: Layer | null): void;
}
