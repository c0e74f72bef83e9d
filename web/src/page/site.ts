/** Entry of the website: the widget over a worker, with a recording until Python has loaded. */

import widget from "../widget";
import type { Recording } from "../host/recorded";
import { WorkerModel } from "../host/worker_model";

const recording = await fetch("./recording.json")
  .then((response) => (response.ok ? (response.json() as Promise<Recording>) : null))
  .catch(() => null);
// Only now: the worker loads ten megabytes, and the recording is to be seen first.
const worker = new Worker(new URL("./worker.js", document.baseURI), { type: "module" });
const model = new WorkerModel(worker, recording);

const status = document.getElementById("loading") as HTMLElement;
const bar = document.getElementById("loading-bar") as HTMLProgressElement;
if (model.isPreview) {
  document.body.classList.add("deltarule-preview");
  (document.getElementById("loading-text") as HTMLElement).textContent = "Opening the experiment of the link";
}
model.onLoading = (fraction) => {
  bar.value = fraction;
  if (fraction < 1) return;
  status.hidden = true;
  document.body.classList.remove("deltarule-preview");
  // Only now, as it loads every file once more. Browsers offer service workers on https and on this machine
  // only; without one, the page needs its host at each visit.
  navigator.serviceWorker?.register("./service_worker.js").catch(() => {});
};
widget.render({ model, el: document.getElementById("playground") as HTMLElement });
