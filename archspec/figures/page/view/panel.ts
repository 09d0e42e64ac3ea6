/** The panel: what is known of the selected box, or of the network as a whole. */

import type { Written } from "../model/data.ts";
import { ways } from "../model/diagram.ts";
import type { Leaf } from "../model/diagram.ts";
import { sumOf } from "../model/network.ts";
import type { Layer, NamedScope, Network, Sum } from "../model/network.ts";
import type { Actions, State } from "../model/state.ts";
import { groupDigits, lastName, percent, plural, labelOf, short } from "../model/words.ts";
import { button, byId, chip, fact, html } from "./elements.ts";

/** Of so many layers in one box all are unfolded. */
const FEW = 4;

/** Shows what is selected, with ways to what it is connected with. */
export class Panel {
  private readonly element = byId("panel");
  private readonly network: Network;
  private readonly state: State;
  private readonly actions: Actions;

  constructor(network: Network, state: State, actions: Actions) {
    this.network = network;
    this.state = state;
    this.actions = actions;
  }

  show(): void {
    const { selected } = this.state;
    const parts = selected
      ? [this.crumbs(selected), ...(selected.inside ? this.block(selected) : this.box(selected))]
      : this.whole();
    this.element.replaceChildren(...parts);
    this.element.scrollTop = 0;
  }

  private whole(): Node[] {
    const { page, total, extra, counted } = this.network;
    const parts: Node[] = [html("h2", "", page.name)];
    if (page.description) parts.push(html("p", "", page.description));
    if (page.cite) parts.push(html("p", "pale", page.cite));
    parts.push(this.sums(total, false));
    if (extra.layers) {
      const layers = plural(extra.layers, "layer");
      const more = `${layers}, ${short(extra.params)} parameters, ${short(extra.macs)} MACs`;
      parts.push(html("p", "pale", `in training also ${more}`));
    }
    const hint = html("p", "hint");
    hint.append(html("kbd", "", "/"), " searches, ", html("kbd", "", "?"), " shows the keys.");
    return [...parts, countOps(counted), hint];
  }

  /** A box that can be opened. */
  private block(leaf: Leaf): Node[] {
    const layers = this.network.layersOf(leaf);
    const scope = this.network.scopes.get(leaf.path);
    const verb = this.state.isOpen(leaf) ? "Close" : "Open";
    return [
      ...this.head(leaf, leaf.heading, layers),
      button("wide", verb, () => this.actions.toggle(leaf)),
      ...(scope ? argumentsOf(scope) : []),
      countOps(layers),
      ...(scope ? written(scope.written) : []),
    ];
  }

  /** A box of layers that are shown as one; of many, the one that is asked for is unfolded. */
  private box(leaf: Leaf): Node[] {
    const layers = this.network.layersOf(leaf);
    const { layer: asked } = this.state;
    const isUnfolded = (layer: Layer, k: number): boolean =>
      asked ? layer === asked : k === 0 || layers.length <= FEW;
    return [
      ...this.head(leaf, labelOf(leaf), layers),
      ...layers.map((layer, k) => this.layer(layer, isUnfolded(layer, k))),
    ];
  }

  private head(leaf: Leaf, title: string, layers: Layer[]): Node[] {
    const parts: Node[] = [html("h2", "", title)];
    if (leaf.count > 1) parts.push(html("p", "pale", `${leaf.count} in a row`));
    const sum = sumOf(layers);
    if (sum.layers > 1 || sum.params || sum.macs) parts.push(this.sums(sum, !leaf.dashed));
    return parts;
  }

  /** ``resnet50 › layer3 › 0``: every box that this one is in, to go there. A stack of boxes that no
   * scope holds has no path of its own: it is ``Inception ×5``, and not the first of them. */
  private crumbs(leaf: Leaf): HTMLElement {
    const trail = html("nav", "crumbs");
    trail.setAttribute("aria-label", "where it is");
    const { name } = this.network.page;
    trail.append(button("link", name, () => this.actions.select(null)), " › ");
    const trailed = [...ways(leaf), leaf];
    for (const [k, way] of ways(leaf).entries()) {
      const holds = trailed[k + 1]!.path.startsWith(`${way.path}.`);
      const words = holds ? lastName(way.path) : `${way.title} ×${way.count}`;
      trail.append(button("link", words, () => this.actions.go(way)), " › ");
    }
    trail.append(html("strong", "", leaf.path));
    return trail;
  }

  private sums(sum: Sum, hasShares: boolean): HTMLElement {
    const { total } = this.network;
    const table = html("div", hasShares ? "sums shares" : "sums");
    const row = (name: string, value: number | bigint, ...shares: Node[]): void => {
      const line = html("div", "sum");
      line.append(html("span", "name", name), html("b", "", groupDigits(value)), ...shares);
      table.append(line);
    };
    const share = (color: string, value: bigint, all: bigint): Node[] =>
      hasShares && all ? shareOf(color, Number(value) / Number(all)) : [];
    row("parameters", sum.params, ...share("params", sum.params, total.params));
    row("MACs", sum.macs, ...share("macs", sum.macs, total.macs));
    row("layers", sum.layers);
    return table;
  }

  private layer(layer: Layer, isUnfolded: boolean): HTMLElement {
    const section = html("details", "layer") as HTMLDetailsElement;
    section.open = isUnfolded;
    section.dataset["layer"] = layer.path;
    const summary = html("summary");
    const { op, role } = layer.op;
    summary.append(chip(role), html("b", "", op), html("code", "", layer.path));
    section.append(summary, ...argumentsOfLayer(layer), this.facts(layer), ...written(layer.written));
    return section;
  }

  private facts(layer: Layer): HTMLElement {
    const list = html("dl");
    for (const number of layer.sources) {
      const source = this.network.layers[number]!;
      const way = button("link", source.path, () => {
        const leaf = this.network.boxOf(source);
        if (leaf) this.actions.go(leaf, source);
      });
      fact(list, "reads", source.output).append(" of ", way);
    }
    fact(list, "gives", layer.output);
    fact(list, "parameters", groupDigits(layer.params));
    if (layer.weights !== null) fact(list, "weights of", layer.weights);
    fact(list, "MACs", groupDigits(layer.macs));
    if (layer.others) fact(list, "other operations", groupDigits(layer.others));
    if (layer.field !== null) fact(list, "receptive field", layer.field);
    return list;
  }
}

/** A number and a bar. */
function shareOf(color: string, share: number): Node[] {
  const bar = html("span", "bar");
  const filled = html("span", `filled ${color}`);
  filled.style.setProperty("width", `${(share * 100).toFixed(2)}%`);
  bar.append(filled);
  return [html("span", "share", percent(share)), bar];
}

/** How many layers of each op, and what they cost. */
function countOps(layers: Layer[]): HTMLElement {
  const table = html("table", "kinds");
  table.append(tableRow("th", "op", "", "params", "MACs"));
  const ops = new Map<string, Layer[]>();
  for (const layer of layers) {
    const { op, role } = layer.op;
    const some = ops.get(op);
    if (some) some.push(layer);
    else if (role !== "input") ops.set(op, [layer]);
  }
  for (const [op, some] of ops) {
    const { params, macs } = sumOf(some);
    const costs = [params, macs].map((cost) => (cost ? short(cost) : ""));
    const row = tableRow("td", op, `×${some.length}`, ...costs);
    row.firstElementChild!.prepend(chip(some[0]!.op.role));
    table.append(row);
  }
  return table;
}

function tableRow(cell: "td" | "th", ...contents: string[]): HTMLElement {
  const row = html("tr");
  row.append(...contents.map((content) => html(cell, "", content)));
  return row;
}

function argumentsOf(scope: NamedScope): Node[] {
  if (!scope.arguments.length) return [];
  const list = html("dl");
  for (const [name, value] of scope.arguments) fact(list, name, value);
  return [html("h3", "", "Arguments"), list];
}

/** The arguments of a layer, and paler those that are left as they are. */
function argumentsOfLayer({ op }: Layer): Node[] {
  const list = html("dl");
  for (const [name, value] of Object.entries(op.arguments)) fact(list, name, value);
  for (const [name, value] of Object.entries(op.defaults)) fact(list, name, value, "pale");
  return list.children.length ? [list] : [];
}

/** Where something was written, and how. */
function written(place: Written | null): Node[] {
  if (!place) return [];
  const [file, line, content] = place;
  const code = html("pre");
  code.append(html("code", "", content));
  return [html("p", "pale place", `${file}:${line}`), code];
}
