// Chance that is the same on every machine: only exact operations, so no Math.cos, no Math.log.

/** Uniform numbers in [0, 1) for a seed (mulberry32). @returns {() => number} */
export function uniform(/** @type {number} */ seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

/** Normal numbers, mean 0 and variance 1, from uniform ones: twelve of them added, less 6. Exact, and within +-6. */
export function normal(/** @type {() => number} */ draw) {
  return () => {
    let total = -6;
    for (let i = 0; i < 12; i++) total += draw();
    return total;
  };
}

/** The numbers 0 to n - 1 in an order of chance (Fisher and Yates). */
export function shuffled(/** @type {number} */ n, /** @type {() => number} */ draw) {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Sine and cosine of 2 pi t, by Taylor's series of an eighth of a turn at most. @returns {[number, number]} */
export function sine_cosine(/** @type {number} */ t) {
  const quarter = Math.round(4 * t);
  const a = (t - quarter / 4) * 6.283185307179586;
  let [sine, cosine, term] = [0, 0, 1];
  for (let i = 0; i < 18; i++) {
    if (i % 2) sine += i % 4 === 1 ? term : -term;
    else cosine += i % 4 ? -term : term;
    term = (term * a) / (i + 1);
  }
  return /** @type {[number, number][]} */ ([[sine, cosine], [cosine, -sine], [-sine, -cosine], [-cosine, sine]])[((quarter % 4) + 4) % 4];
}
