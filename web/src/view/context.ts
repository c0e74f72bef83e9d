/** What every part of the page can reach: the session, and how this one view of it looks. */

import { signal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { LIGHT, type Palette } from "../draw/palette";
import type { Session } from "../engine/session";

export interface UnitPlace {
  /** -1: an input. */
  readonly layer: number;
  readonly unit: number;
}

/** State of the view alone: another view of the same session has its own. */
export class Look {
  readonly palette: Signal<Palette> = signal(LIGHT);
  readonly theme: Signal<"auto" | "light" | "dark"> = signal("auto");
  readonly calm: Signal<boolean> = signal(false);
  readonly selected: Signal<UnitPlace | null> = signal(null);
  /** Pixels of one CSS pixel of the design: wide screens enlarge everything. */
  readonly zoom: Signal<number> = signal(1);
}

export interface Everything {
  readonly session: Session;
  readonly look: Look;
}

export const Context = createContext<Everything | null>(null);

export function useEverything(): Everything {
  const everything = useContext(Context);
  if (!everything) throw new Error("a part of the page stands outside of it");
  return everything;
}

export function useSession(): Session {
  return useEverything().session;
}

export function useLook(): Look {
  return useEverything().look;
}
