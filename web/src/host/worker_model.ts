/**
 * anywidget's model over a Web Worker in which Python runs. Until Python has loaded, a recording of the first
 * experiment plays; what people do meanwhile is carried out as soon as Python is there, at the epoch shown. If the
 * address asks for another experiment, the recording is a mere preview of the page.
 */

import { CONNECTION, FRAGMENT } from "./model";
import { PageModel } from "./page_model";
import { played, type Recorded, type Recording } from "./recorded";
import type { FromWorker, ToWorker } from "./worker_messages";

/** The part of a Worker that is used, so that tests can do without one. */
export interface WorkerPort {
  postMessage(message: ToWorker, transfer: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<FromWorker>) => void): void;
  addEventListener(type: "error" | "messageerror", listener: (event: Event) => void): void;
}

/** Requests that are no wish of a person, and have no meaning before Python runs. */
const OF_THE_PAGE = new Set(["hello", "ack", "bye"]);

export class WorkerModel extends PageModel {
  /** Called with the fraction that has loaded, and with 1 once Python's first frame has arrived. */
  onLoading: (fraction: number) => void = () => {};

  private ready = false;
  private answered = false;
  private failure: string | null = null; // why Python did not start
  private readonly waiting: ToWorker[] = [];
  private shown = -1; // the frame of the recording that was played last
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly worker: WorkerPort,
    private readonly recording: Recording | null,
  ) {
    super();
    worker.addEventListener("message", ({ data }) => this.received(data));
    worker.addEventListener("error", (event) => this.failed((event as ErrorEvent).message ?? ""));
    worker.addEventListener("messageerror", () => this.failed("a message could not be read"));
    if (recording) this.values.set(CONNECTION, "open");
  }

  /** Whether the recording is of another experiment than the one that the address asks for. */
  get isPreview(): boolean {
    return !this.ready && this.values.get(FRAGMENT) !== this.fragmentOfRecording;
  }

  override set(key: string, value: unknown): void {
    if (key === FRAGMENT && this.isPreview) return; // the recording's, which would replace the one to open
    super.set(key, value);
  }

  send(content: unknown, _callbacks?: unknown, buffers?: (ArrayBuffer | ArrayBufferView)[]): void {
    const { type } = content as { type: string };
    // Later, as by Python: the page first shows what was asked for, and then takes it back.
    if (this.failure !== null) return void setTimeout(() => this.refuse(content));
    const message = { kind: "message", text: JSON.stringify(content), body: copied(buffers?.[0]) } as const;
    if (this.ready) this.post(message);
    else if (type === "hello") this.play();
    else if (!OF_THE_PAGE.has(type) && !this.isPreview) {
      clearTimeout(this.timer); // the picture stays as it was when the person decided
      this.waiting.push(message);
    }
  }

  private post(message: ToWorker): void {
    const isWithBody = message.kind === "message" && message.body !== null;
    this.worker.postMessage(message, isWithBody ? [message.body as ArrayBuffer] : []);
  }

  private received(message: FromWorker): void {
    if (message.kind === "loading") this.onLoading(message.fraction);
    else if (message.kind === "failed") this.failed(message.text);
    else if (message.kind === "ready") this.start();
    else {
      const buffers = message.body === null ? [] : [new Uint8Array(message.body)];
      const content = JSON.parse(message.text) as { type: string };
      this.emit("msg:custom", content, buffers);
      if (content.type !== "frame" || this.answered) return;
      this.answered = true;
      this.onLoading(1);
    }
  }

  /** Continue the recording in Python, and carry out what was asked for meanwhile. */
  private start(): void {
    clearTimeout(this.timer);
    const frame = this.isPreview ? undefined : this.recording?.frames[this.shown];
    this.ready = true;
    if (frame) this.post({ kind: "start", epoch: epochOf(frame) });
    this.connection("open"); // makes the session say hello
    if (frame) this.send({ type: "play" });
    for (const message of this.waiting.splice(0)) this.post(message);
  }

  private failed(reason: string): void {
    clearTimeout(this.timer);
    this.onLoading(1);
    const what = this.ready ? "Python stopped in this page" : "Python could not be started in this page";
    const last = reason.trim().split("\n").at(-1); // of a traceback of Python
    const text = `${what} (${last || "unknown reason"}): reload the page, or try another browser.`;
    this.emit("msg:custom", { type: "error", text, about: null, edit: null }, []);
    if (this.ready) return;
    this.failure = text;
    for (const message of this.waiting.splice(0))
      if (message.kind === "message") this.refuse(JSON.parse(message.text));
  }

  /** Answer a request that nobody will carry out. */
  private refuse(content: unknown): void {
    const { type: about, edit = null } = content as { type: string; edit?: number };
    if (!OF_THE_PAGE.has(about))
      this.emit("msg:custom", { type: "error", text: this.failure, about, edit }, []);
  }

  /** Play the recording. */
  private play(): void {
    clearTimeout(this.timer);
    const { recording } = this;
    if (!recording) return;
    for (const message of recording.messages) this.emit("msg:custom", ...played(message));
    const { epochs_per_second: speed } = this.recordedState as { epochs_per_second: number };
    const next = () => {
      const frame = recording.frames[this.shown + 1];
      if (!frame) return;
      this.shown += 1;
      this.emit("msg:custom", ...played(frame));
      const after = recording.frames[this.shown + 1];
      if (after) this.timer = setTimeout(next, (1000 * (epochOf(after) - epochOf(frame))) / speed);
    };
    next();
  }

  private get recordedState(): object | undefined {
    return this.recording?.messages.find(([json]) => (json as { type: string }).type === "state")?.[0];
  }

  private get fragmentOfRecording(): string {
    return (this.recordedState as { fragment?: string } | undefined)?.fragment ?? "";
  }
}

function epochOf([json]: Recorded): number {
  return (json as { epoch: number }).epoch;
}

/** A copy of the bytes that can be given away to the worker. */
function copied(buffer: ArrayBuffer | ArrayBufferView | undefined): ArrayBuffer | null {
  if (!buffer) return null;
  if (!ArrayBuffer.isView(buffer)) return buffer.slice(0);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).slice().buffer as ArrayBuffer;
}
