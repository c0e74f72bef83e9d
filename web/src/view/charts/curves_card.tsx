import { useSignal } from "@preact/signals";
import { curveColumns, thinned } from "../../engine/curves";
import { grouped, number, score } from "../../engine/format";
import type { StateResponse } from "../../engine/protocol";
import { Card } from "../controls/card";
import { DataTable } from "../controls/data_table";
import { Switch } from "../controls/switch";
import { useSession } from "../context";
import { useThrottled } from "../use_throttled";
import { CurveChart } from "./curve_chart";

/** Loss and score, epoch by epoch. */
export function CurvesCard({ state }: { state: StateResponse }) {
  const logarithmic = useSignal(false);
  const isClasses = state.task === "classification";
  const lossName =
    useSession().hello.value?.catalog.losses.find(({ name }) => name === state.loss)?.label ?? state.loss;
  const stoppedAt = state.stopped?.epoch ?? null;
  const keptAt = state.stopped?.kept_epoch ?? null;
  return (
    <Card
      title="Learning curves"
      name="curves"
      table={() => <CurvesTable state={state} />}
      actions={
        <Switch
          label="Log scale"
          on={logarithmic.value}
          onChange={(on) => (logarithmic.value = on)}
          testid="log-scale"
        />
      }
      chart={
        <>
          <ul class="legend" aria-label="Lines of the learning curves">
            <li>
              <svg class="key" viewBox="0 0 28 10" aria-hidden="true">
                <path class="training" d="M1 5h26" />
              </svg>{" "}
              training
            </li>
            <li>
              <svg class="key" viewBox="0 0 28 10" aria-hidden="true">
                <path class="validation" d="M1 5h26" />
              </svg>{" "}
              validation
            </li>
            {keptAt !== null && <li data-testid="kept-epoch">● kept: epoch {grouped(keptAt)}</li>}
            {stoppedAt !== null && <li>┊ stopped in epoch {grouped(stoppedAt)}</li>}
          </ul>
          <div class="charts">
            <CurveChart
              name="loss"
              label={`Loss (${lossName})`}
              columns={[1, 2]}
              logarithmic={logarithmic.value}
              stoppedAt={stoppedAt}
              keptAt={keptAt}
              range={(low, high) => [Math.min(0, low), high > low ? high * 1.04 : high + 1]}
            />
            <CurveChart
              name="score"
              label={isClasses ? "Accuracy" : "R²"}
              columns={[3, 4]}
              stoppedAt={stoppedAt}
              keptAt={keptAt}
              range={
                isClasses
                  ? (low) => [Math.min(low, 0.5) < 0.5 ? 0 : 0.45, 1.01]
                  : (low) => [Math.max(Math.min(low, 0), -1), 1.02]
              }
              percent={isClasses}
            />
          </div>
        </>
      }
      below={state.stopped && <p class="hint">{state.stopped.text}</p>}
    />
  );
}

const MAX_ROWS = 60;

function CurvesTable({ state }: { state: StateResponse }) {
  const frame = useThrottled(useSession().frame, 500);
  if (!frame) return null;
  const [epochs, ...columns] = curveColumns(frame.curve);
  const rows = thinned(epochs.length, MAX_ROWS)
    .reverse()
    .map((i) => [
      grouped(epochs[i] ?? 0),
      ...columns.map((column, c) => (c < 2 ? number(column[i], 4) : score(state.task, column[i]))),
    ]);
  const name = state.task === "classification" ? "accuracy" : "R²";
  return (
    <DataTable
      caption="Loss and score by epoch, newest first"
      rowHeads
      rows={rows}
      head={["Epoch", "Training loss", "Validation loss", `Training ${name}`, `Validation ${name}`]}
    />
  );
}
