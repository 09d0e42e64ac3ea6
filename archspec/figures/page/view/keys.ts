/** The keyboard: keys of the page, and those that go from box to box. */

import type { Leaf } from "../model/diagram.ts";
import type { Bounds, Point } from "../model/scene.ts";
import type { Actions, State } from "../model/state.ts";
import type { Stage } from "./stage.ts";

const STEPS_OF_ARROWS = new Map<string, Point>([
  ["ArrowRight", [1, 0]],
  ["ArrowLeft", [-1, 0]],
  ["ArrowDown", [0, 1]],
  ["ArrowUp", [0, -1]],
]);

/** Listens wherever the focus is. */
export class Keys {
  private readonly stage: Stage;
  private readonly state: State;
  private readonly actions: Actions;
  private readonly commands: Map<string, () => void>;

  constructor(stage: Stage, state: State, actions: Actions, commands: Map<string, () => void>) {
    this.stage = stage;
    this.state = state;
    this.actions = actions;
    this.commands = commands;
    document.addEventListener("keydown", (event) => {
      if (this.isDone(event)) event.preventDefault();
    });
  }

  private isDone(event: KeyboardEvent): boolean {
    const on = event.target as Element;
    if (event.ctrlKey || event.metaKey || event.altKey || on.closest("dialog")) return false;
    const leaf = this.stage.leafOf(on);
    if (leaf && this.isDoneOn(leaf, event.key)) return true;
    const command = this.commands.get(event.key);
    command?.();
    return command !== undefined;
  }

  private isDoneOn(leaf: Leaf, key: string): boolean {
    const step = STEPS_OF_ARROWS.get(key);
    const { shown } = this.stage;
    if (key === "Enter" || key === " ") this.actions.toggle(leaf);
    else if (key === "Home") this.stage.focus(shown[0]!);
    else if (key === "End") this.stage.focus(shown[shown.length - 1]!);
    else if (step) this.step(leaf, step, shown);
    else return false;
    return true;
  }

  /** To the nearest box in a direction; where there is none, to the next or the last in order. */
  private step(leaf: Leaf, step: Point, shown: Leaf[]): void {
    const others = shown.filter((other) => other !== leaf);
    const found = nearest(this.handle(leaf), step, others.map((other) => this.handle(other)));
    if (found !== null) return this.stage.focus(others[found]!);
    const along = this.state.direction === "right" ? step[0] : step[1];
    const next = along && shown[shown.indexOf(leaf) + along];
    if (next) this.stage.focus(next);
  }

  /** The middle of a box, or of a heading's left end. */
  private handle(leaf: Leaf): Point {
    const { x, y, width, height }: Bounds = this.stage.placeOf(leaf)!;
    return this.state.isOpen(leaf) ? [x + 20, y + 6] : [x + width / 2, y + height / 2];
  }
}

/** Which of some points is the nearest in a direction, one aside of it being far. */
function nearest(here: Point, [dx, dy]: Point, points: Point[]): number | null {
  let best: number | null = null;
  let least = Infinity;
  points.forEach(([left, top], k) => {
    const [x, y] = [left - here[0], top - here[1]];
    const along = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (along > 1 && aside <= along * 1.2 && along + 2 * aside < least) {
      [best, least] = [k, along + 2 * aside];
    }
  });
  return best;
}
