/** The session and the look of this view, available to every component. */

import { signal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { LIGHT, type Palette } from "../draw/palette";
import type { DrawnPoint } from "../engine/drawn_points";
import type { Answer } from "../engine/lessons";
import type { Session } from "../engine/session";

export interface UnitPlace {
  /** -1: an input. */
  readonly layer: number;
  readonly unit: number;
}

/** State of one view; another view of the same session has its own. */
export class Look {
  readonly palette: Signal<Palette> = signal(LIGHT);
  readonly theme: Signal<"auto" | "light" | "dark"> = signal("auto");
  readonly calm: Signal<boolean> = signal(false);
  readonly selected: Signal<UnitPlace | null> = signal(null);
  /** The points that are being drawn; null when nobody draws. */
  readonly drawing: Signal<readonly DrawnPoint[] | null> = signal(null);
  /** The answers to the questions of lessons. */
  readonly answers: Signal<ReadonlyMap<string, Answer>> = signal(new Map());
  /** Scale of the design: wide screens enlarge everything. */
  readonly zoom: Signal<number> = signal(1);
  /** Height of the window of a lecture in three columns, in pixels: what a hall sees; null elsewhere. */
  readonly hallHeight: Signal<number | null> = signal(null);
  /** Height of the widget in a notebook, in pixels; null: as high as its content, as on a page of its own. */
  readonly height: Signal<number | null> = signal(null);
  /** Height of the columns of a widget with a height, which scroll one by one; null elsewhere. */
  readonly columnHeight: Signal<number | null> = signal(null);
  /** Whether fingers use the page: controls are large enough for them. */
  readonly touch: Signal<boolean> = signal(false);
}

export interface Everything {
  readonly session: Session;
  readonly look: Look;
}

export const Context = createContext<Everything | null>(null);

export function useEverything(): Everything {
  const everything = useContext(Context);
  if (!everything) throw new Error("a component is rendered outside of the app");
  return everything;
}

export function useSession(): Session {
  return useEverything().session;
}

export function useLook(): Look {
  return useEverything().look;
}

/** Whether nothing but training and the view can be changed: on an exported page, or by the lock. */
export function useReadOnly(): boolean {
  const session = useSession();
  return (session.hello.value?.frozen ?? false) || (session.experiment.value?.view.locked ?? false);
}
