// Numbers out of a seed: dice.py again, step by step.

/** A small deterministic generator (mulberry32) behind a hash of a name and a number (FNV-1a). */
export class Dice {
  #state = 0x811c9dc5;

  constructor(/** @type {string} */ name, /** @type {number} */ seed) {
    for (const letter of `${name}:${seed}`) this.#state = Math.imul(this.#state ^ letter.charCodeAt(0), 0x01000193);
  }

  /** A whole number below 2**32. */
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A whole number from `low` to `high`, both included; less than 2**20 of them. */
  whole(/** @type {number} */ low, /** @type {number} */ high) {
    return low + Math.floor((this.#next() * (high - low + 1)) / 2 ** 32);
  }

  /** One of several. @returns {any} */
  pick(/** @type {any[]} */ ...options) {
    return options[this.whole(0, options.length - 1)];
  }

  /** All of them, in an order of chance. @returns {any[]} */
  shuffled(/** @type {any[]} */ items) {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.whole(0, i);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }
}
