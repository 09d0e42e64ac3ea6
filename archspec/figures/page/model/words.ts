/** Numbers and names as the page writes them. */

import type { Leaf } from "./diagram.ts";

/** ``25,557,032`` */
export function groupDigits(number: number | bigint): string {
  return number.toLocaleString("en");
}

/** ``25.6 M``: three digits. */
export function short(number: bigint): string {
  for (const [unit, size] of [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]] as const) {
    const value = Number(number) / size;
    const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    if (value >= 0.9995) return `${value.toFixed(digits)} ${unit}`;
  }
  return String(number);
}

/** ``4.2 %`` of a share of 1. */
export function percent(share: number): string {
  const value = share * 100;
  return value && value < 0.1 ? "<0.1 %" : `${value.toFixed(value < 9.95 ? 1 : 0)} %`;
}

/** ``1 layer``, ``1,202 layers`` */
export function plural(count: number, word: string): string {
  return `${groupDigits(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** ``conv 3×3, 64 · /2 · BN`` of a box, for a list and for who cannot see it. */
export function labelOf(leaf: Leaf): string {
  const words = leaf.under ? `${leaf.title} · ${leaf.under}` : leaf.title;
  return leaf.count > 1 ? `${words} ×${leaf.count}` : words;
}

/** ``conv2`` of ``layer3.0.conv2`` */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
