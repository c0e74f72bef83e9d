import { editData } from "../../engine/edits";
import { count, percent } from "../../engine/format";
import type { Experiment, StateResponse, ToyEntry } from "../../engine/protocol";
import { Card } from "../controls/card";
import { NumberField } from "../controls/number_field";
import { Slider } from "../controls/slider";
import { useLook, useReadOnly, useSession } from "../context";
import { DropZone } from "./drop_zone";
import { FeatureChooser } from "./feature_chooser";
import { TableChooser } from "./table_chooser";
import { ToyChooser } from "./toy_chooser";

export function DataCard({ state }: { state: StateResponse }) {
  const session = useSession();
  const hello = session.hello.value;
  const look = useLook();
  const locked = useReadOnly();
  const experiment = session.experiment.value;
  if (!hello || !experiment) return null;
  const { data } = experiment;
  const isDrawing = look.drawing.value !== null;
  const shown = isDrawing ? "drawn" : data.source;
  const toy = shown === "toy" ? hello.catalog.toys.find(({ name }) => name === data.name) : undefined;
  return (
    <Card title="Data" name="data">
      {hello.frozen ? (
        <p>
          <bdi>{toy?.label ?? data.name}</bdi>
        </p>
      ) : (
        <fieldset class="plain" disabled={locked}>
          <legend class="unseen">Choice of the data</legend>
          <ToyChooser experiment={experiment} />
        </fieldset>
      )}
      {toy && <p class="about">{toy.about}</p>}
      {!hello.frozen && (
        <fieldset class="plain" disabled={locked}>
          <legend class="unseen">Data settings</legend>
          <DropZone />
          {shown === "table" && <TableChooser state={state} experiment={experiment} />}
          {toy && <ToySettings toy={toy} experiment={experiment} />}
          <Slider
            label="Validation share"
            value={data.validation_share}
            low={0.05}
            high={0.9}
            step={0.05}
            show={(v) => percent(v, 0)}
            testid="validation-share"
            onChange={(validation_share) => session.edit(editData({ validation_share }))}
          />
          {(toy?.features || shown === "drawn") && <FeatureChooser experiment={experiment} />}
        </fieldset>
      )}
      {shown === data.source && (
        <p class="hint" data-testid="row-counts">
          {count(state.rows.training, "training row")}, {count(state.rows.validation, "validation row")}
        </p>
      )}
      {shown === data.source && state.notes.length > 0 && (
        <ul class="notes" data-testid="notes">
          {state.notes.map((text, i) => (
            <li key={i}>{text}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function ToySettings({ toy, experiment }: { toy: ToyEntry; experiment: Experiment }) {
  const session = useSession();
  const { data } = experiment;
  const rows = Array.isArray(toy.rows) ? (toy.rows as [number, number]) : null;
  return (
    <>
      {toy.noise && toy.noise[1] > toy.noise[0] && (
        <Slider
          label="Noise"
          value={data.noise}
          low={toy.noise[0]}
          high={toy.noise[1]}
          step={0.01}
          show={(v) => v.toFixed(2)}
          testid="noise"
          onChange={(noise) => session.edit(editData({ noise }))}
        />
      )}
      <div class="fields two">
        {rows && rows[1] > rows[0] && (
          <NumberField
            label="Rows"
            value={data.rows}
            low={rows[0]}
            high={rows[1]}
            whole
            step={10}
            testid="rows"
            onChange={(value) => value !== null && session.edit(editData({ rows: value }))}
          />
        )}
        <NumberField
          label="Data seed"
          value={data.seed}
          low={0}
          high={4294967295}
          whole
          testid="data-seed"
          onChange={(seed) => seed !== null && session.edit(editData({ seed }))}
        />
      </div>
    </>
  );
}
