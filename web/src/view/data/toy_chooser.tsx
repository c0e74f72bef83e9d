import { useId } from "preact/hooks";
import { chooseTable, chooseToy } from "../../engine/edits";
import type { Experiment } from "../../engine/protocol";
import { useSession } from "../context";
import { ToyPicture } from "./toy_picture";

/** The data sets as a row of small pictures; a table that was dropped stands among them. */
export function ToyChooser({ experiment }: { experiment: Experiment }) {
  const session = useSession();
  const group = useId();
  const toys = session.hello.value?.catalog.toys ?? [];
  const table = session.table.value;
  const { data } = experiment;
  const tableName = data.source === "table" ? data.name : table?.name;
  return (
    <fieldset class="toys" data-testid="toys">
      <legend class="unseen">Data set</legend>
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
