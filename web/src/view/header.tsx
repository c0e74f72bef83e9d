import { shows } from "../engine/lessons";
import { Menu, MenuItem } from "./controls/menu";
import { useEverything } from "./context";
import { LectureMenu } from "./lesson/lecture_menu";
import { startLesson } from "./lesson/use_lesson";
import { ShareMenu } from "./share_menu";
import { ThemeButton } from "./theme_button";

export function Header() {
  const { session, look } = useEverything();
  const view = session.experiment.value?.view;
  const hello = session.hello.value;
  return (
    <header class="page-head">
      <h1>
        deltarule <span>playground</span>
      </h1>
      <nav aria-label="Experiment">
        {hello && view && !hello.frozen && shows(view, "lessons") && (
          <Menu label="Ideas to try" testid="presets">
            {(close) =>
              hello.catalog.presets.map((lesson) => (
                <MenuItem
                  key={lesson.name}
                  label={lesson.label}
                  about={lesson.idea}
                  testid={`preset-${lesson.name}`}
                  onClick={() => {
                    close();
                    startLesson(session, look, lesson);
                  }}
                />
              ))
            }
          </Menu>
        )}
        {hello && !hello.frozen && <LectureMenu />}
        {hello && view && !hello.frozen && shows(view, "share") && <ShareMenu />}
        <ThemeButton />
      </nav>
    </header>
  );
}
