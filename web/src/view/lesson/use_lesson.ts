import { useComputed } from "@preact/signals";
import { neighbors, openLesson, waitsForAnswer, type Answer, type Neighbors } from "../../engine/lessons";
import type { PresetEntry } from "../../engine/protocol";
import type { Session } from "../../engine/session";
import { useEverything, type Look } from "../context";

/** Whether Play waits until the lesson's question is answered or skipped. */
export function playWaits(session: Session, look: Look): boolean {
  const view = session.experiment.value?.view;
  return (
    view !== undefined &&
    session.hello.value?.frozen === false &&
    waitsForAnswer(view, look.answers.value, session.frame.value?.header.updates ?? 0)
  );
}

export function usePlayWaits(): boolean {
  const { session, look } = useEverything();
  return useComputed(() => playWaits(session, look)).value;
}

export function lessonsAround(session: Session): Neighbors {
  const lessons = session.hello.value?.catalog.presets ?? [];
  return neighbors(lessons, session.experiment.value?.view.lesson ?? null);
}

/** Open a lesson from its beginning, with its question open again. */
export function startLesson(session: Session, look: Look, lesson: PresetEntry): void {
  answer(look, lesson.name, null);
  look.drawing.value = null;
  session.edit(openLesson(lesson));
  session.send({ type: "rewind" });
}

export function answer(look: Look, lesson: string, given: Answer | null): void {
  const answers = new Map(look.answers.value);
  if (given === null) answers.delete(lesson);
  else answers.set(lesson, given);
  look.answers.value = answers;
}
