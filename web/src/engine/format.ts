/** Numbers as text. */

const MINUS = "−";

function signed(text: string): string {
  return text.replaceAll("-", MINUS);
}

/** About `digits` significant digits, scientific where a plain number would be long: 0.0312, 12.5, 3.1e−7. */
export function number(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e") as [string, string];
    return signed(`${mantissa}e${exponent.replace("+", "")}`);
  }
  if (size >= 10 ** digits) return grouped(Math.round(value));
  return signed(value.toPrecision(digits));
}

/** A whole number with commas between thousands. */
export function grouped(value: number): string {
  const text = String(Math.abs(Math.round(value)));
  return (value < 0 ? MINUS : "") + text.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A fixed number of decimals, for numbers that change in place. */
export function fixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 1e5) return number(value);
  return signed(value.toFixed(decimals));
}

const MAX_PERCENT_DECIMALS = 4;

/** A share in percent; only 0 and 1 are shown as 0% and 100%, others near them get more decimals. */
export function percent(share: number | null | undefined, decimals = 1): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return "–";
  for (let digits = decimals; digits <= MAX_PERCENT_DECIMALS; digits++) {
    const text = (share * 100).toFixed(digits);
    const isEnd = Number(text) === 0 || Number(text) === 100;
    if (share <= 0 || share >= 1 || !isEnd) return `${signed(text)}%`;
  }
  return share < 0.5 ? "<0.0001%" : ">99.9999%";
}

export function score(task: "classification" | "regression", value: number | null | undefined): string {
  return task === "classification" ? percent(value) : fixed(value, 3);
}

/** "1 row", "2 rows". */
export function count(value: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(value)} ${value === 1 ? noun : plural}`;
}

/** A label that may break into lines with a hyphen: the one word that is wider than a narrow column. */
export function hyphenated(label: string): string {
  return label.replace("exponential", "expo\u00adnen\u00adtial");
}

/** A number as an input field accepts it: plain digits, no typographic signs. */
export function plain(value: number, digits = 7): string {
  return String(Number(value.toPrecision(digits)));
}
