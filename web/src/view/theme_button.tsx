import { Button } from "./controls/button";
import { useLook } from "./context";
import { rememberTheme } from "./theme";

const NEXT = { auto: "light", light: "dark", dark: "auto" } as const;
const WORDS = { auto: "system", light: "light", dark: "dark" } as const;
const ICONS = { auto: "auto", light: "sun", dark: "moon" } as const;

export function ThemeButton() {
  const look = useLook();
  const theme = look.theme.value;
  return (
    <Button
      label={`Colors: ${WORDS[theme]}. Change to ${WORDS[NEXT[theme]]}`}
      icon={ICONS[theme]}
      iconOnly
      testid="theme"
      onClick={() => {
        look.theme.value = NEXT[theme];
        rememberTheme(look.theme.value);
      }}
    />
  );
}
