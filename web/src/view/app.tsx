import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Announcer } from "./announcer";
import { shows } from "../engine/lessons";
import type { Part, StateResponse } from "../engine/protocol";
import { ConfusionCard } from "./charts/confusion_card";
import { CurvesCard } from "./charts/curves_card";
import { LandscapeCard } from "./charts/landscape_card";
import { ResidualsCard } from "./charts/residuals_card";
import { useEverything, useSession } from "./context";
import { DataCard } from "./data/data_card";
import { DigitCard } from "./digit/digit_card";
import { Header } from "./header";
import { LessonPanel } from "./lesson/lesson_panel";
import { NetworkCard } from "./network/network_card";
import { FixedColumns } from "./fixed_columns";
import { Notices } from "./notices";
import { ownsPage, usePageEvents } from "./page_events";
import { HiddenCard } from "./surface/hidden_card";
import { SurfaceCard } from "./surface/surface_card";
import { ReceivedFileDialog } from "./received_file";
import { StoppedMessage } from "./stopped";
import { TrainingCard } from "./training_card";
import { Transport } from "./transport";

/** Widths from which everything is drawn larger, and how much; tokens.css has the same. */
const ZOOMS: readonly (readonly [number, number])[] = [
  [3400, 1.7],
  [2400, 1.3],
  [1800, 1.12],
];
/** Widths from which there are three columns, and two, on a page and in a widget with a height; layout.css and fixed.css have the same. */
const [WIDE, MEDIUM, MEDIUM_WHEN_FIXED] = [1120, 720, 520];
/** In three columns a lecture is as large as its screen is wide, so that every hall sees the same; lecture.css has the same. */
const LECTURE_WIDTH = 1240;
const lectureZoom = (width: number) => (width >= WIDE ? Math.max(1, width / LECTURE_WIDTH) : 1.1);

export function App() {
  const { session, look } = useEverything();
  const frame = useRef<HTMLDivElement>(null);
  const columns = useSignal<1 | 2 | 3>(3);
  const width = useSignal(0);
  const lecture = session.experiment.value?.view.lecture ?? false;
  const state = session.state.value;
  const height = lecture ? null : look.height.value; // a lecture is for a hall, not for a cell
  const fixed = height !== null;
  const Main = ownsPage() ? "main" : "section"; // a notebook has a main part of its own

  useEffect(() => {
    const element = frame.current?.parentElement; // whose width the style sheet asks for, too
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      const now = (width.value = entry?.contentRect.width ?? 0);
      columns.value = now >= WIDE ? 3 : now >= (fixed ? MEDIUM_WHEN_FIXED : MEDIUM) ? 2 : 1;
      look.touch.value = columns.value === 1 || matchMedia("(pointer: coarse)").matches;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [fixed]);

  useEffect(() => {
    const usual = fixed ? 1 : (ZOOMS.find(([from]) => width.value >= from)?.[1] ?? 1);
    look.zoom.value = lecture ? lectureZoom(width.value) : usual;
    const measure = () => (look.hallHeight.value = lecture && width.value >= WIDE ? innerHeight : null);
    measure();
    addEventListener("resize", measure);
    return () => removeEventListener("resize", measure);
  }, [width.value, lecture, fixed]);

  usePageEvents(frame);
  return (
    <div
      class={`frame${look.touch.value ? " touch" : ""}${lecture ? " lecture" : ""}${fixed ? " limited-height" : ""}`}
      style={fixed ? { height: `${height}px` } : undefined}
      ref={frame}
    >
      <Header />
      <Announcer />
      <Notices />
      {!state ? (
        <p class="waiting">Connecting …</p>
      ) : (
        <Main class="parts" aria-label="Playground" data-testid="playground">
          <Transport state={state} />
          <Parts state={state} columns={columns.value} fixed={fixed}>
            <div class="banners">
              {lecture && <StoppedMessage state={state} />}
              <LessonPanel />
              {!lecture && <StoppedMessage state={state} />}
            </div>
          </Parts>
        </Main>
      )}
      <ReceivedFileDialog />
    </div>
  );
}

interface PartsProps {
  state: StateResponse;
  columns: 1 | 2 | 3;
  /** Whether the widget has a height, in which its columns scroll. */
  fixed: boolean;
  /** Messages about the experiment; they never push the surface and the curves of a wide page down. */
  children: ComponentChildren;
}

/** The order on the page is the order of the keys: what is watched comes first where there are few columns. */
function Parts({ state, columns, fixed, children: banners }: PartsProps) {
  const session = useSession();
  const view = session.experiment.value?.view ?? state.experiment.view;
  const frozen = session.hello.value?.frozen ?? false;
  const on = (part: Part) => shows(view, part);
  const surface = on("surface") && <SurfaceCard key="surface" state={state} />;
  const network = on("network") && <NetworkCard key="network" state={state} />;
  const { data: chosen } = state.experiment;
  const draws = chosen.source === "toy" && chosen.name === "digits";
  const digit = draws && state.layers[0]?.inputs === 64 && !frozen && <DigitCard key="digit" state={state} />;
  const hidden = view.hidden_layer && <HiddenCard key="hidden" state={state} />;
  const curves = on("curves") && <CurvesCard key="curves" state={state} />;
  const errors =
    on("errors") &&
    (state.task === "classification" ? (
      <ConfusionCard key="errors" state={state} />
    ) : (
      <ResidualsCard key="errors" state={state} />
    ));
  const landscape = on("landscape") && <LandscapeCard key="landscape" />;
  const data = on("data") && <DataCard key="data" state={state} />;
  const training = on("training") && <TrainingCard key="training" state={state} />;
  if (view.lecture) {
    if (columns < 3)
      return (
        <div class="column whole">
          {banners}
          {[digit, surface, hidden, curves, network]}
        </div>
      );
    return (
      <>
        <div class="column">{banners}</div>
        <div class="column">{[digit, network]}</div>
        <div class="column">{[surface, hidden, curves]}</div>
      </>
    );
  }
  if (fixed) {
    const [made, watched] = [
      [network, hidden],
      [digit, surface],
    ];
    const [settings, seen] = [
      [curves, data, training],
      [errors, landscape],
    ];
    if (columns === 1) return <FixedColumns parts={[[banners, watched, made, settings, seen]]} />;
    if (columns === 2) return <FixedColumns parts={[[banners, made, settings, seen], watched]} />;
    return <FixedColumns parts={[[made, seen], watched, [banners, settings]]} />;
  }
  if (columns === 1)
    return (
      <div class="column">
        {banners}
        {[digit, surface, hidden, curves, network, data, training, errors, landscape]}
      </div>
    );
  if (columns === 2)
    return (
      <>
        <div class="column whole">{banners}</div>
        <div class="column">{[digit, surface, hidden]}</div>
        <div class="column">{[curves, errors]}</div>
        <div class="column whole">{network}</div>
        <div class="column">{data}</div>
        <div class="column">{[training, landscape]}</div>
      </>
    );
  return (
    <>
      <div class="column make">
        {banners}
        <div class="make-columns">
          <div class="column">{[data, training]}</div>
          <div class="column">
            {network}
            <div class="pair">{[hidden, errors, landscape]}</div>
          </div>
        </div>
      </div>
      <div class="column watch">{[digit, curves, surface]}</div>
    </>
  );
}
