/**
 * The page's side of a session with Python, independent of the screen: responses update signals, methods send
 * requests. Python holds the truth; `draft` is an experiment that was requested and not yet confirmed.
 */

import { batch, computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { editTraining, type Edit } from "./edits";
import { Frame, decodeLandscape, decodePoints, type Landscape, type Points } from "./frame";
import {
  PROTOCOL,
  type DigitResponse,
  type Experiment,
  type ExportKind,
  type FrameHeader,
  type PageResponse,
  type HelloResponse,
  type LandscapeProgress,
  type PointsHeader,
  type StateResponse,
  type TableResponse,
  type PageRequest,
} from "./protocol";

export type Connection = "connecting" | "open" | "lost";

/** How a host sends the page's requests. */
export interface Line {
  send(message: PageRequest, body?: Uint8Array<ArrayBuffer>): void;
}

export interface ReceivedFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Notice {
  readonly id: number;
  readonly kind: "error" | "note";
  readonly text: string;
}

type Bytes = Uint8Array<ArrayBuffer>;

const MAX_NOTICES = 3;
/** A state of a new generation waits this long for its first frame, so that no empty picture is drawn. */
const WAIT_FOR_FRAME_MS = 150;

interface Arriving {
  state: StateResponse;
  points: Points | null;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class Session {
  readonly connection: Signal<Connection> = signal("connecting");
  readonly hello: Signal<HelloResponse | null> = signal(null);
  readonly state: Signal<StateResponse | null> = signal(null);
  /** The points of the state's generation; points of another one may have other classes and axes. */
  readonly points: ReadonlySignal<Points | null>;
  /** The frame of the state's generation; numbers of another network are never shown beside it. */
  readonly frame: ReadonlySignal<Frame | null>;
  readonly table: Signal<TableResponse | null> = signal(null);
  readonly landscape: Signal<Landscape | null> = signal(null);
  readonly landscapeProgress: Signal<LandscapeProgress | null> = signal(null);
  readonly digit: Signal<DigitResponse | null> = signal(null);
  readonly file: Signal<ReceivedFile | null> = signal(null);
  readonly notices: Signal<readonly Notice[]> = signal([]);
  readonly uploading: Signal<string | null> = signal(null);
  readonly experiment: ReadonlySignal<Experiment | null>;

  /** Called when a new frame waits to be painted. */
  onFrameWaiting: () => void = () => {};

  private readonly lastFrame: Signal<Frame | null> = signal(null);
  private readonly lastPoints: Signal<Points | null> = signal(null);
  private readonly draft: Signal<Experiment | null> = signal(null);
  private waiting: Frame | null = null;
  private arriving: Arriving | null = null;
  private edits = 0;
  private noticeCount = 0;
  private readonly client: string;

  constructor(
    private readonly line: Line,
    client: string,
  ) {
    this.client = client;
    this.points = computed(() => {
      const points = this.lastPoints.value;
      return points?.generation === this.state.value?.generation ? points : null;
    });
    this.frame = computed(() => {
      const frame = this.lastFrame.value;
      return frame?.header.generation === this.state.value?.generation ? frame : null;
    });
    this.experiment = computed(() => this.draft.value ?? this.state.value?.experiment ?? null);
  }

  greet(fragment: string, session: string | null): void {
    if (session === null || session !== this.hello.peek()?.session) this.draft.value = null;
    this.send({ type: "hello", protocol: PROTOCOL, client: this.client, fragment, session });
  }

  goodbye(): void {
    this.send({ type: "bye", client: this.client });
  }

  send(message: PageRequest, body?: Bytes): void {
    this.line.send(message, body);
  }

  /** Request a changed experiment; several edits in a row build on each other. */
  edit(change: Edit): void {
    const before = this.experiment.peek();
    if (!before) return;
    const after = change(before);
    if (after !== before) this.replace(after);
  }

  replace(experiment: Experiment | object): void {
    this.edits += 1;
    if ("data" in experiment && "view" in experiment) this.draft.value = experiment as Experiment;
    this.sendExperiment(experiment);
  }

  private sendExperiment(experiment: object): void {
    this.send({ type: "set", experiment, edit: this.edits, client: this.client });
  }

  learningRate(value: number): void {
    if (this.connection.peek() === "lost") return this.edit(editTraining({ learning_rate: value }));
    const before = this.experiment.peek();
    if (before && this.draft.peek())
      this.draft.value = { ...before, training: { ...before.training, learning_rate: value } };
    this.send({ type: "learning_rate", value });
  }

  upload(name: string, bytes: Bytes): void {
    const limit = this.hello.peek()?.upload_limit ?? Infinity;
    if (bytes.length > limit) {
      this.notify(
        "error",
        `${name} has ${megabytes(bytes.length)} MB; the page accepts at most ${megabytes(limit)} MB. ` +
          "Start with deltarule play FILE instead.",
      );
      return;
    }
    this.uploading.value = name;
    this.send({ type: "upload", name }, bytes);
  }

  async uploadFile(file: { readonly name: string; arrayBuffer(): Promise<ArrayBuffer> }): Promise<void> {
    this.upload(file.name, new Uint8Array(await file.arrayBuffer()));
  }

  export(what: ExportKind): void {
    this.send({ type: "export", what });
  }

  askLandscape(steps: number, trajectory: boolean): void {
    this.landscape.value = null;
    this.landscapeProgress.value = { type: "landscape_progress", done: 0, total: steps };
    this.send({ type: "landscape", steps, trajectory });
  }

  cancelLandscape(): void {
    this.landscapeProgress.value = null;
    this.send({ type: "landscape_cancel" });
  }

  notify(kind: Notice["kind"], text: string): void {
    this.noticeCount += 1;
    const others = this.notices.peek().filter((old) => old.text !== text && old.kind === "error");
    this.notices.value = [...others, { id: this.noticeCount, kind, text }].slice(-MAX_NOTICES);
  }

  dismiss(id: number): void {
    this.notices.value = this.notices.peek().filter((notice) => notice.id !== id);
  }

  /** Show the newest waiting frame; returns its sequence, to acknowledge once it is on screen. */
  showWaiting(): number | null {
    const frame = this.waiting;
    this.waiting = null;
    if (!frame || frame.header.generation !== this.state.peek()?.generation) return null;
    this.lastFrame.value = frame;
    return frame.header.sequence;
  }

  acknowledge(sequence: number): void {
    this.send({ type: "ack", sequence, client: this.client });
  }

  receive(message: PageResponse, body: Bytes | null): void {
    switch (message.type) {
      case "hello":
        this.connection.value = "open";
        // Python forgot what it was doing for a page that went away.
        this.landscapeProgress.value = null;
        this.uploading.value = null;
        this.hello.value = message;
        if (this.draft.peek()) this.sendExperiment(this.draft.peek() as Experiment); // requested while offline
        return;
      case "state":
        return this.receiveState(message);
      case "points":
        return body ? this.receivePoints(message, body) : undefined;
      case "frame":
        return body ? this.receiveFrame(message, body) : undefined;
      case "table":
        this.uploading.value = null;
        this.table.value = message;
        return;
      case "landscape_progress":
        if (this.landscapeProgress.peek()) this.landscapeProgress.value = message;
        return;
      case "landscape":
        this.landscapeProgress.value = null;
        if (body) this.landscape.value = decodeLandscape(message, body);
        return;
      case "digit":
        this.digit.value = message;
        return;
      case "file":
        this.file.value = {
          name: message.name,
          mediaType: message.media_type,
          bytes: body ?? new Uint8Array(),
        };
        return;
      case "error":
        if (message.about === "upload") this.uploading.value = null;
        if (message.about === "landscape") this.landscapeProgress.value = null;
        if (message.about === "set" && (message.edit ?? this.edits) === this.edits) this.draft.value = null;
        this.notify("error", message.text);
        return;
      default: // `received`, which only a notebook's kernel needs
        return;
    }
  }

  private receiveState(state: StateResponse): void {
    const before = this.state.peek();
    if (this.arriving?.state.generation === state.generation) this.arriving.state = state;
    else if (before && before.generation !== state.generation) {
      clearTimeout(this.arriving?.timer);
      this.arriving = { state, points: null, timer: setTimeout(() => this.arrive(), WAIT_FOR_FRAME_MS) };
    } else this.apply(state);
  }

  private receivePoints(message: PointsHeader, body: Bytes): void {
    const state = this.stateOf(message.generation);
    if (!state) return;
    const points = decodePoints(message, state.input_plane, body);
    if (this.arriving?.state === state) this.arriving.points = points;
    else this.lastPoints.value = points;
  }

  private receiveFrame(message: FrameHeader, body: Bytes): void {
    const state = this.stateOf(message.generation);
    if (!state) return;
    const frame = new Frame(message, state.layers, state.input_plane, body);
    batch(() => {
      if (this.arriving?.state === state) {
        this.arrive();
        this.lastFrame.value = frame; // with its state, so that no card is empty in between
      }
      this.waiting = frame;
    });
    this.onFrameWaiting();
  }

  private stateOf(generation: number): StateResponse | null {
    const known = [this.arriving?.state, this.state.peek()];
    return known.find((state) => state?.generation === generation) ?? null;
  }

  /** Apply the state that waited for its first frame. */
  private arrive(): void {
    const arriving = this.arriving;
    if (!arriving) return;
    clearTimeout(arriving.timer);
    this.arriving = null;
    batch(() => {
      this.waiting = null;
      this.landscape.value = null;
      this.landscapeProgress.value = null;
      if (arriving.points) this.lastPoints.value = arriving.points;
      this.apply(arriving.state);
    });
  }

  private apply(state: StateResponse): void {
    const mine = state.edit?.client === this.client ? state.edit.number : null;
    if (mine === null || mine >= this.edits) this.draft.value = null;
    this.state.value = state;
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
