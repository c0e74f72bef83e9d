/** Light or dark: as chosen, else as the notebook has it, else as the system has it. */

import { effect, signal } from "@preact/signals";
import { DARK, LIGHT } from "../draw/palette";
import type { Look } from "./context";

const KEY = "deltarule-theme";

export function rememberTheme(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // storage is forbidden: the choice lasts as long as the page
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

/** JupyterLab says it on the body, marimo and VS Code by a class; null: nobody says. */
function notebookIsDark(): boolean | null {
  const { body, documentElement } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (body.classList.contains("vscode-dark")) return true;
  if (body.classList.contains("dark") || documentElement.classList.contains("dark")) return true;
  return null;
}

/** Keep `look` and the element's colors true; returns what ends it. */
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
