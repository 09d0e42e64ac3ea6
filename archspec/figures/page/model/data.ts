/** What archspec/figures/render/page.py embeds in the page. */

/** ``[5, 3, 20, 1]`` of 5, 6, 7, 20: first and count of every run. */
export type Runs = number[];
export type Pair = [number, number];

export interface Sizes {
  title: number;
  heading: number;
  text: number;
  small: number;
  gap: number;
}

/** What texts are set in; the widths of the characters that occur are regular and bold. */
export interface Fonts {
  sizes: Sizes;
  units: number;
  widths: Record<string, Pair>;
}

export interface Op {
  op: string;
  role: string;
  arguments: Record<string, string>;
  defaults: Record<string, string>;
}

/** path, op, sources, output, params, macs, other operations, receptive field, line, weights of. */
export type LayerRow = [
  string, number, number[], number, Count, Count, Count, number, number, string | null,
];

/** A text where a number would not be exact. */
export type Count = number | string;

export interface Scope {
  arguments: Record<string, string>;
  written: number;
}

/** File, number and text of a line of the spec. */
export type Written = [string, number, string];

export interface Page extends Fonts {
  name: string;
  description: string;
  cite: string;
  layers: LayerRow[];
  /** Layers that exist in training only. */
  training: Runs;
  ops: Op[];
  shapes: string[];
  fields: string[];
  written: Written[];
  scopes: Record<string, Scope>;
  diagram: SentPart;
}

/** A part of the diagram as it was sent, where what is usual is left out. */
export interface SentPart {
  kind: string;
  path?: string;
  title?: string;
  under?: string;
  role?: string;
  block?: string;
  form?: "box" | "circle";
  count?: number;
  layers?: Runs;
  output?: string;
  shape?: string;
  dashed?: boolean;
  name?: "input" | "output";
  note?: string[];
  group?: string;
  /** Values: of the fill, the border, the title, what stands under it. */
  paint?: string[];
  highlighted?: boolean;
  dimmed?: boolean;
  heading?: string;
  side_branches?: SentPart[];
  inside?: SentPart;
  parts?: SentPart[];
  branches?: SentPart[];
  links?: Pair[];
}

/** The numbers that some runs mean. */
export function* numbersOf(runs: Runs): Generator<number> {
  for (let k = 0; k < runs.length; k += 2) {
    for (let n = 0; n < runs[k + 1]!; n++) yield runs[k]! + n;
  }
}

/** The data of the page; that of a large network is packed. */
export async function readPage(): Promise<Page> {
  const element = document.getElementById("network")!;
  const text = element.textContent!;
  if (element.dataset["packed"] === undefined) return JSON.parse(text) as Page;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as Page;
}
