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

/** The notebook's theme: JupyterLab marks the body, marimo and VS Code use a class; null if unknown. */
function notebookIsDark(): boolean | null {
  const { body, documentElement } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (body.classList.contains("vscode-dark")) return true;
  if (body.classList.contains("dark") || documentElement.classList.contains("dark")) return true;
  return null;
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
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-jp-theme-light"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
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
