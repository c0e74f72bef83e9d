import { useEffect, useId, useState } from "preact/hooks";

interface SliderProps {
  label: string;
  value: number;
  low: number;
  high: number;
  step: number;
  show: (value: number) => string;
  onChange: (value: number) => void;
  /** Called while it moves, too. */
  live?: boolean;
  /** The value is shown by another control beside it. */
  bare?: boolean;
  testid?: string;
}

export function Slider({ label, value, low, high, step, show, onChange, live, bare, testid }: SliderProps) {
  const id = useId();
  const [moving, setMoving] = useState<number | null>(null);
  useEffect(() => setMoving(null), [value]);
  const now = moving ?? value;
  return (
    <div class="field slider">
      <label for={id}>
        {label} {!bare && <output for={id}>{show(now)}</output>}
      </label>
      <input
        id={id}
        type="range"
        min={low}
        max={high}
        step={step}
        value={now}
        aria-valuetext={show(now)}
        data-testid={testid}
        onInput={(event) => {
          const next = Number(event.currentTarget.value);
          setMoving(next);
          if (live) onChange(next);
        }}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
      />
    </div>
  );
}
