/** Fits a slide into its frame: the largest type, and the largest picture of a figure. */

export const FIGURE = ".course-figure";
export const NOTES = ".course-notes";

const MIN_HEIGHT = 220; // of a figure, in CSS pixels
const MAX_COLUMNS = 4; // of controls below a picture
const TYPE_SIZES = [1.6, 1.4, 1.2, 1, 0.9]; // of slides without a figure
const FILLED = 0.78; // of their height; the rest is for what is said about an answer

/** Give a figure the room that is left below what is above it, and other slides the largest type. */
export function fitSlide(frame: HTMLElement, step: readonly HTMLElement[]): void {
  const figure = step.find((part) => part.matches(FIGURE));
  frame.classList.toggle("has-figure", figure !== undefined);
  if (!figure) {
    TYPE_SIZES.some((size) => fitsWith(size, frame, step));
    return;
  }
  setType(frame, 1);
  const beside = layOut(figure, frame, false);
  if (layOut(figure, frame, true) <= beside) layOut(figure, frame, false);
}

/** Place the controls of a figure beside or below its picture, and return the scale of its drawings. */
function layOut(figure: HTMLElement, frame: HTMLElement, below: boolean): number {
  figure.classList.toggle("controls-below", below);
  const picture = figure.querySelector(".picture") as HTMLElement;
  const controls = figure.querySelectorAll(".controls > *").length;
  const rows = Math.ceil(controls / MAX_COLUMNS);
  figure.style.setProperty("--columns", String(Math.ceil(controls / rows) || 1));
  const padding = parseFloat(getComputedStyle(frame).paddingBottom);
  const end = frame.getBoundingClientRect().bottom - padding;
  const rest = below ? figure.offsetHeight - picture.offsetHeight : 0;
  const left = end - figure.getBoundingClientRect().top - rest;
  figure.style.setProperty("--slide-height", `${Math.max(left, MIN_HEIGHT)}px`);
  if (below && left < MIN_HEIGHT) return 0;
  return Math.min(...[...picture.querySelectorAll("svg")].map(scaleOf));
}

/** How many CSS pixels a unit of a drawing has. */
function scaleOf(drawing: SVGSVGElement): number {
  const { width, height } = drawing.getBoundingClientRect();
  const units = drawing.viewBox.baseVal;
  return Math.min(width / units.width, height / units.height);
}

function setType(frame: HTMLElement, size: number): void {
  frame.style.setProperty("--slide-type", String(size));
}

/** Set the size of the type, and return whether the parts of a slide have room. */
function fitsWith(size: number, frame: HTMLElement, step: readonly HTMLElement[]): boolean {
  setType(frame, size);
  const seen = step.filter((part) => !part.matches(NOTES));
  const bottom = Math.max(...seen.map((part) => part.getBoundingClientRect().bottom));
  const { top, height } = frame.getBoundingClientRect();
  const lines = seen.flatMap((part) => [part, ...part.querySelectorAll("pre")]);
  return bottom - top <= FILLED * height && lines.every((one) => one.scrollWidth <= one.clientWidth + 1);
}
