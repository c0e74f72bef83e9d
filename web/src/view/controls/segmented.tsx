import { useId } from "preact/hooks";
import type { Option } from "./select";

interface SegmentedProps {
  label: string;
  value: string;
  options: readonly Option[];
  onChange: (value: string) => void;
  testid?: string;
}

/** One of a few, all in sight: radio buttons that look like one bar. */
export function Segmented({ label, value, options, onChange, testid }: SegmentedProps) {
  const name = useId();
  return (
    <fieldset class="segmented" data-testid={testid}>
      <legend class="unseen">{label}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            disabled={option.disabled ?? false}
            onChange={() => onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
