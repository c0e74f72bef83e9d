import { editLayer, editOutput } from "../../engine/edits";
import { layerTitle } from "../../engine/names";
import type { StateResponse } from "../../engine/protocol";
import { NumberField } from "../controls/number_field";
import { useSession } from "../context";

/** Dropout and the penalties of each layer. */
export function LayerTable({ state }: { state: StateResponse }) {
  const session = useSession();
  const experiment = session.experiment.value;
  if (!experiment) return null;
  const { layers, output } = experiment.network;
  return (
    <details class="layer-settings" data-testid="layer-settings">
      <summary>Dropout and L1/L2 regularization</summary>
      <div class="table-scroll">
        <table class="form-table">
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">Dropout</th>
              <th scope="col">L1</th>
              <th scope="col">L2</th>
            </tr>
          </thead>
          <tbody>
            {layers.map((layer, i) => {
              const title = layerTitle(state, i);
              return (
                <tr key={i}>
                  <th scope="row">{title}</th>
                  <td>
                    <NumberField
                      bare
                      label={`Dropout of ${title.toLowerCase()}`}
                      value={layer.dropout}
                      low={0}
                      high={0.95}
                      step={0.05}
                      testid={`dropout-${i}`}
                      onChange={(dropout) => session.edit(editLayer(i, { dropout: dropout ?? 0 }))}
                    />
                  </td>
                  <td>
                    <NumberField
                      bare
                      label={`L1 of ${title.toLowerCase()}`}
                      value={layer.l1}
                      low={0}
                      high={10}
                      testid={`l1-${i}`}
                      onChange={(l1) => session.edit(editLayer(i, { l1: l1 ?? 0 }))}
                    />
                  </td>
                  <td>
                    <NumberField
                      bare
                      label={`L2 of ${title.toLowerCase()}`}
                      value={layer.l2}
                      low={0}
                      high={10}
                      testid={`l2-${i}`}
                      onChange={(l2) => session.edit(editLayer(i, { l2: l2 ?? 0 }))}
                    />
                  </td>
                </tr>
              );
            })}
            <tr>
              <th scope="row">Output</th>
              <td>none</td>
              <td>
                <NumberField
                  bare
                  label="L1 of the output"
                  value={output.l1}
                  low={0}
                  high={10}
                  testid="l1-output"
                  onChange={(l1) => session.edit(editOutput({ l1: l1 ?? 0 }))}
                />
              </td>
              <td>
                <NumberField
                  bare
                  label="L2 of the output"
                  value={output.l2}
                  low={0}
                  high={10}
                  testid="l2-output"
                  onChange={(l2) => session.edit(editOutput({ l2: l2 ?? 0 }))}
                />
              </td>
            </tr>
          </tbody>
        </table>
      </div>
    </details>
  );
}
