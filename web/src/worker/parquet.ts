/** Reads Parquet, which DuckDB reads elsewhere: its rows as JSON lines, which Python takes. */

import { parquetMetadataAsync, parquetRead, parquetSchema, type SchemaElement } from "hyparquet";
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
  const columns = parquetSchema(metadata).children.map(({ element }) => element);
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, place) => names.indexOf(name) < place);
  if (twice !== undefined) throw new Error(`it has more than one column named ${twice}`);
  const cells = Number(metadata.num_rows) * columns.length;
  if (cells > MAX_CELLS)
    throw new Error(
      `it has ${cells.toLocaleString("en")} cells, and the page takes ${MAX_CELLS.toLocaleString("en")}`,
    );
  const keys = names.map((name) => JSON.stringify(name));
  const ticks = columns.map(ticksOf);
  const lineOf = (cells: unknown[]) => `{${cells.map((cell, i) => `${keys[i]}:${jsonOf(cell, ticks[i]!)}`)}}`;
  let lines: string[] = []; // an object would sort the columns whose names are integers before the others
  const onComplete = (rows: unknown[][]) => void (lines = rows.map(lineOf));
  await parquetRead({ file, metadata, compressors, parsers: PARSERS, utf8: false, onComplete });
  return new TextEncoder().encode(lines.join("\n"));
}

const PARSERS = {
  timestampFromMicroseconds: isoOf,
  timestampFromNanoseconds: (nanoseconds: bigint) => isoOf(nanoseconds / 1000n),
};

/** A cell as JSON: dates and times of day as text, integers with all digits, NaN and dates out of range as missing. */
function jsonOf(cell: unknown, ticks: number | null): string {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return "null";
  if (typeof cell === "number" || typeof cell === "bigint") {
    if (ticks !== null) return JSON.stringify(timeOf(BigInt(cell), ticks));
    if (cell === Infinity || cell === -Infinity) return cell > 0 ? '"inf"' : '"-inf"'; // as text tables write it
    return String(cell);
  }
  if (cell instanceof Date)
    return Number.isNaN(cell.getTime()) ? "null" : JSON.stringify(withoutMidnight(cell));
  return typeof cell === "object" ? "[]" : JSON.stringify(cell); // lists and bytes are no cells: left out
}

/** Microseconds since 1970 as ISO 8601, of which a Date keeps milliseconds only. */
function isoOf(microseconds: bigint): string {
  const rest = ((microseconds % 1000n) + 1000n) % 1000n;
  const date = new Date(Number((microseconds - rest) / 1000n));
  if (rest === 0n) return withoutMidnight(date);
  return date.toISOString().replace("Z", String(rest).padStart(3, "0"));
}

function withoutMidnight(date: Date): string {
  return date.toISOString().replace("T00:00:00.000Z", "").replace("Z", "");
}

/** How many steps a time of day counts in a second; null for other columns. */
function ticksOf({ logical_type: logical, converted_type: converted }: SchemaElement): number | null {
  if (logical?.type === "TIME") return { MILLIS: 1e3, MICROS: 1e6, NANOS: 1e9 }[logical.unit];
  return converted === "TIME_MILLIS" ? 1e3 : converted === "TIME_MICROS" ? 1e6 : null;
}

function timeOf(count: bigint, ticks: number): string {
  return isoOf((count * 1_000_000n) / BigInt(ticks)).split("T")[1] ?? "00:00:00";
}
