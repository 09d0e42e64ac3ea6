/** The page as a whole: what happens on it. */

import { arrange } from "../layout/arrange.ts";
import type { Page } from "../model/data.ts";
import { openBoxes } from "../model/diagram.ts";
import type { Leaf } from "../model/diagram.ts";
import { Network } from "../model/network.ts";
import type { Layer } from "../model/network.ts";
import type { Bounds, Direction } from "../model/scene.ts";
import { State } from "../model/state.ts";
import type { Actions } from "../model/state.ts";
import { Address } from "./address.ts";
import { byId, changeTheme } from "./elements.ts";
import { Keys } from "./keys.ts";
import { legend } from "./legend.ts";
import { Panel } from "./panel.ts";
import { Pointer } from "./pointer.ts";
import { saveSvg } from "./save.ts";
import { Search } from "./search.ts";
import { Stage } from "./stage.ts";
import { View } from "./viewport.ts";

/** Factor of a zoom by a button or a key. */
const ZOOM = 1.25;
/** Pixels: on a narrower stage the diagram flows downwards. */
const NARROW = 640;
/** Pixels that a window may change until all is laid out anew. */
const SAME_ROOM = 20;

/** A button or none, keys, and what they do. */
type Command = [button: string, keys: string, action: () => void];

/** Puts the parts of the page together. */
export class Viewer implements Actions {
  private readonly network: Network;
  private readonly stage: Stage;
  private readonly view: View;
  private readonly state: State;
  private readonly panel: Panel;
  private readonly search: Search;
  private readonly pointer: Pointer;
  private readonly address: Address;
  private readonly status = byId("status");
  private readonly help = byId<HTMLDialogElement>("help");
  private bounds: Bounds = { x: 0, y: 0, width: 1, height: 1 };

  constructor(page: Page) {
    this.network = new Network(page);
    this.stage = new Stage(this.network);
    this.view = new View(this.stage.element);
    this.state = new State(this.view.width < NARROW ? "down" : "right");
    this.panel = new Panel(this.network, this.state, this);
    this.search = new Search(this.network, this);
    this.pointer = new Pointer(this.stage.element, this.view, (on) => this.click(on));
    this.address = new Address(this.network.boxes.size, () => this.follow());
    this.listen();
  }

  start(): void {
    this.follow();
    requestAnimationFrame(() => document.documentElement.classList.add("ready"));
  }

  // ---------------------------------------------------------------- actions

  toggle(leaf: Leaf): void {
    if (leaf.inside) {
      this.state.toggle(leaf);
      this.arrange(leaf);
      this.say(`${leaf.path} ${this.state.isOpen(leaf) ? "opened" : "closed"}`);
    }
    this.select(leaf);
    this.stage.focus(leaf);
  }

  select(leaf: Leaf | null, layer: Layer | null = null, isStep = true): void {
    [this.state.selected, this.state.layer] = [leaf, layer];
    this.stage.mark(leaf);
    this.panel.show();
    const path = layer?.path ?? leaf?.path ?? "";
    this.address.remember(path, this.state.open, isStep);
  }

  go(leaf: Leaf, layer: Layer | null = null, isStep = true): void {
    this.state.uncover(leaf);
    this.arrange();
    this.select(leaf, layer, isStep);
    this.view.center(this.stage.placeOf(leaf)!);
    this.stage.focus(leaf);
  }

  /** What the address names, and what was open there. */
  private follow(): void {
    const { path, open } = this.address;
    if (open) this.state.open = new Set(open.filter((id) => this.network.boxes.get(id)?.inside));
    const found = this.network.find(path);
    this.arrange();
    this.view.fit();
    if (found) return this.go(found.leaf, found.layer, false);
    this.select(null, null, false);
    if (path) this.say(`there is no layer ${path}`);
  }

  private openAll(): void {
    for (const leaf of this.network.boxes.values()) if (leaf.inside) this.state.open.add(leaf.id);
    this.arrangeAnew("all blocks opened");
  }

  private closeAll(): void {
    this.state.closeAll();
    this.arrangeAnew("all blocks closed");
  }

  private arrangeAnew(news: string): void {
    this.arrange();
    this.view.fit();
    this.select(this.state.selected);
    this.say(news);
  }

  private turn(): void {
    const { state } = this;
    state.turn();
    this.arrange();
    this.view.fit();
    if (state.selected) this.view.center(this.stage.placeOf(state.selected)!);
  }

  private escape(): void {
    if (!this.state.selected) return this.view.fit();
    (document.activeElement as HTMLElement | null)?.blur();
    this.select(null);
  }

  /** What is selected is no part of the figure. */
  private save(): void {
    this.stage.mark(null);
    saveSvg(this.network.page.name, this.stage.layers, this.bounds);
    this.stage.mark(this.state.selected);
  }

  private click(on: Element): void {
    const leaf = this.stage.leafOf(on);
    if (leaf) this.toggle(leaf);
    else this.select(null);
  }

  private say(news: string): void {
    this.status.textContent = news;
  }

  // ---------------------------------------------------------------- drawing

  /** Lay everything out anew; the box that is named stays on the screen. */
  private arrange(still: Leaf | null = null): void {
    const { network, stage, state, view } = this;
    const before = still && stage.placeOf(still);
    const shown = openBoxes(network.root, state.open);
    const { items, bounds } = arrange(shown, state.direction, view.room, network.page);
    stage.draw(items);
    stage.mark(state.selected);
    this.bounds = bounds;
    view.setBounds(bounds);
    byId("legend").replaceChildren(...legend(items));
    this.label(state.direction);
    const after = still && stage.placeOf(still);
    if (before && after) view.hold(before, after);
  }

  /** What the buttons do now. */
  private label(direction: Direction): void {
    const turn = byId("turn");
    turn.textContent = direction === "right" ? "↓ Down" : "→ Right";
    turn.title = direction === "right" ? "draw from top to bottom" : "draw from left to right";
    const canOpen = [...this.network.boxes.values()].some((leaf) => leaf.inside);
    byId("hint").hidden = !canOpen || this.state.open.size > 0;
  }

  // ---------------------------------------------------------------- listening

  private get commands(): Command[] {
    return [
      ["open-all", "o", () => this.openAll()],
      ["close-all", "c", () => this.closeAll()],
      ["turn", "t", () => this.turn()],
      ["theme", "d", () => changeTheme()],
      ["save", "s", () => this.save()],
      ["fold-panel", "p", () => this.foldPanel()],
      ["show-help", "?", () => this.help.showModal()],
      ["hide-help", "", () => this.help.close()],
      ["zoom-in", "+=", () => this.view.zoom(ZOOM)],
      ["zoom-out", "-", () => this.view.zoom(1 / ZOOM)],
      ["fit", "0", () => this.view.fit(true)],
      ["", "1", () => this.view.fit()],
      ["", "/", () => this.search.focus()],
    ];
  }

  private listen(): void {
    const keys = new Map([["Escape", () => this.escape()]]);
    for (const [name, characters, action] of this.commands) {
      if (name) byId(name).addEventListener("click", action);
      for (const character of characters) keys.set(character, action);
    }
    new Keys(this.stage, this.state, this, keys);
    const { element } = this.stage;
    element.addEventListener("focusin", (event) => this.focused(event.target as Element));
    let { room } = this.view;
    window.addEventListener("resize", () => {
      if (Math.abs(this.view.room - room) < SAME_ROOM) return;
      room = this.view.room;
      this.arrange();
      this.view.fit();
    });
  }

  /** Who goes from box to box reads what each is. */
  private focused(on: Element): void {
    const leaf = this.stage.leafOf(on);
    if (!leaf || this.pointer.isPressed) return;
    if (leaf !== this.state.selected) this.select(leaf, null, false);
    const place = this.stage.placeOf(leaf);
    if (place) this.view.reveal(place);
  }

  private foldPanel(): void {
    const isFolded = document.body.classList.toggle("no-panel");
    byId("fold-panel").setAttribute("aria-expanded", String(!isFolded));
  }
}
