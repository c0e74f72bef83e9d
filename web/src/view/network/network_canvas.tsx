import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { drawNetwork, NAME_HEIGHT, namesWidth } from "../../draw/network";
import { unitName } from "../../engine/names";
import { linkAt, networkLayout, type LinkPlace } from "../../engine/network_layout";
import type { StateResponse } from "../../engine/protocol";
import { useEverything, useReadOnly } from "../context";
import { useCanvas, useSize } from "../use_canvas";
import { ColumnHead } from "./column_head";
import { LinkEditor } from "./link_editor";
import { LinkTip } from "./link_tip";

const MAX_SHOWN = 12;
const MAX_EXPANDED = 64;
/** How far from a link one may click, in pixels before zoom. */
const [POINTER, FINGER] = [7, 18];

/** Height that the units of the longest column share, before zoom; they stay between these sizes. */
const [SHARED_HEIGHT, SHARED_HEIGHT_WHEN_WIDE] = [400, 520];
const [SMALLEST, LARGEST, GAP] = [34, 52, 11];
const SMALLEST_IN_NARROW_COLUMNS = 28;
/** Least distance of two columns before zoom; in lectures, where a hall sees nothing that must be scrolled to, their heads give way. */
const [NARROWEST, NARROWEST_IN_LECTURES] = [72, 50];
/** Columns narrower than this before zoom have a head without controls. */
const ROOM_FOR_CONTROLS = 72;
/** What is above and below the units in a lecture's window before zoom, and in a column with a height. */
const [AROUND_UNITS_IN_LECTURES, AROUND_UNITS_IN_COLUMNS] = [310, 168];
/** Size of a unit and the gap to the next where a column with a height would otherwise have no room for a layer. */
const [SMALLEST_IN_COLUMNS, GAP_IN_COLUMNS] = [22, 8];
/** Columns narrower than this before zoom have no room for two buttons for fingers side by side. */
const ROOM_FOR_FINGERS = 98;

interface Room {
  readonly width: number;
  /** Height that the units share where the window or the widget limits it, before zoom; otherwise infinite. */
  readonly height: number;
  /** Size of the smallest unit and the gap between two, before zoom. */
  readonly smallest: number;
  readonly gap: number;
  readonly zoom: number;
}

function sizes(
  counts: readonly number[],
  words: number,
  expanded: boolean,
  { width, height, smallest, gap, zoom }: Room,
) {
  const fitting = Math.max(Math.floor(height / (smallest + gap + words)), 4);
  const most = expanded ? MAX_EXPANDED : Math.min(fitting - 1, MAX_SHOWN);
  const rows = Math.min(Math.max(...counts, 4), most + 1);
  const shared = Math.min(zoom > 1 ? SHARED_HEIGHT_WHEN_WIDE : SHARED_HEIGHT, Math.max(height, 0));
  const unit = Math.min(
    Math.max(shared / rows - gap - words, smallest),
    LARGEST,
    Math.max((width / zoom / counts.length) * WIDEST_SHARE, SMALLEST_IN_NARROW_COLUMNS),
  );
  return { unitSize: unit * zoom, pitch: (unit + gap + words) * zoom, most };
}

/** The height that units share: that of a hall's window or of a widget's column without what is around them. */
function unitRoom(hallHeight: number | null, columnHeight: number | null, zoom: number) {
  if (hallHeight !== null)
    return { height: hallHeight / zoom - AROUND_UNITS_IN_LECTURES, smallest: SMALLEST, gap: GAP };
  if (columnHeight === null) return { height: Infinity, smallest: SMALLEST, gap: GAP };
  return {
    height: columnHeight / zoom - AROUND_UNITS_IN_COLUMNS,
    smallest: SMALLEST_IN_COLUMNS,
    gap: GAP_IN_COLUMNS,
  };
}

/** Share of its column that a unit takes at most, so that the links between many columns are seen. */
const WIDEST_SHARE = 0.55;

interface Place {
  readonly link: LinkPlace;
  readonly x: number;
  readonly y: number;
}

interface NetworkCanvasProps {
  state: StateResponse;
  expanded: boolean;
  /** Called with whether some units are omitted. */
  onCut: (cut: boolean) => void;
}

/** The network, drawn on one canvas; buttons lie over the units, so that keys and screen readers reach them. */
export function NetworkCanvas({ state, expanded, onCut }: NetworkCanvasProps) {
  const readOnly = useReadOnly();
  const { session, look } = useEverything();
  const zoom = look.zoom.value;
  const [box, size] = useSize<HTMLDivElement>();
  const hovered = useSignal<Place | null>(null);
  const edited = useSignal<Place | null>(null);
  const over = useSignal<{ layer: number; unit: number } | null>(null);
  const units = useRef<HTMLDivElement>(null);
  const showsSample = state.sample !== null;
  const deltas = state.experiment.view.deltas;
  const hallHeight = look.hallHeight.value;
  const columnHeight = look.columnHeight.value;

  const counts = [state.inputs.length, ...state.layers.map((layer) => layer.units)];
  const inputNames = state.inputs.slice(0, MAX_EXPANDED).map((_, unit) => unitName(state, -1, unit));
  const last = state.layers.length - 1;
  const outputNames = Array.from({ length: state.layers[last]?.units ?? 0 }, (_, unit) =>
    unitName(state, last, unit),
  );
  const layout = useMemo(
    () =>
      networkLayout({
        counts,
        width: size.width,
        narrowest: (hallHeight === null ? NARROWEST : NARROWEST_IN_LECTURES) * zoom,
        ...sizes(counts, showsSample ? (deltas ? 32 : 20) : 0, expanded, {
          width: size.width,
          ...unitRoom(hallHeight, columnHeight, zoom),
          zoom,
        }),
        top: 6 * zoom,
        bottom: (showsSample ? 12 : 6) * zoom,
        fewestRows: 4,
        names: [namesWidth(inputNames, zoom), namesWidth(outputNames, zoom)],
        nameHeight: NAME_HEIGHT * zoom,
      }),
    [
      counts.join(),
      inputNames.join("\n"),
      outputNames.join("\n"),
      size.width,
      hallHeight,
      columnHeight,
      zoom,
      showsSample,
      deltas,
      expanded,
    ],
  );

  const cut = layout.columns.some(({ shown, units }) => shown < units);
  useEffect(() => onCut(cut), [cut]);

  const canvas = useCanvas(
    ({ context }) => {
      const now = session.state.value;
      const frame = session.frame.value;
      if (!now || layout.columns.length !== now.layers.length + 1) return; // the layout follows in a moment
      drawNetwork(context, {
        layout,
        state: now,
        frame: frame?.fits(now) ? frame : null,
        points: session.points.value,
        palette: look.palette.value,
        emphasis: {
          link: edited.value?.link ?? hovered.value?.link ?? null,
          unit: edited.value || hovered.value ? null : (over.value ?? look.selected.value),
        },
        zoom,
        deltas: now.experiment.view.deltas,
      });
    },
    { width: size.width && layout.width, height: layout.height },
    [layout, zoom],
  );

  const placeOf = (event: MouseEvent): Place | null => {
    const bounds = canvas.current?.getBoundingClientRect();
    if (!bounds) return null;
    const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const isFinger = (event as PointerEvent).pointerType === "touch";
    const link = linkAt(layout, x, y, (isFinger ? FINGER : POINTER) * zoom);
    return link && { link, x, y };
  };

  const move = (event: KeyboardEvent, column: number, unit: number) => {
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = Math.min(Math.max(column + (step[0] as number), 0), layout.columns.length - 1);
    const shown = layout.columns[next]?.shown ?? 1;
    const row = Math.min(Math.max(unit + (step[1] as number), 0), shown - 1);
    units.current?.querySelector<HTMLButtonElement>(`[data-place="${next - 1}-${row}"]`)?.focus();
  };

  const selected = look.selected.value;
  const entry = selected ?? { layer: -1, unit: 0 };
  const scrolls = layout.width > size.width + 1;
  const narrowerThan = (room: number) =>
    layout.columns.slice(1, -1).some(({ width }) => width < room * zoom - 0.5);
  const isNarrow = narrowerThan(ROOM_FOR_FINGERS);
  const hasControls = !readOnly && !narrowerThan(ROOM_FOR_CONTROLS);
  return (
    <div
      class={scrolls ? "network-scroll scrolls" : "network-scroll"}
      ref={box}
      tabIndex={scrolls ? 0 : undefined}
      role={scrolls ? "region" : undefined}
      aria-label={scrolls ? "Network, scrolls sideways" : undefined}
      data-testid="network-scroll"
    >
      <div class="network" style={{ width: `${layout.width}px` }}>
        <div
          class={`column-heads${isNarrow ? " narrow" : ""}${isNarrow && !hasControls ? " texts" : ""}`}
          style={{ gridTemplateColumns: layout.columns.map(({ width }) => `${width}px`).join(" ") }}
        >
          {layout.columns.map((_, c) => (
            <ColumnHead key={c} state={state} layer={c - 1} hasControls={hasControls} />
          ))}
        </div>
        <div class="network-plot" ref={units} style={{ height: `${layout.height}px` }}>
          <canvas
            ref={canvas}
            aria-hidden="true"
            data-testid="network-canvas"
            class={hovered.value ? "on-link" : ""}
            onMouseMove={(event) => (hovered.value = placeOf(event))}
            onMouseLeave={() => (hovered.value = null)}
            onClick={(event) => (edited.value = readOnly ? null : placeOf(event))}
          />
          {layout.columns.map((column, c) =>
            Array.from({ length: column.shown }, (_, unit) => {
              const layer = c - 1;
              const isSelected = selected?.layer === layer && selected.unit === unit;
              const isEntry = entry.layer === layer && entry.unit === unit;
              return (
                <button
                  key={`${layer}-${unit}`}
                  type="button"
                  class="unit"
                  data-place={`${layer}-${unit}`}
                  data-testid={`unit-${layer}-${unit}`}
                  tabIndex={isEntry ? 0 : -1}
                  aria-label={unitName(state, layer, unit)}
                  aria-pressed={isSelected}
                  style={{
                    left: `${column.x - layout.unitSize / 2}px`,
                    top: `${(column.y[unit] as number) - layout.unitSize / 2}px`,
                    width: `${layout.unitSize}px`,
                    height: `${layout.unitSize}px`,
                  }}
                  onMouseEnter={() => (over.value = { layer, unit })}
                  onMouseLeave={() => (over.value = null)}
                  onFocus={() => (over.value = { layer, unit })}
                  onBlur={() => (over.value = null)}
                  onKeyDown={(event) => move(event, c, unit)}
                  onClick={() => (look.selected.value = isSelected ? null : { layer, unit })}
                />
              );
            }),
          )}
          {hovered.value && !edited.value && (
            <LinkTip state={state} {...hovered.value} width={layout.width} />
          )}
          {edited.value && (
            <LinkEditor
              key={JSON.stringify(edited.value.link)}
              state={state}
              {...edited.value}
              width={layout.width}
              onClose={() => (edited.value = null)}
            />
          )}
        </div>
      </div>
    </div>
  );
}
