import { expect, test } from "vitest";
import { noteOf } from "../src/view/qr_code";
import { linkNote } from "../src/view/share_menu";

const LINK = "https://example.org/playground/#data=spirals&layers=8tanh,8relu";

test("a short link of a web host needs no note", () => {
  expect(noteOf(LINK, false)).toBe("");
});

test("a link that phones cannot open, or whose table they do not have, has a note", () => {
  expect(noteOf("http://localhost:8000/#data=xor", false)).toContain("this computer alone");
  expect(noteOf(LINK, true)).toContain("drop the same file");
  expect(linkNote(true)).toContain("drop the same file");
  expect(linkNote(false)).toContain("any device");
});

test("a link that no code holds is refused", () => {
  expect(noteOf(LINK + "x".repeat(3000), false)).toContain("too long");
});
