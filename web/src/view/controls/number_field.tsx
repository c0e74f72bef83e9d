import { useEffect, useRef, useState } from "preact/hooks";
import { plain } from "../../engine/format";
import { Field } from "./field";

interface NumberFieldProps {
  label: string;
  value: number | null;
  onChange: (value: number | null) => void;
  low?: number;
  high?: number;
  whole?: boolean;
  /** May be left empty, which means null. */
  optional?: boolean;
  placeholder?: string;
  hint?: string;
  testid?: string;
  bare?: boolean;
  step?: number | "any";
  /** Significant digits that are shown; what is typed keeps all of its own. */
  digits?: number;
}

function problemOf(
  text: string,
  { low = -Infinity, high = Infinity, whole, optional, label }: NumberFieldProps,
) {
  if (text.trim() === "") return optional ? null : `${label} needs a number.`;
  const value = Number(text);
  const range = `from ${low} to ${high}`;
  if (!Number.isFinite(value)) return `${label} must be a number.`;
  if (whole && !Number.isInteger(value)) return `${label} must be a whole number.`;
  if (value < low || value > high)
    return `${label} must be ${low === -Infinity ? `at most ${high}` : high === Infinity ? `at least ${low}` : range}.`;
  return null;
}

/** Takes a number when it is left, on Enter and on the arrow keys; says in a sentence what does not fit. */
export function NumberField(props: NumberFieldProps) {
  const { label, value, onChange, low, high, whole, placeholder, hint, testid, bare, digits } = props;
  const shown = value === null ? "" : plain(value, digits);
  const [text, setText] = useState(shown);
  const [problem, setProblem] = useState<string | null>(null);
  const editing = useRef(false);
  useEffect(() => {
    if (editing.current) return; // what somebody types is not overwritten by a training network
    setText(shown);
    setProblem(null);
  }, [shown]);

  const take = (next: string) => {
    setText(next);
    const wrong = problemOf(next, props);
    setProblem(wrong);
    if (wrong) return;
    const number = next.trim() === "" ? null : Number(next);
    if (number !== value) onChange(number);
  };
  const input = (more: object) => (
    <input
      {...more}
      type="number"
      inputMode={whole ? "numeric" : "decimal"}
      step={props.step ?? (whole ? 1 : "any")}
      min={low}
      max={high}
      value={text}
      placeholder={placeholder}
      data-testid={testid}
      aria-invalid={problem !== null}
      onFocus={() => (editing.current = true)}
      onBlur={() => {
        editing.current = false;
        if (problem === null) setText(shown);
      }}
      onInput={(event) => setText(event.currentTarget.value)}
      onChange={(event) => take(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Enter") return; // JupyterLab keeps Enter from becoming a change
        event.preventDefault();
        take(event.currentTarget.value);
      }}
    />
  );
  if (bare)
    return (
      <span class="field bare">
        {input({ "aria-label": label })}
        {problem && <span class="problem">{problem}</span>}
      </span>
    );
  return (
    <Field label={label} hint={hint} problem={problem}>
      {input}
    </Field>
  );
}
