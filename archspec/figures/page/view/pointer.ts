/** Mouse, pen and fingers: they move the view, and click. */

import type { Point } from "../model/scene.ts";
import { distance } from "./drawing.ts";
import type { View } from "./viewport.ts";

/** Pixels that a pointer may move in a click. */
const STEADY = 4;

/** Follows all pointers that are pressed on the stage. */
export class Pointer {
  private readonly stage: SVGSVGElement;
  private readonly view: View;
  private readonly pressed = new Map<number, Point>();
  private dragged = 0;

  constructor(stage: SVGSVGElement, view: View, click: (on: Element) => void) {
    this.stage = stage;
    this.view = view;
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointermove", (event) => this.drag(event));
    stage.addEventListener("pointerup", (event) => this.release(event));
    stage.addEventListener("pointercancel", (event) => this.release(event));
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("click", (event) => {
      if (this.dragged < STEADY) click(event.target as Element);
    });
  }

  get isPressed(): boolean {
    return this.pressed.size > 0;
  }

  private at(event: MouseEvent): Point {
    const edge = this.stage.getBoundingClientRect();
    return [event.clientX - edge.left, event.clientY - edge.top];
  }

  private press(event: PointerEvent): void {
    if (event.button) return;
    this.pressed.set(event.pointerId, this.at(event));
    if (this.pressed.size === 1) this.dragged = 0;
  }

  private drag(event: PointerEvent): void {
    const last = this.pressed.get(event.pointerId);
    if (!last) return;
    const now = this.at(event);
    const other = [...this.pressed].find(([id]) => id !== event.pointerId)?.[1];
    if (other) this.pinch(last, now, other);
    else if (!this.pull(event.pointerId, last, now)) return;
    this.pressed.set(event.pointerId, now);
  }

  /** Whether one pointer has moved far enough to be no click. */
  private pull(id: number, last: Point, now: Point): boolean {
    this.dragged += distance(last, now);
    if (this.dragged < STEADY) return false;
    if (!this.stage.hasPointerCapture(id)) this.stage.setPointerCapture(id);
    this.stage.classList.add("dragging");
    this.view.move(now[0] - last[0], now[1] - last[1]);
    return true;
  }

  private pinch(last: Point, now: Point, other: Point): void {
    this.dragged = STEADY;
    const middle: Point = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
    this.view.zoom(distance(now, other) / (distance(last, other) || 1), middle);
    this.view.move((now[0] - last[0]) / 2, (now[1] - last[1]) / 2);
  }

  private release(event: PointerEvent): void {
    this.pressed.delete(event.pointerId);
    if (!this.isPressed) this.stage.classList.remove("dragging");
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? this.view.height : 1;
    if (event.shiftKey && !event.ctrlKey) {
      this.view.move(-(event.deltaX || event.deltaY) * unit, 0);
      return;
    }
    const strength = event.ctrlKey ? 0.01 : 0.0018;
    this.view.zoom(Math.exp(-event.deltaY * unit * strength), this.at(event));
  }
}
