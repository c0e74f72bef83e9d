import { gradientShares } from "../../engine/gradients";
import { number } from "../../engine/format";
import { layerTitle } from "../../engine/names";
import type { StateResponse } from "../../engine/protocol";
import { useSession } from "../context";
import { usePlayWaits } from "../lesson/use_lesson";
import { useThrottled } from "../use_throttled";

/** A bar for each layer: the size of its gradient on a logarithmic scale. They would answer a lesson's question. */
export function LayerGradients({ state }: { state: StateResponse }) {
  const frame = useThrottled(useSession().frame, 100);
  const sizes = frame?.fits(state) ? frame.header.gradients : [];
  const waits = usePlayWaits();
  if (sizes.length === 0 || waits) return null;
  const { shares, low, high } = gradientShares(sizes);
  return (
    <figure class="layer-gradients" data-testid="layer-gradients">
      <figcaption>
        Size of the gradient, √mean (∂J/∂w)², from {power(low)} to {power(high)}
      </figcaption>
      <dl>
        {state.layers.map((_, layer) => (
          <div key={layer}>
            <dt>{layerTitle(state, layer)}</dt>
            <dd>
              <span class="gradient-bar" style={{ width: `${100 * (shares[layer] ?? 0)}%` }} />
            </dd>
            <dd data-testid={`gradient-${layer}`}>{number(sizes[layer], 2)}</dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}

function power(exponent: number): string {
  const digits = [...String(exponent)].map((digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]));
  return `10${digits.join("")}`;
}
