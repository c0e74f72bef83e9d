/** A chapter as slides: its figures, questions, formulas, code and {slide} blocks, one step at a time. */

import { button, make } from "./dom";

const LARGE = ".course-figure, [class*='highlight-'], table, .pst-scrollable-table-container";
const ALONE = ".course-question"; // on a slide of its own
const TEXT = ".course-slide, div.formula";
const NOTES = ".course-notes";
const MIN_HEIGHT = 220; // of a figure, in CSS pixels
const TYPE_SIZES = [1.6, 1.4, 1.2, 1, 0.9]; // of slides without a figure
const FILLED = 0.78; // of their height; the rest is for what is said about an answer
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
    } else if (part.matches(ALONE)) {
      finish();
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

  constructor(private readonly article: HTMLElement) {
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

  /** Give a figure the height that is left below what is above it, and other slides the largest type. */
  private fit(): void {
    const step = this.steps[this.place] as HTMLElement[];
    const figure = step.find((part) => part.matches(".course-figure"));
    if (!figure) {
      TYPE_SIZES.some((size) => this.fitsWith(size, step));
      return;
    }
    this.setType(1);
    const padding = parseFloat(getComputedStyle(this.article).paddingBottom);
    const end = this.article.getBoundingClientRect().bottom - padding;
    const left = end - figure.getBoundingClientRect().top;
    figure.style.setProperty("--slide-height", `${Math.max(left, MIN_HEIGHT)}px`);
  }

  private setType(size: number): void {
    this.article.style.setProperty("--slide-type", String(size));
  }

  /** Set the size of the type, and return whether the parts of a slide have room. */
  private fitsWith(size: number, step: readonly HTMLElement[]): boolean {
    this.setType(size);
    const seen = step.filter((part) => !part.matches(NOTES));
    const bottom = Math.max(...seen.map((part) => part.getBoundingClientRect().bottom));
    const { top, height } = this.article.getBoundingClientRect();
    const lines = seen.flatMap((part) => [part, ...part.querySelectorAll("pre")]);
    return bottom - top <= FILLED * height && lines.every((one) => one.scrollWidth <= one.clientWidth + 1);
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
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (target.matches?.(OWN_KEYS)) {
      if (event.key === "Escape") target.blur(); // then keys change slides again
      return;
    }
    const actions: Record<string, () => void> = {
      ArrowRight: () => this.go(this.place + 1),
      PageDown: () => this.go(this.place + 1),
      ArrowLeft: () => this.go(this.place - 1),
      PageUp: () => this.go(this.place - 1),
      Home: () => this.go(0),
      End: () => this.go(this.steps.length - 1),
      n: () => this.notes(),
      N: () => this.notes(),
      Escape: () => this.leave(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}
