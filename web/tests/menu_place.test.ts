import { expect, test } from "vitest";
import { menuPlace } from "../src/view/controls/menu_place";

const phone = { left: 0, right: 360, bottom: 740 };

test("where there is room, a panel ends at the right edge of its button", () => {
  const place = menuPlace({ left: 900, right: 1000, bottom: 50 }, 340, { left: 0, right: 1440, bottom: 900 });
  expect(place).toEqual({ shift: 0, width: 340, maxHeight: 842 });
});

test("on a phone the panel of a button at the left is moved into the window", () => {
  const { shift, width } = menuPlace({ left: 12, right: 128, bottom: 80 }, 340, phone);
  const left = 128 - width + shift;
  expect(left).toBe(8);
  expect(left + width).toBe(348);
});

test("a panel wider than the window takes the window's width", () => {
  expect(menuPlace({ left: 12, right: 128, bottom: 80 }, 500, phone).width).toBe(344);
});

test("a panel ends above the lower edge of the window, but stays usable where its button is low", () => {
  expect(menuPlace({ left: 12, right: 128, bottom: 80 }, 340, phone).maxHeight).toBe(652);
  expect(menuPlace({ left: 12, right: 128, bottom: 730 }, 340, phone).maxHeight).toBe(160);
});
