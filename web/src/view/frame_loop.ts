import type { Session } from "../engine/session";
import type { Look } from "./context";

/** Time between two frames when the system asks for reduced motion. */
const CALM_MS = 500;

/**
 * Paint the newest frame at the next animation frame, then acknowledge it. A hidden page gets no animation
 * frames, so it acknowledges nothing and receives no more frames.
 */
export function runFrames(root: HTMLElement, session: Session, look: Look): () => void {
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = -Infinity;
  const paint = () => {
    asked = 0;
    last = performance.now();
    const sequence = session.showWaiting();
    if (sequence === null) return;
    root.dataset.sequence = String(sequence);
    setTimeout(() => session.acknowledge(sequence));
  };
  const ask = () => {
    timer = undefined;
    asked ||= requestAnimationFrame(paint);
  };
  session.onFrameWaiting = () => {
    if (asked || timer !== undefined) return;
    const wait = look.calm.peek() && session.state.peek()?.playing ? last + CALM_MS - performance.now() : 0;
    if (wait > 0) timer = setTimeout(ask, wait);
    else ask();
  };
  return () => {
    session.onFrameWaiting = () => {};
    cancelAnimationFrame(asked);
    clearTimeout(timer);
  };
}
