/** Entry of an exported page: the widget over a recording, which the page contains as JSON. */

import widget from "../widget";
import { FrozenModel, type Recording } from "../host/frozen_model";

const recording = JSON.parse(
  document.getElementById("deltarule-recording")?.textContent ?? "null",
) as Recording;
document.body.classList.add("deltarule-page");
widget.render({
  model: new FrozenModel(recording),
  el: document.getElementById("playground") as HTMLElement,
});
