// What the reader sets: the sliders, the face that they make, and which of them lie outside of what was trained on.

import TABLE from "../../data/drawn_faces/face.json";
import { ShapeError } from "../shared/errors.mjs";
import { describe } from "../shared/rules.mjs";
import { parameters } from "./drawing.mjs";
import SLIDERS from "./sliders.json";
import words from "./words.json";

/** @typedef {import("./drawing.mjs").Face} Face */

export { SLIDERS };
export const NETWORKS = Object.keys(words.networks);
const MOST = 2 ** 32 - 1; // the last seed

/** What the state consists of. @type {import("../shared/form.mjs").Field[]} */
export const FIELDS = [
  ...Object.entries(SLIDERS).map(([key, { min, max }]) => ({ key, label: words.controls[key], min, max, usual: 0, slider: true })),
  { key: "network", label: words.controls.network, options: NETWORKS.map((name) => /** @type {[string, string]} */ ([name, words.networks[name]])) },
  { key: "face", label: words.another, parse: seed }, // its control is a button
];

/** The seed of a face, checked. */
export function seed(/** @type {any} */ value) {
  if (Number.isInteger(value) && value >= 0 && value <= MOST) return value;
  throw new ShapeError("face", describe(value), `a whole number from 0 to ${MOST}`, "give 10000");
}

/** The face of a state: a seed's, moved by the sliders. @returns {Face} */
export function face_of(/** @type {any} */ state) {
  const moved = Object.entries(SLIDERS).map(([name, { scale }]) => [name, state[name] / scale]);
  return { ...parameters(state.face), ...Object.fromEntries(moved) };
}

/** From where to where the training faces went, in a slider's units. @returns {[number, number]} */
export function trained(/** @type {string} */ name) {
  const { min, scale } = SLIDERS[name];
  const [, low, high] = TABLE.ranges[name];
  return [Math.round(Math.max(low, min / scale) * scale), Math.round(high * scale)];
}

/** The sliders that lie outside of it. @returns {string[]} */
export const outside = (/** @type {any} */ state) =>
  Object.keys(SLIDERS).filter((name) => {
    const [low, high] = trained(name);
    return state[name] < low || state[name] > high;
  });

/** Sliders moved by so much each, and kept on their scales. */
export function moved(/** @type {any} */ state, /** @type {Record<string, number>} */ by) {
  const kept = ([name, step]) => {
    const { min, max } = SLIDERS[name];
    return [name, Math.min(max, Math.max(min, Math.round(state[name] + step)))];
  };
  return Object.fromEntries(Object.entries(by).map(kept));
}

/** The seed of another face, out of the held-out ones. */
export const another = (/** @type {number} */ seed, /** @type {{ first: number, count: number }} */ { first, count }) =>
  seed >= first && seed < first + count - 1 ? seed + 1 : first;
