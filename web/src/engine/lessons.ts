/** Lessons: the next and the previous one, when a question comes before training, and which parts are shown. */

import { adopt, type Edit } from "./edits";
import type { Experiment, Part, PresetEntry, ViewChoice } from "./protocol";

/** What was answered to the question of a lesson: the place of an answer, or nothing. */
export type Answer = number | "skipped";

/** All parts of the page that can be hidden, in the order of the menu. */
export const PARTS: readonly { readonly part: Part; readonly label: string }[] = [
  { part: "lessons", label: "Lessons" },
  { part: "share", label: "Save and share" },
  { part: "data", label: "Data" },
  { part: "training", label: "Training settings" },
  { part: "network", label: "Network" },
  { part: "layers", label: "Dropout, L1 and L2 of the layers" },
  { part: "surface", label: "Decision surface" },
  { part: "view", label: "Settings of the surface" },
  { part: "curves", label: "Learning curves" },
  { part: "errors", label: "Confusion matrix or residuals" },
  { part: "landscape", label: "Loss landscape" },
];

/** What a hall does not need: these parts are not shown in lecture mode. */
export const NOT_IN_LECTURES: readonly Part[] = ["data", "training", "layers", "view", "errors", "landscape"];

export function shows(view: Pick<ViewChoice, "hidden" | "lecture">, part: Part): boolean {
  return !view.hidden.includes(part) && !(view.lecture && NOT_IN_LECTURES.includes(part));
}

export const togglePart =
  (part: Part): Edit =>
  (experiment) => {
    const { hidden } = experiment.view;
    const next = PARTS.map((entry) => entry.part).filter((name) => hidden.includes(name) !== (name === part));
    return { ...experiment, view: { ...experiment.view, hidden: next } };
  };

export interface Neighbors {
  /** The place of the lesson, from 0; -1 without a lesson. */
  readonly place: number;
  readonly previous: PresetEntry | null;
  readonly next: PresetEntry | null;
}

/** The lessons before and after one; without a lesson the first one is next. */
export function neighbors(lessons: readonly PresetEntry[], name: string | null): Neighbors {
  const place = lessons.findIndex((lesson) => lesson.name === name);
  return { place, previous: lessons[place - 1] ?? null, next: lessons[place + 1] ?? null };
}

export const openLesson = (lesson: PresetEntry): Edit => adopt(lesson.experiment as Experiment);

/** Whether Play waits for an answer: in a lecture, before the first update of a lesson whose question is shown. */
export function waitsForAnswer(
  view: Pick<ViewChoice, "lesson" | "lecture" | "hidden">,
  answers: ReadonlyMap<string, Answer>,
  updates: number,
): boolean {
  if (!view.lecture || view.lesson === null || !shows(view, "lessons")) return false;
  return updates === 0 && !answers.has(view.lesson);
}
