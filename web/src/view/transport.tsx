import { fixed, grouped, number, score } from "../engine/format";
import type { StateResponse } from "../engine/protocol";
import { Button } from "./controls/button";
import { Select } from "./controls/select";
import { useLook, useSession } from "./context";
import { LearningRate } from "./learning_rate";
import { Help } from "./help/help";
import { usePlayWaits } from "./lesson/use_lesson";
import { Replay } from "./replay";
import { useThrottled } from "./use_throttled";

const SPEEDS = [1, 5, 20, 60, 200, 1000];

/** Play, pause, one step, one epoch, rewind, the learning rate, and the progress of training. Always visible. */
export function Transport({ state }: { state: StateResponse }) {
  const session = useSession();
  const frozen = session.hello.value?.frozen ?? false;
  return (
    <div class="transport" role="group" aria-label="Training" data-testid="transport">
      {frozen ? <Replay /> : <Buttons state={state} />}
      {!frozen && <LearningRate />}
      <Figures state={state} />
      <Help of="transport" title="Training" />
    </div>
  );
}

function Buttons({ state }: { state: StateResponse }) {
  const session = useSession();
  const diverged = state.stopped?.reason === "diverged";
  const speed = state.epochs_per_second;
  const waits = usePlayWaits();
  const lost = session.connection.value === "lost";
  return (
    <div class="transport-buttons">
      <Button
        label="Rewind to the initial weights"
        icon="rewind"
        iconOnly
        disabled={lost}
        testid="rewind"
        onClick={() => session.send({ type: "rewind" })}
      />
      <Button
        label={state.playing ? "Pause" : "Play"}
        icon={state.playing ? "pause" : "play"}
        iconOnly
        primary
        shortcut="Alt+P"
        disabled={lost || waits}
        testid="play"
        onClick={() => session.send({ type: state.playing ? "pause" : "play" })}
      />
      <Button
        label="One update"
        icon="step"
        iconOnly
        disabled={diverged || lost || waits}
        testid="step"
        onClick={() => session.send({ type: "step" })}
      />
      <Button
        label="One epoch"
        icon="epoch"
        iconOnly
        disabled={diverged || lost || waits}
        testid="epoch"
        onClick={() => session.send({ type: "epoch" })}
      />
      <Select
        bare
        label="Speed"
        value={speed === null ? "fastest" : String(speed)}
        testid="speed"
        options={[
          ...[...new Set([...SPEEDS, ...(speed === null ? [] : [speed])])]
            .sort((a, b) => a - b)
            .map((n) => ({ value: String(n), label: n === 1 ? "1 epoch/s" : `${n} epochs/s` })),
          { value: "fastest", label: "as fast as possible" },
        ]}
        onChange={(value) =>
          session.send({ type: "speed", epochs_per_second: value === "fastest" ? null : Number(value) })
        }
      />
    </div>
  );
}

function Figures({ state }: { state: StateResponse }) {
  const session = useSession();
  const look = useLook();
  const frame = useThrottled(session.frame, look.calm.value ? 500 : 66);
  const header = frame?.fits(state) ? frame.header : null;
  const name = state.task === "classification" ? "accuracy" : "R²";
  const showsRate = session.hello.value?.frozen || state.experiment.training.schedule !== "constant";
  return (
    <dl class={showsRate ? "figures many" : "figures"}>
      <div class="main">
        <dt>Epoch</dt>
        <dd data-testid="epoch-count">
          {grouped(header?.epoch ?? 0)}
          {header && header.step > 0 && <small> + {grouped(header.step)}</small>}
        </dd>
      </div>
      <div title="Mean over the updates of the last epoch, penalties included; after single updates and weights set by hand, of all training rows.">
        <dt>Training loss</dt>
        <dd data-testid="training-loss">{number(header?.training_loss, 3)}</dd>
      </div>
      <div title="Of all validation rows, which are not trained on.">
        <dt>Validation loss</dt>
        <dd data-testid="validation-loss">{number(header?.validation_loss, 3)}</dd>
      </div>
      <div>
        <dt>Validation {name}</dt>
        <dd data-testid="validation-score">{score(state.task, header?.validation_score)}</dd>
      </div>
      {showsRate && (
        <div>
          <dt>Current rate</dt>
          <dd data-testid="current-learning-rate">{number(header?.learning_rate, 3)}</dd>
        </div>
      )}
      <div class="optional">
        <dt>Epochs per second</dt>
        <dd data-testid="epochs-per-second">
          {state.playing
            ? fixed(header?.epochs_per_second, (header?.epochs_per_second ?? 0) < 10 ? 1 : 0)
            : "–"}
        </dd>
      </div>
    </dl>
  );
}
