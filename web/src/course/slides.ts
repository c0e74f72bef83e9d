/** A chapter as slides: its figures, questions, formulas, code and {slide} blocks, one step at a time. */

import { button, make } from "./dom";

const LARGE =
  ".course-figure, .course-question, [class*='highlight-'], table, .pst-scrollable-table-container";
const TEXT = ".course-slide, div.formula";
const NOTES = ".course-notes";
const MARGIN = 28; // below a figure, in CSS pixels
const MIN_HEIGHT = 220;
const OWN_KEYS = "input, select, textarea, [data-handle]";

/** Return the steps of a section and of those in it: its heading, what is small, and one large part. */
function stepsOf(section: Element): Element[][] {
  const steps: Element[][] = [];
  const heading = section.querySelector(":scope > :is(h1, h2, h3, h4)");
  const head = heading ? [heading] : [];
  let pending: Element[] = [];
  const finish = () => {
    if (pending.length) steps.push([...head, ...pending]);
    pending = [];
  };
  for (const part of section.children) {
    if (part.matches(NOTES)) (pending.length ? pending : (steps.at(-1) ?? pending)).push(part);
    else if (part.matches(TEXT)) pending.push(part);
    else if (part.matches(LARGE)) {
      pending.push(part);
      finish();
    } else if (part.matches("section")) {
      finish();
      steps.push(...stepsOf(part));
    }
  }
  finish();
  return steps;
}

export class Slides {
  private readonly steps: Element[][];
  private place = 0;
  private readonly shown = make("span", { class: "place", "aria-live": "polite" });

  constructor(private readonly article: Element) {
    this.steps = [...article.querySelectorAll(":scope > section")].flatMap(stepsOf);
  }

  start(place: number): void {
    document.body.classList.add("course-slides");
    for (const step of this.steps) {
      for (const part of step) part.setAttribute("data-slide-step", "");
      step.find((part) => !part.matches(NOTES))?.setAttribute("data-slide-first", "");
    }
    const bar = make(
      "div",
      { class: "course-slide-bar", role: "toolbar", "aria-label": "Slides" },
      button("Back", () => this.go(this.place - 1), { "data-slide": "back" }),
      button("Next", () => this.go(this.place + 1), { "data-slide": "next" }),
      this.shown,
      button("Notes (N)", () => this.notes(), { "data-slide": "notes" }),
      button("Print", () => window.print(), { "data-slide": "print" }),
      button("Leave (Esc)", () => this.leave(), { "data-slide": "leave" }),
    );
    document.body.append(bar);
    document.addEventListener("keydown", (event) => this.pressed(event));
    window.addEventListener("resize", () => this.fit());
    this.go(place);
  }

  private go(place: number): void {
    this.place = Math.min(Math.max(place, 0), this.steps.length - 1);
    const step = new Set(this.steps[this.place]);
    for (const part of this.leaves()) part.toggleAttribute("data-slide-hidden", !step.has(part));
    this.article.scrollTop = 0;
    this.shown.textContent = `${this.place + 1} of ${this.steps.length}`;
    history.replaceState(null, "", `?slides=${this.place + 1}`);
    this.fit();
  }

  /** Give the figure of the step the height that is left below what is above it. */
  private fit(): void {
    const figure = this.steps[this.place]?.find((part) => part.matches(".course-figure")) as
      HTMLElement | undefined;
    if (!figure) return;
    const { bottom } = this.article.getBoundingClientRect();
    const left = bottom - figure.getBoundingClientRect().top - MARGIN;
    figure.style.setProperty("--slide-height", `${Math.max(left, MIN_HEIGHT)}px`);
  }

  /** All parts of the page that are no sections, which contain others. */
  private leaves(): Element[] {
    const parts: Element[] = [];
    const collect = (section: Element) => {
      for (const part of section.children) {
        if (part.matches("section")) collect(part);
        else parts.push(part);
      }
    };
    collect(this.article);
    return parts;
  }

  private notes(): void {
    document.body.classList.toggle("with-notes");
  }

  private leave(): void {
    location.href = location.pathname;
  }

  private pressed(event: KeyboardEvent): void {
    if ((event.target as Element).matches?.(OWN_KEYS) || event.ctrlKey || event.metaKey || event.altKey)
      return;
    const actions: Record<string, () => void> = {
      ArrowRight: () => this.go(this.place + 1),
      PageDown: () => this.go(this.place + 1),
      ArrowLeft: () => this.go(this.place - 1),
      PageUp: () => this.go(this.place - 1),
      Home: () => this.go(0),
      End: () => this.go(this.steps.length - 1),
      n: () => this.notes(),
      Escape: () => this.leave(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}
