import { expect, test } from "vitest";
import { pack, unpack } from "../src/engine/wire";

test("a packed message has the bytes the protocol says", () => {
  // {"a":1} has 7 bytes: 4 + 7 = 11, so that the body begins at 16
  const packed = pack({ a: 1 }, Uint8Array.of(9, 8));
  expect([...packed]).toEqual([7, 0, 0, 0, 123, 34, 97, 34, 58, 49, 125, 0, 0, 0, 0, 0, 9, 8]);
});

test("a JSON text that ends on a multiple of 8 gets no padding", () => {
  const packed = pack("ab", Uint8Array.of(5)); // "ab" with its quotes: 4 bytes
  expect(packed.length).toBe(9);
});

test("packing and unpacking round-trip, also beyond ASCII", () => {
  const message = unpack(pack({ name: "δ – größe 猫" }, Uint8Array.of(1, 2, 3)).buffer);
  expect(message.json).toEqual({ name: "δ – größe 猫" });
  expect([...(message.body ?? [])]).toEqual([1, 2, 3]);
});

test("a length that reaches past the message is refused", () => {
  expect(() => unpack(Uint8Array.of(200, 0, 0, 0, 123, 125).buffer)).toThrow(RangeError);
});
