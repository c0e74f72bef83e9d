import { Field } from "./field";

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

export function Select({ label, value, options, onChange, hint, testid, disabled, bare, wide }: SelectProps) {
  const known = options.some((option) => option.value === value);
  const select = (more: object) => (
    <select
      {...more}
      value={value}
      title={options.find((option) => option.value === value)?.label}
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
  );
  if (bare) return select({ "aria-label": label, class: "bare" });
  return (
    <Field label={label} hint={hint} wide={wide}>
      {select}
    </Field>
  );
}
