import { useEffect } from "preact/hooks";
import { Button } from "./controls/button";
import { Icon } from "./controls/icon";
import { useSession } from "./context";
import { ownsPage } from "./page_events";

/** A note disappears after this time; an error stays until it is closed. */
const NOTE_MS = 6000;

/** Errors and notes, and whether the connection is lost. */
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
              ? "Connection lost. The page keeps trying to reconnect, and your experiment is kept. If deltarule play has stopped, start it again; the part of this address after # reopens the experiment there."
              : "Python does not respond yet; another cell may still be running. If none is, run this cell again."}
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
