import type { StateResponse } from "../engine/protocol";
import { Icon } from "./controls/icon";

/** Why training stopped; where it exploded, in which layer and what to try. */
export function StoppedMessage({ state }: { state: StateResponse }) {
  const { stopped } = state;
  if (!stopped) return null;
  const exploded = stopped.reason === "diverged";
  return (
    <div class={`banner ${exploded ? "alarm" : ""}`} data-testid="stopped">
      {exploded && <Icon name="warning" />}
      <div>
        <p>
          {!exploded && <strong>Training has ended. </strong>}
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
