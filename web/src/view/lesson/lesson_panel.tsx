import { editView } from "../../engine/edits";
import { Button } from "../controls/button";
import { useSession } from "../context";
import { Suggestions } from "./suggestions";

/** The text of the chosen lesson, and what to try in it. */
export function LessonPanel() {
  const session = useSession();
  const chosen = session.experiment.value?.view.lesson;
  const lesson = session.hello.value?.catalog.presets.find(({ name }) => name === chosen);
  if (!lesson) return null;
  return (
    <section class="banner lesson" aria-label="Lesson" data-testid="idea">
      <div>
        <h2>{lesson.label}</h2>
        <p>{lesson.idea}</p>
        <Suggestions label="Changes to try" suggestions={lesson.suggestions} testid="try" />
      </div>
      <Button
        label="Close the lesson"
        icon="close"
        iconOnly
        class="quiet"
        testid="close-lesson"
        onClick={() => session.edit(editView({ lesson: null }))}
      />
    </section>
  );
}
