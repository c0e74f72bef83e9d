/** Entry of an exported page: the widget over a recording, which the page contains as JSON. */

import widget from "../widget";
import { FrozenModel } from "../host/frozen_model";
import type { Recording } from "../host/recorded";

const recording = JSON.parse(
  document.getElementById("deltarule-recording")?.textContent ?? "null",
) as Recording;
document.body.classList.add("deltarule-page");
widget.render({
  model: new FrozenModel(recording),
  el: document.getElementById("playground") as HTMLElement,
});
