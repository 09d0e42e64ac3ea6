/** What the diagram is made of: boxes, lines and borders at their places, in points. */

import type { Frame, Leaf } from "./diagram.ts";

export type Point = [number, number];
export type Direction = "right" | "down";
export type Anchor = "start" | "middle" | "end";

export interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Colours are names that the theme gives a value. */
export interface Text {
  x: number;
  y: number;
  content: string;
  size: number;
  anchor: Anchor;
  bold: boolean;
  color: string;
}

export interface Rect extends Bounds {
  fill: string;
  stroke: string | null;
  radius: number;
  dashed: boolean;
}

export interface Line {
  type: "line";
  points: Point[];
  source: string;
  target: string;
  arrow: boolean;
  dashed: boolean;
  label: Text | null;
  dimmed?: boolean;
}

export interface Box {
  type: "box";
  rect: Rect;
  leaf: Leaf;
  texts: Text[];
  behind: Rect[];
  badge: [Rect, Text] | null;
}

/** A frame with its heading: two items in Python. */
export interface Border {
  type: "border";
  rect: Rect;
  heading: Text | null;
  frame: Frame;
}

export type Item = Line | Box | Border;

type Style = Partial<Pick<Text, "anchor" | "bold" | "color">>;

/** A line of text; black, and from (x, y) on to the right, if the style does not say otherwise. */
export function text(x: number, y: number, content: string, size: number, style: Style = {}): Text {
  return { x, y, content, size, anchor: "start", bold: false, color: "ink", ...style };
}
