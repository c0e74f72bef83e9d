import { useEffect, useRef } from "preact/hooks";
import { linkName } from "../../engine/names";
import type { LinkPlace } from "../../engine/network_layout";
import type { StateResponse } from "../../engine/protocol";
import { Button } from "../controls/button";
import { NumberField } from "../controls/number_field";
import { useSession } from "../context";
import { useThrottled } from "../use_throttled";
import { besideStyle } from "./link_tip";

interface LinkEditorProps {
  state: StateResponse;
  link: LinkPlace;
  x: number;
  y: number;
  width: number;
  onClose: () => void;
}

/** Edits the weight of the link that was clicked. */
export function LinkEditor({ state, link, x, y, width, onClose }: LinkEditorProps) {
  const session = useSession();
  const frame = useThrottled(session.frame, 250);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.querySelector("input")?.select(), []);
  const weight = frame?.weight(link.layer, link.from, link.to) ?? Number.NaN;
  return (
    <div
      class="popover"
      ref={box}
      role="dialog"
      aria-label={`Weight ${linkName(state, link)}`}
      data-testid="link-editor"
      style={besideStyle(x, y, width, 230)}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <NumberField
        label={`Weight ${linkName(state, link)}`}
        digits={5}
        value={Number.isFinite(weight) ? weight : null}
        testid="link-weight"
        onChange={(value) =>
          value !== null &&
          session.send({ type: "weight", layer: link.layer, from: link.from, to: link.to, value })
        }
      />
      <Button label="Close" icon="close" iconOnly onClick={onClose} />
    </div>
  );
}
