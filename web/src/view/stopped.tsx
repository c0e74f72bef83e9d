import { editTraining } from "../engine/edits";
import { count } from "../engine/format";
import type { StateResponse } from "../engine/protocol";
import { wayOn } from "../engine/stopped";
import { Button } from "./controls/button";
import { Icon } from "./controls/icon";
import { useSession } from "./context";
import { Suggestions } from "./lesson/suggestions";

/** Why training stopped and how it goes on; after a divergence also where, and what to try. A replay says it at its end. */
export function StoppedMessage({ state }: { state: StateResponse }) {
  const session = useSession();
  const { hello, frame } = session;
  const { stopped } = state;
  const { frozen, recording } = hello.value ?? {};
  if (!stopped || (frozen && frame.value?.header.sequence !== recording)) return null;
  const diverged = stopped.reason === "diverged";
  const way = frozen ? null : wayOn(stopped, state.experiment);
  return (
    <div class={`banner stopped ${diverged ? "alarm" : ""}`} data-testid="stopped">
      {diverged && <Icon name="warning" />}
      <div>
        <p>
          {!diverged && <strong>Training ended. </strong>}
          {stopped.text} {way && way.kind !== "more" && way.text}
        </p>
        {way?.kind === "more" && (
          <div class="row">
            <Button
              label={`Train ${count(way.epochs, "more epoch")}`}
              testid="more-epochs"
              onClick={() => {
                session.edit(editTraining({ epochs: stopped.epoch + way.epochs }));
                session.send({ type: "play" });
              }}
            />
          </div>
        )}
        <Suggestions label="What to try" suggestions={stopped.advice} testid="advice" />
      </div>
    </div>
  );
}
