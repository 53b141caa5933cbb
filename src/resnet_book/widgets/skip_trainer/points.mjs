// Points of the plane in two classes, drawn by a seed: the same on every machine.

import { normal, sine_cosine, uniform } from "../engine/random.mjs";

/** How far the plane reaches from its middle, in both directions. */
export const REACH = 2;

/** Every kind: the i-th of m points of class k, before the noise. `t` is uniform in [0, 1) and evenly spread over the i. */
const KINDS = {
  /** Two arms of one and a half turns. */
  spirals: (/** @type {number} */ k, /** @type {number} */ t) => {
    const radius = Math.sqrt(t);
    const [sine, cosine] = sine_cosine(1.5 * radius + k / 2);
    return [1.6 * radius * cosine, 1.6 * radius * sine];
  },
  /** Two half circles, each reaching into the other. */
  moons: (/** @type {number} */ k, /** @type {number} */ t) => {
    const [sine, cosine] = sine_cosine(t / 2);
    return k ? [0.5 - 1.1 * cosine, 0.35 - 1.1 * sine] : [1.1 * cosine - 0.5, 1.1 * sine - 0.35];
  },
  /** A ring around a ring. */
  circles: (/** @type {number} */ k, /** @type {number} */ t) => {
    const [sine, cosine] = sine_cosine(t);
    const radius = k ? 1.4 : 0.6;
    return [radius * cosine, radius * sine];
  },
  /** Four by four fields. */
  chessboard: (/** @type {number} */ k, /** @type {number} */ t, /** @type {() => number} */ draw) => {
    const field = Math.floor(8 * t); // of the eight of its class, two in each row
    const row = field >> 1;
    const column = 2 * (field & 1) + ((row + k) & 1);
    return [0.8 * (column + draw()) - 1.6, 0.8 * (row + draw()) - 1.6];
  },
};

/** The kinds of points there are. */
export const kinds = Object.keys(KINDS);

/**
 * n points, the classes taking turns.
 * @param {string} kind one of `kinds`
 * @param {number} n
 * @param {number} noise the deviation of the normal noise, on a plane from -2 to 2
 * @param {number} seed
 * @returns {{ x: Float32Array, classes: Uint8Array }} x: [n][2]
 */
export function points(kind, n, noise, seed) {
  const draw = uniform(seed);
  const gauss = normal(draw);
  const [x, classes, of_class] = [new Float32Array(2 * n), new Uint8Array(n), Math.ceil(n / 2)];
  for (let i = 0; i < n; i++) {
    const k = i % 2;
    const [a, b] = KINDS[/** @type {keyof typeof KINDS} */ (kind)](k, (Math.floor(i / 2) + draw()) / of_class, draw);
    x.set([a + noise * gauss(), b + noise * gauss()], 2 * i);
    classes[i] = k;
  }
  return { x, classes };
}
