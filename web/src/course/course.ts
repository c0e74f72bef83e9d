/** Entry of the course's pages: makes figures live, questions forms, and chapters slides. */

import { make } from "./dom";
import { Engine } from "./engine";
import { LiveFigure } from "./live_figure";
import { makeForm } from "./question_form";
import { Slides } from "./slides";
import { markSubscripts } from "./subscripts";

const script = document.querySelector<HTMLScriptElement>("script[data-course]");

markSubscripts(document.documentElement);
const questions = document.querySelectorAll<HTMLElement>(".course-question");
questions.forEach(makeForm);

const article = document.querySelector<HTMLElement>(".bd-article");
const figures = [...document.querySelectorAll<HTMLElement>(".course-figure")];
const query = new URLSearchParams(location.search);
const asked = query.get("slides");
const presents = query.has("presenter");
if (article && (figures.length || questions.length)) {
  if (asked !== null) new Slides(article, presents).start((Number(asked) || 1) - 1);
  else {
    const link = make("a", { class: "course-button", href: "?slides" }, "Show as slides");
    article.querySelector("h1")?.after(make("p", { class: "course-top" }, link));
  }
}

// Paper is light: a dark page is printed in light colors.
const { dataset } = document.documentElement;
const theme = { shown: dataset.theme };
window.addEventListener("beforeprint", () => {
  theme.shown = dataset.theme;
  dataset.theme = "light";
});
window.addEventListener("afterprint", () => void (dataset.theme = theme.shown));

const engineFolder = script?.dataset.engine;
if (engineFolder && figures.length && !presents) {
  const engine = new Engine(new URL(engineFolder, location.href));
  const live = new Map(figures.map((place, i) => [place as Element, new LiveFigure(place, engine, i)]));
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) live.get(target)?.open();
    },
    { rootMargin: "400px" },
  );
  // Only after the first paint, which Python must not delay. Slides hide figures that are to come.
  const begin = (place: Element) => (asked === null ? watcher.observe(place) : live.get(place)?.open());
  requestAnimationFrame(() => setTimeout(() => figures.forEach(begin)));
}
