import { chosenFeatures, toggleFeature } from "../../engine/edits";
import type { Experiment } from "../../engine/protocol";
import { useSession } from "../context";

/** The functions of x₁ and x₂ that a toy dataset's network receives. */
export function FeatureChooser({ experiment }: { experiment: Experiment }) {
  const session = useSession();
  const features = session.hello.value?.catalog.features ?? [];
  const order = features.map(({ name }) => name);
  const chosen = chosenFeatures(experiment, order);
  return (
    <fieldset class="features" data-testid="features">
      <legend>Inputs</legend>
      <div class="chips">
        {features.map(({ name, label }) => (
          <label key={name} class="chip">
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              disabled={chosen.length === 1 && chosen[0] === name}
              data-testid={`feature-${name}`}
              onChange={() => session.edit(toggleFeature(name, order))}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
