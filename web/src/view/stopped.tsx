import type { StateResponse } from "../engine/protocol";
import { Icon } from "./controls/icon";
import { Suggestions } from "./lesson/suggestions";

/** Why training stopped; after a divergence also where, and what to try. */
export function StoppedMessage({ state }: { state: StateResponse }) {
  const { stopped } = state;
  if (!stopped) return null;
  const diverged = stopped.reason === "diverged";
  return (
    <div class={`banner ${diverged ? "alarm" : ""}`} data-testid="stopped">
      {diverged && <Icon name="warning" />}
      <div>
        <p>
          {!diverged && <strong>Training ended. </strong>}
          {stopped.text}
        </p>
        <Suggestions label="What to try" suggestions={stopped.advice} testid="advice" />
      </div>
    </div>
  );
}
