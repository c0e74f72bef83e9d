import { useSession } from "./context";

/** Tells screen readers what changed, but not 30 times a second. */
export function Announcer() {
  const session = useSession();
  const state = session.state.value;
  const connection = session.connection.value;
  const message =
    connection === "lost"
      ? "Connection lost"
      : !state
        ? "Connecting"
        : state.stopped
          ? state.stopped.text
          : state.playing
            ? "Training is running"
            : "Training is paused";
  return (
    <p class="unseen" role="status" data-testid="announcer">
      {message}
    </p>
  );
}
