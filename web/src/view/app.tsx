import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Announcer } from "./announcer";
import { ConfusionCard } from "./charts/confusion_card";
import { CurvesCard } from "./charts/curves_card";
import { LandscapeCard } from "./charts/landscape_card";
import { ResidualsCard } from "./charts/residuals_card";
import { useEverything } from "./context";
import { Button } from "./controls/button";
import { DataCard } from "./data/data_card";
import { Header } from "./header";
import { NetworkCard } from "./network/network_card";
import { Notices } from "./notices";
import { PlaneCard } from "./plane/plane_card";
import { ReceivedFileDialog } from "./received_file";
import { StoppedMessage } from "./stopped";
import { TrainingCard } from "./training_card";
import { Transport } from "./transport";

/** Widths of the frame from which everything is drawn larger, and how much. */
const ZOOMS: readonly (readonly [number, number])[] = [[3400, 1.7], [2400, 1.3], [1800, 1.12]];

export function App() {
  const { session, look } = useEverything();
  const frame = useRef<HTMLDivElement>(null);
  const idea = useSignal<string | null>(null);
  const state = session.state.value;

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      const width = entry?.contentRect.width ?? 0;
      look.zoom.value = ZOOMS.find(([from]) => width >= from)?.[1] ?? 1;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const toggle = (event: KeyboardEvent) => {
    if (!event.altKey || event.code !== "KeyP" || event.ctrlKey || event.metaKey || session.hello.value?.frozen) return;
    event.preventDefault();
    session.send({ type: session.state.value?.playing ? "pause" : "play" });
  };
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file && !session.hello.value?.frozen) session.upload(file.name, new Uint8Array(await file.arrayBuffer()));
  };

  return (
    <div class="frame" ref={frame} onKeyDown={toggle} onDragOver={(event) => event.preventDefault()} onDrop={(event) => void drop(event)}>
      <Header onPreset={(text) => (idea.value = text)} />
      <Announcer />
      <Notices />
      {!state ? (
        <p class="waiting">Connecting …</p>
      ) : (
        <main class="parts" data-testid="playground">
          <Transport state={state} />
          <div class="banners">
            {idea.value && (
              <div class="banner" data-testid="idea">
                <p>{idea.value}</p>
                <Button label="Close" icon="close" iconOnly class="quiet" onClick={() => (idea.value = null)} />
              </div>
            )}
            <StoppedMessage state={state} />
          </div>
          <div class="column setup">
            <DataCard state={state} />
            <TrainingCard state={state} />
          </div>
          <div class="column middle">
            <NetworkCard state={state} />
            <div class="pair">
              {state.task === "classification" ? <ConfusionCard state={state} /> : <ResidualsCard state={state} />}
              <LandscapeCard state={state} />
            </div>
          </div>
          <div class="column results">
            <PlaneCard state={state} />
            <CurvesCard state={state} />
          </div>
        </main>
      )}
      <ReceivedFileDialog />
    </div>
  );
}
