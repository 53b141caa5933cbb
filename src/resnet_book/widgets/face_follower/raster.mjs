// Shapes to pixels: data/drawn_faces/raster.py again, step by step, for one picture.

/** @typedef {[number, number]} Place x and y */
/** @typedef {{ upper: number, height: number, parts: Float64Array }} Covered of the rows from `upper` on */

const BETWEEN = 6; // pieces of a curve between two of its points
const LINES = 4; // scan lines through a row of pixels

/** A curve through points (Catmull and Rom 1974), as a chain of short lines. @returns {Place[]} */
export function smooth(/** @type {Place[]} */ points, closed = false) {
  const last = points.length - 1;
  const at = (/** @type {number} */ i) => (closed ? points[(i + points.length) % points.length] : points[Math.min(Math.max(i, 0), last)]);
  /** @type {Place[]} */
  const curve = [];
  for (let i = 0; i <= (closed ? last : last - 1); i++) {
    const [before, point, after, beyond] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let step = 0; step < BETWEEN; step++) {
      const t = step / BETWEEN;
      const along = (/** @type {0 | 1} */ k) => {
        const a = after[k] - before[k];
        const b = before[k] * 2 - point[k] * 5 + after[k] * 4 - beyond[k];
        const c = point[k] * 3 - before[k] - after[k] * 3 + beyond[k];
        return point[k] + ((c * t + b) * t + a) * t * 0.5;
      };
      curve.push([along(0), along(1)]);
    }
  }
  return closed ? curve : [...curve, points[last]];
}

/** The outline of a pen's stroke along a chain of lines; `width` gives the pen's at each point. @returns {Place[]} */
export function stroke(/** @type {Place[]} */ line, /** @type {(k: number) => number} */ width) {
  const last = line.length - 1;
  /** @type {Place[]} */
  const [there, back] = [[], []];
  line.forEach(([x, y], k) => {
    const [ahead, behind] = [line[Math.min(k + 1, last)], line[Math.max(k - 1, 0)]];
    const [right, down] = [ahead[0] - behind[0], ahead[1] - behind[1]];
    const part = (width(k) * 0.5) / (Math.sqrt(right * right + down * down) + 1e-9);
    there.push([x + -down * part, y + right * part]);
    back.push([x - -down * part, y - right * part]);
  });
  return [...there, ...back.reverse()];
}

/** How much of each pixel a closed outline covers, from 0 to 1. @returns {Covered} */
export function coverage(/** @type {Place[]} */ outline, /** @type {number} */ size) {
  const line_at = (/** @type {number} */ y) => Math.min(Math.max(Math.ceil(y - 0.5), 0), size * LINES);
  let [least, most] = [size * LINES, 0];
  for (const [, y] of outline) [least, most] = [Math.min(least, line_at(y * LINES)), Math.max(most, line_at(y * LINES))];
  const upper = Math.floor(least / LINES);
  const height = Math.max(Math.ceil(most / LINES) - upper, 0);
  const [wide, parts] = [size + 2, new Float64Array(height * size)];
  const cells = new Float64Array(height * wide);
  outline.forEach(([x, from], i) => {
    const following = outline[(i + 1) % outline.length];
    const [y, y_after] = [from * LINES, following[1] * LINES];
    const down = y_after > y;
    const slope = (following[0] - x) / (y_after === y ? 1 : y_after - y);
    const sign = (down ? 1 : -1) / LINES;
    const end = line_at(down ? y_after : y);
    for (let line = line_at(down ? y : y_after); line < end; line++) {
      const crossing = Math.min(Math.max(x + (line + 0.5 - y) * slope, 0), size);
      const pixel = Math.floor(crossing);
      const right = crossing - pixel;
      const place = (Math.floor(line / LINES) - upper) * wide + pixel;
      cells[place] += sign * (1 - right);
      cells[place + 1] += sign * right;
    }
  });
  for (let row = 0; row < height; row++) {
    let total = 0;
    for (let column = 0; column < size; column++) {
      total += cells[row * wide + column];
      parts[row * size + column] = Math.min(Math.abs(total), 1);
    }
  }
  return { upper, height, parts };
}
