import { useId } from "preact/hooks";
import { decodePoints } from "../../engine/drawn_points";
import { chooseTable, chooseToy } from "../../engine/edits";
import type { Experiment } from "../../engine/protocol";
import { useEverything } from "../context";
import { Icon } from "../controls/icon";
import { ToyPicture } from "./toy_picture";

/** The toy datasets and the uploaded table as small pictures. */
export function ToyChooser({ experiment }: { experiment: Experiment }) {
  const { session, look } = useEverything();
  const isDrawing = look.drawing.value !== null;
  const group = useId();
  const toys = session.hello.value?.catalog.toys ?? [];
  const table = session.table.value;
  const { data } = experiment;
  const tableName = data.source === "table" ? data.name : table?.name;
  return (
    <fieldset class="toys" data-testid="toys">
      <legend class="unseen">Dataset</legend>
      {toys.map((toy) => (
        <label key={toy.name} class="toy" data-testid={`toy-${toy.name}`}>
          <input
            type="radio"
            name={group}
            checked={!isDrawing && data.source === "toy" && data.name === toy.name}
            onChange={() => {
              look.drawing.value = null;
              session.edit(chooseToy(toy, toys));
            }}
          />
          <span>
            <ToyPicture toy={toy} />
            <span class="toy-name">{toy.label}</span>
          </span>
        </label>
      ))}
      <label class="toy own" data-testid="toy-drawn">
        <input
          type="radio"
          name={group}
          checked={isDrawing || data.source === "drawn"}
          onChange={() => (look.drawing.value = decodePoints(data.points))}
        />
        <span>
          <Icon name="pencil" />
          <span class="toy-name">Draw your own points</span>
        </span>
      </label>
      {tableName !== undefined && (
        <label class="toy own" data-testid="toy-table">
          <input
            type="radio"
            name={group}
            checked={!isDrawing && data.source === "table"}
            onChange={() => {
              look.drawing.value = null;
              if (table) session.edit(chooseTable(table, toys));
            }}
          />
          <span>
            <ToyPicture toy={null} />
            <span class="toy-name">
              <bdi>{tableName}</bdi>
            </span>
          </span>
        </label>
      )}
    </fieldset>
  );
}
