import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { drawSurface, surfaceGeometry } from "../../draw/surface";
import {
  addPoint,
  DRAWN_CLASSES,
  encodePoints,
  erasePoints,
  MAX_DRAWN,
  missing,
  type DrawnPoint,
} from "../../engine/drawn_points";
import { chooseDrawn } from "../../engine/edits";
import { count } from "../../engine/format";
import type { Points } from "../../engine/frame";
import type { StateResponse } from "../../engine/protocol";
import { Button } from "../controls/button";
import { Segmented } from "../controls/segmented";
import { useEverything } from "../context";
import { useCanvas, useSize } from "../use_canvas";
import { arrow, usePen } from "../use_pen";

const SPACING = 0.045;
const ERASER = 0.09;
const KEY_STEP = 0.05;
const AXIS = { low: -1, high: 1 };

/** The plane to draw on: a class or the eraser is moved over it, by pointer or by keyboard. */
export function DrawingPad({ state }: { state: StateResponse }) {
  const { session, look } = useEverything();
  const [box, size] = useSize<HTMLDivElement>();
  const tool = useSignal("0");
  const cursor = useSignal<{ x: number; y: number } | null>(null);
  const past = useRef<(readonly DrawnPoint[])[]>([]);
  const before = useRef<readonly DrawnPoint[]>([]);
  const points = look.drawing.value ?? [];
  const fontSize = 11.5 * look.zoom.value;
  const isShown = state.experiment.data.source === "drawn";
  const plane: StateResponse = isShown
    ? { ...state, sample: null }
    : {
        ...state,
        task: "classification",
        classes: DRAWN_CLASSES,
        sample: null,
        input_plane: {
          ...state.input_plane,
          kind: "plane",
          x: { ...AXIS, label: "x₁" },
          y: { ...AXIS, label: "x₂" },
        },
      };

  const { source, name } = (session.experiment.value ?? state.experiment).data;
  const known = useRef(name);
  useEffect(() => {
    if (source !== "drawn" && name !== known.current) look.drawing.value = null; // other data were chosen
    known.current = name;
  }, [source, name]);

  const canvas = useCanvas(
    ({ context, width, height }) => {
      const frame = session.frame.value;
      const palette = look.palette.value;
      drawSurface(context, width, height, {
        state: plane,
        frame: isShown && frame?.fits(state) ? frame : null,
        points: asPoints(look.drawing.value ?? []),
        palette,
        fontSize,
      });
      const place = cursor.value;
      if (!place) return;
      const { x, y } = toPixels(place, plane, width, height, fontSize);
      context.strokeStyle = palette.ink;
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc(x, y, fontSize * 0.7, 0, 2 * Math.PI);
      context.moveTo(x - fontSize, y);
      context.lineTo(x + fontSize, y);
      context.moveTo(x, y - fontSize);
      context.lineTo(x, y + fontSize);
      context.stroke();
    },
    size,
    [fontSize, isShown, state],
  );

  const show = (next: readonly DrawnPoint[]) => (look.drawing.value = next);
  const train = (next: readonly DrawnPoint[]) => {
    const toys = session.hello.value?.catalog.toys ?? [];
    if (missing(next) === null) session.edit(chooseDrawn(encodePoints(next), toys));
  };
  const change = (next: readonly DrawnPoint[]) => {
    if (next === points) return;
    past.current.push(points);
    show(next);
    train(next);
  };
  const undo = () => {
    const last = past.current.pop();
    if (!last) return;
    show(last);
    train(last);
  };
  const applied = (now: readonly DrawnPoint[], place: { x: number; y: number }) =>
    tool.value === "erase"
      ? erasePoints(now, place, ERASER)
      : addPoint(now, { ...place, target: Number(tool.value) }, SPACING);
  const placeOf = (event: PointerEvent) => {
    const bounds = canvas.current?.getBoundingClientRect();
    const geometry = surfaceGeometry(plane, size.width, size.height, fontSize);
    const share = (pixel: number, { from, to }: { from: number; to: number }) =>
      ((pixel - from) / (to - from)) * 2 - 1;
    return {
      x: share(event.clientX - (bounds?.left ?? 0), geometry.x),
      y: share(event.clientY - (bounds?.top ?? 0), geometry.y),
    };
  };
  const key = (event: KeyboardEvent) => {
    const move = arrow(event.key);
    const place = cursor.value ?? { x: 0, y: 0 };
    if (move) {
      const inside = (value: number) => Math.round(Math.min(Math.max(value, -1), 1) * 1000) / 1000;
      cursor.value = { x: inside(place.x + move[0] * KEY_STEP), y: inside(place.y - move[1] * KEY_STEP) };
    } else if (event.key === " " || event.key === "Enter") change(applied(points, place));
    else if (event.key === "Delete" || event.key === "Backspace") change(erasePoints(points, place, ERASER));
    else if (DRAWN_CLASSES[Number(event.key) - 1]) tool.value = String(Number(event.key) - 1);
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const handlers = usePen({
    begin: (event) => {
      before.current = points;
      cursor.value = null;
      show(applied(points, placeOf(event)));
    },
    move: (event) => show(applied(look.drawing.peek() ?? [], placeOf(event))),
    end: () => {
      const now = look.drawing.peek() ?? [];
      if (now === before.current) return;
      past.current.push(before.current);
      train(now);
    },
  });
  const problem = missing(points);
  const place = cursor.value;

  return (
    <div class="drawing" data-testid="drawing">
      <div class="row">
        <Segmented
          label="What to draw"
          value={tool.value}
          testid="draw-tool"
          options={[
            ...DRAWN_CLASSES.map((name, i) => ({ value: String(i), label: name })),
            { value: "erase", label: "erase" },
          ]}
          onChange={(next) => (tool.value = next)}
        />
      </div>
      <div class="square" ref={box}>
        <canvas
          ref={canvas}
          tabIndex={0}
          role="application"
          aria-label="Plane to draw on: the arrow keys move, Space draws, Delete erases, 1 to 4 choose the class, Control Z undoes"
          data-testid="drawing-canvas"
          {...handlers}
          onKeyDown={key}
        />
      </div>
      <p class="hint" role="status" data-testid="drawn-count">
        {problem ?? count(points.length, "point")}
        {problem && isShown && " Until then the network trains on the earlier points."}
        {points.length >= MAX_DRAWN && ", as many as fit into the link"}
        {place && `. At x₁ = ${place.x.toFixed(2)}, x₂ = ${place.y.toFixed(2)}`}
      </p>
      <div class="row">
        <Button
          label="Undo"
          icon="undo"
          disabled={past.current.length === 0}
          testid="draw-undo"
          onClick={undo}
        />
        <Button label="Clear" disabled={points.length === 0} testid="draw-clear" onClick={() => change([])} />
        <Button
          label="Save as CSV"
          disabled={problem !== null || !isShown}
          testid="draw-csv"
          onClick={() => session.export("points")}
        />
        <Button label="Done" testid="draw-done" onClick={() => (look.drawing.value = null)} />
      </div>
    </div>
  );
}

function toPixels(
  place: { x: number; y: number },
  state: StateResponse,
  width: number,
  height: number,
  fontSize: number,
) {
  const { x, y } = surfaceGeometry(state, width, height, fontSize);
  const pixel = (value: number, { from, to }: { from: number; to: number }) =>
    from + ((value + 1) / 2) * (to - from);
  return { x: pixel(place.x, x), y: pixel(place.y, y) };
}

function asPoints(points: readonly DrawnPoint[]): Points {
  return {
    generation: -1,
    total: points.length,
    x: Float32Array.from(points, ({ x }) => x),
    y: Float32Array.from(points, ({ y }) => y),
    target: Float32Array.from(points, ({ target }) => target),
    validation: new Uint8Array(points.length),
    row: Int32Array.from(points, (_, i) => i),
    inputGrid: () => null,
    inputRange: () => [0, 1],
  };
}
