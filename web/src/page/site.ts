/** Entry of the website: the widget over a worker, with a recording until Python has loaded. */

import widget from "../widget";
import type { Recording } from "../host/recorded";
import { WorkerModel } from "../host/worker_model";

const worker = new Worker(new URL("./worker.js", document.baseURI), { type: "module" });
/** What the worker says while the recording is still on its way. */
const early: MessageEvent[] = [];
const keep = (event: MessageEvent) => early.push(event);
worker.addEventListener("message", keep);

const recording = await fetch("./recording.json")
  .then((response) => (response.ok ? (response.json() as Promise<Recording>) : null))
  .catch(() => null);
const model = new WorkerModel(worker, recording);
worker.removeEventListener("message", keep);

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
for (const { data } of early) worker.dispatchEvent(new MessageEvent("message", { data: data as unknown }));
