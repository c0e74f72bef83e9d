import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connect } from "../src/host/connect";
import type { FromWorker, ToWorker } from "../src/host/worker_messages";
import { WorkerModel, type WorkerPort } from "../src/host/worker_model";
import { state } from "./messages";

class FakeWorker implements WorkerPort {
  posted: ToWorker[] = [];
  private readonly listeners: Record<string, (event: never) => void> = {};

  postMessage(message: ToWorker): void {
    this.posted.push(message);
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.listeners[type] = listener;
  }

  says(message: FromWorker): void {
    this.listeners.message?.({ data: message } as never);
  }

  get requests(): Record<string, unknown>[] {
    return this.posted.flatMap((m) => (m.kind === "message" ? [JSON.parse(m.text)] : []));
  }
}

const frame = (epoch: number) => [{ type: "frame", epoch, sequence: epoch + 1 }, null] as const;
const RECORDING = {
  messages: [
    [{ type: "hello", session: null, catalog: {} }, null],
    [state({ fragment: "", epochs_per_second: 50 }), null],
  ] as const,
  frames: [frame(0), frame(5), frame(10)],
};

function opened(hash: string) {
  vi.stubGlobal("location", { hash, pathname: "/" });
  vi.stubGlobal("history", { replaceState: vi.fn(), state: null });
  vi.stubGlobal("addEventListener", vi.fn());
  const worker = new FakeWorker();
  const model = new WorkerModel(worker, RECORDING);
  const seen: { type: string; epoch?: number }[] = [];
  model.on("msg:custom", (message: never) => seen.push(message));
  const { session } = connect(model);
  return { worker, model, session, seen };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test("the recording plays until Python is there, which continues at its epoch", () => {
  const { worker, seen } = opened("");
  expect(seen.map(({ type }) => type)).toEqual(["hello", "state", "frame"]);
  vi.advanceTimersByTime(100);
  expect(seen.at(-1)).toMatchObject({ type: "frame", epoch: 5 });
  expect(worker.posted).toEqual([]);
  worker.says({ kind: "ready" });
  expect(worker.posted[0]).toEqual({ kind: "start", epoch: 5 });
  expect(worker.requests.map(({ type }) => type)).toEqual(["hello", "play"]);
  vi.advanceTimersByTime(1000);
  expect(seen.filter(({ type }) => type === "frame")).toHaveLength(2);
});

test("what people ask for meanwhile stops the recording and is carried out in order", () => {
  const { worker, session, seen } = opened("");
  session.send({ type: "pause" });
  session.send({ type: "speed", epochs_per_second: 5 });
  vi.advanceTimersByTime(1000);
  expect(seen.at(-1)).toMatchObject({ epoch: 0 });
  worker.says({ kind: "ready" });
  expect(worker.requests.map(({ type }) => type)).toEqual(["hello", "play", "pause", "speed"]);
});

test("under a link with another experiment the recording is a preview that changes nothing", () => {
  const { worker, model, session, seen } = opened("#data=xor");
  expect(model.isPreview).toBe(true);
  expect(seen.map(({ type }) => type)).toEqual(["hello", "state", "frame"]);
  session.send({ type: "pause" });
  expect(model.get("fragment")).toBe("data=xor");
  worker.says({ kind: "ready" });
  expect(model.isPreview).toBe(false);
  expect(worker.posted.map(({ kind }) => kind)).toEqual(["message"]);
  expect(worker.requests).toEqual([expect.objectContaining({ type: "hello", fragment: "data=xor" })]);
});

test("loading ends with the first frame of Python", () => {
  const { worker, model } = opened("");
  const fractions: number[] = [];
  model.onLoading = (fraction) => fractions.push(fraction);
  worker.says({ kind: "loading", fraction: 0.5 });
  worker.says({ kind: "ready" });
  worker.says({ kind: "message", text: '{"type":"received"}', body: null });
  expect(fractions).toEqual([0.5]);
  for (const sequence of [1, 2])
    worker.says({ kind: "message", text: `{"type":"frame","sequence":${sequence}}`, body: null });
  expect(fractions).toEqual([0.5, 1]);
});

test("the bytes of a file are given to the worker, those of Python to the session", () => {
  const { worker, model, session } = opened("");
  worker.says({ kind: "ready" });
  session.upload("t.csv", new Uint8Array([97, 98]));
  const last = worker.posted.at(-1);
  expect(last?.kind === "message" && last.body && new Uint8Array(last.body)).toEqual(
    new Uint8Array([97, 98]),
  );
  const received: unknown[] = [];
  model.on("msg:custom", (_: never, buffers: never) => received.push(buffers));
  worker.says({ kind: "message", text: '{"type":"received"}', body: new Uint8Array([7]).buffer });
  expect(received).toEqual([[new Uint8Array([7])]]);
});

test("a Python that does not start is reported in a sentence", () => {
  const { worker, session } = opened("");
  worker.says({ kind: "failed", text: "out of memory" });
  expect(session.notices.value[0]?.text).toContain(
    "Python could not be started in this page (out of memory)",
  );
});

test("without Python, requests are refused instead of being shown as if they were carried out", () => {
  const { worker, session } = opened("");
  session.edit((experiment) => ({ ...experiment, data: { ...experiment.data, name: "xor" } }));
  expect(session.experiment.value?.data.name).toBe("xor");
  worker.says({ kind: "failed", text: "out of memory" });
  expect(session.experiment.value).toBe(session.state.value?.experiment);
  session.dismiss(session.notices.value[0]?.id ?? 0);
  session.upload("t.csv", new Uint8Array([97]));
  vi.advanceTimersByTime(1);
  expect(session.uploading.value).toBeNull();
  expect(session.notices.value.map(({ text }) => text)).toEqual([
    expect.stringContaining("Python could not be started"),
  ]);
});

test("a Python that ends later is not reported as one that did not start", () => {
  const { worker, session } = opened("");
  worker.says({ kind: "ready" });
  worker.says({ kind: "failed", text: "Traceback:\n  File x, line 1\nMemoryError: out of memory\n" });
  expect(session.notices.value[0]?.text).toContain(
    "Python stopped in this page (MemoryError: out of memory)",
  );
});
