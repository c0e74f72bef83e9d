/** Linear scales between values and pixels, and the ticks of an axis. */

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

/** Labels with as many decimals as the step between them needs. */
export function tickLabels(values: readonly number[]): string[] {
  const step = values.length > 1 ? Math.abs((values[1] as number) - (values[0] as number)) : 1;
  const largest = Math.max(...values.map(Math.abs), 0);
  if (largest >= 1e5 || (largest > 0 && largest < 1e-3))
    return values.map((value) => value.toExponential(1).replace("e+", "e").replace(/-/g, "−"));
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return values.map((value) => value.toFixed(decimals).replace("-", "−"));
}
