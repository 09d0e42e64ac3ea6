/** SVG elements of what a layout has placed. */

import type { Line, Point, Rect, Text } from "../model/scene.ts";

export const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 4;
const HEAD = 4.2;
const SIGN = 3.6;
/** How much is left of what is dimmed. */
export const DIMMED = "0.35";

export type Attributes = Record<string, string | number>;

/** A new element; numbers with two digits behind the point. */
export function svg<T extends SVGElement = SVGElement>(
  name: string, attributes: Attributes = {},
): T {
  const element = document.createElementNS(SVG, name) as T;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, format(value));
  return element;
}

/** A number with two digits behind the point. */
export function format(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 100) / 100) : value;
}

/** Colours are variables of the style sheet, so that a theme changes them all. */
function paint(
  element: SVGElement, fill: string | null, stroke: string | null = null,
): SVGElement {
  element.style.setProperty("fill", fill === null ? "none" : valueOf(fill));
  if (stroke !== null) element.style.setProperty("stroke", valueOf(stroke));
  return element;
}

function valueOf(color: string): string {
  return color.startsWith("#") ? color : `var(--${color})`;
}

/** A rectangle, seen from an origin. */
export function drawRect(rect: Rect, [x, y]: Point): SVGElement {
  const { width, height, radius, dashed } = rect;
  const rx = Math.min(radius, width / 2, height / 2);
  const element = svg("rect", { x: rect.x - x, y: rect.y - y, width, height, rx });
  if (rect.stroke !== null) element.setAttribute("stroke-width", "0.8");
  if (dashed) element.setAttribute("stroke-dasharray", "3 2");
  return paint(element, rect.fill, rect.stroke);
}

/** A text, seen from an origin. */
export function drawText(text: Text, [x, y]: Point): SVGElement {
  const element = svg("text", { x: text.x - x, y: text.y - y, "font-size": text.size });
  if (text.anchor !== "start") element.setAttribute("text-anchor", text.anchor);
  if (text.bold) element.setAttribute("font-weight", "bold");
  element.textContent = text.content;
  return paint(element, text.color);
}

/** A line that may end in an arrow, and the text on it. */
export function drawLine(line: Line): SVGElement {
  const group = svg("g");
  if (line.dimmed) group.setAttribute("opacity", DIMMED);
  const points = [...line.points];
  const end = points[points.length - 1]!;
  const before = points[points.length - 2] ?? end;
  if (line.arrow) points[points.length - 1] = toward(end, before, HEAD - 0.6);
  const path = svg("path", { d: round(points), "stroke-width": 0.9 });
  if (line.dashed) path.setAttribute("stroke-dasharray", "3 2");
  group.append(paint(path, null, "line"));
  if (line.arrow) group.append(arrowHead(end, toward(end, before, HEAD)));
  if (line.label) group.append(drawText(line.label, [0, 0]));
  return group;
}

function arrowHead(end: Point, neck: Point): SVGElement {
  const [x, y] = [-0.42 * (end[1] - neck[1]), 0.42 * (end[0] - neck[0])];
  const d = `M${at(end)}L${at([neck[0] + x, neck[1] + y])}L${at([neck[0] - x, neck[1] - y])}Z`;
  return paint(svg("path", { d }), "line");
}

/** A path whose corners are rounded by at most the radius. */
function round(points: Point[]): string {
  const steps = points.slice(1).map((corner, k) => {
    const [before, after] = [points[k]!, points[k + 2]];
    if (!after) return `L${at(corner)}`;
    const round = Math.min(RADIUS, distance(before, corner) / 2, distance(corner, after) / 2);
    const [start, end] = [toward(corner, before, round), toward(corner, after, round)];
    return `L${at(start)}Q${at(corner)} ${at(end)}`;
  });
  return `M${at(points[0]!)}${steps.join("")}`;
}

function at([x, y]: Point): string {
  return `${format(x)} ${format(y)}`;
}

/** From one point to another. */
export function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/** The point at a distance from one to another, or that other if it is nearer. */
function toward(from: Point, to: Point, length: number): Point {
  const share = Math.min(length / (distance(from, to) || 1), 1);
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}

/** The sign at the corner of a box that a click opens or closes. */
export function drawSign(isOpen: boolean): SVGElement {
  const group = svg("g", { class: "sign" });
  const stroke = svg("path", { d: isOpen ? "M-1.9 0h3.8" : "M-1.9 0h3.8m-1.9 -1.9v3.8" });
  stroke.setAttribute("stroke-width", "0.9");
  group.append(paint(svg("circle", { r: SIGN }), "badge"), paint(stroke, null, "on-badge"));
  return group;
}
