// What is said of a race: what happened, where it broke, and where the claim does not hold.

import { thousands } from "../shared/format.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

export const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1).replace(/\.0$/, "")} %`;

/** Layers of a network, the first and the last one included. */
const layers = (/** @type {number} */ blocks) => 2 * blocks + 2;

/** Before anything was trained. */
export function invitation(/** @type {any} */ { blocks, data }) {
  const what = data === "clothes" ? words.waiting.clothes : data === "own points" ? words.waiting.own : words.waiting.points;
  return fill(blocks === 1 ? words.waiting.one : words.waiting.many, { blocks, layers: layers(blocks), what });
}

/** After a while, or at the end. */
export function outcome(/** @type {any} */ { steps, done, learners: [plain, residual] }, /** @type {any} */ { data }) {
  const what = data === "clothes" ? words.training.pictures : words.training.points;
  const part = (/** @type {string} */ name, /** @type {any} */ { accuracy, trouble }) => (trouble ? fill(words.outcome.broken, { name }) : fill(words.outcome.gets, { name, accuracy: percent(accuracy) }));
  const told = fill(words.outcome.told, { steps: thousands(steps), what, plain: part(words.outcome.plain, plain), residual: part(words.outcome.residual, residual) });
  if (!done || steps < 500 || plain.trouble || residual.trouble) return told;
  if (residual.accuracy - plain.accuracy > 0.05) return fill(words.outcome.degrades, { told });
  if (plain.accuracy - residual.accuracy > 0.05) return fill(words.outcome.plain_ahead, { told });
  return fill(words.outcome.alike, { told });
}

/** What to say of a network whose numbers ended. */
export function breakdown(/** @type {string} */ name, /** @type {any} */ { trouble, steps }, /** @type {any} */ { norm, rate }) {
  const why = norm === "off"
    ? words.breakdown.no_norm
    : fill(words.breakdown.rate, { rate });
  return fill(words.breakdown.told, { name, step: steps + 1, layer: trouble, why });
}

/** Where the claim does not hold, or needs care, at these settings. @returns {string[]} */
export function care({ data, blocks, width, norm, init, rate, optimizer }) {
  const said = [];
  if (data === "clothes") {
    if (blocks <= 3) said.push(words.care.shallow_clothes);
  } else if (blocks <= 5) said.push(words.care.five_blocks);
  else if (blocks < 20 && norm === "on") said.push(words.care.ten_blocks);
  if (norm === "off") {
    if (init === "he") said.push(words.care.he);
    else if (data !== "clothes" && Number(rate) > 0.003) said.push(words.care.fifty_blocks);
  }
  if (init !== "he") said.push(words.care.zero);
  if (width <= 4 && data !== "clothes") said.push(words.care.narrow);
  if (optimizer === "adam" && Number(rate) >= 0.1) said.push(words.care.adam);
  return said;
}
