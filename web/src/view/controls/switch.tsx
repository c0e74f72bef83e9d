interface SwitchProps {
  label: string;
  on: boolean;
  onChange: (on: boolean) => void;
  testid?: string;
  disabled?: boolean;
}

/** A checkbox that reads as on or off. */
export function Switch({ label, on, onChange, testid, disabled }: SwitchProps) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        checked={on}
        disabled={disabled ?? false}
        data-testid={testid}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}
