import { useLayoutEffect, useRef } from "preact/hooks";
import { sheet } from "../../draw/canvas";
import { markColor } from "../../draw/colors";
import { addMarker, markerOf } from "../../draw/markers";
import { targetColor } from "../../draw/surface_points";
import type { ToyEntry } from "../../engine/protocol";
import { useLook } from "../context";

/** Some points of a toy dataset, or a grid for a table. */
export function ToyPicture({ toy }: { toy: ToyEntry | null }) {
  const look = useLook();
  const ref = useRef<HTMLCanvasElement>(null);
  const side = 46 * look.zoom.value;
  const palette = look.palette.value;
  useLayoutEffect(() => {
    const drawn = ref.current && sheet(ref.current, side, side);
    if (!drawn) return;
    const { context } = drawn;
    const edge = side * 0.1;
    const place = (share: number) => edge + share * (side - 2 * edge);
    if (!toy) {
      context.strokeStyle = palette.soft;
      context.lineWidth = side * 0.03;
      for (let i = 0; i < 4; i++)
        context.strokeRect(edge, edge + (i * (side - 2 * edge)) / 4, side - 2 * edge, (side - 2 * edge) / 4);
      context.strokeRect(edge, edge, (side - 2 * edge) / 3, side - 2 * edge);
      return;
    }
    for (const [x, y, value] of toy.preview ?? []) {
      context.beginPath();
      const isClasses = toy.task === "classification";
      addMarker(context, isClasses ? markerOf(value) : "circle", place(x), place(1 - y), side * 0.035);
      context.fillStyle = isClasses ? markColor(value, palette) : targetColor(palette, [0, 1], value);
      context.fill();
    }
  }, [toy, side, palette]);
  return <canvas ref={ref} aria-hidden="true" />;
}
