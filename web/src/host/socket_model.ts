/**
 * anywidget's model over a WebSocket. It reopens a lost connection, after a quarter of a second at first and
 * after at most five seconds. Messages sent meanwhile are dropped: the widget says hello again and receives the
 * state.
 */

import { pack, unpack } from "../engine/wire";
import { SESSION } from "./model";
import { PageModel } from "./page_model";

const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 5000;
/** Messages are dropped while more than this waits in the browser's buffer. */
const MAX_BUFFERED_BYTES = 256 * 1024 * 1024;

export class SocketModel extends PageModel {
  private socket: WebSocket | null = null;
  private wait = FIRST_WAIT_MS;

  constructor(private readonly address: URL) {
    super();
    this.values.set(SESSION, this.storedSession());
    addEventListener("online", () => this.socket === null && this.open());
    this.open();
  }

  override set(key: string, value: unknown): void {
    if (key === SESSION && this.values.get(key) !== value) this.store(value as string | null);
    super.set(key, value);
  }

  send(content: unknown, _callbacks?: unknown, buffers?: (ArrayBuffer | ArrayBufferView)[]): void {
    const socket = this.socket;
    if (socket?.readyState !== WebSocket.OPEN || socket.bufferedAmount > MAX_BUFFERED_BYTES) return;
    const body = buffers?.[0];
    if (!body) return socket.send(JSON.stringify(content));
    const bytes = ArrayBuffer.isView(body)
      ? new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength)
      : new Uint8Array(body);
    socket.send(pack(content, bytes));
  }

  private open(): void {
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      this.wait = FIRST_WAIT_MS;
      this.connection("open");
    };
    socket.onmessage = ({ data }) => this.received(data as string | ArrayBuffer);
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.connection("lost");
      setTimeout(() => this.socket === null && this.open(), this.wait);
      this.wait = Math.min(this.wait * 1.7, MAX_WAIT_MS);
    };
  }

  private received(data: string | ArrayBuffer): void {
    if (typeof data === "string") return this.emit("msg:custom", JSON.parse(data), []);
    const { json, body } = unpack(data);
    this.emit("msg:custom", json, body ? [body] : []);
  }

  private storedSession(): string | null {
    try {
      return sessionStorage.getItem(this.storageKey);
    } catch {
      return null; // the browser forbids storage: a reload starts a new session
    }
  }

  private store(session: string | null): void {
    try {
      if (session === null) sessionStorage.removeItem(this.storageKey);
      else sessionStorage.setItem(this.storageKey, session);
    } catch {
      // as above
    }
  }

  private get storageKey(): string {
    return `deltarule-session ${this.address.pathname}`;
  }
}
