/** Points that somebody draws on the plane from −1 to 1, and their text in an experiment (`drawn_points.py`). */

export interface DrawnPoint {
  readonly x: number;
  readonly y: number;
  /** The number of its class. */
  readonly target: number;
}

export const DRAWN = "drawn";
/** Names of the classes, as in Python. */
export const DRAWN_CLASSES = ["orange", "blue", "teal", "pink"] as const;
export const MAX_DRAWN = 1500;
const MIN_POINTS_OF_A_CLASS = 3;
const LAST_STEP = 1023;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Each point as four characters of URL-safe base64: x and y in 10 bits each, the class in 4. */
export function encodePoints(points: readonly DrawnPoint[]): string {
  const step = (value: number) => Math.round(((Math.min(Math.max(value, -1), 1) + 1) / 2) * LAST_STEP);
  return points
    .map(({ x, y, target }) => {
      const word = (step(x) << 14) | (step(y) << 4) | target;
      return [18, 12, 6, 0].map((shift) => DIGITS[(word >> shift) & 63]).join("");
    })
    .join("");
}

/** The points of a text that Python has read. */
export function decodePoints(text: string): DrawnPoint[] {
  const points: DrawnPoint[] = [];
  for (let i = 0; i + 4 <= text.length; i += 4) {
    const word = [...text.slice(i, i + 4)].reduce((sum, digit) => sum * 64 + DIGITS.indexOf(digit), 0);
    const value = (steps: number) => (steps / LAST_STEP) * 2 - 1;
    points.push({ x: value(word >> 14), y: value((word >> 4) & LAST_STEP), target: word & 15 });
  }
  return points;
}

/** Add a point, unless one of its class is closer than `spacing` or the plane is full. */
export function addPoint(
  points: readonly DrawnPoint[],
  point: DrawnPoint,
  spacing: number,
): readonly DrawnPoint[] {
  if (points.length >= MAX_DRAWN || Math.max(Math.abs(point.x), Math.abs(point.y)) > 1) return points;
  const near = points.some((p) => p.target === point.target && distance(p, point) < spacing);
  return near ? points : [...points, point];
}

/** Remove the points within a circle. */
export function erasePoints(
  points: readonly DrawnPoint[],
  place: { readonly x: number; readonly y: number },
  radius: number,
): readonly DrawnPoint[] {
  const left = points.filter((point) => distance(point, place) > radius);
  return left.length === points.length ? points : left;
}

/** What is missing for training, as a sentence; null if nothing is. */
export function missing(points: readonly DrawnPoint[]): string | null {
  const classes = Math.max(2, ...points.map(({ target }) => target + 1));
  for (let target = 0; target < classes; target++) {
    const count = points.filter((point) => point.target === target).length;
    if (count < MIN_POINTS_OF_A_CLASS)
      return `Draw at least ${MIN_POINTS_OF_A_CLASS} points of each class: ${DRAWN_CLASSES[target]} has ${count}.`;
  }
  return null;
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
