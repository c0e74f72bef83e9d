import { number } from "../../engine/format";
import { sampleName } from "../../engine/names";
import type { StateResponse } from "../../engine/protocol";
import { Button } from "../controls/button";
import { NumberField } from "../controls/number_field";
import { useSession } from "../context";
import { useThrottled } from "../use_throttled";

/** Chooses one sample and shows its prediction. */
export function SampleChooser({ state }: { state: StateResponse }) {
  const session = useSession();
  const frame = useThrottled(session.frame, 250);
  const points = session.points.value;
  if (!points || session.hello.value?.frozen) return null;
  const { sample } = state;
  const last = points.x.length;
  const choose = (index: number | null) => session.send({ type: "sample", index });
  const result = frame?.header.sample;
  return (
    <div class="sample" data-testid="sample">
      <div class="row sample-row">
        <NumberField
          label={`Sample (1 to ${last})`}
          value={sample && sample.index !== null ? sample.index + 1 : null}
          low={1}
          high={last}
          whole
          optional
          placeholder="none"
          testid="sample-number"
          onChange={(value) => choose(value === null ? null : value - 1)}
        />
        {sample && <Button label="Clear" testid="sample-none" onClick={() => choose(null)} />}
      </div>
      {sample && (
        <>
          <dl class="facts">
            <div>
              <dt>
                <bdi>{state.target}</bdi>, actual
              </dt>
              <dd>
                <bdi>{sample.target}</bdi>
              </dd>
            </div>
            <div>
              <dt>Predicted</dt>
              <dd data-testid="sample-prediction">
                <bdi>{result?.prediction ?? "–"}</bdi>
              </dd>
            </div>
            <div>
              <dt>Loss</dt>
              <dd>{number(result?.loss)}</dd>
            </div>
          </dl>
          <details>
            <summary>
              Inputs of {sampleName(sample.index, sample.row)} ({sample.values.length})
            </summary>
            <dl class="facts small">
              {sample.values.map(({ name, text }, i) => (
                <div key={i}>
                  <dt>
                    <bdi>{name}</bdi>
                  </dt>
                  <dd>
                    <bdi>{text}</bdi>
                  </dd>
                </div>
              ))}
            </dl>
          </details>
        </>
      )}
    </div>
  );
}
