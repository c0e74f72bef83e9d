import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { useEverything } from "./context";
import { lessonsAround, playWaits, startLesson } from "./lesson/use_lesson";

/** Whether the widget is the whole page, and may handle events everywhere. */
export function ownsPage(): boolean {
  return document.body.classList.contains("deltarule-page");
}

/** Whether the page has no server: Python runs in it, and its address opens on any device. */
export function isSite(): boolean {
  return document.body.classList.contains("deltarule-site");
}

/** Alt+P plays and pauses, Page Down and Page Up turn lessons in a lecture, and a dropped file is read. */
export function usePageEvents(frame: RefObject<HTMLElement | null>): void {
  const { session, look } = useEverything();
  useEffect(() => {
    const target: HTMLElement | Document | null = ownsPage() ? document : frame.current;
    if (!target) return;
    const isFrozen = () => session.hello.peek()?.frozen ?? true;
    const isLocked = () => session.experiment.peek()?.view.locked ?? false;
    const key = (event: Event) => {
      const { altKey, ctrlKey, metaKey, shiftKey, code } = event as KeyboardEvent;
      if (ctrlKey || metaKey || isFrozen()) return;
      if (altKey && code === "KeyP") {
        event.preventDefault();
        if (!playWaits(session, look))
          session.send({ type: session.state.peek()?.playing ? "pause" : "play" });
        return;
      }
      const view = session.experiment.peek()?.view;
      if (altKey || shiftKey || !view?.lecture || view.hidden.includes("lessons")) return;
      if (code !== "PageDown" && code !== "PageUp") return;
      const { previous, next } = lessonsAround(session);
      const to = code === "PageDown" ? next : previous;
      event.preventDefault();
      if (to) startLesson(session, look, to);
    };
    const over = (event: Event) => event.preventDefault();
    const drop = (event: Event) => {
      event.preventDefault(); // otherwise the browser opens the file
      const file = (event as DragEvent).dataTransfer?.files[0];
      if (file && !isFrozen() && !isLocked()) void session.uploadFile(file);
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
