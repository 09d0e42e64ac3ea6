/** The diagram on the page: one group for every box, which stays when the boxes move. */

import { depthOf } from "../model/diagram.ts";
import type { Leaf } from "../model/diagram.ts";
import type { Network } from "../model/network.ts";
import type { Border, Bounds, Box, Item, Point } from "../model/scene.ts";
import { labelOf } from "../model/words.ts";
import { DIMMED, drawLine, drawRect, drawSign, drawText, svg, format } from "./drawing.ts";
import { byId, isStill } from "./elements.ts";

/** Draws items, and knows which box is where. */
export class Stage {
  readonly element = byId<SVGSVGElement>("stage");
  private readonly network: Network;
  private readonly frames = byId<SVGGElement>("frames");
  private readonly edges = byId<SVGGElement>("edges");
  private readonly boxes = byId<SVGGElement>("boxes");
  private groups = new Map<string, SVGGElement>();
  private kept = new Map<string, SVGGElement>();
  private places = new Map<number, Bounds>();

  constructor(network: Network) {
    this.network = network;
  }

  draw(items: Item[]): void {
    const focused = document.activeElement;
    [this.kept, this.groups, this.places] = [this.groups, new Map(), new Map()];
    const [frames, boxes, lines]: [SVGElement[], SVGElement[], SVGElement[]] = [[], [], []];
    items.forEach((item) => {
      if (item.type === "line") lines.push(drawLine(item));
      else if (item.type === "box") boxes.push(this.drawBox(item));
      else {
        const name = item.frame.leaf ? String(item.frame.leaf.id) : `fixed ${frames.length}`;
        frames.push(this.drawFrame(item, name));
        if (item.heading) boxes.push(this.drawHeading(item, name));
      }
    });
    arrangeChildren(this.frames, frames);
    arrangeChildren(this.boxes, boxes);
    this.edges.replaceChildren(...lines);
    if (!isStill()) {
      this.edges.animate([{ opacity: 0 }, { opacity: 0, offset: 0.5 }, { opacity: 1 }], 320);
    }
    const isThere = focused instanceof SVGElement && focused.isConnected;
    if (isThere) focused.focus({ preventScroll: true });
  }

  /** What is drawn, the rearmost first. */
  get layers(): SVGGElement[] {
    return [this.frames, this.edges, this.boxes];
  }

  /** The boxes and headings that are shown, in order. */
  get shown(): Leaf[] {
    return [...this.places.keys()].map((id) => this.network.boxes.get(id)!);
  }

  placeOf(leaf: Leaf): Bounds | null {
    return this.places.get(leaf.id) ?? null;
  }

  /** The box that an element is in. */
  leafOf(element: Element | null): Leaf | null {
    const group = element?.closest<SVGGElement>("#boxes > [data-leaf]");
    return (group && this.network.boxes.get(Number(group.dataset["leaf"]))) ?? null;
  }

  mark(selected: Leaf | null): void {
    for (const group of this.element.querySelectorAll(".selected")) {
      group.classList.remove("selected");
      group.removeAttribute("aria-selected");
    }
    if (!selected) return;
    this.groups.get(`frame ${selected.id}`)?.classList.add("selected");
    this.groups.get(`box ${selected.id}`)?.classList.add("selected");
    this.groups.get(`box ${selected.id}`)?.setAttribute("aria-selected", "true");
  }

  focus(leaf: Leaf): void {
    this.groups.get(`box ${leaf.id}`)?.focus({ preventScroll: true });
  }

  private group(name: string, { x, y }: Bounds): SVGGElement {
    const group = this.kept.get(name) ?? svg<SVGGElement>("g");
    group.style.setProperty("transform", `translate(${format(x)}px,${format(y)}px)`);
    group.replaceChildren();
    this.groups.set(name, group);
    return group;
  }

  private drawFrame(item: Border, name: string): SVGGElement {
    const { rect } = item;
    const group = this.group(`frame ${name}`, rect);
    group.append(drawRect(rect, [rect.x, rect.y]));
    return group;
  }

  private drawHeading(item: Border, name: string): SVGGElement {
    const { x, y, width } = item.rect;
    const group = this.group(`box ${name}`, item.rect);
    const heading = item.heading!;
    const height = heading.size * 1.7;
    if (item.frame.leaf) {
      group.append(svg("rect", { class: "hit", x: 0, y: 0, width, height, rx: 5 }));
    }
    group.append(drawText(heading, [x, y]));
    if (item.frame.leaf) this.describe(group, item.frame.leaf, item.rect, true);
    return group;
  }

  private drawBox(item: Box): SVGGElement {
    const { leaf, rect, badge } = item;
    const group = this.group(`box ${leaf.id}`, rect);
    const origin: Point = [rect.x, rect.y];
    const face = drawRect(rect, origin);
    face.setAttribute("class", "face");
    if (leaf.highlighted) face.setAttribute("stroke-width", "2.4");
    if (leaf.dimmed) group.setAttribute("opacity", DIMMED);
    group.append(...item.behind.map((sheet) => drawRect(sheet, origin)), face);
    group.append(...item.texts.map((text) => drawText(text, origin)));
    if (badge) group.append(drawRect(badge[0], origin), drawText(badge[1], origin));
    this.describe(group, leaf, rect, false);
    return group;
  }

  /** For who cannot see it, who points at it, and who asks where it is. */
  private describe(group: SVGGElement, leaf: Leaf, place: Bounds, isOpen: boolean): void {
    const isClosed = leaf.inside !== null && !isOpen;
    group.setAttribute("class", isOpen ? "box heading" : isClosed ? "box closed" : "box");
    group.setAttribute("role", "treeitem");
    group.setAttribute("tabindex", "0");
    group.setAttribute("aria-level", String(depthOf(leaf) + 1));
    group.setAttribute("aria-label", `${leaf.path}: ${labelOf(leaf)}`);
    if (leaf.inside) group.setAttribute("aria-expanded", String(isOpen));
    if (leaf.inside) group.append(drawSign(isOpen));
    group.dataset["path"] = leaf.path;
    group.dataset["leaf"] = String(leaf.id);
    const title = svg("title");
    const verb = isOpen ? " · click to close" : isClosed ? " · click to open" : "";
    title.textContent = `${leaf.path}${verb}`;
    group.prepend(title);
    this.places.set(leaf.id, place);
  }
}

/** Children in order; what is in place already is not moved, or it would lose the focus. */
function arrangeChildren(parent: Element, children: Element[]): void {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, k) => {
    if (parent.children[k] !== child) parent.insertBefore(child, parent.children[k] ?? null);
  });
}
