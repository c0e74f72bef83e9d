import { useEffect, useRef } from "preact/hooks";
import type { ReceivedFile } from "../engine/session";
import { Button } from "./controls/button";
import { useSession } from "./context";

function download({ name, mediaType, bytes }: ReceivedFile): void {
  const address = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A file from Python: code is shown first, any other file is saved at once. */
export function ReceivedFileDialog() {
  const session = useSession();
  const file = session.file.value;
  const isCode = file !== null && file.name.endsWith(".py");
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (file && !isCode) {
      download(file);
      session.notify("note", `Saved ${file.name}.`);
      session.file.value = null;
    }
    if (file && isCode) dialog.current?.showModal();
  }, [file]);
  if (!file || !isCode) return null;
  const text = new TextDecoder().decode(file.bytes);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      session.notify("note", "Code copied.");
      dialog.current?.close();
    } catch {
      session.notify("error", "The browser blocked copying. Save the file instead.");
    }
  };
  return (
    <dialog
      class="code-dialog"
      ref={dialog}
      aria-label={file.name}
      data-testid="code-dialog"
      onClose={() => (session.file.value = null)}
    >
      <h2>{file.name}</h2>
      <pre tabIndex={0} role="region" aria-label="Code">
        <code>{text}</code>
      </pre>
      <div class="row">
        <Button label="Copy" primary testid="copy-code" onClick={() => void copy()} />
        <Button label="Save" testid="save-code" onClick={() => download(file)} />
        <Button label="Close" testid="close-code" onClick={() => dialog.current?.close()} />
      </div>
    </dialog>
  );
}
