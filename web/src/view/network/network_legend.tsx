import { number } from "../../engine/format";
import type { StateResponse } from "../../engine/protocol";
import { useSession } from "../context";
import { useThrottled } from "../use_throttled";

/** The meaning of widths, dashes and marks. */
export function NetworkLegend({ state }: { state: StateResponse }) {
  const frame = useThrottled(useSession().frame, 500);
  return (
    <ul class="legend" aria-label="How to read the network">
      <li>
        <svg class="key" viewBox="0 0 28 10" aria-hidden="true">
          <path class="positive" d="M1 5h26" />
        </svg>
        positive weight
      </li>
      <li>
        <svg class="key" viewBox="0 0 28 10" aria-hidden="true">
          <path class="negative" d="M1 5h26" />
        </svg>
        negative weight
      </li>
      <li>widest link: |w| = {number(frame?.largestWeight())}</li>
      {state.sample && <li>below a unit: its activation for the sample, ● high, ◐ medium, ○ none</li>}
    </ul>
  );
}
