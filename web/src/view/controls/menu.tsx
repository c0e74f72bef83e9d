import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { useLook } from "../context";
import { Icon, type IconName } from "./icon";
import { menuPlace, type MenuPlace } from "./menu_place";

/** Width of a panel before zoom, where the window has room for it. */
const WIDTH = 360;

interface MenuProps {
  label: string;
  icon?: IconName;
  testid: string;
  children: (close: () => void) => ComponentChildren;
}

/** A button that opens a panel below it; Escape, a click elsewhere and leaving it by Tab close it. */
export function Menu({ label, icon, testid, children }: MenuProps) {
  const open = useSignal(false);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const place = useSignal<MenuPlace | null>(null);
  const look = useLook();
  const zoom = look.zoom.value;
  const close = () => (open.value = false);
  useLayoutEffect(() => {
    if (!open.value) return;
    const settle = () => {
      const head = button.current?.getBoundingClientRect();
      const page = button.current?.closest(".frame")?.getBoundingClientRect();
      if (!head || !page) return;
      place.value = menuPlace(head, WIDTH * zoom, {
        left: Math.max(page.left, 0),
        right: Math.min(page.right, document.documentElement.clientWidth),
        // Below a widget with a height its cell ends.
        bottom: Math.min(
          look.height.value === null ? Infinity : page.bottom,
          document.documentElement.clientHeight,
        ),
      });
    };
    settle();
    window.addEventListener("resize", settle);
    return () => window.removeEventListener("resize", settle);
  }, [open.value, zoom]);
  useEffect(() => {
    if (!open.value) return;
    const outside = (event: Event) => {
      if (!event.composedPath().includes(box.current as EventTarget)) close();
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open.value]);
  return (
    <div
      class="menu"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open.value) return;
        close();
        button.current?.focus();
      }}
      onFocusOut={(event) => {
        const next = event.relatedTarget as Node | null;
        if (next && !box.current?.contains(next)) close();
      }}
    >
      <button
        ref={button}
        type="button"
        aria-expanded={open.value}
        aria-controls={id}
        data-testid={testid}
        onClick={() => (open.value = !open.value)}
      >
        <span>{label}</span>
        <Icon name={icon ?? "down"} />
      </button>
      <div
        id={id}
        class="menu-panel"
        hidden={!open.value}
        style={{
          translate: `${place.value?.shift ?? 0}px`,
          width: `${place.value?.width ?? WIDTH}px`,
          maxHeight: `${place.value?.maxHeight ?? 0}px`,
        }}
      >
        {open.value && children(close)}
      </div>
    </div>
  );
}

interface MenuItemProps {
  label: string;
  about?: string;
  testid: string;
  onClick: () => void;
}

export function MenuItem({ label, about, testid, onClick }: MenuItemProps) {
  return (
    <button type="button" class="menu-item" data-testid={testid} onClick={onClick}>
      <strong>{label}</strong>
      {about && <span>{about}</span>}
    </button>
  );
}
