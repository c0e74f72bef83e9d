import { expect, test } from "vitest";
import { neighbors, PARTS, shows, togglePart, waitsForAnswer } from "../src/engine/lessons";
import type { PresetEntry } from "../src/engine/protocol";
import { EXPERIMENT } from "./messages";

const lesson = (name: string): PresetEntry => ({
  name,
  label: name,
  idea: "",
  experiment: EXPERIMENT,
  question: { text: "?", answers: ["a", "b"], correct: 1, why: "" },
  suggestions: [],
});
const three = ["one", "two", "three"].map(lesson);

test("lessons have neighbors, and without a lesson the first one is next", () => {
  expect(neighbors(three, "two").previous?.name).toBe("one");
  expect(neighbors(three, "two").next?.name).toBe("three");
  expect(neighbors(three, "three").next).toBe(null);
  expect(neighbors(three, "one").previous).toBe(null);
  expect(neighbors(three, null).next?.name).toBe("one");
  expect(neighbors(three, null).previous).toBe(null);
});

test("parts are hidden one by one, in the order of the menu", () => {
  const without = togglePart("data")(togglePart("surface")(EXPERIMENT));
  expect(without.view.hidden).toEqual(["data", "surface"]);
  expect(togglePart("data")(without).view.hidden).toEqual(["surface"]);
  expect(shows(without.view, "data")).toBe(false);
  expect(shows(without.view, "curves")).toBe(true);
});

test("a lecture shows what a hall watches", () => {
  const shown = PARTS.filter(({ part }) => shows({ hidden: [], lecture: true }, part)).map(
    ({ part }) => part,
  );
  expect(shown).toEqual(["lessons", "share", "network", "surface", "curves"]);
});

test("Play waits in a lecture until the question is answered or skipped, or training has begun", () => {
  const view = { lesson: "one", lecture: true, hidden: [] };
  expect(waitsForAnswer(view, new Map(), 0)).toBe(true);
  expect(waitsForAnswer(view, new Map([["two", 1]]), 0)).toBe(true);
  expect(waitsForAnswer(view, new Map([["one", 0]]), 0)).toBe(false);
  expect(waitsForAnswer(view, new Map([["one", "skipped" as const]]), 0)).toBe(false);
  expect(waitsForAnswer(view, new Map(), 1)).toBe(false);
  expect(waitsForAnswer({ ...view, lecture: false }, new Map(), 0)).toBe(false);
  expect(waitsForAnswer({ ...view, lesson: null }, new Map(), 0)).toBe(false);
  expect(waitsForAnswer({ ...view, hidden: ["lessons"] }, new Map(), 0)).toBe(false);
});
