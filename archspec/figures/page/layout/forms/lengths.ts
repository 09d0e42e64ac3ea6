/** Written by docs/generate_page.py from archspec/figures/layout/forms/lengths.py. */

export const PAD = 5.0;
export const SHEET = 2.4;
export const SHEETS = 2;
export const LEAD = 13.0;
export const FORK = 3.0;
export const TAIL = 10.0;
export const MERGED = 7.0;
export const BESIDE = 7.0;
export const WIRE = 3.0;
export const LABEL = 4.0;
export const ARROW = 8.0;
export const TAP = 4.0;
export const LANE = 6.0;
export const PORT = 7.0;
export const INSIDE = 8.0;
export const INDENT = 14.0;
export const CHANNEL = 7.0;
export const BRACE = 5.0;
export const NARROWEST = 150.0;
export const STEPS = 16;
