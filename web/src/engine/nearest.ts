/** Finds the sample under the pointer. */

import type { Points } from "./frame";
import { at, type Scale } from "./scale";

/** The place of the sample nearest to a pixel, within `reach`; validation samples only if they are shown. */
export function nearestPoint(
  points: Points,
  axes: { readonly x: Scale; readonly y: Scale },
  x: number,
  y: number,
  reach: number,
  withValidation: boolean,
): number | null {
  let best: number | null = null;
  let nearest = reach * reach;
  for (let i = 0; i < points.x.length; i++) {
    if (points.validation[i] === 1 && !withValidation) continue;
    const dx = at(axes.x, points.x[i] as number) - x;
    const dy = at(axes.y, points.y[i] as number) - y;
    const distance = dx * dx + dy * dy;
    if (distance < nearest) {
      nearest = distance;
      best = i;
    }
  }
  return best;
}
