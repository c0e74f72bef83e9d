/** Where a menu's panel goes: below its button, inside the window. */

/** Space between a panel and the edges of the window, in pixels. */
const EDGE = 8;
/** A panel is at least this high, even where its button is at the lower edge of the window. */
const MIN_HEIGHT = 160;

interface Span {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
}

export interface MenuPlace {
  /** How far the panel is moved from its place below the button with their right edges aligned, in pixels. */
  readonly shift: number;
  readonly width: number;
  readonly maxHeight: number;
}

/** Keep a panel of `width` inside `bounds`, the visible part of the page. */
export function menuPlace(button: Span, width: number, bounds: Span): MenuPlace {
  const [low, high] = [bounds.left + EDGE, bounds.right - EDGE];
  const fitting = Math.min(width, high - low);
  const left = Math.min(Math.max(button.right - fitting, low), high - fitting);
  return {
    shift: left - (button.right - fitting),
    width: fitting,
    maxHeight: Math.max(bounds.bottom - EDGE - button.bottom, MIN_HEIGHT),
  };
}
