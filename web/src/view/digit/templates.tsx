import { useLayoutEffect, useRef } from "preact/hooks";
import { sheet } from "../../draw/canvas";
import { signedRamp } from "../../draw/colors";
import { DIGIT_SIDE, template } from "../../engine/digit";
import { layerTitle, unitName } from "../../engine/names";
import type { StateResponse } from "../../engine/protocol";
import { useLook, useSession } from "../context";
import { useThrottled } from "../use_throttled";

const MAX_TEMPLATES = 32;
const MAX_PIXEL = 16;

/** The weights of each unit of the first layer as a picture over the pixels. */
export function Templates({ state }: { state: StateResponse }) {
  const frame = useThrottled(useSession().frame, 200);
  const first = state.layers[0];
  if (!first || !frame?.fits(state)) return null;
  const units = Array.from({ length: Math.min(first.units, MAX_TEMPLATES) }, (_, unit) => unit);
  const isOutput = state.layers.length === 1;
  let largest = 0;
  for (const unit of units)
    for (let i = 0; i < first.inputs; i++) largest = Math.max(largest, Math.abs(frame.weight(0, i, unit)));
  return (
    <figure class="templates" data-testid="templates">
      <figcaption>
        Weights of {isOutput ? "each digit" : `each unit of ${layerTitle(state, 0).toLowerCase()}`} over the
        pixels: blue counts for it, orange against it
      </figcaption>
      <ul>
        {units.map((unit) => (
          <li key={unit}>
            <Squares values={template((i) => frame.weight(0, i, unit), largest)} side={44} />
            <span>{isOutput ? unitName(state, 0, unit) : unit + 1}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** A drawing as the network sees it. */
export function PixelPicture({ pixels }: { pixels: readonly number[] }) {
  const values = pixels.map((pixel) => pixel / MAX_PIXEL);
  return <Squares values={values} side={56} ink />;
}

function Squares({ values, side, ink }: { values: readonly number[]; side: number; ink?: boolean }) {
  const look = useLook();
  const ref = useRef<HTMLCanvasElement>(null);
  const pixels = side * look.zoom.value;
  const palette = look.palette.value;
  useLayoutEffect(() => {
    const drawn = ref.current && sheet(ref.current, pixels, pixels);
    if (!drawn) return;
    const { context } = drawn;
    const ramp = signedRamp(palette);
    const step = pixels / DIGIT_SIDE;
    context.fillStyle = palette.card;
    context.fillRect(0, 0, pixels, pixels);
    values.forEach((value, i) => {
      if (ink) {
        context.globalAlpha = value;
        context.fillStyle = palette.ink;
      } else {
        const word = ramp[Math.round((value + 1) * 127.5)] as number;
        context.fillStyle = `rgb(${word & 255} ${(word >> 8) & 255} ${(word >> 16) & 255})`;
      }
      const [x, y] = [(i % DIGIT_SIDE) * step, Math.floor(i / DIGIT_SIDE) * step];
      context.fillRect(x, y, step + 0.5, step + 0.5);
    });
    context.globalAlpha = 1;
  }, [values, pixels, palette, ink]);
  return <canvas ref={ref} class="squares" aria-hidden="true" />;
}
