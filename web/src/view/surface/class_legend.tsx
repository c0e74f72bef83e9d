import { signedRamp } from "../../draw/colors";
import { number } from "../../engine/format";
import type { StateResponse } from "../../engine/protocol";
import { useLook } from "../context";
import { useCanvas } from "../use_canvas";
import { MarkerIcon } from "./marker_icon";

const MAX_NAMED = 12;

/** The markers of the classes, or the color scale of a regression. */
export function ClassLegend({ state }: { state: StateResponse }) {
  const named = state.classes.slice(0, MAX_NAMED);
  return (
    <ul class="legend" aria-label="Markers on the surface" data-testid="class-legend">
      {state.task === "regression" && (
        <li>
          <ColorBar state={state} />
        </li>
      )}
      {named.map((name, i) => (
        <li key={i}>
          <MarkerIcon index={i} />
          <bdi>{name}</bdi>
        </li>
      ))}
      {state.classes.length > MAX_NAMED && <li>and {state.classes.length - MAX_NAMED} more</li>}
      {state.task === "regression" ? (
        <>
          <li>● training</li>
          <li>◆ validation</li>
        </>
      ) : (
        <>
          <li>
            <MarkerIcon index={-1} /> training
          </li>
          <li>
            <MarkerIcon index={-1} hollow /> validation
          </li>
        </>
      )}
      {state.input_plane.kind === "line" && state.task === "classification" && (
        <li>curves: probability, 0 at the bottom, 1 at the top</li>
      )}
    </ul>
  );
}

function ColorBar({ state }: { state: StateResponse }) {
  const look = useLook();
  const [width, height] = [120 * look.zoom.value, 10 * look.zoom.value];
  const palette = look.palette.value;
  const canvas = useCanvas(
    ({ context }) => {
      const table = signedRamp(palette);
      for (let x = 0; x < width; x++) {
        const word = table[Math.round((x / width) * 255)] as number;
        context.fillStyle = `rgb(${word & 255} ${(word >> 8) & 255} ${(word >> 16) & 255})`;
        context.fillRect(x, 0, 1.5, height);
      }
    },
    { width, height },
    [palette],
  );
  const [low, high] = state.output_range;
  return (
    <span class="color-bar">
      {number(low)}
      <canvas ref={canvas} aria-hidden="true" />
      {number(high)} <bdi>{state.target}</bdi>
    </span>
  );
}
