import { expect, test } from "vitest";
import { jsonLinesOf } from "../src/worker/parquet";

/** Written by pyarrow: a time of day and a datetime in microseconds, infinities, bytes, and integers. */
const KINDS =
  "UEFSMRUAFSwVLCwVBBUAFQYVBhwAAAACAAAABAHgSkZ6CgAAAAAAAAAAAAAAFQAVLBUsLBUEFQAVBhUGHAAAAAIAAAAEAQCg8v//" +
  "////AID4LesNBgAVABUsFSwsFQQVABUGFQYcAAAAAgAAAAQBAAAAAAAA8H8AAAAAAADw/xUAFSAVICwVBBUAFQYVBhwAAAACAAAA" +
  "BAEBAAAA/wEAAABhFQAVLBUsLBUEFQAVBhUGHAAAAAIAAAAEAQUAAAAAAAAAAQAAAAAAAAAVBBlsNQAYBnNjaGVtYRUKABUEJQIY" +
  "AXRsfBIcLAAAAAAAFQQlAhgBcyUUTIwSHCwAAAAAABUKJQIYAXgAFQwlAhgBYgAVBCUCGAFpABYEGRwZXCYAHBUEGSUGABkYAXQV" +
  "ABYEFlIWUiYISRwVABUAFQIAPCkGGSYABAAAACYAHBUEGSUGABkYAXMVABYEFlIWUiZaSRwVABUAFQIAPCkGGSYABAAAACYAHBUK" +
  "GSUGABkYAXgVABYEFlIWUiasAUkcFQAVABUCADwpBhkmAAQAAAAmABwVDBklBgAZGAFiFQAWBBZGFkYm/gFJHBUAFQAVAgA8FgQZ" +
  "BhkmAAQAAAAmABwVBBklBgAZGAFpFQAWBBZSFlImxAJJHBUAFQAVAgA8KQYZJgAEAAAAFo4DFgQmCBaOAwAoIHBhcnF1ZXQtY3Bw" +
  "LWFycm93IHZlcnNpb24gMjYuMC4xGVwcAAAcAAAcAAAcAAAcAAAAaQEAAFBBUjE=";
/** Written by pyarrow: two columns of the same name. */
const TWICE =
  "UEFSMRUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgEBAAAAAAAAABUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgECAAAAAAAAABUEGTw1" +
  "ABgGc2NoZW1hFQQAFQQlAhgBYQAVBCUCGAFhABYCGRwZLCYAHBUEGSUGABkYAWEVABYCFkIWQiYISRwVABUAFQIAPCkGGSYAAgAA" +
  "ACYAHBUEGSUGABkYAWEVABYCFkIWQiZKSRwVABUAFQIAPCkGGSYAAgAAABaEARYCJggWhAEAKCBwYXJxdWV0LWNwcC1hcnJvdyB2" +
  "ZXJzaW9uIDI2LjAuMRksHAAAHAAAALEAAABQQVIx";
/** Written by pyarrow: a text, an integer of 63 bits under the name of a year, and a number named __proto__. */
const NAMES =
  "UEFSMRUAFSAVICwVBBUAFQYVBhwAAAACAAAABAEBAAAAdQEAAAB2FQAVHBUcLBUEFQAVBhUGHAAAAAIAAAADAf////////9/FQAVLBUs" +
  "LBUEFQAVBhUGHAAAAAIAAAAEAQAAAAAAAPg/6oygOVk+OUYVBBlMNQAYBnNjaGVtYRUGABUMJQIYAXklAEwcAAAAFQQlAhgEMjAyMQAV" +
  "CiUCGAlfX3Byb3RvX18AFgQZHBk8JgAcFQwZJQYAGRgBeRUAFgQWRhZGJghJHBUAFQAVAgA8FgQZBhkmAAQAAAAmABwVBBklBgAZGAQy" +
  "MDIxFQAWBBZCFkImTkkcFQAVABUCADwpBhkmAgIAAAAmABwVChklBgAZGAlfX3Byb3RvX18VABYEFlIWUiaQAUkcFQAVABUCADwpBhkm" +
  "AAQAAAAW2gEWBCYIFtoBACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZPBwAABwAABwAAAAFAQAAUEFSMQ==";

function bytes(base64: string): ArrayBuffer {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer as ArrayBuffer;
}

test("values of Parquet keep their meaning as JSON", async () => {
  const lines = new TextDecoder().decode(await jsonLinesOf(bytes(KINDS))).split("\n");
  expect(lines).toEqual([
    '{"t":"12:30:01.100","s":"1969-12-31T23:59:59.123456","x":"inf","b":[],"i":5}',
    '{"t":"00:00:00","s":"2024-01-02","x":"-inf","b":[],"i":1}',
  ]);
});

test("columns keep their order and integers their digits", async () => {
  const lines = new TextDecoder().decode(await jsonLinesOf(bytes(NAMES))).split("\n");
  expect(lines).toEqual([
    '{"y":"u","2021":9223372036854775807,"__proto__":1.5}',
    '{"y":"v","2021":null,"__proto__":2e+30}',
  ]);
});

test("two columns of one name are refused, because an object keeps only one", async () => {
  await expect(jsonLinesOf(bytes(TWICE))).rejects.toThrow("more than one column named a");
});
