import { useEffect } from "preact/hooks";
import { Button } from "./controls/button";
import { Icon } from "./controls/icon";
import { useSession } from "./context";
import { ownsPage } from "./page_events";

/** A note needs no answer and goes by itself; an error stays until it is closed. */
const NOTE_MS = 6000;

/** Errors in a sentence, until they are closed; and whether the server is there. */
export function Notices() {
  const session = useSession();
  const note = session.notices.value.find(({ kind }) => kind === "note");
  useEffect(() => {
    if (!note) return;
    const timer = setTimeout(() => session.dismiss(note.id), NOTE_MS);
    return () => clearTimeout(timer);
  }, [note?.id]);
  const lost = session.connection.value === "lost";
  return (
    <div class="notices" role="alert" data-testid="notices">
      {lost && (
        <div class="notice alarm" data-testid="connection-lost">
          <Icon name="warning" />
          <p>
            {ownsPage()
              ? "The connection is lost. The page tries again by itself, and your experiment is kept. If deltarule play has ended, start it again; what stands after # in this address opens the experiment there, too."
              : "Python does not answer yet; perhaps another cell still runs. If nothing does, run this cell again."}
          </p>
        </div>
      )}
      {session.notices.value.map(({ id, kind, text }) => (
        <div key={id} class={`notice ${kind === "error" ? "alarm" : ""}`} data-testid={kind}>
          {kind === "error" && <Icon name="warning" />}
          <p>{text}</p>
          <Button label="Close" icon="close" iconOnly class="quiet" onClick={() => session.dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
