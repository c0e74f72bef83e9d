/** The controls of a figure: native inputs with labels, made once and then kept up to date. */

import { make } from "./dom";
import type { Control, Value } from "./messages";
import { sliderText } from "./numbers";

type Change = (control: string, value: Value) => void;

export interface Row {
  readonly element: HTMLElement;
  update(control: Control): void;
}

export function rowOf(control: Control, change: Change): Row {
  const name = make("span", { class: "name-of-control" }, control.label);
  if (control.kind === "switch") {
    const input = make("input", { type: "checkbox" });
    input.addEventListener("change", () => change(control.name, input.checked));
    const update = (now: Control) => void (input.checked = (now as typeof control).value);
    return { element: named(control, input, name), update };
  }
  if (control.kind === "choice") {
    const options = control.options.map(([value, text]) => make("option", { value }, text));
    const select = make("select", {}, ...options);
    select.addEventListener("change", () => change(control.name, select.value));
    const update = (now: Control) => void (select.value = (now as typeof control).value);
    return { element: named(control, name, select), update };
  }
  const { low, high, step, logarithmic, names } = control;
  const input = make("input", { type: "range", min: String(low), max: String(high), step: String(step) });
  const shown = make("output");
  const show = (value: number) => {
    shown.textContent = names[Math.round((value - low) / step)] ?? sliderText(value, step, logarithmic);
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  let changing = false; // while the thumb is held, the page is ahead of Python
  input.addEventListener("input", () => {
    changing = true;
    show(input.valueAsNumber);
    change(control.name, input.valueAsNumber);
  });
  input.addEventListener("change", () => void (changing = false));
  const update = (now: Control) => {
    if (changing) return;
    input.value = String((now as typeof control).value);
    show((now as typeof control).value);
  };
  return { element: named(control, name, input, shown), update };
}

function named(control: Control, ...parts: HTMLElement[]): HTMLElement {
  return make("label", { "data-control": control.name }, ...parts);
}
