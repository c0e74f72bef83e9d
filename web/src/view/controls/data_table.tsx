const NUMBER = /^[−∞–\d]/;

interface DataTableProps {
  caption: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** The first cell of each row names the row. */
  rowHeads?: boolean;
}

export function DataTable({ caption, head, rows, rowHeads }: DataTableProps) {
  return (
    <table class="data-table">
      <caption>{caption}</caption>
      <thead>
        <tr>
          {head.map((text, i) => (
            <th key={i} scope="col" class={rows[0] && !NUMBER.test(rows[0][i] ?? "") ? "words" : ""}>
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells, r) => (
          <tr key={r}>
            {cells.map((text, i) =>
              rowHeads && i === 0 ? (
                <th key={i} scope="row">
                  {text}
                </th>
              ) : (
                <td key={i} class={NUMBER.test(text) ? "" : "words"}>
                  {text}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
