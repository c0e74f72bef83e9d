/** Light or dark: as chosen, otherwise as in the notebook, otherwise as in the system. */

import { effect, signal } from "@preact/signals";
import { DARK, LIGHT } from "../draw/palette";
import type { Look } from "./context";

const KEY = "deltarule-theme";

export function rememberTheme(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // the browser forbids storage: the choice lasts until a reload
  }
}

function remembered(): "auto" | "light" | "dark" {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "light" || theme === "dark" ? theme : "auto";
  } catch {
    return "auto";
  }
}

/** Classes and attributes by which notebooks mark the page as dark or light; notebook/card_style.py has the same. */
const DARK_MARKS = [
  ".vscode-dark",
  ".vscode-high-contrast",
  '[theme="dark"]',
  '[data-theme="dark"]',
  ".dark",
];
const LIGHT_MARKS = [
  ".vscode-light",
  ".vscode-high-contrast-light",
  '[theme="light"]',
  '[data-theme="light"]',
  ".light",
];

/** The notebook's theme: JupyterLab, VS Code, Colab and marimo mark the body or the root; null if unknown. */
function notebookIsDark(): boolean | null {
  const { body, documentElement } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  const has = (marks: readonly string[]) =>
    marks.some((mark) => body.matches(mark) || documentElement.matches(mark));
  // VS Code's light high contrast also has the class of the dark one.
  return has(LIGHT_MARKS) ? false : has(DARK_MARKS) ? true : null;
}

/** Keep `look` and the element's theme up to date; returns a function that stops this. */
export function followTheme(element: HTMLElement, look: Look): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const motion = matchMedia("(prefers-reduced-motion: reduce)");
  const outside = signal(false);
  const lookAgain = () => {
    outside.value = notebookIsDark() ?? system.matches;
    look.calm.value = motion.matches;
  };
  look.theme.value = remembered();
  lookAgain();
  system.addEventListener("change", lookAgain);
  motion.addEventListener("change", lookAgain);
  const observer = new MutationObserver(lookAgain);
  for (const marked of [document.body, document.documentElement])
    observer.observe(marked, {
      attributes: true,
      attributeFilter: ["class", "data-jp-theme-light", "theme", "data-theme"],
    });
  const stop = effect(() => {
    const dark = look.theme.value === "auto" ? outside.value : look.theme.value === "dark";
    element.dataset.theme = dark ? "dark" : "light";
    look.palette.value = dark ? DARK : LIGHT;
  });
  return () => {
    stop();
    observer.disconnect();
    system.removeEventListener("change", lookAgain);
    motion.removeEventListener("change", lookAgain);
  };
}
