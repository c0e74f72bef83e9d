/** Handles in a picture: dragged with a pointer, moved with arrow keys. Pictures are replaced meanwhile. */

type Move = (handle: string, x: number, y: number) => void;

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class Handles {
  private dragged: { readonly name: string; readonly panel: number } | null = null;
  private focused: string | null = null;

  constructor(
    private readonly picture: HTMLElement,
    private readonly move: Move,
  ) {
    picture.addEventListener("pointerdown", (event) => this.begin(event));
    picture.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"] as const)
      picture.addEventListener(end, () => void (this.dragged = null));
    picture.addEventListener("keydown", (event) => this.press(event));
    picture.addEventListener("focusin", ({ target }) => void (this.focused = nameOf(target)));
    picture.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget) this.focused = null; // null: the picture was replaced
    });
  }

  /** Give the focus back to the handle that had it before the picture was replaced. */
  refocus(): void {
    if (this.focused === null || document.activeElement !== document.body) return;
    this.picture.querySelector<SVGElement>(`[data-handle="${CSS.escape(this.focused)}"]`)?.focus();
  }

  private begin(event: PointerEvent): void {
    const name = nameOf(event.target);
    if (name === null) return;
    const svg = (event.target as SVGElement).ownerSVGElement as SVGSVGElement;
    this.dragged = { name, panel: [...this.picture.querySelectorAll("svg")].indexOf(svg) };
    this.focused = name;
    this.picture.setPointerCapture(event.pointerId);
    (event.target as SVGElement).focus();
    event.preventDefault();
  }

  private drag(event: PointerEvent): void {
    if (!this.dragged) return;
    const svg = this.picture.querySelectorAll("svg")[this.dragged.panel];
    const matrix = svg?.getScreenCTM();
    if (!matrix) return;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    this.move(this.dragged.name, x, y);
  }

  private press(event: KeyboardEvent): void {
    const name = nameOf(event.target);
    const direction = ARROWS[event.key];
    if (name === null || !direction) return;
    event.preventDefault();
    event.stopPropagation();
    const handle = event.target as SVGElement;
    const step = Number(handle.dataset.step ?? 8) * (event.shiftKey ? 5 : 1);
    const [dx, dy] = direction;
    const at = (attribute: string) => Number(handle.getAttribute(attribute));
    this.move(name, at("cx") + dx * step, at("cy") + dy * step);
  }
}

function nameOf(target: EventTarget | null): string | null {
  return (target as Element | null)?.getAttribute?.("data-handle") ?? null;
}
