// The one error that impossible shapes raise: errors.py again.

export class ShapeError extends Error {
  /**
   * @param {string} where the exact layer or argument
   * @param {string} got what arrived there
   * @param {string} expected what the layer takes
   * @param {string} fix a repair in words
   */
  constructor(where, got, expected, fix) {
    super(`${where}: got ${got}; expected ${expected}. Fix: ${fix}.`);
    this.name = "ShapeError";
    Object.assign(this, { where, got, expected, fix });
  }
}
