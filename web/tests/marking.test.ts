import { describe, expect, test } from "vitest";
import { mark, type Question } from "../src/course/marking";
import { numberOf, sliderText } from "../src/course/numbers";

const NUMBER: Question = {
  name: "2.check",
  kind: "number",
  value: -6,
  tolerance: 0.01,
  right: "Yes",
  hint: "Try again",
  mistakes: [{ value: -7, sentence: "You left out the bias." }],
};
const AND: Question = {
  name: "2.3",
  kind: "numbers",
  labels: ["w₀", "w₁", "w₂"],
  right: "Yes",
  conditions: [
    { factors: [-1, 0, 0], offset: 0, sentence: "(0, 0)" },
    { factors: [1, 1, 1], offset: 0, sentence: "(1, 1)" },
  ],
};

describe("answers", () => {
  test.each([
    ["−6", "Yes"],
    [" -6.005 ", "Yes"],
    ["-7", "You left out the bias."],
    ["3", "Try again"],
    ["six", "Write a number, such as −6 or 0.25."],
    ["", "Write a number, such as −6 or 0.25."],
  ])("%s", (answer, sentence) => expect(mark(NUMBER, [answer]).sentence).toBe(sentence));

  test("several numbers meet all conditions", () => {
    expect(mark(AND, ["-1,5", "1", "1"])).toEqual({ right: true, sentence: "Yes" });
    expect(mark(AND, ["0", "1", "1"]).sentence).toBe("(0, 0)"); // 0 is not greater than 0
    expect(mark(AND, ["-3", "1", "1"]).sentence).toBe("(1, 1)");
  });
});

test("numbers are read with any minus sign and a comma", () => {
  expect(["−0,5", "1e-3", ".5", "1/2", "1 2"].map(numberOf)).toEqual([-0.5, 0.001, 0.5, null, null]);
});

test("sliders show the decimals of their step", () => {
  expect(sliderText(-2, 0.1, false)).toBe("−2.0");
  expect(sliderText(3, 1, false)).toBe("3");
  expect(sliderText(-2, 0.05, true)).toBe("0.01");
});
