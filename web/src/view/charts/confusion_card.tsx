import { useSignal } from "@preact/signals";
import { classColor, rgb } from "../../draw/colors";
import { grouped, percent } from "../../engine/format";
import type { StateResponse } from "../../engine/protocol";
import { Card } from "../controls/card";
import { Segmented } from "../controls/segmented";
import { useLook, useSession } from "../context";
import { MarkerIcon } from "../surface/marker_icon";
import { useThrottled } from "../use_throttled";

/** The confusion matrix, always shown as a table. */
export function ConfusionCard({ state }: { state: StateResponse }) {
  const part = useSignal<"training" | "validation">("validation");
  const frame = useThrottled(useSession().frame, 200);
  const palette = useLook().palette.value;
  const counts = frame?.fits(state) ? frame.header.confusion?.[part.value] : undefined;
  const { classes } = state;
  const shade = (predicted: number, share: number) => {
    const [r, g, b] = rgb(classColor(predicted));
    return `rgb(${r} ${g} ${b} / ${(share * (palette.dark ? 0.5 : 0.38)).toFixed(3)})`;
  };
  return (
    <Card
      title="Confusion matrix"
      name="confusion"
      class={classes.length > 2 ? "wide-table" : ""}
      actions={
        <Segmented
          label="Rows"
          value={part.value}
          testid="confusion-part"
          onChange={(value) => (part.value = value as "training" | "validation")}
          options={[
            { value: "training", label: "Training" },
            { value: "validation", label: "Validation" },
          ]}
        />
      }
    >
      <p class="hint">Columns: predicted; rows: actual.</p>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Confusion matrix, table">
        <table class="confusion-table" data-testid="confusion-table">
          <caption class="unseen">Confusion matrix of the {part.value} rows</caption>
          <thead>
            <tr>
              <td />
              {classes.map((name, i) => (
                <th key={i} scope="col">
                  <MarkerIcon index={i} /> <bdi>{name}</bdi>
                </th>
              ))}
              <th scope="col">recall</th>
            </tr>
          </thead>
          <tbody>
            {classes.map((name, actual) => {
              const row = counts?.[actual] ?? [];
              const total = row.reduce((sum, n) => sum + n, 0);
              return (
                <tr key={actual}>
                  <th scope="row">
                    <MarkerIcon index={actual} /> <bdi>{name}</bdi>
                  </th>
                  {classes.map((_, predicted) => {
                    const n = row[predicted];
                    return (
                      <td
                        key={predicted}
                        class={predicted === actual ? "right" : ""}
                        style={{ background: shade(predicted, total && n ? n / total : 0) }}
                      >
                        {n === undefined ? "–" : grouped(n)}
                      </td>
                    );
                  })}
                  <td>{total ? percent((row[actual] ?? 0) / total, 0) : "–"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
