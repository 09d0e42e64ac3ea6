/** What part of the diagram is seen, and how large. */

import type { Bounds, Point } from "../model/scene.ts";
import { format } from "./drawing.ts";
import { byId } from "./elements.ts";

/** Pixels a point on the screen at first: text of 8.5 points is 12 pixels high. */
const COMFORTABLE = 1.4;
/** Pixels a point, from which on it can be read. */
const READABLE = 0.9;
const LARGEST_AT_FIRST = 2.2;
/** Pixels around the diagram. */
const MARGIN = 24;
const NARROWEST_ROOM = 320;

/** Moves the diagram behind the window that the stage is. */
export class View {
  private readonly stage: SVGSVGElement;
  private readonly world = byId<SVGGElement>("world");
  private bounds: Bounds = { x: 0, y: 0, width: 1, height: 1 };
  private x = 0;
  private y = 0;
  private scale = 1;

  constructor(stage: SVGSVGElement) {
    this.stage = stage;
  }

  get width(): number {
    return this.stage.clientWidth || 800;
  }

  get height(): number {
    return this.stage.clientHeight || 600;
  }

  /** Points that are seen from left to right at a comfortable size. */
  get room(): number {
    return Math.max((this.width - 2 * MARGIN) / COMFORTABLE, NARROWEST_ROOM);
  }

  /** The size of the diagram; paper shows the whole of it. */
  setBounds(bounds: Bounds): void {
    this.bounds = bounds;
    const { x, y, width, height } = bounds;
    const { style } = document.documentElement;
    style.setProperty("--drawn-width", String(width));
    style.setProperty("--drawn-height", String(height));
    style.setProperty("--drawn-x", String(-x));
    style.setProperty("--drawn-y", String(-y));
    style.setProperty("--print-scale", String(Math.min(1, 700 / width, 920 / height)));
  }

  private show(isGliding: boolean): void {
    const scale = Math.round(this.scale * 1e4) / 1e4;
    this.world.classList.toggle("gliding", isGliding);
    this.world.style.setProperty(
      "--view", `translate(${format(this.x)}px,${format(this.y)}px) scale(${scale})`,
    );
  }

  /** The whole diagram if it can be read like that, else its beginning. */
  fit(isWhole = false): void {
    const { width, height, x, y } = this.bounds;
    const wide = (this.width - 2 * MARGIN) / width;
    const high = (this.height - 2 * MARGIN) / height;
    const whole = Math.min(wide, high, LARGEST_AT_FIRST);
    const readable = Math.max(Math.min(wide, COMFORTABLE), READABLE);
    this.scale = isWhole ? whole : Math.max(whole, readable);
    const left = Math.max((this.width - width * this.scale) / 2, MARGIN);
    const top = Math.max((this.height - height * this.scale) / 2.6, MARGIN);
    [this.x, this.y] = [left - x * this.scale, top - y * this.scale];
    this.show(true);
  }

  /** Around a point of the stage, else around its middle. */
  zoom(factor: number, at?: Point): void {
    const [x, y] = at ?? [this.width / 2, this.height / 2];
    const scale = Math.min(Math.max(this.scale * factor, 0.05), 12);
    const ratio = scale / this.scale;
    [this.x, this.y, this.scale] = [x - (x - this.x) * ratio, y - (y - this.y) * ratio, scale];
    this.show(at === undefined);
  }

  /** By pixels, at once. */
  move(dx: number, dy: number): void {
    this.x += dx;
    this.y += dy;
    this.show(false);
  }

  /** What was at one place and is at another now stays where it is on the screen. */
  hold(before: Bounds, after: Bounds): void {
    const [left, top] = [before.x * this.scale + this.x, before.y * this.scale + this.y];
    this.narrow();
    [this.x, this.y] = [left - after.x * this.scale, top - after.y * this.scale];
    const { x, width } = this.bounds;
    const isSeen = width * this.scale <= this.width - 2 * MARGIN;
    if (isSeen) this.x = this.middle(this.width, x, width, after.x, after.width);
    this.reveal(after);
  }

  /** So small that the whole width is seen, if it can be read then. */
  private narrow(): void {
    const wide = (this.width - 2 * MARGIN) / this.bounds.width;
    if (wide >= READABLE) this.scale = Math.min(this.scale, wide * 0.9999);
  }

  /** Go to a place, near enough to read what is there. */
  center(place: Bounds): void {
    const { x, y, width, height } = this.bounds;
    if (this.scale < 0.8) this.scale = COMFORTABLE;
    this.narrow();
    this.x = this.middle(this.width, x, width, place.x, place.width);
    this.y = this.middle(this.height, y, height, place.y, place.height);
    this.show(true);
  }

  /** The middle of all if all is seen, else that of a place, or its beginning if it is large. */
  private middle(room: number, start: number, all: number, from: number, length: number): number {
    const { scale } = this;
    if (all * scale <= room - 2 * MARGIN) return (room - all * scale) / 2 - start * scale;
    if (length * scale > room - 2 * MARGIN) return MARGIN - from * scale;
    return room / 2 - (from + length / 2) * scale;
  }

  /** Move no further than needed to see a place. */
  reveal(place: Bounds): void {
    const { scale } = this;
    this.x += over(place.x * scale + this.x, place.width * scale, this.width);
    this.y += over(place.y * scale + this.y, place.height * scale, this.height);
    this.show(true);
  }
}

/** How far what begins at a pixel must move to be in the room, at least its beginning. */
function over(start: number, length: number, room: number): number {
  if (start < MARGIN || length > room - 2 * MARGIN) return MARGIN - start;
  return Math.min(room - MARGIN - (start + length), 0);
}
