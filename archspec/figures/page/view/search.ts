/** The search: layers and blocks by parts of their names, while one types. */

import type { Leaf } from "../model/diagram.ts";
import type { Layer, Network } from "../model/network.ts";
import type { Actions } from "../model/state.ts";
import { plural, labelOf } from "../model/words.ts";
import { byId, chip, html } from "./elements.ts";

const MAX_RESULTS = 8;

interface Result {
  path: string;
  leaf: Leaf;
  layer: Layer | null;
}

/** A field and the list of what it finds. */
export class Search {
  private readonly input = byId<HTMLInputElement>("search");
  private readonly list = byId("results");
  private readonly status = byId("status");
  private readonly network: Network;
  private readonly actions: Actions;
  private results: Result[] = [];
  /** Place of the result that Enter goes to. */
  private chosen = 0;

  constructor(network: Network, actions: Actions) {
    this.network = network;
    this.actions = actions;
    this.input.addEventListener("input", () => this.look());
    this.input.addEventListener("focus", () => this.look());
    this.input.addEventListener("blur", () => this.hide());
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  focus(): void {
    this.input.focus();
    this.input.select();
  }

  private look(): void {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.results = words.length ? this.found(words) : [];
    this.chosen = 0;
    if (words.length) this.show();
    else this.hide();
  }

  /** What has all words in its name, its op or its block, the best first. */
  private found(words: string[]): Result[] {
    const has = (name: string): boolean => words.every((word) => name.toLowerCase().includes(word));
    const results: Result[] = [];
    for (const leaf of this.network.boxes.values()) {
      const isBlock = leaf.inside && has(`${leaf.path} ${leaf.block}`);
      if (isBlock && this.network.find(leaf.path)?.leaf === leaf) {
        results.push({ path: leaf.path, leaf, layer: null });
      }
    }
    for (const layer of this.network.layers) {
      const leaf = this.network.boxOf(layer);
      const { path, op } = layer;
      if (leaf && has(`${path} ${op.op}`)) results.push({ path, leaf, layer });
    }
    return results.sort((a, b) => rank(a.path, words) - rank(b.path, words));
  }

  private show(): void {
    const shown = this.results.slice(0, MAX_RESULTS).map((result, k) => this.option(result, k));
    const more = this.results.length - shown.length;
    if (more > 0) shown.push(html("li", "pale more", `and ${more} more`));
    if (!shown.length) shown.push(html("li", "pale more", "no layer of that name"));
    this.list.replaceChildren(...shown);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-activedescendant", `result-${this.chosen}`);
    this.status.textContent = plural(this.results.length, "result");
  }

  private hide(): void {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  private option({ path, leaf, layer }: Result, k: number): HTMLElement {
    const line = html("li");
    line.id = `result-${k}`;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", String(k === this.chosen));
    line.append(chip(layer ? layer.op.role : "block"), html("code", "", path));
    line.append(html("span", "pale", layer ? layer.op.op : labelOf(leaf)));
    line.addEventListener("pointerdown", (event) => event.preventDefault());
    line.addEventListener("click", () => this.choose(k));
    return line;
  }

  private choose(k: number): void {
    const result = this.results[k];
    if (!result) return;
    this.hide();
    this.actions.go(result.leaf, result.layer);
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && this.results.length) {
      const count = Math.min(this.results.length, MAX_RESULTS);
      this.chosen = (this.chosen + step + count) % count;
      this.show();
    } else if (event.key === "Enter") {
      this.choose(this.chosen);
    } else if (event.key === "Escape") {
      this.input.value = "";
      this.input.blur();
    } else return;
    event.preventDefault();
  }
}

/** What is asked for itself, then what ends like it, what has it in its name, and others. */
function rank(path: string, words: string[]): number {
  const name = path.toLowerCase();
  if (name === words.join(" ")) return 0;
  if (!words.every((word) => name.includes(word))) return 3;
  return name.endsWith(words[words.length - 1]!) ? 1 : 2;
}
