/** The network that the page is about: its layers, and the boxes that stand for them. */

import { numbersOf } from "./data.ts";
import type { LayerRow, Op, Page, Written } from "./data.ts";
import { depthOf, leaves, receive } from "./diagram.ts";
import type { Diagram, Leaf } from "./diagram.ts";

export interface Layer {
  path: string;
  op: Op;
  /** Numbers of the layers that it reads. */
  sources: number[];
  output: string;
  params: bigint;
  macs: bigint;
  /** Other operations than multiply-accumulates. */
  others: bigint;
  field: string | null;
  written: Written | null;
  /** The layer whose weights it has. */
  weights: string | null;
}

export interface NamedScope {
  arguments: [string, string][];
  written: Written | null;
}

/** A box, and the layer of it that is meant, if it is one. */
export interface Found {
  leaf: Leaf;
  layer: Layer | null;
}

export interface Sum {
  layers: number;
  params: bigint;
  macs: bigint;
}

/** What is known of a network, to be looked up by layer, path and box. */
export class Network {
  readonly page: Page;
  readonly root: Diagram;
  readonly layers: Layer[];
  readonly scopes: Map<string, NamedScope>;
  /** All boxes by their numbers, those inside of others too. */
  readonly boxes = new Map<number, Leaf>();
  /** Layers at inference without the inputs, their sum, and that of what training adds. */
  readonly counted: Layer[];
  readonly total: Sum;
  readonly extra: Sum;
  private readonly layerByPath: Map<string, Layer>;
  private readonly boxByLayer = new Map<Layer, Leaf>();

  constructor(page: Page) {
    this.page = page;
    this.root = receive(page.diagram);
    this.layers = page.layers.map((row) => layerOf(row, page));
    this.layerByPath = new Map(this.layers.map((layer) => [layer.path, layer]));
    this.scopes = scopesOf(page);
    for (const leaf of leaves(this.root, true)) this.add(leaf);
    const training = new Set(numbersOf(page.training));
    this.counted = this.layers.filter((layer, k) => layer.op.role !== "input" && !training.has(k));
    this.total = sumOf(this.counted);
    this.extra = sumOf(this.layers.filter((_, k) => training.has(k)));
  }

  private add(leaf: Leaf): void {
    this.boxes.set(leaf.id, leaf);
    for (const layer of this.layersOf(leaf)) {
      const other = this.boxByLayer.get(layer);
      if (!other || depthOf(other) < depthOf(leaf)) this.boxByLayer.set(layer, leaf);
    }
  }

  /** All layers that a box stands for. */
  layersOf(leaf: Leaf): Layer[] {
    if (leaf.layers.length) return [...numbersOf(leaf.layers)].map((k) => this.layers[k]!);
    const own = this.layerByPath.get(leaf.path);
    return own ? [own] : [];
  }

  /** The innermost box that stands for a layer. */
  boxOf(layer: Layer): Leaf | null {
    return this.boxByLayer.get(layer) ?? null;
  }

  /** What a path names: a scope, or a layer. A scope without a box is found by its first layer. */
  find(path: string): Found | null {
    const isScope = this.scopes.has(path);
    const named = [...this.boxes.values()].filter((leaf) => leaf.inside && leaf.path === path);
    if (isScope && named.length) {
      return { leaf: named.reduce((a, b) => (depthOf(b) > depthOf(a) ? b : a)), layer: null };
    }
    const first = isScope && this.layers.find((one) => one.path.startsWith(`${path}.`));
    const layer = this.layerByPath.get(path) ?? first;
    const leaf = layer && this.boxOf(layer);
    return leaf ? { leaf, layer } : null;
  }
}

function layerOf(row: LayerRow, page: Page): Layer {
  const [path, op, sources, output, params, macs, others, field, written, weights] = row;
  return {
    path,
    op: page.ops[op]!,
    sources,
    output: page.shapes[output]!,
    params: BigInt(params),
    macs: BigInt(macs),
    others: BigInt(others),
    field: page.fields[field] ?? null,
    written: page.written[written] ?? null,
    weights,
  };
}

function scopesOf(page: Page): Map<string, NamedScope> {
  const scopes = Object.entries(page.scopes).map(([path, scope]): [string, NamedScope] => {
    const written = page.written[scope.written] ?? null;
    return [path, { arguments: Object.entries(scope.arguments), written }];
  });
  return new Map(scopes);
}

/** What some layers have and cost together. */
export function sumOf(layers: Layer[]): Sum {
  const sum = { layers: layers.length, params: 0n, macs: 0n };
  for (const { params, macs } of layers) {
    sum.params += params;
    sum.macs += macs;
  }
  return sum;
}
