/** A number as it is written: sign, the digits before the point (no leading zeros) and behind it (no trailing zeros). */
export interface Decimal {
  readonly negative: boolean;
  readonly integer: string;
  readonly fraction: string;
}

/** The shortest decimal that means this double. */
export function decimalOf(value: number): Decimal {
  const [mantissa = "0", exponentText = "0"] = Math.abs(value).toString().split("e");
  const [before = "0", behind = ""] = mantissa.split(".");
  const exponent = Number(exponentText);
  const digits = before + behind;
  const point = before.length + exponent;
  const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
  const split = Math.max(point, 1);
  return {
    negative: value < 0,
    integer: padded.slice(0, split).replace(/^0+(?=\d)/, ""),
    fraction: padded.slice(split).replace(/0+$/, ""),
  };
}
