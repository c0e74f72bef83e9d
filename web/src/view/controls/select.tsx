import { hyphenated } from "../../engine/format";
import { Field } from "./field";
import { Icon } from "./icon";

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly disabled?: boolean;
}

interface SelectProps {
  label: string;
  value: string;
  options: readonly Option[];
  onChange: (value: string) => void;
  hint?: string | undefined;
  testid?: string;
  disabled?: boolean;
  /** The label is there for assistive technology only. */
  bare?: boolean;
  /** Takes the whole row of a grid of fields. */
  wide?: boolean;
}

export function Select(props: SelectProps) {
  const { label, value, options, onChange, hint, testid, disabled, bare, wide } = props;
  const known = options.some((option) => option.value === value);
  const shown = options.find((option) => option.value === value)?.label ?? value;
  // The browser would cut a long label; ours takes further lines, and the browser's menu lies over it, unseen.
  const select = (more: object) => (
    <span class={bare ? "select bare" : "select"}>
      <bdi aria-hidden="true">{hyphenated(shown)}</bdi>
      <Icon name="down" />
      <select
        {...more}
        value={value}
        title={shown}
        data-testid={testid}
        disabled={disabled ?? false}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {!known && <option value={value}>{value}</option>}
        {options.map((option) => (
          <option
            key={option.value}
            value={option.value}
            disabled={option.disabled ?? false}
            selected={option.value === value}
          >
            {option.label}
          </option>
        ))}
      </select>
    </span>
  );
  if (bare) return select({ "aria-label": label });
  return (
    <Field label={label} hint={hint} wide={wide}>
      {select}
    </Field>
  );
}
