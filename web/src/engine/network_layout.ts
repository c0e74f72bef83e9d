/** Which units of a network are drawn and where. Column 0 is the inputs, the last column the output layer. */

export interface Column {
  readonly units: number;
  /** Numbers of the units drawn, ascending; fewer than `units` when the column is truncated. */
  readonly shown: number;
  readonly x: number;
  /** Of the whole column, with the names of its units. */
  readonly width: number;
  /** The y of each shown unit's center; one more for the mark of omitted units. */
  readonly y: readonly number[];
}

export interface NetworkLayout {
  readonly columns: readonly Column[];
  readonly width: number;
  readonly height: number;
  readonly unitSize: number;
  /** Whether names are below their units, because beside them the picture would be too wide. */
  readonly namesBelow: boolean;
}

export interface LayoutRequest {
  /** Units of each column, inputs first. */
  readonly counts: readonly number[];
  /** Available width. Columns keep a distance of `narrowest`, so the result may be wider. */
  readonly width: number;
  readonly narrowest: number;
  readonly unitSize: number;
  readonly pitch: number;
  /** Maximum number of units drawn per column, beside the place that counts the omitted ones: one unit more fits there. */
  readonly most: number;
  readonly top: number;
  readonly bottom: number;
  /** Minimum height of the picture, in units. */
  readonly fewestRows: number;
  /** Width of the longest name of the inputs, which is left of them, and of the outputs, right of them. */
  readonly names: readonly [number, number];
  /** Height of a name below its unit. */
  readonly nameHeight: number;
}

export function networkLayout(request: LayoutRequest): NetworkLayout {
  const { counts, narrowest, unitSize, pitch, most, top, bottom } = request;
  // The outer columns are wider by what their names need: first the others give way, then names go below their
  // units, and only where that does not suffice does the picture widen.
  const more = (name: number, column: number, below: boolean) =>
    Math.min(Math.max(name - (below ? column : (column - unitSize) / 2), 0), narrowest);
  const totalOf = (column: number, below: boolean) =>
    counts.length * column + more(request.names[0], column, below) + more(request.names[1], column, below);
  const namesBelow = totalOf(narrowest, false) > request.width && totalOf(narrowest, true) <= request.width;
  const total = (column: number) => totalOf(column, namesBelow);
  let [inner, wide] = [narrowest, Math.max(request.width / counts.length, narrowest)];
  for (let i = 0; i < 30; i++) {
    const middle = (inner + wide) / 2;
    if (total(middle) <= request.width) inner = middle;
    else wide = middle;
  }
  const [left, right] = request.names.map((name) => more(name, inner, namesBelow)) as [number, number];
  const rowsOf = (units: number) => Math.min(units, most + 1);
  const isOuter = (i: number) => i === 0 || i === counts.length - 1;
  const pitchOf = (i: number) => pitch + (namesBelow && isOuter(i) ? request.nameHeight : 0);
  const tallest = Math.max(
    ...counts.map((units, i) => rowsOf(units) * pitchOf(i)),
    request.fewestRows * pitch,
  );
  const middle = top + tallest / 2;
  const width = Math.max(total(inner), request.width);
  const columns = counts.map((units, i) => {
    const places = rowsOf(units);
    const first = middle - ((places - 1) * pitchOf(i)) / 2;
    const [before, after] = [i === 0 ? left : 0, i === counts.length - 1 ? right : 0];
    return {
      units,
      shown: units > most + 1 ? most : units,
      x: left + inner * (i + 0.5) + (namesBelow ? (after - before) / 2 : 0),
      width: before + inner + after,
      y: Array.from({ length: places }, (_, row) => first + row * pitchOf(i)),
    };
  });
  return { columns, width, height: top + tallest + bottom, unitSize, namesBelow };
}

export interface LinkPlace {
  readonly layer: number;
  readonly from: number;
  readonly to: number;
}

interface Curve {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly bend: number;
}

/** A link is a cubic that starts and ends horizontally; `bend` is the length of its handles. */
export function linkCurve(layout: NetworkLayout, { layer, from, to }: LinkPlace): Curve | null {
  const left = layout.columns[layer];
  const right = layout.columns[layer + 1];
  const y0 = left?.y[from];
  const y1 = right?.y[to];
  if (!left || !right || y0 === undefined || y1 === undefined) return null;
  const x0 = left.x + layout.unitSize / 2;
  const x1 = right.x - layout.unitSize / 2;
  return { x0, y0, x1, y1, bend: (x1 - x0) * 0.45 };
}

/** The y of a curve at `x`; the cubic's x is monotonic, so bisection finds its parameter. */
export function heightAt({ x0, y0, x1, y1, bend }: Curve, x: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 24; i++) {
    const t = (low + high) / 2;
    const s = 1 - t;
    const place = s * s * s * x0 + 3 * s * s * t * (x0 + bend) + 3 * s * t * t * (x1 - bend) + t * t * t * x1;
    if (place < x) low = t;
    else high = t;
  }
  const t = (low + high) / 2;
  const share = t * t * (3 - 2 * t);
  return y0 + (y1 - y0) * share;
}

/** The link nearest to a point, at most `reach` pixels above or below. */
export function linkAt(layout: NetworkLayout, x: number, y: number, reach: number): LinkPlace | null {
  let best: LinkPlace | null = null;
  let nearest = reach;
  for (let layer = 0; layer + 1 < layout.columns.length; layer++) {
    const left = layout.columns[layer] as Column;
    const right = layout.columns[layer + 1] as Column;
    if (x <= left.x + layout.unitSize / 2 || x >= right.x - layout.unitSize / 2) continue;
    for (let from = 0; from < left.shown; from++)
      for (let to = 0; to < right.shown; to++) {
        const curve = linkCurve(layout, { layer, from, to });
        const distance = curve ? Math.abs(heightAt(curve, x) - y) : Infinity;
        if (distance < nearest) {
          nearest = distance;
          best = { layer, from, to };
        }
      }
  }
  return best;
}
