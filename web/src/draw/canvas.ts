/** Canvases at the resolution of the screen, and text on them. */

export interface Sheet {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

/** Fit the canvas's pixels to its size on the page; the context then draws in CSS pixels. */
export function sheet(canvas: HTMLCanvasElement, width: number, height: number): Sheet | null {
  const context = canvas.getContext("2d");
  if (!context || width < 1 || height < 1) return null;
  const ratio = Math.min(globalThis.devicePixelRatio || 1, 3);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

export const FONT =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif";

/** Text with a border in the paper's color, so that lines behind it do not touch the letters. */
export function haloText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colors: { readonly ink: string; readonly halo: string },
  width = 3,
): void {
  context.lineJoin = "round";
  context.lineWidth = width;
  context.strokeStyle = colors.halo;
  context.setLineDash([]);
  context.strokeText(text, x, y);
  context.fillStyle = colors.ink;
  context.fillText(text, x, y);
}

/** A text truncated to a width, with an ellipsis. */
export function shortened(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let cut = text;
  while (cut.length > 1 && context.measureText(`${cut}…`).width > room) cut = cut.slice(0, -1);
  return `${cut}…`;
}
