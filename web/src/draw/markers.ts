/** The markers that distinguish classes without color; they repeat after nine. */

export type MarkerName =
  "circle" | "square" | "triangle" | "diamond" | "triangle down" | "plus" | "cross" | "star" | "hexagon";

export const MARKERS: readonly MarkerName[] = [
  "circle",
  "square",
  "triangle",
  "diamond",
  "triangle down",
  "plus",
  "cross",
  "star",
  "hexagon",
];

export function markerOf(index: number): MarkerName {
  return MARKERS[index % MARKERS.length] as MarkerName;
}

function polygon(
  path: CanvasPath,
  x: number,
  y: number,
  radii: readonly number[],
  corners: number,
  turn: number,
) {
  for (let i = 0; i < corners; i++) {
    const angle = turn + (i * 2 * Math.PI) / corners;
    const radius = radii[i % radii.length] as number;
    const px = x + radius * Math.cos(angle);
    const py = y + radius * Math.sin(angle);
    if (i === 0) path.moveTo(px, py);
    else path.lineTo(px, py);
  }
  path.closePath();
}

function bars(path: CanvasPath, x: number, y: number, r: number, turn: number) {
  const w = r * 0.36;
  const outline: [number, number][] = [
    [-w, -r],
    [w, -r],
    [w, -w],
    [r, -w],
    [r, w],
    [w, w],
    [w, r],
    [-w, r],
    [-w, w],
    [-r, w],
    [-r, -w],
    [-w, -w],
  ];
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  outline.forEach(([px, py], i) => {
    const [qx, qy] = [x + px * c - py * s, y + px * s + py * c];
    if (i === 0) path.moveTo(qx, qy);
    else path.lineTo(qx, qy);
  });
  path.closePath();
}

/** Add the outline of a marker of about `size` pixels' radius around (x, y) to `path`; areas are alike. */
export function addMarker(path: CanvasPath, marker: MarkerName, x: number, y: number, size: number): void {
  const up = -Math.PI / 2;
  switch (marker) {
    case "circle":
      path.moveTo(x + size, y);
      path.arc(x, y, size, 0, 2 * Math.PI);
      return;
    case "square":
      path.rect(x - size * 0.88, y - size * 0.88, size * 1.76, size * 1.76);
      return;
    case "triangle":
      return polygon(path, x, y + size * 0.15, [size * 1.35], 3, up);
    case "diamond":
      return polygon(path, x, y, [size * 1.25], 4, up);
    case "triangle down":
      return polygon(path, x, y - size * 0.15, [size * 1.35], 3, -up);
    case "plus":
      return bars(path, x, y, size * 1.2, 0);
    case "cross":
      return bars(path, x, y, size * 1.2, Math.PI / 4);
    case "star":
      return polygon(path, x, y, [size * 1.45, size * 0.62], 10, up);
    case "hexagon":
      return polygon(path, x, y, [size * 1.1], 6, 0);
  }
}
