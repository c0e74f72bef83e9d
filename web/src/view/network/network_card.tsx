import { useSignal } from "@preact/signals";
import { addLayer, editView, removeLayer } from "../../engine/edits";
import { count, number } from "../../engine/format";
import { shows } from "../../engine/lessons";
import { layerTitle, unitName } from "../../engine/names";
import type { StateResponse } from "../../engine/protocol";
import { Button } from "../controls/button";
import { Card } from "../controls/card";
import { DataTable } from "../controls/data_table";
import { Switch } from "../controls/switch";
import { useLook, useReadOnly, useSession } from "../context";
import { useThrottled } from "../use_throttled";
import { LayerGradients } from "./layer_gradients";
import { LayerTable } from "./layer_table";
import { NetworkCanvas } from "./network_canvas";
import { NetworkLegend } from "./network_legend";
import { UnitPanel } from "./unit_panel";

export function NetworkCard({ state }: { state: StateResponse }) {
  const session = useSession();
  const look = useLook();
  const readOnly = useReadOnly();
  const expanded = useSignal(false);
  const cut = useSignal(false);
  const hello = session.hello.value;
  const experiment = session.experiment.value;
  if (!hello || !experiment) return null;
  const { layers } = experiment.network;
  const { limits } = hello.catalog;
  const selected = look.selected.value;
  const exists =
    selected &&
    selected.unit < (selected.layer < 0 ? state.inputs.length : (state.layers[selected.layer]?.units ?? 0));

  const actions = readOnly ? null : (
    <div class="stepper" role="group" aria-label="Hidden layers">
      <Button
        label="Remove a hidden layer"
        icon="minus"
        iconOnly
        disabled={layers.length === 0}
        testid="fewer-layers"
        onClick={() => session.edit((now) => removeLayer(now.network.layers.length - 1)(now))}
      />
      <output data-testid="layer-count">{count(layers.length, "hidden layer")}</output>
      <Button
        label="Add a hidden layer"
        icon="plus"
        iconOnly
        disabled={layers.length >= limits.layers}
        testid="more-layers"
        onClick={() => session.edit(addLayer(limits.layers))}
      />
    </div>
  );

  return (
    <Card
      title="Network"
      name="network"
      actions={actions}
      table={() => <WeightsTable state={state} />}
      chart={<NetworkCanvas state={state} expanded={expanded.value} onCut={(now) => (cut.value = now)} />}
      below={
        <>
          <div class="row network-foot">
            <NetworkLegend state={state} />
            <div class="row">
              {(cut.value || expanded.value) && (
                <Switch
                  label="All units"
                  on={expanded.value}
                  onChange={(on) => (expanded.value = on)}
                  testid="all-units"
                />
              )}
              {!hello.frozen && (
                <Switch
                  label="δ of each unit"
                  on={experiment.view.deltas}
                  testid="show-deltas"
                  onChange={(deltas) => session.edit(editView({ deltas }))}
                />
              )}
              {!hello.frozen && (
                <Switch
                  label="Last hidden layer"
                  on={experiment.view.hidden_layer}
                  testid="show-hidden"
                  onChange={(hidden_layer) => session.edit(editView({ hidden_layer }))}
                />
              )}
              {!hello.frozen && (
                <Switch
                  label="Gradient of each layer"
                  on={experiment.view.gradients}
                  testid="show-gradients"
                  onChange={(gradients) => session.edit(editView({ gradients }))}
                />
              )}
            </div>
          </div>
          {experiment.view.deltas && !state.sample && !hello.frozen && (
            <p class="hint">
              δ is computed for one sample: click a point on the surface, or choose a sample below it.
            </p>
          )}
          {experiment.view.gradients && <LayerGradients state={state} />}
          {selected && exists && <UnitPanel state={state} place={selected} />}
          {state.interventions.length > 0 && (
            <details class="interventions" data-testid="interventions">
              <summary>{count(state.interventions.length, "manual change")}</summary>
              <ul>
                {state.interventions.map((text, i) => (
                  <li key={i}>{text}</li>
                ))}
              </ul>
            </details>
          )}
          {!readOnly && shows(experiment.view, "layers") && layers.length > 0 && <LayerTable state={state} />}
        </>
      }
    />
  );
}

const MAX_ROWS = 400;

function WeightsTable({ state }: { state: StateResponse }) {
  const frame = useThrottled(useSession().frame, 500);
  const rows: string[][] = [];
  state.layers.forEach((layer, l) => {
    for (let to = 0; to < layer.units && rows.length < MAX_ROWS; to++) {
      const unit = l === state.layers.length - 1 ? unitName(state, l, to) : String(to + 1);
      rows.push([layerTitle(state, l), unit, "bias", number(frame?.bias(l, to), 4)]);
      for (let from = 0; from < layer.inputs && rows.length < MAX_ROWS; from++)
        rows.push([
          layerTitle(state, l),
          unit,
          unitName(state, l - 1, from),
          number(frame?.weight(l, from, to), 4),
        ]);
    }
  });
  const cut =
    rows.length < state.parameter_count ? `, the first ${MAX_ROWS} of ${state.parameter_count}` : "";
  return (
    <DataTable caption={`Weights and biases${cut}`} head={["Layer", "Unit", "From", "Weight"]} rows={rows} />
  );
}
