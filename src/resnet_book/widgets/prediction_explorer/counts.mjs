// What a confusion matrix says, in shares, pictures and words.

import { thousands } from "../shared/format.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

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
  const [many] = words.classes[classes[i]];
  const [others, other] = words.classes[classes[j]];
  const whole = matrix[i].reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
  const count = matrix[i][j];
  if (!whole) return fill(words.nobody, { many });
  if (!count) return fill(words.none, { whole: thousands(whole), many, what: i === j ? words.recognized : fill(words.taken, { other }) });
  const what = i === j ? words.recognized : fill(words.taken, { other: count === 1 ? other : others });
  return fill(count === 1 ? words.one : words.some, { count: thousands(count), whole: thousands(whole), many, what, percent: percent(count, whole) });
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
  const back = i === j ? "" : fill(words.back, { sentence: sentence(data, j, i) });
  return `${capital(sentence(data, i, j))}.${back}`;
}

/** Which of the cell's pictures are shown, and what the numbers under them are. */
export function note(/** @type {any} */ { classes, scored }, /** @type {any} */ { j, count, tiles }) {
  if (!count) return words.no_picture;
  const kept = tiles.length < count ? fill(words.kept.some, { kept: tiles.length, count: thousands(count) }) : count === 1 ? words.kept.one : fill(words.kept.all, { count: thousands(count) });
  const order = tiles.length > 1 ? words.kept.order : "";
  return fill(words.note, { kept, order, scored, name: classes[j] });
}
