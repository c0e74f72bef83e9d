/** Arrays inside a message's body: views if the bytes are aligned, otherwise copies. */

import type { ArrayPlace } from "./protocol";

interface Views {
  float32: Float32Array;
  int32: Int32Array;
  uint8: Uint8Array<ArrayBuffer>;
  uint16: Uint16Array;
}

const BYTES = { float32: 4, int32: 4, uint8: 1, uint16: 2 } as const;

export type Dtypes = Readonly<Record<string, keyof Views>>;
export type ArrayPlaces = Readonly<Record<string, ArrayPlace>>;

/** The arrays of one message, looked up by name in the type that `dtypes` declares. */
export class Arrays<D extends Dtypes> {
  constructor(
    private readonly dtypes: D,
    private readonly places: ArrayPlaces,
    private readonly body: Uint8Array<ArrayBuffer>,
  ) {}

  /** The array `name`, or null if the message does not have it. */
  get<N extends keyof D & string>(name: N): Views[D[N]] | null {
    const dtype: keyof Views = this.dtypes[name] as keyof Views;
    const bytes = this.bytes(name, dtype);
    return bytes && (view(dtype, bytes) as Views[D[N]]);
  }

  private bytes(name: string, dtype: keyof Views): Uint8Array<ArrayBuffer> | null {
    const place = this.places[name];
    if (!place) return null;
    if (place.dtype !== dtype) throw new TypeError(`array ${name} is ${place.dtype}, expected ${dtype}`);
    const length = place.shape.reduce((product, side) => product * side, 1) * BYTES[dtype];
    const end = place.offset + length;
    if (end > this.body.byteLength) throw new RangeError(`array ${name} ends after the message`);
    const aligned = (this.body.byteOffset + place.offset) % BYTES[dtype] === 0;
    return aligned ? this.body.subarray(place.offset, end) : this.body.slice(place.offset, end);
  }
}

function view(dtype: keyof Views, bytes: Uint8Array<ArrayBuffer>): Views[keyof Views] {
  if (dtype === "uint8") return bytes;
  const View = { float32: Float32Array, int32: Int32Array, uint16: Uint16Array }[dtype];
  return new View(bytes.buffer, bytes.byteOffset, bytes.byteLength / BYTES[dtype]);
}
