import { useEffect, useRef } from "preact/hooks";
import { rampOf } from "../../draw/network";
import { drawUnit } from "../../draw/raster";
import { number } from "../../engine/format";
import { valuesOf } from "../../engine/frame";
import { layerTitle, unitName } from "../../engine/names";
import type { StateResponse } from "../../engine/protocol";
import { Button } from "../controls/button";
import { NumberField } from "../controls/number_field";
import { useEverything, type UnitPlace, useReadOnly } from "../context";
import { useCanvas } from "../use_canvas";
import { useThrottled } from "../use_throttled";

const PICTURE = 132;

/** One unit: its output over the input plane, its formula, and its weights, which can be edited. */
export function UnitPanel({ state, place }: { state: StateResponse; place: UnitPlace }) {
  const readOnly = useReadOnly();
  const { session, look } = useEverything();
  const { layer, unit } = place;
  const frame = useThrottled(session.frame, 250);
  const side = PICTURE * look.zoom.value;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.scrollIntoView({ block: "nearest" }), [layer, unit]);
  const canvas = useCanvas(
    ({ context }) => {
      const [now, points, current] = [session.state.value, session.points.value, session.frame.value];
      const palette = look.palette.value;
      if (!now) return;
      const grid =
        layer < 0 ? points?.inputGrid(unit) : current?.fits(now) ? current.unitGrid(layer, unit) : null;
      const style = { ink: palette.ink, rule: palette.rule, ground: palette.card };
      if (grid)
        drawUnit(
          context,
          grid,
          rampOf(now, palette, layer, unit),
          { x: 0, y: 0, width: side, height: side },
          style,
        );
    },
    { width: side, height: side },
    [layer, unit, side],
  );

  const made = state.layers[layer];
  const points = session.points.value;
  const range =
    layer < 0
      ? points && valuesOf(points.inputGrid(unit), points.inputRange(unit))
      : frame && valuesOf(frame.unitGrid(layer, unit), frame.range(layer, unit));
  const formula = session.hello.value?.catalog.activations.find(
    ({ name }) => name === made?.activation,
  )?.formula;
  const sample = frame?.fits(state) ? frame.sample : null;
  const below = (from: number) =>
    layer === 0
      ? sample?.inputs[from]
      : frame && sample
        ? sample.activations[frame.place(layer - 1, from)]
        : undefined;
  const name = unitName(state, layer, unit);
  const weight = (from: number | null, value: number | null) =>
    value !== null && session.send({ type: "weight", layer, from, to: unit, value });
  const cell = (label: string, value: number | undefined, from: number | null, testid: string) =>
    readOnly ? (
      number(value, 4)
    ) : (
      <NumberField
        bare
        digits={5}
        label={label}
        value={value === undefined || Number.isNaN(value) ? null : value}
        testid={testid}
        onChange={(next) => weight(from, next)}
      />
    );

  return (
    <section class="unit-panel" ref={panel} aria-label={`Unit: ${name}`} data-testid="unit-panel">
      <div class="unit-figure">
        <canvas ref={canvas} aria-hidden="true" />
        {range && (
          <p class="hint">
            from {number(range[0], 2)} to {number(range[1], 2)} over the input plane
          </p>
        )}
      </div>
      <div class="unit-words">
        <div class="column-title">
          <h3>
            {layer < 0 || layer === state.layers.length - 1
              ? `${layerTitle(state, layer)}: ${name}`
              : `${layerTitle(state, layer)}, unit ${unit + 1}`}
          </h3>
          <Button
            label="Close"
            icon="close"
            iconOnly
            class="quiet"
            testid="unit-close"
            onClick={() => (look.selected.value = null)}
          />
        </div>
        {made && formula && (
          <p class="hint">
            z = b + Σ w·x, {made.activation}: {formula}
          </p>
        )}
        {made && (
          <div class="table-scroll">
            <table class="form-table">
              <thead>
                <tr>
                  <th scope="col">From</th>
                  <th scope="col">Weight</th>
                  {sample && <th scope="col">x</th>}
                  {sample && <th scope="col">w·x</th>}
                </tr>
              </thead>
              <tbody>
                <tr>
                  <th scope="row">bias</th>
                  <td>{cell("Bias", frame?.bias(layer, unit), null, "weight-bias")}</td>
                  {sample && <td>1</td>}
                  {sample && <td>{number(frame?.bias(layer, unit))}</td>}
                </tr>
                {Array.from({ length: made.inputs }, (_, from) => {
                  const w = frame?.weight(layer, from, unit);
                  const x = below(from);
                  return (
                    <tr key={from}>
                      <th scope="row">{unitName(state, layer - 1, from)}</th>
                      <td>
                        {cell(`Weight from ${unitName(state, layer - 1, from)}`, w, from, `weight-${from}`)}
                      </td>
                      {sample && <td>{number(x)}</td>}
                      {sample && <td>{number((w ?? Number.NaN) * (x ?? Number.NaN))}</td>}
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        )}
        {sample && frame && layer >= 0 && (
          <p class="hint">
            This sample: x = {number(sample.activations[frame.place(layer, unit)], 4)}
            {sample.deltas ? `, δ = ${number(sample.deltas[frame.place(layer, unit)], 4)}` : ""}
          </p>
        )}
      </div>
    </section>
  );
}
