/** Entry of the page without a server: the widget over a worker, with a recording until Python has loaded. */

import widget from "../widget";
import type { Recording } from "../host/recorded";
import { WorkerModel } from "../host/worker_model";

const worker = new Worker(new URL("./worker.js", document.baseURI), { type: "module" });
const recording = await fetch("./recording.json")
  .then((response) => (response.ok ? (response.json() as Promise<Recording>) : null))
  .catch(() => null);
const model = new WorkerModel(worker, recording);

const status = document.getElementById("loading") as HTMLElement;
const bar = document.getElementById("loading-bar") as HTMLProgressElement;
model.onLoading = (fraction) => {
  bar.value = fraction;
  status.hidden = fraction >= 1;
};
widget.render({ model, el: document.getElementById("playground") as HTMLElement });

// Browsers offer service workers on https and on this machine only; without one, the page needs its host.
navigator.serviceWorker?.register("./service_worker.js").catch(() => {});
