/** Entry of the widget: a figure in a notebook, whose kernel carries out its requests (anywidget). */

import { make } from "./dom";
import { LiveFigure } from "./live_figure";
import type { Answer, Host, Request } from "./messages";

/** The part of anywidget's model that is used. */
interface Model {
  on(event: "msg:custom", listener: (content: Answer) => void): void;
  off(event: "msg:custom", listener: (content: Answer) => void): void;
  send(content: Request): void;
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  let listener: (answer: Answer) => void = () => {};
  const host: Host = {
    listen: (_, found) => void (listener = found),
    send: (request) => model.send(request),
  };
  const parts = ["picture", "sentence", "still"].map((name) => make("div", { class: name }));
  const place = make("figure", { class: "course-figure" }, ...parts);
  el.append(place);
  const figure = new LiveFigure(place, host, 0);
  const received = (content: Answer) => listener(content);
  model.on("msg:custom", received);
  figure.open();
  return () => model.off("msg:custom", received);
}

export default { render };
