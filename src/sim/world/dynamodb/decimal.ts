/** A decimal number without loss: `digits` x 10^`exponent`. */
interface Decimal {
  digits: bigint;
  exponent: number;
}

/** Significant digits that DynamoDB keeps, and the magnitudes it takes (DynamoDB developer guide, data types). */
const PRECISION = 38;
const MAGNITUDE = { least: -130, most: 125 };

function parse(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  if (whole + fraction === "") return undefined;
  const digits = BigInt(whole + fraction);
  return { digits: sign === "-" ? -digits : digits, exponent: Number(exponent) - fraction.length };
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  const at = (value: Decimal) => value.digits * 10n ** BigInt(value.exponent - exponent);
  return [at(a), at(b), exponent];
}

function format({ digits, exponent }: Decimal): string {
  const negative = digits < 0n;
  const plain = (negative ? -digits : digits).toString();
  const stripped = plain.replace(/0+$/, "");
  if (stripped === "") return "0";
  const shift = exponent + plain.length - stripped.length;
  const pointAt = stripped.length + shift;
  let text: string;
  if (shift >= 0 && pointAt <= PRECISION) text = stripped + "0".repeat(shift);
  else if (pointAt > 0 && shift < 0) text = `${stripped.slice(0, pointAt)}.${stripped.slice(pointAt)}`;
  else if (pointAt > -PRECISION && shift < 0) text = `0.${"0".repeat(-pointAt)}${stripped}`;
  else text = `${stripped}E${shift >= 0 ? "+" : ""}${shift}`;
  return negative ? `-${text}` : text;
}

/** What is wrong with a number, in DynamoDB's words; undefined when it can be kept. */
export function numberProblem(text: string): string | undefined {
  const value = parse(text);
  if (!value) return "The parameter cannot be converted to a numeric value";
  const significant = value.digits.toString().replace("-", "").replace(/0+$/, "");
  if (significant.length > PRECISION) return "Attempting to store more than 38 significant digits in a Number";
  if (value.digits === 0n) return undefined;
  const magnitude = value.digits.toString().replace("-", "").length - 1 + value.exponent;
  if (magnitude > MAGNITUDE.most)
    return "Number overflow. Attempting to store a number with magnitude larger than supported range";
  if (magnitude < MAGNITUDE.least)
    return "Number underflow. Attempting to store a number with magnitude smaller than supported range";
  return undefined;
}

/** The number in the form in which DynamoDB gives it back: no leading or trailing zeros. */
export function normalNumber(text: string): string {
  const value = parse(text);
  return value ? format(value) : text;
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`; exact. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = aligned(parse(a)!, parse(b)!);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `a` + `b`, or `a` - `b`, exact. */
export function addNumbers(a: string, b: string, subtract = false): string {
  const [left, right, exponent] = aligned(parse(a)!, parse(b)!);
  return format({ digits: subtract ? left - right : left + right, exponent });
}
