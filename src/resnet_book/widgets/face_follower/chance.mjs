// Numbers of chance that need no order: data/drawn_faces/chance.py again, bit by bit.

const STEP = 0x9e3779b9; // 2**32 over the golden ratio: neighbouring places lie far apart

/** Wellons' `lowbias32`, a permutation of the numbers of 32 bits in which every bit hangs on all others. */
function mixed(/** @type {number} */ x) {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** 32 bits of chance of a seed and a place. */
export const bits = (/** @type {number} */ seed, /** @type {number} */ place) => mixed(mixed(seed) + Math.imul(place, STEP)) >>> 0;

/** A number from 0, included, to 1, not included. */
export const uniform = (/** @type {number} */ seed, /** @type {number} */ place) => bits(seed, place) / 2 ** 32;
