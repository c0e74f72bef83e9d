/**
 * Messages with bytes on a WebSocket: uint32 (little endian) length of the JSON, the JSON as UTF-8, zero
 * bytes up to the next multiple of 8, the body. A body that starts at a multiple of 8 lets arrays be
 * views of the received bytes instead of copies.
 */

const ALIGNMENT = 8;

export interface Message {
  readonly json: unknown;
  readonly body: Uint8Array<ArrayBuffer> | null;
}

function bodyStart(jsonBytes: number): number {
  return Math.ceil((4 + jsonBytes) / ALIGNMENT) * ALIGNMENT;
}

export function pack(json: unknown, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const start = bodyStart(text.length);
  const packed = new Uint8Array(start + body.length);
  new DataView(packed.buffer).setUint32(0, text.length, true);
  packed.set(text, 4);
  packed.set(body, start);
  return packed;
}

/** Raises a RangeError or SyntaxError for bytes that are not a message. */
export function unpack(data: ArrayBuffer): Message {
  const length = new DataView(data).getUint32(0, true);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(data, 4, length));
  const start = Math.min(bodyStart(length), data.byteLength);
  return { json: JSON.parse(text), body: new Uint8Array(data, start) };
}
