import { expect, test } from "vitest";
import { heightAt, linkAt, linkCurve, networkLayout } from "../src/engine/network_layout";

const request = {
  counts: [2, 3, 1],
  width: 600,
  narrowest: 100,
  unitSize: 40,
  pitch: 50,
  most: 12,
  top: 0,
  bottom: 0,
  fewestRows: 1,
  names: [0, 0] as const,
  nameHeight: 15,
};

test("columns share the width, and units are centered vertically", () => {
  const { columns, width, height } = networkLayout(request);
  expect(columns.map(({ x }) => Math.round(x))).toEqual([100, 300, 500]);
  expect([width, height]).toEqual([600, 150]);
  expect(columns.map(({ y }) => y)).toEqual([[50, 100], [25, 75, 125], [75]]);
});

test("columns keep their minimum distance, and a wide network exceeds the screen", () => {
  expect(networkLayout({ ...request, width: 240 }).width).toBe(300);
});

test("outer columns make room for their names, and the others give way", () => {
  // 100 wide at least, 40 wide units: 30 beside a unit, so 70 and 20 more are needed than 300
  const { columns, width } = networkLayout({ ...request, width: 290, names: [100, 50] });
  expect(width).toBe(390);
  expect(columns.map(({ width: w }) => w)).toEqual([170, 100, 120]);
  expect(columns.map(({ x }) => x)).toEqual([120, 220, 320]);
});

test("where names beside their units would make the picture too wide, they are below", () => {
  // 390 with names of 100 and 50 beside units, 300 with the same below them; 310 are shared
  const { columns, width, height, namesBelow } = networkLayout({ ...request, width: 310, names: [100, 50] });
  expect([namesBelow, width, height]).toEqual([true, 310, 150]);
  expect(columns.map(({ width: w }) => Math.round(w * 3))).toEqual([310, 310, 310]);
  expect(columns.map(({ y }) => y)).toEqual([[42.5, 107.5], [25, 75, 125], [75]]);
  const long = networkLayout({ ...request, width: 346, names: [140, 50] }).columns;
  expect(long.map(({ x, width: w }) => [Math.round(x - w / 2), Math.round(x + w / 2)])).toEqual([
    [0, 140],
    [140, 243],
    [243, 346],
  ]);
});

test("names that fit beside a unit take no room of others", () => {
  expect(networkLayout({ ...request, names: [80, 80] }).columns.map(({ x }) => Math.round(x))).toEqual([
    100, 300, 500,
  ]);
});

test("a very long name takes as much as one column more", () => {
  const [first] = networkLayout({ ...request, width: 300, names: [900, 0] }).columns;
  expect(first?.width).toBe(200);
});

test("a long column is truncated and keeps a place for the omitted units", () => {
  const { columns } = networkLayout({ ...request, counts: [40, 2], most: 5 });
  expect(columns[0]).toMatchObject({ units: 40, shown: 5 });
  expect(columns[0]?.y).toHaveLength(6);
  const { columns: fitting } = networkLayout({ ...request, counts: [6, 2], most: 5 });
  expect(fitting[0]).toMatchObject({ units: 6, shown: 6 }); // the sixth where "1 more" would be
  expect(fitting[0]?.y).toHaveLength(6);
});

test("units of one column never overlap", () => {
  for (const { y } of networkLayout({ ...request, counts: [7, 32, 3], most: 64 }).columns)
    for (let i = 1; i < y.length; i++)
      expect((y[i] as number) - (y[i - 1] as number)).toBeGreaterThanOrEqual(40);
});

test("a link starts and ends at its units and is halfway in its middle", () => {
  const layout = networkLayout(request);
  const curve = linkCurve(layout, { layer: 0, from: 0, to: 2 });
  if (!curve) throw new Error("no such link");
  expect([curve.x0, curve.y0, curve.x1, curve.y1].map(Math.round)).toEqual([120, 50, 280, 125]);
  // a cubic with level handles of the same length is symmetric about its middle
  expect(heightAt(curve, 200)).toBeCloseTo((50 + 125) / 2, 4);
  expect(heightAt(curve, 120)).toBeCloseTo(50, 2);
});

test("a pointer finds the link it is on, and none where there is none", () => {
  const layout = networkLayout(request);
  expect(linkAt(layout, 122, 50.2, 6)?.from).toBe(0);
  expect(linkAt(layout, 278, 124.9, 6)).toMatchObject({ layer: 0, to: 2 });
  expect(linkAt(layout, 200, 5, 6)).toBeNull();
  expect(linkAt(layout, 300, 75, 6)).toBeNull(); // inside a unit
});
