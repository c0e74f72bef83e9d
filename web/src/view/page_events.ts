import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { useSession } from "./context";

/** Whether the widget is the whole page, and may handle events everywhere. */
export function ownsPage(): boolean {
  return document.body.classList.contains("deltarule-page");
}

/** Alt+P plays and pauses, and a dropped file is read, anywhere on the page. */
export function usePageEvents(frame: RefObject<HTMLElement | null>): void {
  const session = useSession();
  useEffect(() => {
    const target: HTMLElement | Document | null = ownsPage() ? document : frame.current;
    if (!target) return;
    const isFrozen = () => session.hello.peek()?.frozen ?? true;
    const key = (event: Event) => {
      const { altKey, ctrlKey, metaKey, code } = event as KeyboardEvent;
      if (!altKey || ctrlKey || metaKey || code !== "KeyP" || isFrozen()) return;
      event.preventDefault();
      session.send({ type: session.state.peek()?.playing ? "pause" : "play" });
    };
    const over = (event: Event) => event.preventDefault();
    const drop = (event: Event) => {
      event.preventDefault(); // otherwise the browser opens the file
      const file = (event as DragEvent).dataTransfer?.files[0];
      if (file && !isFrozen()) void session.uploadFile(file);
    };
    target.addEventListener("keydown", key);
    target.addEventListener("dragover", over);
    target.addEventListener("drop", drop);
    return () => {
      target.removeEventListener("keydown", key);
      target.removeEventListener("dragover", over);
      target.removeEventListener("drop", drop);
    };
  }, []);
}
