import { useId } from "preact/hooks";
import { chooseTable, chooseToy } from "../../engine/edits";
import type { Experiment } from "../../engine/protocol";
import { useSession } from "../context";
import { ToyPicture } from "./toy_picture";

/** The toy datasets and the uploaded table as small pictures. */
export function ToyChooser({ experiment }: { experiment: Experiment }) {
  const session = useSession();
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
            checked={data.source === "toy" && data.name === toy.name}
            onChange={() => session.edit(chooseToy(toy))}
          />
          <span>
            <ToyPicture toy={toy} />
            <span class="toy-name">{toy.label}</span>
          </span>
        </label>
      ))}
      {tableName !== undefined && (
        <label class="toy own" data-testid="toy-table">
          <input
            type="radio"
            name={group}
            checked={data.source === "table"}
            onChange={() => table && session.edit(chooseTable(table))}
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
