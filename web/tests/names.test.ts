import { expect, test } from "vitest";
import { sampleName } from "../src/engine/names";

test("a sample is named once, unless its row has another number", () => {
  expect(sampleName(4, 4)).toBe("sample 5");
  expect(sampleName(4, 6)).toBe("sample 5 (row 7)");
  expect(sampleName(null, 2999)).toBe("row 3000");
});
