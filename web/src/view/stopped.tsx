import type { StateResponse } from "../engine/protocol";
import { Icon } from "./controls/icon";

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
        {stopped.advice.length > 0 && (
          <ul>
            {stopped.advice.map((text, i) => (
              <li key={i}>{text}</li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
