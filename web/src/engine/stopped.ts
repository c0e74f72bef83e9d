/** How training goes on after it stopped. */

import type { Experiment, StoppedState } from "./protocol";

/** Python refuses more epochs. */
export const MAX_EPOCHS = 10_000_000;

export type WayOn =
  | { readonly kind: "play"; readonly text: string }
  | { readonly kind: "more"; readonly epochs: number }
  | { readonly kind: "rewind"; readonly text: string };

/** What can be done on the page as it is shown; null after a divergence, which has its own advice. */
export function wayOn(
  { reason, epoch, kept_epoch }: Pick<StoppedState, "reason" | "epoch" | "kept_epoch">,
  { training, view }: Pick<Experiment, "training" | "view">,
): WayOn | null {
  if (reason === "diverged") return null;
  if (epoch < training.epochs)
    return kept_epoch === null ? null : { kind: "play", text: `Play goes on from epoch ${epoch}.` };
  if (view.locked || epoch * 2 > MAX_EPOCHS)
    return { kind: "rewind", text: "Rewind trains again from epoch 0." };
  return { kind: "more", epochs: epoch };
}
