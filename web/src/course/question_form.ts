/** Makes a form of a question, which marks the answer at once. */

import { button, make } from "./dom";
import { mark, type Question } from "./marking";

export function makeForm(place: HTMLElement): void {
  const question = JSON.parse(place.dataset.question as string) as Question;
  const prompt = place.querySelector<HTMLElement>(".prompt") as HTMLElement;
  prompt.id = `prompt-${question.name.replace(".", "-")}`;
  const form = make("form", { "aria-labelledby": prompt.id });
  const said = make("p", { class: "verdict", role: "status" });
  const fields = fieldsOf(question, prompt.id);
  form.append(fields, said);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { right, sentence } = mark(question, answerOf(form, question));
    said.className = `verdict ${right ? "right" : "wrong"}`;
    said.textContent = `${right ? "Right." : "Not yet."} ${sentence}`;
  });
  if (question.kind === "choice") form.addEventListener("change", () => form.requestSubmit());
  place.querySelector("ol")?.remove();
  place.querySelector(".unmarked")?.before(form);
}

function fieldsOf(question: Question, labelledBy: string): HTMLElement {
  if (question.kind === "choice") {
    const group = make("div", { role: "radiogroup", "aria-labelledby": labelledBy });
    question.options.forEach(({ text }, place) => {
      const input = make("input", { type: "radio", name: question.name, value: String(place) });
      group.append(make("label", {}, input, make("span", {}, text)));
    });
    return group;
  }
  const fields = make("div", { class: "fields" });
  const text = (attributes: Record<string, string>) =>
    make("input", { type: "text", inputmode: "text", autocomplete: "off", ...attributes });
  if (question.kind === "number") fields.append(text({ "aria-labelledby": labelledBy }));
  else for (const label of question.labels) fields.append(make("label", {}, `${label} = `, text({})));
  const send = button("Check", () => {}, { class: "primary" });
  send.type = "submit";
  fields.append(send);
  return fields;
}

function answerOf(form: HTMLFormElement, question: Question): string[] {
  if (question.kind !== "choice")
    return [...form.querySelectorAll<HTMLInputElement>("input")].map(({ value }) => value);
  const chosen = form.querySelector<HTMLInputElement>("input:checked");
  return chosen ? [chosen.value] : [];
}
