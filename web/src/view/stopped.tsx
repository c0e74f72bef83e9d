import type { StateResponse } from "../engine/protocol";
import { Icon } from "./controls/icon";
import { useSession } from "./context";
import { Suggestions } from "./lesson/suggestions";

/** Why training stopped; after a divergence also where, and what to try. A replay says it at its end. */
export function StoppedMessage({ state }: { state: StateResponse }) {
  const { hello, frame } = useSession();
  const { stopped } = state;
  const { frozen, recording } = hello.value ?? {};
  if (!stopped || (frozen && frame.value?.header.sequence !== recording)) return null;
  const diverged = stopped.reason === "diverged";
  return (
    <div class={`banner ${diverged ? "alarm" : ""}`} data-testid="stopped">
      {diverged && <Icon name="warning" />}
      <div>
        <p>
          {!diverged && <strong>Training ended. </strong>}
          {stopped.text} {!frozen && stopped.go_on}
        </p>
        <Suggestions label="What to try" suggestions={stopped.advice} testid="advice" />
      </div>
    </div>
  );
}
