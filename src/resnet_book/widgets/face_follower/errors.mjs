// How far found points are from the true ones: data/face_metrics.py again, for one face.

/** The parts of a face: the first of its points, and the first behind them. */
export const PARTS = /** @type {Record<string, [number, number]>} */ ({ jaw: [0, 17], brows: [17, 27], nose: [27, 36], eyes: [36, 48], mouth: [48, 68] });

/**
 * The mean distance over that of the outer eye corners, in per cent: of all points, and of each part's.
 * @param {ArrayLike<number>} found x and y of each point
 * @param {[number, number][]} points the true ones, in the same unit
 * @returns {{ nme: number, parts: Record<string, number> }}
 */
export function errors(found, points) {
  const unit = Math.hypot(points[36][0] - points[45][0], points[36][1] - points[45][1]);
  if (!unit) throw new RangeError("the outer eye corners, points 36 and 45, stand at the same place");
  const apart = points.map(([x, y], i) => (100 * Math.hypot(found[2 * i] - x, found[2 * i + 1] - y)) / unit);
  const mean = (/** @type {number} */ from, /** @type {number} */ to) => apart.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  const parts = Object.fromEntries(Object.entries(PARTS).map(([name, [from, to]]) => [name, mean(from, to)]));
  return { nme: mean(0, points.length), parts };
}
