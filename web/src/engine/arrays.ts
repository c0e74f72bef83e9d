/** Arrays inside a message's body, as views where the bytes are aligned and as copies where they are not. */

import type { ArrayPlaces } from "./protocol";

const BYTES = { float32: 4, int32: 4, uint8: 1 } as const;

/** The arrays of one message, looked up by name; a name that is not there is null. */
export class Arrays {
  constructor(
    private readonly places: ArrayPlaces,
    private readonly body: Uint8Array<ArrayBuffer>,
  ) {}

  float32(name: string): Float32Array | null {
    const bytes = this.bytes(name, "float32");
    return bytes && new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }

  int32(name: string): Int32Array | null {
    const bytes = this.bytes(name, "int32");
    return bytes && new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }

  uint8(name: string): Uint8Array<ArrayBuffer> | null {
    return this.bytes(name, "uint8");
  }

  private bytes(name: string, dtype: keyof typeof BYTES): Uint8Array<ArrayBuffer> | null {
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
