import { useEffect, useState } from "preact/hooks";
import { editView } from "../../engine/edits";
import { shows } from "../../engine/lessons";
import type { PresetEntry } from "../../engine/protocol";
import { Button } from "../controls/button";
import { useEverything } from "../context";
import { LessonQuestion } from "./question";
import { Suggestions } from "./suggestions";
import { lessonsAround, startLesson, usePlayWaits } from "./use_lesson";

/** The chosen lesson: its question, its text, what to try in it, and the way to the others. */
export function LessonPanel() {
  const { session, look } = useEverything();
  const view = session.experiment.value?.view;
  const hello = session.hello.value;
  if (!view || !hello || !shows(view, "lessons")) return null;
  const { place, previous, next } = lessonsAround(session);
  const lesson = hello.catalog.presets[place];
  if (!lesson) return view.lecture && !hello.frozen ? <FirstLesson /> : null;
  const go = (to: typeof next) => to && startLesson(session, look, to);
  return (
    <section class="banner lesson" aria-label="Lesson" data-testid="idea">
      <LessonText key={lesson.name} lesson={lesson} />
      {!hello.frozen && (
        <nav class="lesson-nav" aria-label="Lessons">
          <Button
            label={`Previous lesson${previous ? `: ${previous.label}` : ""}`}
            icon="left"
            iconOnly
            disabled={!previous}
            testid="previous-lesson"
            onClick={() => go(previous)}
          />
          <span data-testid="lesson-place">{`${place + 1} of ${hello.catalog.presets.length}`}</span>
          <Button
            label={`Next lesson${next ? `: ${next.label}` : ""}`}
            icon="right"
            iconOnly
            disabled={!next}
            testid="next-lesson"
            onClick={() => go(next)}
          />
          <Button
            label="Close the lesson"
            icon="close"
            iconOnly
            class="quiet"
            testid="close-lesson"
            onClick={() => session.edit(editView({ lesson: null }))}
          />
        </nav>
      )}
    </section>
  );
}

/**
 * In a lecture the question comes first; with its answer come the changes to try, and the text below them, which is
 * spoken there: what is clicked stays in sight.
 */
function LessonText({ lesson }: { lesson: PresetEntry }) {
  const { session, look } = useEverything();
  const waits = usePlayWaits();
  const [revealed, setRevealed] = useState(false);
  const lecture = session.experiment.value?.view.lecture ?? false;
  const frozen = session.hello.value?.frozen ?? false;
  const given = look.answers.value.get(lesson.name);
  useEffect(() => {
    if (given === undefined) setRevealed(false); // the lesson was opened again
  }, [given]);
  const folded = lecture && (revealed || given === "skipped");
  const idea = <p>{lesson.idea}</p>;
  const changes = <Suggestions label="Changes to try" suggestions={lesson.suggestions} testid="try" />;
  return (
    <div class="lesson-text">
      <h2>{lesson.label}</h2>
      {!frozen && (
        <LessonQuestion
          lesson={lesson}
          waits={waits}
          revealed={revealed}
          folded={folded}
          onReveal={() => setRevealed(true)}
        />
      )}
      {lecture && !frozen ? (
        folded && (
          <>
            {changes}
            {idea}
          </>
        )
      ) : (
        <div>
          {idea}
          {changes}
        </div>
      )}
    </div>
  );
}

/** In lecture mode without a lesson: the way to the first one. */
function FirstLesson() {
  const { session, look } = useEverything();
  const { next } = lessonsAround(session);
  if (!next) return null;
  return (
    <section class="banner lesson" aria-label="Lesson">
      <Button
        label={`Start the lessons: ${next.label}`}
        testid="next-lesson"
        onClick={() => startLesson(session, look, next)}
      />
    </section>
  );
}
