// What a confusion matrix says, in shares, pictures and words.

import { thousands } from "../shared/format.mjs";

/** Of each class: many of it, and one of it. */
const WORDS = {
  "T-shirt/top": ["T-shirts", "a T-shirt"],
  Trouser: ["trousers", "trousers"],
  Pullover: ["pullovers", "a pullover"],
  Dress: ["dresses", "a dress"],
  Coat: ["coats", "a coat"],
  Sandal: ["sandals", "a sandal"],
  Shirt: ["shirts", "a shirt"],
  Sneaker: ["sneakers", "a sneaker"],
  Bag: ["bags", "a bag"],
  "Ankle boot": ["ankle boots", "an ankle boot"],
};

/** 104 of 1000 -> "10.4", in per cent, halves rounded up; "–" for a share of nothing. */
export function percent(/** @type {number} */ part, /** @type {number} */ whole) {
  if (!whole) return "–";
  const tenths = Math.floor((2000 * part + whole) / (2 * whole));
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

/** How many pictures there are of each class (rows), of each given class (columns), and of each seen rightly. */
export function margins(/** @type {number[][]} */ matrix) {
  const sum = (/** @type {number[]} */ list) => list.reduce((a, b) => a + b, 0);
  return {
    rows: matrix.map(sum),
    columns: matrix.map((_, j) => sum(matrix.map((row) => row[j]))),
    right: matrix.map((row, i) => row[i]),
  };
}

/** A cell in words: "104 of 1,000 shirts were taken for T-shirts (10.4 %)". */
export function sentence(/** @type {any} */ { classes, matrix }, /** @type {number} */ i, /** @type {number} */ j) {
  const [many] = WORDS[classes[i]];
  const [others, other] = WORDS[classes[j]];
  const whole = matrix[i].reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
  const count = matrix[i][j];
  if (!whole) return `there are no ${many}`;
  if (!count) return `none of the ${thousands(whole)} ${many} was ${i === j ? "recognized" : `taken for ${other}`}`;
  const verb = count === 1 ? "was" : "were";
  const what = i === j ? "recognized" : `taken for ${count === 1 ? other : others}`;
  return `${thousands(count)} of ${thousands(whole)} ${many} ${verb} ${what} (${percent(count, whole)} %)`;
}

/** The chosen cell: its place, its count, and the pictures that are kept of it, the most confident first. */
export function compute(/** @type {any} */ { classes, matrix, shown }, /** @type {any} */ { true_class, predicted_class }) {
  const [i, j] = [classes.indexOf(true_class), classes.indexOf(predicted_class)];
  const tiles = /** @type {any[]} */ (shown)
    .map(([index, label, predicted, confidence], place) => ({ index, label, predicted, confidence, place }))
    .filter((tile) => tile.label === i && tile.predicted === j)
    .sort((a, b) => b.confidence - a.confidence || a.index - b.index);
  return { i, j, count: matrix[i][j], tiles };
}

const capital = (/** @type {string} */ text) => text[0].toUpperCase() + text.slice(1);

/** The cell and, of a confusion, the same the other way around. */
export function summary(/** @type {any} */ data, /** @type {any} */ { i, j }) {
  const back = i === j ? "" : ` The other way around, ${sentence(data, j, i)}.`;
  return `${capital(sentence(data, i, j))}.${back}`;
}

/** Which of the cell's pictures are shown, and what the numbers under them are. */
export function note(/** @type {any} */ { classes, scored }, /** @type {any} */ { j, count, tiles }) {
  if (!count) return "There is no picture to show.";
  const kept = tiles.length < count ? `${tiles.length} of ${thousands(count)} as examples` : count === 1 ? "The only one" : `All ${thousands(count)}`;
  const order = tiles.length > 1 ? ", the most confident first" : "";
  return `${kept}${order}. Under each: its place in the ${scored} set, counted from 0, and the probability that the network gave to ${classes[j]}.`;
}
