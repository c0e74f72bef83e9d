import { beforeEach, expect, test, vi } from "vitest";
import { connect } from "../src/host/connect";
import { Events } from "../src/host/events";
import { FrozenModel } from "../src/host/frozen_model";
import type { Model } from "../src/host/model";
import { state } from "./messages";

/** A host without a network: keeps what was sent, and values as a model does. */
class FakeModel extends Events implements Model {
  sent: Record<string, unknown>[] = [];

  constructor(readonly values: Record<string, unknown>) {
    super();
  }

  get(key: string): unknown {
    return this.values[key];
  }

  set(key: string, value: unknown): void {
    this.values[key] = value;
  }

  save_changes(): void {}

  send(content: unknown): void {
    this.sent.push(content as Record<string, unknown>);
  }

  change(key: string, value: unknown): void {
    this.values[key] = value;
    this.emit(`change:${key}`);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});

test("the page says hello with the address's fragment once the connection is open", () => {
  const model = new FakeModel({ connection: "connecting", fragment: "data=xor&layers=4tanh", session: null });
  connect(model);
  expect(model.sent).toEqual([]);
  model.change("connection", "open");
  expect(model.sent[0]).toMatchObject({
    type: "hello",
    protocol: 1,
    fragment: "data=xor&layers=4tanh",
    session: null,
  });
});

test("after a lost connection the page says hello with its session, which keeps the experiment", () => {
  const model = new FakeModel({ connection: "open", fragment: "", session: null });
  const { session } = connect(model);
  model.emit("msg:custom", { type: "hello", session: "abc", catalog: {} }, []);
  model.change("connection", "lost");
  expect(session.connection.value).toBe("lost");
  model.change("connection", "open");
  expect(model.sent.at(-1)).toMatchObject({ type: "hello", session: "abc" });
});

test("the server's fragment goes into the address, and a typed one starts a new session", () => {
  const model = new FakeModel({ connection: "open", fragment: "", session: "abc" });
  connect(model);
  model.emit("msg:custom", state({ fragment: "data=spirals" }), []);
  expect(model.values["fragment"]).toBe("data=spirals");
  model.change("fragment", "data=xor");
  expect(model.sent.at(-1)).toMatchObject({ type: "hello", fragment: "data=xor", session: null });
});

test("a notebook's model has no address: it says hello at once and reports a missing answer", () => {
  const model = new FakeModel({});
  const { session, close } = connect(model);
  expect(model.sent[0]).toMatchObject({ type: "hello", fragment: "", session: null });
  vi.advanceTimersByTime(5000);
  expect(session.connection.value).toBe("lost");
  model.emit("msg:custom", { type: "hello", session: "n", catalog: {} }, []);
  model.emit("msg:custom", state({ fragment: "data=xor" }), []);
  expect(session.connection.value).toBe("open");
  expect(model.values).not.toHaveProperty("fragment");
  close();
  expect(model.sent.at(-1)).toMatchObject({ type: "bye" });
});

test("an exported page answers hello from its recording, and replay with that frame", async () => {
  const model = new FrozenModel({
    messages: [[{ type: "hello" }, null]],
    frames: [[{ type: "frame", sequence: 5 }, btoa("\x01\x02")]],
  });
  const heard: unknown[] = [];
  model.on("msg:custom", (content: object, buffers: Uint8Array[]) =>
    heard.push([content, buffers.map((b) => [...b])]),
  );
  model.send({ type: "hello" });
  model.send({ type: "replay", index: 0 });
  await Promise.resolve();
  expect(heard).toEqual([
    [{ type: "hello" }, []],
    [{ type: "frame", sequence: 5 }, [[1, 2]]],
  ]);
});
