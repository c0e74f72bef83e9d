import type { ComponentChildren, Ref } from "preact";
import { Icon, type IconName } from "./icon";

interface ButtonProps {
  label: string;
  icon?: IconName;
  /** Only the icon is seen; the label is the name for assistive technology and the tooltip. */
  iconOnly?: boolean;
  primary?: boolean;
  disabled?: boolean;
  pressed?: boolean;
  testid?: string;
  shortcut?: string;
  onClick: (event: MouseEvent) => void;
  children?: ComponentChildren;
  buttonRef?: Ref<HTMLButtonElement>;
  class?: string;
}

export function Button(props: ButtonProps) {
  const { label, icon, iconOnly, primary, disabled, pressed, testid, shortcut, onClick, buttonRef } = props;
  const classes = [props.class, primary && "primary", iconOnly && "icon-only"].filter(Boolean).join(" ");
  return (
    <button
      type="button"
      ref={buttonRef ?? null}
      class={classes}
      disabled={disabled ?? false}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      aria-label={iconOnly ? label : undefined}
      title={iconOnly ? (shortcut ? `${label} (${shortcut})` : label) : undefined}
      data-testid={testid}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {!iconOnly && <span>{label}</span>}
    </button>
  );
}
