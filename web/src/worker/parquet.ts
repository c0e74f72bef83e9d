/** Reads Parquet, which DuckDB reads elsewhere: its rows as JSON lines, which Python takes. */

import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";

const START = [0x50, 0x41, 0x52, 0x31]; // PAR1
/** Rows times columns, as JavaScript and Python hold them at the same time. */
export const MAX_CELLS = 5_000_000;

export function isParquet(bytes: Uint8Array): boolean {
  return START.every((byte, place) => bytes[place] === byte);
}

/** Return the rows as JSON lines; throw an Error with a clause for a file that cannot be read. */
export async function jsonLinesOf(file: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
  const metadata = await parquetMetadataAsync(file);
  const columns = parquetSchema(metadata).children.length;
  const cells = Number(metadata.num_rows) * columns;
  if (cells > MAX_CELLS)
    throw new Error(
      `it has ${cells.toLocaleString("en")} cells, and the page takes ${MAX_CELLS.toLocaleString("en")}`,
    );
  const rows = await parquetReadObjects({ file, metadata, compressors });
  return new TextEncoder().encode(rows.map((row) => JSON.stringify(row, plain)).join("\n"));
}

/** A value as JSON: dates keep their day or time, integers all digits, and NaN is missing. */
function plain(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key]; // JSON.stringify has made a Date a text already
  if (original instanceof Date) return isoOf(original);
  if (typeof value === "bigint") return JSON.rawJSON ? JSON.rawJSON(String(value)) : Number(value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return value;
}

function isoOf(date: Date): string | null {
  if (Number.isNaN(date.getTime())) return null;
  return date.toISOString().replace("T00:00:00.000Z", "").replace("Z", "");
}
