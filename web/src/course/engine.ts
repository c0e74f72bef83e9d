/** The page's Python: one worker for all figures, started when the first of them is needed. */

import type { Answer, FromCourseWorker, Host, Request } from "./messages";

export class Engine implements Host {
  private worker: Worker | null = null;
  private ready = false;
  private failure: string | null = null;
  private readonly waiting: Request[] = [];
  private readonly listeners = new Map<string, (answer: Answer) => void>();

  /** `folder`: address of the website's folder, which has the engine. */
  constructor(private readonly folder: URL) {}

  listen(id: string, listener: (answer: Answer) => void): void {
    this.listeners.set(id, listener);
  }

  send(request: Request): void {
    if (this.failure !== null) return this.fail(request.id);
    this.start();
    if (this.ready) this.worker?.postMessage(JSON.stringify(request));
    else this.waiting.push(request);
  }

  private start(): void {
    if (this.worker) return;
    this.worker = new Worker(new URL("course_worker.js", this.folder), { type: "module" });
    this.worker.addEventListener("message", ({ data }: MessageEvent<FromCourseWorker>) =>
      this.received(data),
    );
    this.worker.addEventListener("error", (event) => this.failed(event.message ?? "it was not loaded"));
  }

  private received(message: FromCourseWorker): void {
    if (message.kind === "failed") return this.failed(message.text);
    if (message.kind === "answer") {
      const answer = JSON.parse(message.text) as Answer;
      return this.listeners.get(answer.id)?.(answer);
    }
    this.ready = true;
    for (const request of this.waiting.splice(0)) this.worker?.postMessage(JSON.stringify(request));
    this.keepForLater();
  }

  private failed(reason: string): void {
    const last = reason.trim().split("\n").at(-1); // of a traceback of Python
    this.failure = this.ready
      ? `Python has stopped in this page (${last}): reload it.`
      : `Python could not be started in this page (${last}): reload it, or try another browser.`;
    for (const request of this.waiting.splice(0)) this.fail(request.id);
    if (this.ready) for (const id of this.listeners.keys()) this.fail(id);
  }

  private fail(id: string): void {
    this.listeners.get(id)?.({ id, error: this.failure as string });
  }

  /** Let the service worker keep this page and its files, so that it opens without a network. */
  private keepForLater(): void {
    const { serviceWorker } = navigator;
    if (!serviceWorker) return; // browsers offer it on https and on this machine only
    serviceWorker.register(new URL("service_worker.js", this.folder)).catch(() => {});
    void serviceWorker.ready.then(({ active }) => {
      const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
      active?.postMessage({ keep: [location.href.split(/[?#]/)[0], ...loaded] });
    });
  }
}
