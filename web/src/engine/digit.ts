/** A drawn digit: its strokes as the bytes of a request, and the pictures of weights over its pixels. */

export const DIGIT_SIDE = 8;

/** The places of one stroke, x and y (downward) from 0 to 1. */
export type Stroke = readonly (readonly [number, number])[];

/** Strokes as float32 triples: x, y and the number of the stroke. */
export function strokeBytes(strokes: readonly Stroke[]): Uint8Array<ArrayBuffer> {
  const numbers = strokes.flatMap((stroke, k) => stroke.flatMap(([x, y]) => [x, y, k]));
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  numbers.forEach((number, i) => view.setFloat32(i * 4, number, true));
  return new Uint8Array(view.buffer);
}

/** A unit's weights from the pixels as shares from −1 to 1 of the largest of the layer. */
export function template(weight: (from: number) => number, largest: number): readonly number[] {
  return Array.from({ length: DIGIT_SIDE * DIGIT_SIDE }, (_, i) => {
    const share = weight(i) / (largest || 1);
    return Number.isFinite(share) ? Math.min(Math.max(share, -1), 1) : 0;
  });
}
