/**
 * Entry of the worker: loads Python (Pyodide), NumPy and deltarule, and drives deltarule's playground. It has no
 * threads, so this event loop takes their place: a message wakes it, and each turn says when the next one is due.
 */

import type { PyProxy } from "pyodide/ffi";
import type { FromWorker, ToWorker } from "../host/worker_messages";
import { isParquet, jsonLinesOf } from "./parquet";
import { startPython, type BrowserWorker } from "./python";

const post = (message: FromWorker, transfer: Transferable[] = []) => self.postMessage(message, { transfer });

/** A turn that is due at once is a task of its own, because timers wait for milliseconds. */
const soon = new MessageChannel();
let timer: ReturnType<typeof setTimeout> | undefined;
let isSoon = false;

function publish(text: string, body: PyProxy | null | undefined): void {
  if (!body) return post({ kind: "message", text, body: null });
  const buffer = (
    body as unknown as { getBuffer(type: "u8"): { data: Uint8Array; release(): void } }
  ).getBuffer("u8");
  const bytes = buffer.data.slice().buffer as ArrayBuffer;
  buffer.release();
  post({ kind: "message", text, body: bytes }, [bytes]);
}

function run(playground: BrowserWorker): void {
  const turn = () => {
    clearTimeout(timer);
    const seconds = playground.turn();
    if (seconds > 0.001) timer = setTimeout(turn, 1000 * seconds);
    else if (!isSoon) {
      isSoon = true;
      soon.port2.postMessage(null);
    }
  };
  soon.port1.onmessage = () => {
    isSoon = false;
    turn();
  };
  const receive = (text: string, body: Uint8Array | null) => {
    playground.receive(text, body);
    turn();
  };
  self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    if (data.kind === "start") return playground.advance_to(data.epoch);
    const { text, body } = data;
    if (!body || !isParquet(new Uint8Array(body))) return receive(text, body && new Uint8Array(body));
    jsonLinesOf(body).then(
      (lines) => receive(text, lines),
      (error: Error) => refuse((JSON.parse(text) as { name?: string }).name ?? "The file", error),
    );
  };
}

function refuse(name: string, error: Error): void {
  const reason = error.message.replace(/\.$/, "");
  const sentence = `${name} cannot be read as Parquet here (${reason}): save the table as CSV, or use deltarule play.`;
  post({
    kind: "message",
    text: JSON.stringify({ type: "error", text: sentence, about: "upload", edit: null }),
    body: null,
  });
}

startPython(publish, (fraction) => post({ kind: "loading", fraction })).then(
  (playground) => {
    run(playground);
    post({ kind: "ready" });
  },
  (error: unknown) => post({ kind: "failed", text: String((error as Error).message ?? error) }),
);
