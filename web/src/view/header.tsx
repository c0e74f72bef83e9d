import { Menu, MenuItem } from "./controls/menu";
import { useSession } from "./context";
import { ShareMenu } from "./share_menu";
import { ThemeButton } from "./theme_button";

export function Header({ onPreset }: { onPreset: (idea: string) => void }) {
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
                    session.replace(experiment);
                    onPreset(`${label}: ${idea}`);
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
