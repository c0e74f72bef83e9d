import { useSignal } from "@preact/signals";
import type { TargetedPointerEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { strokeBytes, type Stroke } from "../../engine/digit";
import { percent } from "../../engine/format";
import type { StateResponse } from "../../engine/protocol";
import { Button } from "../controls/button";
import { Card } from "../controls/card";
import { useEverything } from "../context";
import { useCanvas, useSize } from "../use_canvas";
import { arrow, usePen } from "../use_pen";
import { useThrottled } from "../use_throttled";
import { PixelPicture, Templates } from "./templates";

/** Shortest time between two questions to the network. */
const ASK_MS = 120;
/** How far an arrow key moves the pen. */
const KEY_STEP = 1 / 16;

/** Draw a digit: the network reads it while it learns. */
export function DigitCard({ state }: { state: StateResponse }) {
  const { session, look } = useEverything();
  const [box, size] = useSize<HTMLDivElement>();
  const strokes = useSignal<readonly Stroke[]>([]);
  const pen = useSignal<{ x: number; y: number; down: boolean } | null>(null);
  const frame = useThrottled(session.frame, 2 * ASK_MS);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const read = session.digit.value;

  const ask = () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      session.send({ type: "digit" }, strokeBytes(strokes.peek()));
    }, ASK_MS);
  };
  useEffect(() => {
    if (strokes.peek().length > 0) ask(); // the network has changed
  }, [frame]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      session.digit.value = null;
    },
    [],
  );

  const canvas = useCanvas(
    ({ context, width, height }) => {
      const palette = look.palette.value;
      context.fillStyle = palette.card;
      context.fillRect(0, 0, width, height);
      context.strokeStyle = palette.ink;
      context.fillStyle = palette.ink;
      context.lineWidth = width * 0.09;
      context.lineCap = context.lineJoin = "round";
      for (const stroke of strokes.value) {
        context.beginPath();
        stroke.forEach(([x, y], i) =>
          i === 0 ? context.moveTo(x * width, y * height) : context.lineTo(x * width, y * height),
        );
        if (stroke.length === 1)
          context.lineTo((stroke[0]?.[0] ?? 0) * width, (stroke[0]?.[1] ?? 0) * height);
        context.stroke();
      }
      if (!pen.value) return;
      context.strokeStyle = palette.positive;
      context.lineWidth = width * (pen.value.down ? 0.03 : 0.012);
      context.beginPath();
      context.arc(pen.value.x * width, pen.value.y * height, width * 0.05, 0, 2 * Math.PI);
      context.stroke();
    },
    size,
    [],
  );
  const extend = (place: readonly [number, number]) => {
    const last = strokes.value.at(-1) ?? [];
    strokes.value = [...strokes.value.slice(0, -1), [...last, place]];
    ask();
  };
  const key = (event: KeyboardEvent) => {
    const move = arrow(event.key);
    const { x, y, down } = pen.value ?? { x: 0.5, y: 0.5, down: false };
    if (move) {
      const inside = (value: number) => Math.min(Math.max(value, 0), 1);
      const next = { x: inside(x + move[0] * KEY_STEP), y: inside(y + move[1] * KEY_STEP), down };
      pen.value = next;
      if (down) extend([next.x, next.y]);
    } else if (event.key === " ") {
      pen.value = { x, y, down: !down };
      if (!down) {
        strokes.value = [...strokes.value, [[x, y]]];
        ask();
      }
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const placeOf = (event: TargetedPointerEvent<HTMLCanvasElement>): readonly [number, number] => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return [(event.clientX - bounds.left) / bounds.width, (event.clientY - bounds.top) / bounds.height];
  };
  const handlers = usePen({
    begin: (event) => {
      pen.value = null;
      strokes.value = [...strokes.value, [placeOf(event)]];
      ask();
    },
    move: (event) => extend(placeOf(event)),
  });
  const isDrawn = strokes.value.length > 0;
  const probabilities = isDrawn ? (read?.probabilities ?? []) : [];
  const best = probabilities.indexOf(Math.max(...probabilities));

  return (
    <Card
      title="Draw a digit"
      name="digit"
      chart={
        <div class="digit-parts">
          <div class="digit-pad" ref={box}>
            <canvas
              ref={canvas}
              tabIndex={0}
              role="application"
              aria-label="Pad for a digit: draw with mouse or finger, or move the pen with the arrow keys; Space lowers and lifts it"
              data-testid="digit-canvas"
              {...handlers}
              onKeyDown={key}
            />
            {!isDrawn && (
              <span class="digit-hint" aria-hidden="true">
                Draw a digit here
              </span>
            )}
          </div>
          <div class="digit-read">
            <div class="row">
              {isDrawn && read && <PixelPicture pixels={read.pixels} />}
              <p class="digit-answer" role="status" data-testid="digit-answer">
                {best >= 0 ? `${state.classes[best]} (${percent(probabilities[best], 0)})` : "–"}
              </p>
            </div>
            <dl class="digit-bars" data-testid="digit-probabilities">
              {state.classes.map((name, i) => (
                <div key={name} class={i === best ? "best" : ""}>
                  <dt>{name}</dt>
                  <dd>
                    <span class="digit-bar" style={{ width: `${100 * (probabilities[i] ?? 0)}%` }} />
                  </dd>
                </div>
              ))}
            </dl>
          </div>
        </div>
      }
      below={
        <>
          <div class="row">
            <Button
              label="Clear the drawing"
              disabled={!isDrawn}
              testid="digit-clear"
              onClick={() => {
                strokes.value = [];
                pen.value = null;
                ask();
              }}
            />
            <p class="hint">The small picture is what the network sees: 8 × 8 pixels.</p>
          </div>
          <Templates state={state} />
        </>
      }
    />
  );
}
