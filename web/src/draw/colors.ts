/** Colors for canvases: classes, signs and ramps, from the palette that Python defines. */

import { CIVIDIS, CLASS_COLORS, type Palette } from "./palette";

export type Rgb = readonly [number, number, number];

/** The color of the area of class `index`; colors repeat after the last, markers after nine. */
export function classColor(index: number): string {
  return CLASS_COLORS[index % CLASS_COLORS.length] as string;
}

/** The color of the points and lines of class `index`. */
export function markColor(index: number, { classes }: Palette): string {
  return classes[index % classes.length] as string;
}

export function rgb(color: string): Rgb {
  const bits = Number.parseInt(color.slice(1), 16);
  return [(bits >> 16) & 255, (bits >> 8) & 255, bits & 255];
}

/** The color at `share` (0 to 1) between `from` and `to`. */
export function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const at = (a: number, b: number) => Math.round(a + (b - a) * share);
  return [at(from[0], to[0]), at(from[1], to[1]), at(from[2], to[2])];
}

/** A color as an RGBA word of ImageData, little endian. */
export function packed([r, g, b]: Rgb): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** 256 colors along `stops`, evenly spaced, as words for ImageData. */
export function ramp(stops: readonly string[]): Uint32Array {
  const colors = stops.map(rgb);
  const table = new Uint32Array(256);
  for (let level = 0; level < 256; level++) {
    const place = (level / 255) * (colors.length - 1);
    const left = Math.min(Math.floor(place), colors.length - 2);
    table[level] = packed(mix(colors[left] as Rgb, colors[left + 1] as Rgb, place - left));
  }
  return table;
}

const tables = new Map<string, Uint32Array>();

function once(key: string, make: () => Uint32Array): Uint32Array {
  let table = tables.get(key);
  if (!table) {
    table = make();
    tables.set(key, table);
  }
  return table;
}

/** Negative over paper to positive: level 0, 128, 255. The positive end is darker: signs differ in gray, too. */
export function signedRamp(palette: Palette): Uint32Array {
  return once(`signed ${palette.dark}`, () => ramp(palette.signed));
}

/** Colors for the points of a regression, visible on the surface. */
export function pointRamp(palette: Palette): Uint32Array {
  return once(`points ${palette.dark}`, () => ramp(palette.signedPoints));
}

/** From the card's color to the class's: level 0 is no confidence, 255 certainty. */
export function classRamp(palette: Palette, index: number): Uint32Array {
  const color = classColor(index);
  return once(`class ${palette.dark} ${color}`, () => {
    const from = rgb(palette.card);
    const full = mix(from, rgb(color), palette.dark ? 0.72 : 0.62);
    const hex = (c: Rgb) => `#${((c[0] << 16) | (c[1] << 8) | c[2]).toString(16).padStart(6, "0")}`;
    return ramp([palette.card, hex(full)]);
  });
}

/** Losses from low to high. */
export function lossRamp(): Uint32Array {
  return once("loss", () => ramp(CIVIDIS));
}
