import { effect } from "@preact/signals";
import { beforeEach, expect, test, vi } from "vitest";
import { addUnits, editTraining } from "../src/engine/edits";
import type { FrameHeader, PageResponse, PageRequest } from "../src/engine/protocol";
import { Session } from "../src/engine/session";
import { EXPERIMENT, body, state } from "./messages";

let sent: PageRequest[];
let session: Session;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  session = new Session({ send: (message) => sent.push(message) }, "me");
  session.receive(state(), null);
});

const more = addUnits(0, 1, 32);
const units = () => session.experiment.value?.network.layers[0]?.units;
const withUnits = (count: number) => addUnits(0, count - 4, 32)(EXPERIMENT);

function frameMessage(sequence: number, generation = 1): [PageResponse, Uint8Array<ArrayBuffer>] {
  const { arrays, bytes } = body({ weights: new Float32Array(12), biases: new Float32Array(5) });
  return [{ type: "frame", sequence, generation, arrays, layers: [] } as unknown as FrameHeader, bytes];
}

function pointsMessage(generation: number): [PageResponse, Uint8Array<ArrayBuffer>] {
  const { arrays, bytes } = body({ target: Float32Array.of(623.4), inputs: new Uint8Array(8) });
  return [{ type: "points", generation, total: 1, input_low: [], input_high: [], arrays }, bytes];
}

test("three fast clicks build on each other before the server has answered any", () => {
  session.edit(more);
  session.edit(more);
  session.edit(more);
  expect(units()).toBe(7);
  expect(sent.map((message) => message.type === "set" && message.edit)).toEqual([1, 2, 3]);
});

test("the answer to an earlier request does not undo a later one; the answer to the last one counts", () => {
  session.edit(more);
  session.edit(more);
  session.receive(state({ experiment: withUnits(5), edit: { client: "me", number: 1 } }), null);
  expect(units()).toBe(6);
  session.receive(state({ experiment: withUnits(6), edit: { client: "me", number: 2 } }), null);
  expect(units()).toBe(6);
  session.receive(state({ experiment: withUnits(2), edit: { client: "another", number: 9 } }), null);
  expect(units()).toBe(2);
});

test("a refused request is undone, with the server's message", () => {
  session.edit(editTraining({ learning_rate: -1 }));
  session.receive(
    { type: "error", text: "training.learning_rate must be above 0.", about: "set", edit: 1 },
    null,
  );
  expect(session.experiment.value?.training.learning_rate).toBe(0.01);
  expect(session.notices.value.map(({ text }) => text)).toEqual(["training.learning_rate must be above 0."]);
});

test("of waiting frames only the latest is shown, once", () => {
  session.receive(...frameMessage(7));
  session.receive(...frameMessage(8));
  expect(session.frame.value).toBeNull();
  expect(session.showWaiting()).toBe(8);
  expect(session.frame.value?.header.sequence).toBe(8);
  expect(session.showWaiting()).toBeNull();
});

test("a state of another network is shown with its points and its first frame, not before", () => {
  session.receive(...frameMessage(7));
  session.receive(state({ generation: 2 }), null);
  session.receive(...pointsMessage(2));
  expect(session.state.value?.generation).toBe(1);
  expect(session.points.value).toBeNull();
  session.receive(...frameMessage(9, 2));
  expect([session.state.value?.generation, session.points.value?.generation]).toEqual([2, 2]);
  expect(session.showWaiting()).toBe(9);
});

test("a frame of another generation is not shown beside a newer state, even if their networks are alike", () => {
  session.receive(...frameMessage(7));
  session.showWaiting();
  session.receive(state({ generation: 2 }), null);
  vi.advanceTimersByTime(200);
  expect(session.state.value?.generation).toBe(2);
  expect(session.frame.value).toBeNull();
  session.receive(...frameMessage(8, 2));
  expect(session.showWaiting()).toBe(8);
  expect(session.frame.value?.header.sequence).toBe(8);
});

test("the first frame of a generation is shown with its state", () => {
  session.receive(...frameMessage(7));
  session.showWaiting();
  const seen: (number | undefined)[] = [];
  const stop = effect(() => {
    if (session.state.value?.generation === 2) seen.push(session.frame.value?.header.sequence);
  });
  session.receive(state({ generation: 2 }), null);
  session.receive(...frameMessage(9, 2));
  stop();
  expect(seen).toEqual([9]);
});

test("frames of an older network are dropped then", () => {
  session.receive(state({ generation: 2 }), null);
  session.receive(...frameMessage(9, 2));
  session.showWaiting();
  session.receive(...frameMessage(8, 1));
  expect(session.showWaiting()).toBeNull();
});

test("without a frame the state does not wait forever", () => {
  session.receive(state({ generation: 2 }), null);
  session.receive(state({ generation: 2, playing: true }), null);
  vi.advanceTimersByTime(200);
  expect(session.state.value).toMatchObject({ generation: 2, playing: true });
});

test("points of another generation are not drawn into a newer state", () => {
  session.receive(...pointsMessage(1));
  expect(session.points.value?.target[0]).toBeCloseTo(623.4, 3);
  session.receive(state({ generation: 2 }), null);
  vi.advanceTimersByTime(200);
  expect(session.points.value).toBeNull();
});

test("a file above the server's limit is not sent, and the message names an alternative", () => {
  session.receive({ type: "hello", protocol: 1, session: "s", upload_limit: 10 } as never, null);
  session.upload("big.csv", new Uint8Array(11));
  expect(sent).toEqual([]);
  expect(session.notices.value[0]?.text).toContain("deltarule play");
});

test("requests made while the connection was lost are sent again once it is back", () => {
  const hello = { type: "hello", protocol: 1, session: "s", upload_limit: 10 } as never;
  session.receive(hello, null);
  session.connection.value = "lost";
  session.edit(more);
  session.learningRate(0.5);
  sent = [];
  session.greet("", "s");
  session.receive(hello, null);
  expect(sent.map(({ type }) => type)).toEqual(["hello", "set"]);
  expect(sent[1]).toMatchObject({
    edit: 2,
    experiment: { training: { learning_rate: 0.5 }, network: { layers: [{ units: 5 }] } },
  });
});

test("a new session drops the requests of the old one", () => {
  session.edit(more);
  session.greet("data=xor", null);
  expect(units()).toBe(4);
});

test("after a new connection nothing waits for what Python has forgotten", () => {
  session.askLandscape(11, true);
  session.upload("flowers.csv", Uint8Array.of(1));
  session.receive({ type: "hello", protocol: 1, session: "s", upload_limit: 10 } as never, null);
  expect([session.landscapeProgress.value, session.uploading.value]).toEqual([null, null]);
});
