/** A chapter as slides: its figures, questions, formulas, code and {slide} blocks, one step at a time. */

import { button, make } from "./dom";
import { FIGURE, fitSlide, NOTES } from "./slide_layout";
import { toPages } from "./slide_pages";

const LARGE = ".course-figure, [class*='highlight-'], table, .pst-scrollable-table-container";
const ALONE = ".course-question"; // on a slide of its own
const TEXT = ".course-slide, div.formula, #what-the-slide-says > p";
const OWN_KEYS = "input, select, textarea, [data-handle]";
const PRESENTER_KEYS = ["PageUp", "PageDown"]; // of remote controls: they change slides wherever the focus is

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

/** What the presenter reads about the slide that comes next. */
function titleOf(step: readonly Element[] | undefined): string {
  if (!step) return "the end";
  const heading = step.find((part) => part.matches("h1, h2, h3, h4"));
  const kind = step.map((part) => part.querySelector(".kind")?.textContent).find(Boolean);
  return [heading?.firstChild?.textContent, kind].filter(Boolean).join(", ");
}

export class Slides {
  private readonly steps: Element[][];
  private place = 0;
  private leavePages = () => {};
  private readonly windows = new BroadcastChannel(`slides of ${location.pathname}`);
  private readonly shown = make("span", { class: "place", "aria-live": "polite" });

  constructor(
    private readonly article: HTMLElement,
    private readonly presents: boolean, // in the window of the presenter, beside the one that the room sees
  ) {
    this.steps = [...article.querySelectorAll(":scope > section")].flatMap(stepsOf);
  }

  start(place: number): void {
    document.body.classList.add("course-slides");
    if (this.presents) document.body.classList.add("with-notes", "presenter");
    for (const part of this.steps.flat()) part.setAttribute("data-slide-step", "");
    const bar = make(
      "div",
      { class: "course-slide-bar", role: "toolbar", "aria-label": "Slides" },
      button("Back", () => this.go(this.place - 1), { "data-slide": "back" }),
      button("Next", () => this.go(this.place + 1), { "data-slide": "next" }),
      this.shown,
      button("Notes (N)", () => this.notes(), { "data-slide": "notes" }),
      button("Presenter (P)", () => this.openPresenter(), { "data-slide": "presenter" }),
      button("Print", () => window.print(), { "data-slide": "print" }),
      button("Leave (Esc)", () => this.leave(), { "data-slide": "leave" }),
    );
    document.body.append(bar);
    document.addEventListener("keydown", (event) => this.pressed(event));
    window.addEventListener("resize", () => this.fit());
    window.addEventListener("beforeprint", () => (this.leavePages = toPages(this.article, this.steps)));
    window.addEventListener("afterprint", () => {
      this.leavePages();
      this.show(this.place);
    });
    this.windows.addEventListener("message", ({ data }) => this.show(Number(data)));
    this.show(place);
    this.watch();
  }

  /** Go to a slide, in all windows that show this chapter. */
  private go(place: number): void {
    this.show(place);
    this.windows.postMessage(this.place);
  }

  private show(place: number): void {
    this.place = Math.min(Math.max(place, 0), this.steps.length - 1);
    const step = new Set(this.steps[this.place]);
    for (const part of this.leaves()) part.toggleAttribute("data-slide-hidden", !step.has(part));
    this.article.scrollTop = 0;
    const next = this.presents ? titleOf(this.steps[this.place + 1]) : "";
    this.shown.textContent = `${this.place + 1} of ${this.steps.length}${next && `, next: ${next}`}`;
    history.replaceState(null, "", `?slides=${this.place + 1}${this.presents ? "&presenter" : ""}`);
    this.fit();
  }

  /** Fit a figure again when it becomes live, and when its sentence needs another line. */
  private watch(): void {
    const changed = new MutationObserver((changes) => {
      const { scrollHeight, clientHeight } = this.article;
      const isLive = changes.some(({ target }) => (target as Element).matches(FIGURE));
      if (isLive || scrollHeight > clientHeight) this.fit();
    });
    for (const part of this.article.querySelectorAll(`${FIGURE}, ${FIGURE} > .sentence`))
      changed.observe(part, { childList: true });
  }

  private fit(): void {
    const step = this.steps[this.place] as HTMLElement[];
    this.makeRoomForNotes(step);
    fitSlide(this.article, step);
  }

  /** Notes are below the slide, and cover nothing of it. */
  private makeRoomForNotes(step: readonly HTMLElement[]): void {
    const heights = step.filter((part) => part.matches(NOTES)).map((part) => part.offsetHeight);
    this.article.style.setProperty("--notes-height", `${Math.max(0, ...heights)}px`);
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
    this.fit();
  }

  private openPresenter(): void {
    window.open(`?slides=${this.place + 1}&presenter`, "presenter", "popup,width=1200,height=700");
  }

  private leave(): void {
    if (this.presents) return window.close();
    location.href = location.pathname;
  }

  private pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (target.matches?.(OWN_KEYS) && !PRESENTER_KEYS.includes(event.key)) {
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
      p: () => this.openPresenter(),
      P: () => this.openPresenter(),
      Escape: () => this.leave(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}
