import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Button } from "../controls/button";
import { useSession } from "../context";

/** What the file dialog offers; Python detects the format from the bytes, not from the name. */
const ACCEPTED = ".csv,.tsv,.txt,.json,.jsonl,.ndjson,.parquet,.arff,.xlsx,.xls,.ods,.gz,.zip";

/** Accepts a table, dropped or chosen. The whole page accepts drops, too (`page_events.ts`). */
export function DropZone() {
  const session = useSession();
  const over = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const uploading = session.uploading.value;
  const take = (file: File | undefined) => file && void session.uploadFile(file);
  return (
    <div
      class={`drop ${over.value ? "over" : ""}`}
      data-testid="drop-zone"
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        event.stopPropagation();
        over.value = false;
        take(event.dataTransfer?.files[0]);
      }}
    >
      <input
        ref={input}
        type="file"
        class="unseen"
        tabIndex={-1}
        aria-hidden="true"
        accept={ACCEPTED}
        data-testid="file-input"
        onChange={(event) => {
          take(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
      <span>
        {uploading ? `Reading ${uploading} …` : "Drop a table here: CSV, TSV, JSON lines or Parquet"}
      </span>
      <Button label="Choose a file" testid="choose-file" onClick={() => input.current?.click()} />
    </div>
  );
}
