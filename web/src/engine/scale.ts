/** Linear scales between values and pixels, and the ticks of an axis. */

import { grouped } from "./format";

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly from: number;
  readonly to: number;
}

export function scale(low: number, high: number, from: number, to: number): Scale {
  return { low, high: high === low ? low + 1 : high, from, to };
}

export function at(axis: Scale, value: number): number {
  return axis.from + ((value - axis.low) / (axis.high - axis.low)) * (axis.to - axis.from);
}

/** A tick step of 1, 2 or 5 times a power of ten, so that about `most` steps cover `low` to `high`. */
export function tickStep(low: number, high: number, most: number): number {
  const rough = Math.abs(high - low) / Math.max(most, 1) || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((f) => f * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

export function ticks(low: number, high: number, most = 5): number[] {
  const step = tickStep(low, high, most);
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    found.push(i === 0 ? 0 : i * step);
  return found;
}

/** From this size on, and where steps are this small, labels are scientific. */
const [LARGE, SMALL_STEP] = [1e7, 1e-5];

/** Labels with as many digits as the step between them needs: each is its value, and no two are alike. */
export function tickLabels(values: readonly number[]): string[] {
  const steps = values.slice(1).map((value, i) => Math.abs(value - (values[i] as number)));
  const largest = Math.max(...values.map(Math.abs), 0);
  const step = Math.min(...steps.filter((size) => size > 0), largest || 1);
  const isExact = (write: (value: number) => string) =>
    values.every((value) => Math.abs(Number(write(value)) - value) < step * 1e-3);
  const minus = (text: string) => text.replaceAll("-", "−");
  if (largest >= LARGE || (largest > 0 && step < SMALL_STEP)) {
    let digits = 0;
    while (digits < 15 && !isExact((value) => value.toExponential(digits))) digits++;
    return values.map((value) => (value === 0 ? "0" : minus(value.toExponential(digits).replace("e+", "e"))));
  }
  let decimals = 0;
  while (decimals < 9 && !isExact((value) => value.toFixed(decimals))) decimals++;
  return values.map((value) => {
    const [whole, rest] = Math.abs(value).toFixed(decimals).split(".") as [string, string?];
    const text = grouped(Number(whole)) + (rest ? `.${rest}` : "");
    return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
  });
}

/** Width of a label in sizes of its font, at most: digits are the widest that a label has many of. */
export function labelWidth(label: string): number {
  return 0.66 * label.length;
}

/** An axis with fewer ticks does not show its scale. */
const [FEWEST, ENOUGH] = [2, 3];

/** Ticks in about `most` steps, in smaller ones where fewer than three would be left; in larger ones until they fit. */
function fittingTicks(
  low: number,
  high: number,
  most: number,
  fits: (found: readonly number[]) => boolean,
): number[] {
  let steps = most;
  while (high > low && ticks(low, high, steps).length < ENOUGH) steps++;
  let found = ticks(low, high, steps);
  while (!fits(found) && steps > 1) {
    const fewer = ticks(low, high, --steps);
    if (fewer.length < FEWEST) break;
    found = fewer;
  }
  return found;
}

/** Ticks whose labels, side by side, fit into `room`; `room` in sizes of their font. */
export function ticksInRow(low: number, high: number, room: number): number[] {
  return fittingTicks(low, high, Math.max(3, Math.floor(room / 5)), (found) => {
    const widest = Math.max(...tickLabels(found).map(labelWidth));
    return (widest + 1) * (found.length - 1) <= room;
  });
}

/** Ticks whose labels, one above the other, fit into `room`; `room` in sizes of their font. */
export function ticksInColumn(low: number, high: number, room: number): number[] {
  return fittingTicks(
    low,
    high,
    Math.max(2, Math.floor(room / 4)),
    (found) => 1.5 * (found.length - 1) <= room,
  );
}
