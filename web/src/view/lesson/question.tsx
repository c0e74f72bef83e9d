import { useId } from "preact/hooks";
import type { PresetEntry } from "../../engine/protocol";
import { Button } from "../controls/button";
import { useLook } from "../context";
import { answer } from "./use_lesson";

interface QuestionProps {
  lesson: PresetEntry;
  waits: boolean;
  revealed: boolean;
  /** Whether only the right answer is left of the answers, or none of them before it is revealed. */
  folded: boolean;
  onReveal: () => void;
}

/** A question to think about before training; the right answer is shown on demand. */
export function LessonQuestion({ lesson, waits, revealed, folded, onReveal }: QuestionProps) {
  const look = useLook();
  const id = useId();
  const { text, answers, correct, why } = lesson.question;
  const given = look.answers.value.get(lesson.name);
  return (
    <div class={folded ? "question folded" : "question"} data-testid="question">
      <fieldset>
        <legend>{text}</legend>
        {answers.map((sentence, place) => {
          const isRight = revealed && place === correct;
          return folded && !isRight ? null : (
            <label key={place} class={isRight ? "answer right" : "answer"} data-testid={`answer-${place}`}>
              <input
                type="radio"
                name={id}
                checked={given === place}
                onChange={() => answer(look, lesson.name, place)}
              />
              <span>
                {sentence}
                {isRight && <strong> ✓ right</strong>}
              </span>
            </label>
          );
        })}
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
            <Button label="Show the answer" testid="show-answer" onClick={onReveal} />
          </>
        )}
      </div>
    </div>
  );
}
