import { useSignal } from "@preact/signals";
import { drawLandscape } from "../../draw/landscape";
import type { Landscape } from "../../engine/frame";
import { grouped, number } from "../../engine/format";
import { Button } from "../controls/button";
import { Card } from "../controls/card";
import { Icon } from "../controls/icon";
import { DataTable } from "../controls/data_table";
import { Select } from "../controls/select";
import { Switch } from "../controls/switch";
import { useEverything } from "../context";
import { useCanvas, useSize } from "../use_canvas";
import { useThrottled } from "../use_throttled";

/** The loss around the present weights, computed on demand. */
export function LandscapeCard() {
  const { session, look } = useEverything();
  const [box, size] = useSize<HTMLDivElement>();
  const steps = useSignal("31");
  const trajectory = useSignal(true);
  const landscape = session.landscape.value;
  const progress = session.landscapeProgress.value;
  const frozen = session.hello.value?.frozen ?? false;
  const fontSize = 11.5 * look.zoom.value;
  const canvas = useCanvas(
    ({ context, width, height }) => {
      const surface = session.landscape.value;
      if (surface) drawLandscape(context, width, height, surface, look.palette.value, fontSize);
    },
    landscape ? size : { width: 0, height: 0 },
    [landscape, fontSize],
  );
  const present = useThrottled(session.frame, 200)?.header.parameters;
  const isStale = landscape !== null && present !== undefined && present !== landscape.parameters;
  if (frozen && !landscape) return null;
  return (
    <Card
      title="Loss landscape"
      name="landscape"
      {...(landscape ? { table: () => <LandscapeTable landscape={landscape} /> } : {})}
      chart={
        <div class={landscape ? (isStale ? "square faded" : "square") : "square empty"} ref={box}>
          {landscape && (
            <canvas
              ref={canvas}
              role="img"
              data-testid="landscape-canvas"
              aria-label={`Loss over ${landscape.names[0]} and ${landscape.names[1]}${landscape.trajectory.length ? ", with the trajectory of training" : ""}`}
            />
          )}
        </div>
      }
      below={
        landscape && (
          <>
            {isStale && (
              <p class="stale" data-testid="landscape-stale">
                <Icon name="warning" /> Computed at epoch {grouped(landscape.epoch)}. The network has changed
                since: compute it again.
              </p>
            )}
            <p class="hint">
              Loss from {number(lossRange(landscape)[0])} to {number(lossRange(landscape)[1])}; yellow means
              low loss, lines join equal losses.
              {landscape.trajectory.length > 0 && ` ○ start, × epoch ${grouped(landscape.epoch)}.`}
            </p>
          </>
        )
      }
    >
      {!frozen && (
        <>
          <p class="hint">
            The loss when all weights move along two directions: with the trajectory, the two in which
            training moved most; without it, two random directions.
          </p>
          <div class="row landscape-controls">
            <Select
              bare
              label="Grid points"
              value={steps.value}
              testid="landscape-steps"
              onChange={(value) => (steps.value = value)}
              options={["11", "21", "31", "41", "61"].map((n) => ({ value: n, label: `${n} × ${n}` }))}
            />
            <Switch
              label="With the trajectory"
              on={trajectory.value}
              onChange={(on) => (trajectory.value = on)}
              testid="landscape-trajectory"
            />
            {progress ? (
              <Button label="Cancel" testid="landscape-cancel" onClick={() => session.cancelLandscape()} />
            ) : (
              <Button
                label={landscape ? "Compute again" : "Compute"}
                testid="landscape"
                onClick={() => session.askLandscape(Number(steps.value), trajectory.value)}
              />
            )}
          </div>
        </>
      )}
      {progress && (
        <label class="progress">
          Computing the landscape
          <progress max={progress.total} value={progress.done} />
        </label>
      )}
    </Card>
  );
}

function lossRange(landscape: Landscape): [number, number] {
  const finite = landscape.losses.filter(Number.isFinite);
  return [
    finite.reduce((a, b) => Math.min(a, b), Infinity),
    finite.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
}

const COARSE = 11;

function LandscapeTable({ landscape }: { landscape: Landscape }) {
  const { steps, a, b, losses, names, trajectory, trajectoryEpochs } = landscape;
  const value = ([low, high]: readonly [number, number], i: number) => low + ((high - low) * i) / (steps - 1);
  const chosen = Array.from({ length: COARSE }, (_, i) => Math.round((i * (steps - 1)) / (COARSE - 1)));
  return (
    <>
      <DataTable
        caption={`Loss. Columns: ${names[0]}; rows: ${names[1]}`}
        rowHeads
        head={[names[1], ...chosen.map((i) => number(value(a, i), 3))]}
        rows={chosen.map((j) => [
          number(value(b, j), 3),
          ...chosen.map((i) => number(losses[j * steps + i], 3)),
        ])}
      />
      {trajectoryEpochs.length > 0 && (
        <DataTable
          caption="Trajectory"
          head={["Epoch", names[0], names[1]]}
          rows={Array.from(trajectoryEpochs, (epoch, i) => [
            grouped(epoch),
            number(trajectory[i * 2]),
            number(trajectory[i * 2 + 1]),
          ])}
        />
      )}
    </>
  );
}
