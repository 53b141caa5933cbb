// Words with numbers in them: wording.py again. A rational is [numerator, denominator], two bigints.

/** @typedef {[bigint, bigint]} Rational */

const HOLE = /\{([a-z_]\w*)(?::(\d))?\}/g;
const MOST_DECIMALS = 4; // of a fraction that is written as a decimal number
const size = (/** @type {bigint} */ n) => (n < 0n ? -n : n);
const common = (/** @type {bigint} */ a, /** @type {bigint} */ b) => {
  while (b) [a, b] = [b, a % b];
  return a;
};

/** A number exactly; a list of two is numerator and denominator. @returns {Rational} */
export function rational(/** @type {any} */ value) {
  if (Array.isArray(value)) return [BigInt(value[0]), BigInt(value[1])];
  let under = 1n;
  while (!Number.isInteger(value)) {
    value *= 2; // exact: a number of the machine is a whole number over a power of two
    under *= 2n;
  }
  return [BigInt(value), under];
}

/** A number with so many decimals, halves away from zero. */
export function rounded(/** @type {Rational} */ [top, under], /** @type {number} */ digits) {
  const power = 10n ** BigInt(digits);
  const scaled = (size(top) * power * 2n + under) / (2n * under);
  const sign = top < 0n && scaled ? "-" : "";
  const rest = String(scaled % power).padStart(digits, "0");
  return `${sign}${scaled / power}${digits ? `.${rest}` : ""}`;
}

/** A number with so many significant digits, zeros at the end of its decimals left out. */
export function significant(/** @type {Rational} */ value, /** @type {number} */ digits) {
  const [top, under] = [size(value[0]), value[1]];
  let decimals = digits;
  while (decimals > 0 && top >= under * 10n ** BigInt(digits - decimals)) decimals--;
  while (top && decimals < 40 && top * 10n ** BigInt(decimals) < under * 10n ** BigInt(digits - 1)) decimals++;
  const text = rounded(value, decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** A fraction in its lowest terms: 54/3 -> "18", 15/18 -> "5/6"; 26/4 as a decimal number, where that ends soon -> "6.5". */
export function quotient(/** @type {Rational} */ [top, under], /** @type {boolean} */ decimal) {
  const shared = common(size(top), under);
  const [above, below] = [top / shared, under / shared];
  for (let digits = 0; digits <= (decimal ? MOST_DECIMALS : 0); digits++) {
    if (10n ** BigInt(digits) % below === 0n) return rounded([above, below], digits);
  }
  return `${above}/${below}`;
}

/** A number's digits before the point in groups of three, with a true minus; a fraction is not grouped. */
export function grouped(/** @type {string} */ text) {
  return text.replace(/^-?\d+(?![\d/])/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ",")).replace("-", "−");
}

/** A value as it is shown: 36864 -> "36,864", [64, 56, 56] -> "64 × 56 × 56". */
export function written(/** @type {any} */ value) {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.join(" × ");
  if (Number.isInteger(value)) return grouped(String(value));
  throw new TypeError(`${value} needs a number of decimals: write {name:2}, say`);
}

/** A text with its numbers, each as `write` writes it. */
export function fill(/** @type {string} */ text, /** @type {Record<string, any>} */ values, /** @type {(value: any) => string} */ write = written) {
  return text.replace(HOLE, (_, name, digits) => {
    if (!(name in values)) throw new TypeError(`there is no number ${name}`);
    return digits === undefined ? write(values[name]) : grouped(rounded(rational(values[name]), Number(digits)));
  });
}
