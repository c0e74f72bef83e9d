import { useEffect, useId, useState } from "preact/hooks";
import type { PresetEntry } from "../../engine/protocol";
import { Button } from "../controls/button";
import { useLook } from "../context";
import { answer } from "./use_lesson";

/** A question to think about before training; the right answer is shown on demand. */
export function LessonQuestion({ lesson, waits }: { lesson: PresetEntry; waits: boolean }) {
  const look = useLook();
  const id = useId();
  const [revealed, setRevealed] = useState(false);
  const { text, answers, correct, why } = lesson.question;
  const given = look.answers.value.get(lesson.name);
  useEffect(() => {
    if (given === undefined) setRevealed(false); // the lesson was opened again
  }, [given]);
  return (
    <div class="question" data-testid="question">
      <fieldset>
        <legend>{text}</legend>
        {answers.map((sentence, place) => (
          <label
            key={place}
            class={revealed && place === correct ? "answer right" : "answer"}
            data-testid={`answer-${place}`}
          >
            <input
              type="radio"
              name={id}
              checked={given === place}
              onChange={() => answer(look, lesson.name, place)}
            />
            <span>
              {sentence}
              {revealed && place === correct && <strong> ✓ right</strong>}
            </span>
          </label>
        ))}
      </fieldset>
      <div class="row" role="status">
        {given === undefined ? (
          <>
            <Button
              label="Skip the question"
              testid="skip-question"
              onClick={() => answer(look, lesson.name, "skipped")}
            />
            {waits && <p class="hint">Play waits for an answer.</p>}
          </>
        ) : revealed ? (
          <p data-testid="explanation">{why}</p>
        ) : (
          <>
            <p class="hint">Press Play and watch.</p>
            <Button label="Show the answer" testid="show-answer" onClick={() => setRevealed(true)} />
          </>
        )}
      </div>
    </div>
  );
}
