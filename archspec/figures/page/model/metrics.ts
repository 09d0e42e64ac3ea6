/** Widths of texts, from the metrics that Python sent: archspec/figures/fonts/metrics.py. */

import type { Fonts } from "./data.ts";

/** In points, at a size in points. */
export type TextWidth = (content: string, size: number, bold?: boolean) => number;

/** Measures texts in these fonts. */
export function textWidthIn({ widths, units }: Fonts): TextWidth {
  return (content, size, bold = false) => {
    let sum = 0;
    for (const character of content) sum += widths[character]?.[bold ? 1 : 0] ?? units;
    return (sum / units) * size;
  };
}
