import type { TargetedPointerEvent } from "preact";
import { useRef } from "preact/hooks";

type PenEvent = TargetedPointerEvent<HTMLCanvasElement>;

/** What a stroke does; `end` also comes when the system takes the pointer away. */
export interface PenStroke {
  readonly begin: (event: PenEvent) => void;
  readonly move: (event: PenEvent) => void;
  readonly end?: () => void;
}

/** Handlers of a canvas on which one pointer at a time draws: a mouse, a pen or a finger. */
export function usePen({ begin, move, end }: PenStroke) {
  const pointer = useRef<number | null>(null);
  const finish = (event: PenEvent) => {
    if (event.pointerId !== pointer.current) return;
    pointer.current = null;
    end?.();
  };
  return {
    onPointerDown: (event: PenEvent) => {
      if (pointer.current !== null || event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      pointer.current = event.pointerId;
      begin(event);
    },
    onPointerMove: (event: PenEvent) => {
      if (event.pointerId === pointer.current) move(event);
    },
    onPointerUp: finish,
    onPointerCancel: finish,
  };
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The direction of an arrow key, x and y (downward); null for other keys. */
export function arrow(key: string): readonly [number, number] | null {
  return ARROWS[key] ?? null;
}
