/** Joins a session to a model: messages, greeting, the fragment of the address. */

import { effect } from "@preact/signals";
import type { PageResponse, PageRequest } from "../engine/protocol";
import { Session } from "../engine/session";
import { CONNECTION, FRAGMENT, SESSION, type Model } from "./model";

/** After this time without an answer of the kernel, a notebook's page reports a lost connection. */
const ANSWER_TIMEOUT_MS = 4000;

function bytesOf(buffer: ArrayBuffer | ArrayBufferView | undefined): Uint8Array<ArrayBuffer> | null {
  if (!buffer) return null;
  if (!ArrayBuffer.isView(buffer)) return new Uint8Array(buffer);
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
}

export interface Connected {
  readonly session: Session;
  readonly close: () => void;
}

export function connect(model: Model): Connected {
  const send = (message: PageRequest, body?: Uint8Array<ArrayBuffer>) =>
    body ? model.send(message, undefined, [body]) : model.send(message);
  const session = new Session({ send }, randomName());
  const hasConnection = model.get(CONNECTION) !== undefined;
  let timeout: ReturnType<typeof setTimeout> | undefined;

  const greet = (known: string | null) =>
    session.greet((model.get(FRAGMENT) as string | undefined) ?? "", known);
  const receive = (content: PageResponse, buffers?: readonly (ArrayBuffer | ArrayBufferView)[]) => {
    clearTimeout(timeout);
    session.receive(content, bytesOf(buffers?.[0]));
  };
  const connectionChanged = () => {
    if (model.get(CONNECTION) === "open") greet((model.get(SESSION) as string | null | undefined) ?? null);
    else session.connection.value = model.get(CONNECTION) as "connecting" | "lost";
  };
  const fragmentChanged = () => greet(null);
  const kernelChanged = () => {
    if ((model as { comm_live?: boolean }).comm_live === false) session.connection.value = "lost";
  };

  model.on("msg:custom", receive);
  model.on(`change:${CONNECTION}`, connectionChanged);
  model.on(`change:${FRAGMENT}`, fragmentChanged);
  model.on("comm_live_update", kernelChanged);

  const remember = effect(() => {
    const id = session.hello.value?.session;
    if (id !== undefined) model.set(SESSION, id);
  });
  const address = effect(() => {
    const fragment = session.state.value?.fragment;
    if (fragment !== undefined && hasConnection) model.set(FRAGMENT, fragment);
  });

  if (!hasConnection) {
    timeout = setTimeout(() => (session.connection.value = "lost"), ANSWER_TIMEOUT_MS);
    greet(null);
  } else if (model.get(CONNECTION) === "open") connectionChanged();

  const close = () => {
    clearTimeout(timeout);
    remember();
    address();
    session.goodbye();
    model.off("msg:custom", receive);
    model.off(`change:${CONNECTION}`, connectionChanged);
    model.off(`change:${FRAGMENT}`, fragmentChanged);
    model.off("comm_live_update", kernelChanged);
  };
  return { session, close };
}

/** randomUUID is not available on pages over plain HTTP, such as those of some notebook servers. */
function randomName(): string {
  const words = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
}
