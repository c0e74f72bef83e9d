/** Numbers as people read and write them. */

const MINUS = /[−–]/g;
const PLAIN = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** Return the number of a text, with any minus sign and a point or a comma, or null. */
export function numberOf(text: string): number | null {
  const plain = text
    .trim()
    .replace(MINUS, "-")
    .replace(/^([-+]?\d+),(\d+)$/, "$1.$2");
  return PLAIN.test(plain) ? Number(plain) : null;
}

/** Return the value of a slider as text, with the decimals of its step. */
export function sliderText(value: number, step: number, logarithmic: boolean): string {
  if (logarithmic) return minus(String(Number((10 ** value).toPrecision(2))));
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return minus(value.toFixed(decimals));
}

function minus(text: string): string {
  return text.replace("-", "−");
}
