import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Help } from "../help/help";
import { Button } from "./button";

interface CardProps {
  title: string;
  name: string;
  /** Controls beside the title. */
  actions?: ComponentChildren;
  /** What is above the chart. */
  children?: ComponentChildren;
  chart?: ComponentChildren;
  /** The chart's content in rows and columns; takes its place while it is shown. */
  table?: () => ComponentChildren;
  /** What is below the chart. */
  below?: ComponentChildren;
  class?: string;
}

/** A part of the page with a title; a chart's card also has its numbers as a table, on a switch. */
export function Card({ title, name, actions, children, chart, table, below, class: more }: CardProps) {
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
          <Help of={name} title={title} />
        </div>
      </header>
      <div class="card-body">
        {children}
        {asTable && table ? (
          <div class="table-scroll" tabIndex={0} role="region" aria-label={`${title}, table`}>
            {table()}
          </div>
        ) : (
          chart
        )}
        {below}
      </div>
    </section>
  );
}
