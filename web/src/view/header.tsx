import { adopt } from "../engine/edits";
import type { Experiment } from "../engine/protocol";
import { Menu, MenuItem } from "./controls/menu";
import { useSession } from "./context";
import { ShareMenu } from "./share_menu";
import { ThemeButton } from "./theme_button";

export function Header() {
  const session = useSession();
  const hello = session.hello.value;
  return (
    <header class="page-head">
      <h1>
        deltarule <span>playground</span>
      </h1>
      <nav aria-label="Experiment">
        {hello && !hello.frozen && hello.catalog.presets.length > 0 && (
          <Menu label="Ideas to try" testid="presets">
            {(close) =>
              hello.catalog.presets.map(({ name, label, idea, experiment }) => (
                <MenuItem
                  key={name}
                  label={label}
                  about={idea}
                  testid={`preset-${name}`}
                  onClick={() => {
                    close();
                    session.edit(adopt(experiment as Experiment));
                    session.send({ type: "rewind" });
                  }}
                />
              ))
            }
          </Menu>
        )}
        {hello && !hello.frozen && <ShareMenu />}
        <ThemeButton />
      </nav>
    </header>
  );
}
