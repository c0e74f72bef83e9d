import { useEffect, useRef, useState } from "preact/hooks";
import { plain } from "../engine/format";
import { NumberField } from "./controls/number_field";
import { Slider } from "./controls/slider";
import { useReadOnly, useSession } from "./context";

/** Steps of the slider for one power of ten. */
const STEPS = 20;
/** Shortest time between two requests while the slider moves. */
const INTERVAL_MS = 40;

/** The learning rate, which may change during training: a logarithmic slider and the exact number. */
export function LearningRate() {
  const session = useSession();
  const value = session.experiment.value?.training.learning_rate ?? 0;
  const [low, high] = session.hello.value?.catalog.limits.learning_rate ?? [1e-6, 10];
  const readOnly = useReadOnly();
  const [requested, setRequested] = useState<number | null>(null);
  const pending = useRef<{ value: number; timer: ReturnType<typeof setTimeout> | undefined }>({
    value,
    timer: undefined,
  });
  useEffect(() => setRequested(null), [value]);

  const sendNow = (next: number) => {
    clearTimeout(pending.current.timer);
    pending.current.timer = undefined;
    setRequested(next);
    session.learningRate(next);
  };
  const send = (next: number) => {
    setRequested(next);
    pending.current.value = next;
    pending.current.timer ??= setTimeout(() => {
      pending.current.timer = undefined;
      session.learningRate(pending.current.value);
    }, INTERVAL_MS);
  };
  const now = requested ?? value;
  const rounded = (exponent: number) => Number((10 ** exponent).toPrecision(2));
  return (
    <fieldset class="learning-rate" disabled={readOnly}>
      <legend class="unseen">Learning rate</legend>
      <Slider
        label="Learning rate"
        value={Math.log10(now)}
        low={Math.log10(low)}
        high={Math.log10(high)}
        step={1 / STEPS}
        live
        bare
        show={(exponent) => plain(Math.abs(exponent - Math.log10(now)) < 1e-9 ? now : rounded(exponent))}
        testid="learning-rate-slider"
        onChange={(exponent) => send(rounded(exponent))}
      />
      <NumberField
        bare
        label="Exact learning rate"
        value={now}
        low={low}
        high={high}
        testid="learning-rate"
        onChange={(next) => next !== null && sendNow(next)}
      />
    </fieldset>
  );
}
