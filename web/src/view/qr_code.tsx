import { encode } from "uqr";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "./controls/button";

/** Letters of a link up to which the last row of a hall can read its code (version 15, 77 modules a side). */
const MAX_READABLE = 410;
/** What the code of the lowest error correction holds. */
const MAX_BYTES = 2900;
const MARGIN = 4; // modules, as ISO/IEC 18004 asks for

/** The QR code of a link, as large as the window. */
export function QrCodeDialog({
  link,
  ofTable,
  onClose,
}: {
  readonly link: string;
  readonly ofTable: boolean;
  readonly onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const note = noteOf(link, ofTable);
  return (
    <dialog
      class="qr-dialog"
      ref={dialog}
      aria-label="QR code of the link"
      data-testid="qr-dialog"
      onClose={onClose}
    >
      {link.length <= MAX_BYTES && <QrCode text={link} />}
      <p class="qr-link">{link}</p>
      {note && <p class="hint">{note}</p>}
      <Button label="Close" testid="qr-close" onClick={() => dialog.current?.close()} />
    </dialog>
  );
}

function QrCode({ text }: { readonly text: string }) {
  const { data, size } = encode(text, { ecc: "L", border: 0 });
  const side = size + 2 * MARGIN;
  const dark = data.flatMap((row, y) =>
    row.flatMap((on, x) => (on ? [`M${x + MARGIN} ${y + MARGIN}h1v1h-1z`] : [])),
  );
  return (
    <svg
      class="qr-code"
      viewBox={`0 0 ${side} ${side}`}
      role="img"
      aria-label="QR code"
      shape-rendering="crispEdges"
    >
      <rect width={side} height={side} fill="#fff" />
      <path d={dark.join("")} fill="#000" />
    </svg>
  );
}

/** What is worth knowing about the code of a link, or nothing. */
export function noteOf(link: string, ofTable: boolean): string {
  if (/^https?:\/\/(localhost|127\.|\[::1\])/.test(link))
    return "This address is of this computer alone: phones can open it once the page is on a web host.";
  if (link.length > MAX_BYTES) return "The link is too long for a QR code: send it as text.";
  if (ofTable) return "Your table stays here: others open these settings, and drop the same file.";
  if (link.length > MAX_READABLE)
    return "The link is long, so its code is fine: show it large, or send the link.";
  return "";
}
