import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Button } from "./controls/button";
import { Slider } from "./controls/slider";
import { useLook, useSession } from "./context";

const FRAME_MS = 100;
const CALM_FRAME_MS = 600;

/** Plays the recorded frames of an exported page. */
export function Replay() {
  const session = useSession();
  const calm = useLook().calm.value;
  const total = session.hello.value?.recording ?? 0;
  const place = useSignal(Math.max(total - 1, 0));
  const playing = useSignal(false);
  const show = (index: number) => {
    place.value = index;
    session.send({ type: "replay", index });
  };
  useEffect(() => {
    if (!playing.value) return;
    const timer = setInterval(
      () => {
        if (place.value >= total - 1) playing.value = false;
        else show(place.value + 1);
      },
      calm ? CALM_FRAME_MS : FRAME_MS,
    );
    return () => clearInterval(timer);
  }, [playing.value, calm]);
  if (total < 2) return null;
  return (
    <div class="transport-buttons">
      <Button
        label={playing.value ? "Pause" : "Play the recording"}
        icon={playing.value ? "pause" : "play"}
        iconOnly
        primary
        testid="play"
        onClick={() => {
          if (!playing.value && place.value >= total - 1) show(0);
          playing.value = !playing.value;
        }}
      />
      <Slider
        label="Recorded frame"
        value={place.value}
        low={0}
        high={total - 1}
        step={1}
        live
        show={(i) => `${i + 1} of ${total}`}
        testid="replay"
        onChange={show}
      />
    </div>
  );
}
