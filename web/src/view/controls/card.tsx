import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Button } from "./button";

interface CardProps {
  title: string;
  name: string;
  /** Controls beside the title. */
  actions?: ComponentChildren;
  /** The same content in rows and columns; made only while it is shown. */
  table?: () => ComponentChildren;
  children: ComponentChildren;
  class?: string;
}

/** A part of the page with a title; a chart's card also has its numbers as a table, on a switch. */
export function Card({ title, name, actions, table, children, class: more }: CardProps) {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  return (
    <section class={`card ${name} ${more ?? ""}`} aria-labelledby={id} data-testid={`card-${name}`}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        <div class="card-actions">
          {actions}
          {table && (
            <Button
              label={`${title} as a table`}
              icon={asTable ? "chart" : "table"}
              iconOnly
              pressed={asTable}
              testid={`table-${name}`}
              onClick={() => setAsTable(!asTable)}
            />
          )}
        </div>
      </header>
      {asTable && table && (
        <div class="table-scroll" tabIndex={0} role="region" aria-label={`${title}, table`}>
          {table()}
        </div>
      )}
      <div class={asTable ? "card-body unseen-chart" : "card-body"}>{children}</div>
    </section>
  );
}
