/** The diagram as it is now, as a file of its own. */

import type { Bounds } from "../model/scene.ts";
import { SVG, svg, format } from "./drawing.ts";

const AROUND = 12;
const KEPT = [
  "x", "y", "width", "height", "rx", "d", "font-size", "font-weight", "text-anchor", "stroke-width",
  "opacity",
];
const FAMILY = "'Liberation Sans', Arial, Helvetica, sans-serif";
const [DASH, GAP] = [3, 2];

/** Gives an SVG to the reader. */
export function saveSvg(name: string, groups: SVGElement[], bounds: Bounds): void {
  const file = new Blob([svgFile(name, groups, bounds)], { type: "image/svg+xml" });
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = `${name.replace(/[^\p{L}\p{N}_.-]+/gu, "_") || "network"}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** With values where the page has variables. */
function svgFile(name: string, groups: SVGElement[], bounds: Bounds): string {
  const [x, y] = [bounds.x - AROUND, bounds.y - AROUND];
  const [width, height] = [bounds.width + 2 * AROUND, bounds.height + 2 * AROUND];
  const file = svg("svg", {
    xmlns: SVG, width: `${format(width)}pt`, height: `${format(height)}pt`,
    viewBox: [x, y, width, height].map(format).join(" "),
  });
  const title = svg("title");
  title.textContent = name;
  const fill = getComputedStyle(document.documentElement).getPropertyValue("--background").trim();
  const drawn = svg("g", { "font-family": FAMILY });
  drawn.append(...groups.map(frozen));
  file.append(title, svg("rect", { x, y, width, height, fill }), drawn);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(file)}\n`;
}

/** A copy of a part of the drawing that needs no style sheet, without what only the page needs. */
function frozen(original: SVGElement): SVGElement {
  const copy = svg(original.localName);
  for (const name of KEPT) {
    const value = original.getAttribute(name);
    if (value !== null) copy.setAttribute(name, value);
  }
  const moved = original.style.getPropertyValue("transform");
  const place = /translate\((-?[\d.]+)px, ?(-?[\d.]+)px\)/.exec(moved);
  if (place) copy.setAttribute("transform", `translate(${place[1]} ${place[2]})`);
  for (const name of ["fill", "stroke"]) {
    const isSet = original.style.getPropertyValue(name) !== "";
    if (isSet) copy.setAttribute(name, getComputedStyle(original).getPropertyValue(name));
  }
  if (original.hasAttribute("stroke-dasharray")) return dashed(original as SVGGeometryElement, copy);
  if (["text", "title"].includes(copy.localName)) copy.textContent = original.textContent;
  for (const child of original.children as Iterable<Element> as Iterable<SVGElement>) {
    if (!child.matches(".hit, .sign")) copy.append(frozen(child));
  }
  return copy;
}

/** A shape with dashes as strokes of their own: not every program that reads SVG makes dashes. */
function dashed(original: SVGGeometryElement, copy: SVGElement): SVGElement {
  const length = original.getTotalLength();
  const at = (place: number): string => {
    const { x, y } = original.getPointAtLength(Math.min(place, length));
    return `${format(x)} ${format(y)}`;
  };
  let d = "";
  for (let start = 0; start < length; start += DASH + GAP) {
    d += `M${at(start)}L${at(start + DASH / 2)}L${at(start + DASH)}`;
  }
  const strokes = svg("path", { d, fill: "none" });
  for (const name of ["stroke", "stroke-width"]) {
    const value = copy.getAttribute(name);
    if (value !== null) strokes.setAttribute(name, value);
  }
  copy.removeAttribute("stroke");
  if (copy.getAttribute("fill") === "none") return strokes;
  const group = svg("g");
  group.append(copy, strokes);
  return group;
}
