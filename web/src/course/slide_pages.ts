/** Slides on paper: one on each page, without notes and controls. */

import { make } from "./dom";
import { fitSlide, NOTES } from "./slide_layout";

/** Move the parts of all slides to pages, and return what moves them back. */
export function toPages(article: HTMLElement, steps: readonly Element[][]): () => void {
  const pages = make("div", { class: "slide-pages" });
  const moved: [Comment, HTMLElement][] = [];
  article.append(pages);
  article.classList.remove("has-figure"); // each page has its own
  article.classList.add("on-pages");
  for (const step of steps) {
    const page = make("div", { class: "slide-page" });
    pages.append(page);
    const parts = step
      .filter((part) => !part.matches(NOTES))
      .map((part) => {
        if (part.matches("h1, h2, h3, h4")) return part.cloneNode(true) as HTMLElement; // one for each slide
        const place = document.createComment("");
        part.replaceWith(place);
        moved.push([place, part as HTMLElement]);
        return part as HTMLElement;
      });
    for (const part of parts) part.removeAttribute("data-slide-hidden");
    page.append(...parts);
    fitSlide(page, parts);
  }
  return () => {
    for (const [place, part] of moved) place.replaceWith(part);
    pages.remove();
    article.classList.remove("on-pages");
  };
}
