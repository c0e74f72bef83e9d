import { chooseTarget, editData } from "../../engine/edits";
import type { Experiment, StateResponse } from "../../engine/protocol";
import { Select } from "../controls/select";
import { useSession } from "../context";

/** The target and the input columns of a table. */
export function TableChooser({ state, experiment }: { state: StateResponse; experiment: Experiment }) {
  const session = useSession();
  const { data } = experiment;
  const target = data.target ?? state.target;
  const inputs = state.columns.filter(({ name }) => name !== target);
  // The experiment is ahead of the state while a request is pending; an empty list means all usable columns.
  const chosen =
    data.features.length > 0
      ? data.features
      : inputs.filter((column) => column.chosen).map(({ name }) => name);
  const toggle = (name: string) => {
    const next = chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name];
    const ordered = inputs.filter((column) => next.includes(column.name)).map((column) => column.name);
    if (ordered.length > 0) session.edit(editData({ features: ordered }));
  };
  return (
    <>
      <div class="fields">
        <Select
          label="Predict"
          value={target}
          testid="target"
          options={state.columns.map(({ name }) => ({ value: name, label: name }))}
          onChange={(name) => session.edit(chooseTarget(name))}
        />
        <Select
          label="Task"
          value={data.task}
          testid="task"
          onChange={(task) =>
            session.edit((now) => ({
              ...editData({ task: task as typeof data.task })(now),
              training: { ...now.training, loss: "auto" },
              network: { ...now.network, output: { ...now.network.output, activation: "auto" } },
            }))
          }
          options={[
            { value: "auto", label: `${state.task} (auto)` },
            { value: "classification", label: "classification" },
            { value: "regression", label: "regression" },
          ]}
        />
      </div>
      <fieldset class="features" data-testid="columns">
        <legend>Input columns</legend>
        <ul class="columns">
          {inputs.map(({ name, kind, usable, why }) => (
            <li key={name}>
              <label>
                <input
                  type="checkbox"
                  checked={chosen.includes(name)}
                  disabled={!usable || (chosen.length === 1 && chosen[0] === name)}
                  onChange={() => toggle(name)}
                />
                <span>
                  <bdi>{name}</bdi> <small>{kind}</small>
                </span>
              </label>
              {why && <small class="why">{why}</small>}
            </li>
          ))}
        </ul>
      </fieldset>
    </>
  );
}
