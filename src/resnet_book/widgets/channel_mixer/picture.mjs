// The small picture, read from text: picture.py again. Three planes of bytes, red, green, blue.

import stored from "./picture.json";

const BASE = 92;

export const WIDTH = stored.width;
export const HEIGHT = stored.height;
export const SOURCE = stored.source;

/** What number i of a plane is, guessed from those before it: the median of left, above and left + above - corner. */
function predict(/** @type {Uint8Array} */ plane, /** @type {number} */ i, /** @type {number} */ width) {
  if (i < width) return i ? plane[i - 1] : 128;
  const above = plane[i - width];
  if (i % width === 0) return above;
  const left = plane[i - 1];
  const corner = plane[i - width - 1];
  return Math.max(Math.min(left, above), Math.min(Math.max(left, above), left + above - corner));
}

/** The planes of a text. */
export function decode(/** @type {string} */ text, /** @type {number} */ width, /** @type {number} */ height) {
  let at = 0;
  const next = () => {
    const code = text.charCodeAt(at++) - 32;
    return code - Number(code > 2) - Number(code > 60); // the quotation mark and the backslash are left out
  };
  const planes = [0, 0, 0].map(() => {
    const plane = new Uint8Array(width * height); // its numbers wrap at 256 by themselves
    for (let i = 0; i < plane.length; i++) {
      let code = next();
      if (code === BASE) code = next() * BASE + next();
      plane[i] = predict(plane, i, width) + (code % 2 ? -(code + 1) / 2 : code / 2);
    }
    return plane;
  });
  const [green, red, blue] = planes;
  for (let i = 0; i < green.length; i++) {
    red[i] += green[i] - 128;
    blue[i] += green[i] - 128;
  }
  return [red, green, blue];
}

export const PLANES = decode(stored.text, WIDTH, HEIGHT);
