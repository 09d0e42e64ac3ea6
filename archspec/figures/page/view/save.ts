/** The diagram as it is now, as a file of its own. */

import type { Bounds } from "../model/scene.ts";
import { SVG, svg, format } from "./drawing.ts";

const AROUND = 12;
const KEPT = [
  "x", "y", "width", "height", "rx", "d", "font-size", "font-weight", "text-anchor",
  "stroke-width", "stroke-dasharray",
];

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
    "font-family": "'Liberation Sans', Arial, Helvetica, sans-serif",
  });
  const title = svg("title");
  title.textContent = name;
  const fill = getComputedStyle(document.documentElement).getPropertyValue("--background").trim();
  file.append(title, svg("rect", { x, y, width, height, fill }), ...groups.map(frozen));
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
  if (["text", "title"].includes(copy.localName)) copy.textContent = original.textContent;
  for (const child of original.children as Iterable<Element> as Iterable<SVGElement>) {
    if (!child.matches(".hit, .sign")) copy.append(frozen(child));
  }
  return copy;
}
