import { expect, test } from "vitest";
import { MAX_EPOCHS, wayOn } from "../src/engine/stopped";
import { EXPERIMENT } from "./messages";

const experiment = (epochs: number, locked = false) => ({
  training: { ...EXPERIMENT.training, epochs },
  view: { ...EXPERIMENT.view, locked },
});

test("after all epochs there can be as many again, if the controls are not locked", () => {
  const stopped = { reason: "epochs", epoch: 200, kept_epoch: null };
  expect(wayOn(stopped, experiment(200))).toEqual({ kind: "more", epochs: 200 });
  expect(wayOn(stopped, experiment(200, true))).toMatchObject({ kind: "rewind" });
  const longest = { ...stopped, epoch: MAX_EPOCHS };
  expect(wayOn(longest, experiment(MAX_EPOCHS))).toMatchObject({ kind: "rewind" });
});

test("after early stopping Play goes on from the last epoch, while there are epochs left", () => {
  const stopped = { reason: "no_progress", epoch: 157, kept_epoch: 57 };
  expect(wayOn(stopped, experiment(1000, true))).toEqual({
    kind: "play",
    text: "Play goes on from epoch 157.",
  });
  expect(wayOn(stopped, experiment(157))).toMatchObject({ kind: "more" });
});

test("a divergence has advice of its own", () => {
  expect(wayOn({ reason: "diverged", epoch: 44, kept_epoch: null }, experiment(44))).toBeNull();
});
