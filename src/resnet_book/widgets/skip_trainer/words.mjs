// What is said of a race: what happened, where it broke, and where the claim does not hold.

import { thousands } from "../shared/format.mjs";

export const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1).replace(/\.0$/, "")} %`;

/** Layers of a network, the first and the last one included. */
const layers = (/** @type {number} */ blocks) => 2 * blocks + 2;

/** Before anything was trained. */
export function invitation(/** @type {any} */ { blocks, data }) {
  const what = data === "clothes" ? "1,000 small pictures of clothes" : data === "own points" ? "the points that you set" : "two classes of points";
  return `Two networks of ${blocks} ${blocks === 1 ? "block" : "blocks"} (${layers(blocks)} layers), alike but for the skips, wait to learn ${what}. Press Train.`;
}

/** After a while, or at the end. */
export function outcome(/** @type {any} */ { steps, done, learners: [plain, residual] }, /** @type {any} */ { data }) {
  const what = data === "clothes" ? "training pictures" : "training points";
  const part = (/** @type {string} */ name, /** @type {any} */ { accuracy, trouble }) => (trouble ? `the ${name} network has broken down` : `the ${name} network gets ${percent(accuracy)} right`);
  const told = `${thousands(steps)} steps: of the ${what}, ${part("plain", plain)}, ${part("residual", residual)}.`;
  if (!done || steps < 500 || plain.trouble || residual.trouble) return told;
  if (residual.accuracy - plain.accuracy > 0.05) return `${told} It is the training that fails, so this is not overfitting: the plain network cannot find what a network of its size could represent.`;
  if (plain.accuracy - residual.accuracy > 0.05) return `${told} Here the plain network is ahead.`;
  return `${told} At these settings the skips make no great difference.`;
}

/** What to say of a network whose numbers ended. */
export function breakdown(/** @type {string} */ name, /** @type {any} */ { trouble, steps }, /** @type {any} */ { norm, rate }) {
  const why = norm === "off"
    ? "Without batch norm the sums of a deep network grow from block to block: begin at zero (Initialization), take fewer blocks, or a smaller learning rate."
    : `A learning rate of ${rate} is too large here: take a smaller one.`;
  return `⚠ ${name}: at step ${steps + 1} the numbers ran out of range (NaN or infinity), first in layer ${trouble}. Its weights stay as they were before that step. ${why}`;
}

/** Where the claim does not hold, or needs care, at these settings. @returns {string[]} */
export function care({ data, blocks, width, norm, init, rate, optimizer }) {
  const said = [];
  if (data === "clothes") {
    if (blocks <= 3) said.push("A plain network as shallow as this is as good as a residual one, and often better on held-out pictures. Degradation is about depth.");
  } else if (blocks <= 5) said.push("At up to about five blocks a plain network learns this as well as a residual one. Degradation is about depth: try 20.");
  else if (blocks < 20 && norm === "on") said.push("Around ten blocks it depends on the seed: some plain networks still get there. Try others.");
  if (norm === "off") {
    if (init === "he") said.push("Without batch norm a skip alone is not enough: with a He start the sums grow with every block, and a deep residual network wavers or breaks down. Let its branches begin at zero (zero, fixup).");
    else if (data !== "clothes" && Number(rate) > 0.003) said.push("Without batch norm a start at zero carries about 50 blocks, at a learning rate of about 0.003.");
  }
  if (init !== "he") said.push("The start at zero is the residual network's: a plain one whose branches are zero would pass nothing on, so it begins by He.");
  if (width <= 4 && data !== "clothes") said.push("So narrow, deep networks waver from seed to seed, residual ones too.");
  if (optimizer === "adam" && Number(rate) >= 0.1) said.push("So large a rate makes Adam jump about; neither network may settle.");
  return said;
}
