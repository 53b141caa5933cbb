// What the reader set, as the engine takes it: a route through the blocks, see engine/README.md.

import { architecture } from "../shared/architectures.mjs";
import { picture_plan } from "../engine/plan.mjs";
import { ShapeError } from "../shared/errors.mjs";
import { describe } from "../shared/rules.mjs";

export const NETWORKS = ["residual", "plain"];
export const WHOLE = "whole";
export const NO_BRANCH = "no branch";
export const NO_SKIP = "no skip";
export const SWAPPED = "swapped with the next";
const WORDS = [WHOLE, NO_BRANCH, NO_SKIP, SWAPPED];
export const SIDE = 28;
export const MOST = 2; // a branch is scaled by

const ARCHITECTURES = /** @type {Record<string, string>} */ ({ residual: "fashion-resnet20", plain: "fashion-plain20" });

/** @typedef {{ network: string, picture: string, look: string, lesions: Record<string, string>, scales: Record<string, number> }} State */

/** The plan of each network as its weights ship: with batch norm folded in. */
export const PLANS = Object.fromEntries(NETWORKS.map((name) => [name, picture_plan(architecture(ARCHITECTURES[name]), SIDE, false)]));

/** The names of the blocks, the same in both networks. */
export const BLOCKS = PLANS.residual.blocks.map(({ name }) => name);

/** The words that a block can take. */
export function possible(/** @type {string} */ network, /** @type {string} */ name) {
  const { blocks } = PLANS[network];
  const index = BLOCKS.indexOf(name);
  const same = (/** @type {any} */ block) => block?.shortcut === "identity" && block.branch[0].inputs;
  const swaps = same(blocks[index]) && same(blocks[index]) === same(blocks[index + 1]);
  return WORDS.filter((word) => (word === NO_SKIP ? blocks[index].skip : word === SWAPPED ? swaps : true));
}

/** @returns {import("../engine/network.mjs").Step[]} */
export function route_of(/** @type {State} */ { network, lesions, scales }) {
  const route = PLANS[network].blocks.map(({ name, skip }, block) => {
    if (lesions[name] === NO_BRANCH) return { block, branch: 0, skip: 1 };
    return { block, branch: scales[name] ?? 1, skip: lesions[name] === NO_SKIP ? 0 : Number(skip) };
  });
  BLOCKS.forEach((name, i) => {
    if (lesions[name] === SWAPPED) [route[i], route[i + 1]] = [route[i + 1], route[i]];
  });
  return route;
}

/** The routes in which one block after the other passes its input on. */
export const each_removed = (/** @type {string} */ network) =>
  BLOCKS.map((name) => route_of({ network, picture: "", look: name, lesions: { [name]: NO_BRANCH }, scales: {} }));

/** The share of all test pictures that was recorded for a state: of the whole network, or of one lesion alone; else null. */
export function recorded(/** @type {State} */ { network, lesions, scales }, /** @type {any} */ { networks }) {
  const { accuracy, lesions: measured } = networks[network];
  if (Object.keys(scales).some((name) => lesions[name] !== NO_BRANCH)) return null; // without a branch a scale has no effect
  const done = Object.entries(lesions);
  if (!done.length) return accuracy.all;
  return done.length === 1 ? measured[done[0][0]][done[0][1]].all : null;
}

/** A dictionary of lesions, checked; whole blocks are left out. */
export function parse_lesions(/** @type {any} */ value) {
  return entries(value, "lesions", (name, word) => {
    if (!WORDS.includes(word)) throw new ShapeError(name, describe(word), `one of ${WORDS.join(", ")}`, `give "${NO_BRANCH}"`);
    return word === WHOLE ? null : word;
  });
}

/** A dictionary of factors, checked; those of 1 are left out. */
export function parse_scales(/** @type {any} */ value) {
  return entries(value, "scales", (name, factor) => {
    if (typeof factor !== "number" || !(factor >= 0 && factor <= MOST)) throw new ShapeError(name, describe(factor), `a number from 0 to ${MOST}`, "give 0.5");
    return factor === 1 ? null : factor;
  });
}

function entries(/** @type {any} */ value, /** @type {string} */ where, /** @type {(name: string, value: any) => any} */ read) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new ShapeError(where, describe(value), "an object with names of blocks", `give {"${BLOCKS[0]}": ...}`);
  }
  const unknown = Object.keys(value).find((name) => !BLOCKS.includes(name));
  if (unknown !== undefined) throw new ShapeError(where, describe(unknown), `one of ${BLOCKS.join(", ")}`, `give {"${BLOCKS[0]}": ...}`);
  const kept = BLOCKS.filter((name) => name in value).map((name) => [name, read(name, value[name])]);
  return Object.fromEntries(kept.filter(([, found]) => found !== null));
}

/** The block under Look inside. */
export function parse_look(/** @type {any} */ value) {
  if (!BLOCKS.includes(value)) throw new ShapeError("Look inside", describe(value), `one of ${BLOCKS.join(", ")}`, `choose ${BLOCKS[0]}`);
  return value;
}

/** A state made consistent: no word that the network's block cannot take, no block in two exchanges. */
export function settle(/** @type {State} */ next, /** @type {State} */ before) {
  const lesions = { ...next.lesions };
  for (const [i, name] of BLOCKS.entries()) {
    if (lesions[name] && !possible(next.network, name).includes(lesions[name])) delete lesions[name];
    const after = BLOCKS[i + 1];
    if (lesions[name] === SWAPPED && lesions[after] === SWAPPED) delete lesions[before.lesions[after] === SWAPPED ? after : name];
  }
  const same = Object.keys(lesions).length === Object.keys(next.lesions).length;
  return same ? next : { ...next, lesions };
}
