import { number } from "../../engine/format";
import { linkName } from "../../engine/names";
import type { LinkPlace } from "../../engine/network_layout";
import type { StateResponse } from "../../engine/protocol";
import { useSession } from "../context";
import { useThrottled } from "../use_throttled";

interface LinkTipProps {
  state: StateResponse;
  link: LinkPlace;
  x: number;
  y: number;
  width: number;
}

/** Keeps a box of about `room` pixels beside a place inside a picture of `width`. */
export function besideStyle(x: number, y: number, width: number, room: number) {
  return { left: `${Math.max(4, Math.min(x + 10, width - room))}px`, top: `${y + 12}px` };
}

/** The weight of the link under the pointer; the unit's table shows it too. */
export function LinkTip({ state, link, x, y, width }: LinkTipProps) {
  const frame = useThrottled(useSession().frame, 100);
  return (
    <div class="tip" aria-hidden="true" data-testid="link-tip" style={besideStyle(x, y, width, 190)}>
      <strong>w = {number(frame?.weight(link.layer, link.from, link.to), 4)}</strong>
      <span>{linkName(state, link)}</span>
    </div>
  );
}
