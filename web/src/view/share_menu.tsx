import { useRef, useState } from "preact/hooks";
import type { ExportKind } from "../engine/protocol";
import { Menu, MenuItem } from "./controls/menu";
import { useSession } from "./context";
import { isSite, ownsPage } from "./page_events";
import { QrCodeDialog } from "./qr_code";

const EXPORTS: readonly { what: ExportKind; label: string; about: string }[] = [
  {
    what: "experiment",
    label: "Save the experiment",
    about: "A file you can reopen: data, network and training settings.",
  },
  { what: "model", label: "Model file", about: "The trained network as one file, for deltarule.load." },
  { what: "python", label: "Python code", about: "Reproduces this run with deltarule." },
  { what: "keras", label: "Keras code", about: "The same experiment in Keras." },
  {
    what: "html",
    label: "Page to share",
    about: "One HTML file with a recording of the training; needs no server.",
  },
  { what: "history", label: "History", about: "Loss and score of every epoch, as CSV." },
];

const LOCAL_LINK_NOTE = "Link copied. It opens on this machine while deltarule play is running.";

/** What a link of the page without a server opens. */
export function linkNote(ofTable: boolean): string {
  return ofTable
    ? "Link copied. It opens these settings; your table stays here, so others need to drop the same file."
    : "Link copied. It opens this experiment on any device.";
}

export function ShareMenu() {
  const session = useSession();
  const input = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState<string | null>(null); // the link whose QR code is on screen
  const ofTable = session.state.value?.experiment.data.source === "table";
  const copyLink = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      session.notify("note", isSite() ? linkNote(ofTable) : LOCAL_LINK_NOTE);
    } catch {
      session.notify("error", "The browser blocked copying. Copy the address from the address bar instead.");
    }
  };
  const open = async (file: File | undefined) => {
    if (file) session.send({ type: "open" }, new Uint8Array(await file.arrayBuffer()));
  };
  return (
    <>
      <Menu label="Save and share" testid="share">
        {(close) => (
          <>
            {ownsPage() && (
              <MenuItem
                label="Copy the link"
                about="The address contains the whole experiment."
                testid="copy-link"
                onClick={() => {
                  close();
                  void copyLink();
                }}
              />
            )}
            {isSite() && (
              <MenuItem
                label="QR code of the link"
                about="For a hall: everyone opens this experiment on a phone."
                testid="qr-code"
                onClick={() => {
                  close();
                  setShown(location.href);
                }}
              />
            )}
            <MenuItem
              label="Open an experiment …"
              about="A file saved with Save the experiment."
              testid="open"
              onClick={() => {
                close();
                input.current?.click();
              }}
            />
            {EXPORTS.map(({ what, label, about }) => (
              <MenuItem
                key={what}
                label={label}
                about={about}
                testid={`export-${what}`}
                onClick={() => {
                  close();
                  session.export(what);
                }}
              />
            ))}
          </>
        )}
      </Menu>
      {shown !== null && <QrCodeDialog link={shown} ofTable={ofTable} onClose={() => setShown(null)} />}
      <input
        ref={input}
        type="file"
        class="unseen"
        tabIndex={-1}
        aria-hidden="true"
        data-testid="open-input"
        onChange={(event) => {
          void open(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}
