import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { sheet, type Sheet } from "../draw/canvas";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of an element's content box, kept up to date. */
export function useSize<E extends HTMLElement>() {
  const ref = useRef<E>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const width = Math.floor(entry.contentRect.width);
      const height = Math.floor(entry.contentRect.height);
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size] as const;
}

/** A canvas that is redrawn when a signal that `draw` reads, its size or `inputs` change. */
export function useCanvas(draw: (sheet: Sheet) => void, { width, height }: Size, inputs: readonly unknown[]) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(
    () =>
      effect(() => {
        const canvas = ref.current;
        const drawn = canvas && sheet(canvas, width, height);
        if (drawn) draw(drawn);
      }),
    [width, height, ...inputs],
  );
  return ref;
}
