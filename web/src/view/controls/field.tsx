import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  label: string;
  hint?: string | undefined;
  /** A sentence about what is wrong. */
  problem?: string | null;
  /** Takes the whole row of a grid of fields. */
  wide?: boolean | undefined;
  children: (ids: { id: string; "aria-describedby": string | undefined }) => ComponentChildren;
}

/** A control with its label above and, where it helps, a line below. */
export function Field({ label, hint, problem, wide, children }: FieldProps) {
  const id = useId();
  const about = problem || hint ? `${id}-about` : undefined;
  return (
    <div class={wide ? "field wide" : "field"}>
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": about })}
      {about && (
        <p id={about} class={problem ? "problem" : "hint"}>
          {problem ?? hint}
        </p>
      )}
    </div>
  );
}
