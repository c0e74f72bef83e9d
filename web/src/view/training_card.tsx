import { chooseSchedule, editNetwork, editTraining } from "../engine/edits";
import { count, number, plain } from "../engine/format";
import type { Catalog, Experiment, StateResponse } from "../engine/protocol";
import { Card } from "./controls/card";
import { NumberField } from "./controls/number_field";
import { Select } from "./controls/select";
import { useReadOnly, useSession } from "./context";

const BATCHES = [1, 2, 5, 10, 16, 32, 64, 128, 256];

/** The settings of training. */
export function TrainingCard({ state }: { state: StateResponse }) {
  const session = useSession();
  const hello = session.hello.value;
  const locked = useReadOnly();
  const experiment = session.experiment.value;
  if (!hello || !experiment) return null;
  const { catalog } = hello;
  const { training, network } = experiment;
  const named = (list: readonly { name: string; label: string }[]) =>
    list.map(({ name, label }) => ({ value: name, label }));
  const fitting = catalog.losses.filter(({ tasks }) => tasks.includes(state.task));
  const autoLoss = catalog.losses.find(({ name }) => name === state.loss)?.label ?? state.loss;
  const optimizer = catalog.optimizers.find(({ name }) => name === training.optimizer);
  const typical = optimizer?.learning_rate
    ? `Typical learning rate: ${plain(optimizer.learning_rate, 2)}.`
    : undefined;
  const batches = [...new Set([...BATCHES, training.batch_size])]
    .filter((size) => size > 0)
    .sort((a, b) => a - b);
  if (hello.frozen) return <TrainingFacts state={state} experiment={experiment} catalog={catalog} />;
  return (
    <Card title="Training" name="training">
      <fieldset class="plain" disabled={locked}>
        <legend class="unseen">Training settings</legend>
        <div class="fields two">
          <Select
            wide
            label="Optimizer"
            hint={typical}
            value={training.optimizer}
            options={named(catalog.optimizers)}
            testid="optimizer"
            onChange={(optimizer) => session.edit(editTraining({ optimizer }))}
          />
          <Select
            wide
            label="Learning rate schedule"
            value={training.schedule}
            options={named(catalog.schedules)}
            testid="schedule"
            onChange={(schedule) => session.edit(chooseSchedule(schedule))}
          />
          <Select
            wide
            label="Loss"
            value={training.loss}
            options={[{ value: "auto", label: `${autoLoss} (auto)` }, ...named(fitting)]}
            testid="loss"
            onChange={(loss) => session.edit(editTraining({ loss }))}
          />
          <Select
            wide
            label="Initializer"
            value={network.initializer}
            options={named(catalog.initializers)}
            testid="initializer"
            onChange={(initializer) => session.edit(editNetwork({ initializer }))}
          />
          <Select
            label="Batch size"
            value={String(training.batch_size)}
            testid="batch-size"
            options={[
              ...batches.map((size) => ({
                value: String(size),
                label: size === 1 ? "1 row" : `${size} rows`,
              })),
              { value: "0", label: "all rows" },
            ]}
            onChange={(size) => session.edit(editTraining({ batch_size: Number(size) }))}
          />
          <NumberField
            label="Seed"
            value={training.seed}
            low={0}
            high={4294967295}
            whole
            testid="seed"
            onChange={(seed) => seed !== null && session.edit(editTraining({ seed }))}
          />
        </div>
        <details class="more">
          <summary>Stopping and clipping</summary>
          <div class="fields two">
            <NumberField
              label="Epochs"
              value={training.epochs}
              low={1}
              high={10000000}
              whole
              testid="epochs"
              onChange={(epochs) => epochs !== null && session.edit(editTraining({ epochs }))}
            />
            <NumberField
              label="Patience (epochs)"
              value={training.patience_epochs}
              low={1}
              high={10000000}
              whole
              optional
              placeholder="off"
              testid="patience"
              onChange={(patience_epochs) => session.edit(editTraining({ patience_epochs }))}
            />
            <NumberField
              label="Clip gradient norm at"
              value={training.clip_norm}
              low={1e-6}
              high={1e6}
              optional
              placeholder="off"
              testid="clip-norm"
              onChange={(clip_norm) => session.edit(editTraining({ clip_norm }))}
            />
          </div>
        </details>
      </fieldset>
      <p class="hint">
        {count(state.parameter_count, "parameter")}, {count(state.steps_per_epoch, "update")} per epoch
      </p>
    </Card>
  );
}

/** The settings on an exported page, where nothing can be changed. */
function TrainingFacts({
  state,
  experiment,
  catalog,
}: {
  state: StateResponse;
  experiment: Experiment;
  catalog: Catalog;
}) {
  const { training, network } = experiment;
  const label = (list: readonly { name: string; label: string }[], name: string) =>
    list.find((entry) => entry.name === name)?.label ?? name;
  const facts: [string, string][] = [
    ["Optimizer", label(catalog.optimizers, training.optimizer)],
    ["Learning rate", number(training.learning_rate)],
    ["Schedule", label(catalog.schedules, training.schedule)],
    ["Loss", label(catalog.losses, state.loss)],
    ["Batch size", training.batch_size === 0 ? "all rows" : count(training.batch_size, "row")],
    ["Initializer", label(catalog.initializers, network.initializer)],
    ["Seed", String(training.seed)],
    ["Parameters", String(state.parameter_count)],
  ];
  return (
    <Card title="Training" name="training">
      <dl class="facts">
        {facts.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
