// Numbers and shapes as text.

/** 25557032 -> "25,557,032". Not toLocaleString: the same text for every reader, and much faster. */
export function thousands(/** @type {number} */ n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** -1.5 -> "−1.5", with a proper minus sign. */
export function signed(/** @type {number} */ n) {
  return thousands(n).replace("-", "−");
}

/** 4089184256 -> "4.089 G"; four significant digits, the unit once. */
export function short(/** @type {number} */ n) {
  for (const [power, unit] of /** @type {[number, string][]} */ ([[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]])) {
    if (n >= power) return `${(n / power).toPrecision(4)} ${unit}`;
  }
  return String(n);
}

/** [64, 56, 56] -> "64 × 56 × 56". */
export function shape_text(/** @type {readonly number[]} */ shape) {
  return shape.join(" × ");
}

/** Bytes of single-precision numbers: 1048576 elements -> "4.194 MB". */
export function bytes(/** @type {number} */ elements) {
  const text = short(elements * 4);
  return text + (/\d$/.test(text) ? " B" : "B");
}
