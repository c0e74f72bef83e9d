import { useRef } from "preact/hooks";
import { Button } from "../controls/button";
import { HELP } from "./help_texts";

/** A button that opens a card with what each control and each color of a part of the page means. */
export function Help({ of, title }: { of: string; title: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const entries = HELP[of];
  if (!entries) return null;
  return (
    <>
      <Button
        label={`Help: ${title}`}
        icon="help"
        iconOnly
        class="quiet"
        testid={`help-${of}`}
        onClick={() => dialog.current?.showModal()}
      />
      <dialog
        class="code-dialog help-dialog"
        ref={dialog}
        aria-label={`Help: ${title}`}
        data-testid={`help-dialog-${of}`}
        onClick={(event) => event.target === dialog.current && dialog.current?.close()}
      >
        <div class="row">
          <h2>{title}</h2>
          <Button
            label="Close the help"
            icon="close"
            iconOnly
            class="quiet"
            testid={`help-close-${of}`}
            onClick={() => dialog.current?.close()}
          />
        </div>
        <dl tabIndex={0}>
          {entries.map(({ name, text, formula, color }) => (
            <div key={name}>
              <dt>
                {color && <span class="swatch" style={{ background: `var(${color})` }} />}
                {name}
              </dt>
              <dd>
                {text}
                {formula && <code>{formula}</code>}
              </dd>
            </div>
          ))}
        </dl>
      </dialog>
    </>
  );
}
