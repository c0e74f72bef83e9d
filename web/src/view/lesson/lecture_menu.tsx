import { editView } from "../../engine/edits";
import { NOT_IN_LECTURES, PARTS, shows, togglePart } from "../../engine/lessons";
import { Menu } from "../controls/menu";
import { Switch } from "../controls/switch";
import { useSession } from "../context";

/** Sets the page up for a lecture; all of it is part of the address. */
export function LectureMenu() {
  const session = useSession();
  const view = session.experiment.value?.view;
  if (!view) return null;
  return (
    <Menu label="Lecture" testid="lecture">
      {() => (
        <div class="lecture-menu">
          <Switch
            label="Lecture mode: large type, a question before Play"
            on={view.lecture}
            testid="lecture-mode"
            onChange={(lecture) => session.edit(editView({ lecture }))}
          />
          {view.lecture && (
            <p class="hint">
              Page Down and Page Up, which presenters send, open the next and the previous lesson. A lecture
              shows only some parts of the page.
            </p>
          )}
          <Switch
            label="Lock the controls: only training and lessons"
            on={view.locked}
            testid="locked"
            onChange={(locked) => session.edit(editView({ locked }))}
          />
          <fieldset class="features" data-testid="parts">
            <legend>Parts of the page</legend>
            {PARTS.map(({ part, label }) => (
              <label key={part} class="part">
                <input
                  type="checkbox"
                  checked={shows(view, part)}
                  disabled={view.lecture && NOT_IN_LECTURES.includes(part)}
                  data-testid={`part-${part}`}
                  onChange={() => session.edit(togglePart(part))}
                />
                <span>{label}</span>
              </label>
            ))}
          </fieldset>
          <p class="hint">The link contains these settings: whoever opens it sees the page like this.</p>
        </div>
      )}
    </Menu>
  );
}
