import { useLayoutEffect, useRef } from "preact/hooks";
import { sheet } from "../../draw/canvas";
import { markColor } from "../../draw/colors";
import { addMarker, markerOf } from "../../draw/markers";
import { useLook } from "../context";

/** The marker of a class, as drawn on its points. */
export function MarkerIcon({ index, hollow }: { index: number; hollow?: boolean }) {
  const look = useLook();
  const ref = useRef<HTMLCanvasElement>(null);
  const side = 16 * look.zoom.value;
  const palette = look.palette.value;
  useLayoutEffect(() => {
    const drawn = ref.current && sheet(ref.current, side, side);
    if (!drawn) return;
    const { context } = drawn;
    context.beginPath();
    addMarker(context, index < 0 ? "circle" : markerOf(index), side / 2, side / 2, side * 0.27);
    context.fillStyle = index < 0 ? palette.soft : markColor(index, palette);
    context.strokeStyle = context.fillStyle;
    context.lineWidth = side * 0.1;
    if (hollow) context.stroke();
    else context.fill();
  }, [index, side, palette, hollow]);
  return <canvas ref={ref} class="marker" aria-hidden="true" />;
}
