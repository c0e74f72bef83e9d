import { addUnits, editLayer, editOutput, removeLayer } from "../../engine/edits";
import { hyphenated } from "../../engine/format";
import { layerTitle } from "../../engine/names";
import type { StateResponse } from "../../engine/protocol";
import { Button } from "../controls/button";
import { Icon } from "../controls/icon";
import { Select } from "../controls/select";
import { useSession } from "../context";

interface ColumnHeadProps {
  state: StateResponse;
  layer: number;
  /** Whether units and activation can be changed here; otherwise they are text. */
  hasControls: boolean;
}

/** The head of a column: the layer's name, units and activation. */
export function ColumnHead({ state, layer, hasControls }: ColumnHeadProps) {
  const session = useSession();
  const hello = session.hello.value;
  const experiment = session.experiment.value;
  if (!hello || !experiment) return null;
  const { catalog } = hello;
  const title = layerTitle(state, layer);
  const hidden = experiment.network.layers[layer];
  const isOutput = layer === state.layers.length - 1;
  const activations = catalog.activations.map(({ name, label, learns }) => ({
    value: name,
    label: learns ? label : `${label} (no gradient)`,
  }));
  const units =
    layer < 0 ? state.inputs.length : isOutput ? (state.layers[layer]?.units ?? 0) : (hidden?.units ?? 0);
  const made = state.layers[layer];

  return (
    <div class="column-head" data-testid={`column-${layer}`}>
      <div class="column-title">
        <h3>{title}</h3>
        {hidden && !isOutput && hasControls && (
          <Button
            label={`Remove ${title.toLowerCase()}`}
            icon="close"
            iconOnly
            class="quiet"
            testid={`remove-layer-${layer}`}
            onClick={() => session.edit(removeLayer(layer))}
          />
        )}
      </div>
      {hidden && !isOutput && hasControls ? (
        <div class="stepper" role="group" aria-label={`Units of ${title.toLowerCase()}`}>
          <Button
            label={`Remove a unit from ${title.toLowerCase()}`}
            icon="minus"
            iconOnly
            disabled={units <= 1}
            testid={`fewer-units-${layer}`}
            onClick={() => session.edit(addUnits(layer, -1, catalog.limits.units))}
          />
          <output data-testid={`units-${layer}`}>{units}</output>
          <Button
            label={`Add a unit to ${title.toLowerCase()}`}
            icon="plus"
            iconOnly
            disabled={units >= catalog.limits.units}
            testid={`more-units-${layer}`}
            onClick={() => session.edit(addUnits(layer, 1, catalog.limits.units))}
          />
        </div>
      ) : (
        <p class="column-count">{`${units} ${layer < 0 ? (units === 1 ? "input" : "inputs") : units === 1 ? "unit" : "units"}`}</p>
      )}
      {layer >= 0 && !hasControls && made && <p class="column-count">{hyphenated(made.activation)}</p>}
      {hidden && !isOutput && hasControls && (
        <Select
          bare
          label={`Activation of ${title.toLowerCase()}`}
          value={hidden.activation}
          options={activations}
          testid={`activation-${layer}`}
          onChange={(activation) => session.edit(editLayer(layer, { activation }))}
        />
      )}
      {isOutput && hasControls && (
        <Select
          bare
          label="Activation of the output"
          value={experiment.network.output.activation}
          options={[{ value: "auto", label: `${state.output_activation} (auto)` }, ...activations]}
          testid="activation-output"
          onChange={(activation) => session.edit(editOutput({ activation }))}
        />
      )}
      {layer >= 0 && state.stopped?.reason === "diverged" && state.stopped.layer === layer && (
        <p class="column-count problem">
          <Icon name="warning" /> diverged here
        </p>
      )}
      {made && made.dropout > 0 && <p class="column-count">dropout {made.dropout}</p>}
    </div>
  );
}
