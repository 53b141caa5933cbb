// From the controls to what the worker is given: two plans, the data, and how to learn.

import { picture_plan, point_plan } from "../engine/plan.mjs";
import { REACH, kinds, points } from "./points.mjs";

export const DEPTHS = [1, 5, 10, 20, 50]; // of the sweep
export const SEEDS = [0, 1, 2];
export const POINTS = 256; // that are drawn
const HELD = 1_000_003; // added to a seed: the held-out points are another draw
export const SIDE = 14; // pixels of a small picture of clothes

/** Every step of points sees all of them; pictures come in batches. */
const BATCH = { points: 512, pictures: 32 };

/** How many steps Train does at a time, and one network of the sweep. */
export const steps = (/** @type {any} */ { data }) => (data === "clothes" ? { train: 1000, sweep: 400 } : { train: 2000, sweep: 800 });

/** Clothes have three stages; the first ones get what does not divide. @returns {number[]} */
export function shared_out(/** @type {number} */ blocks) {
  return [0, 1, 2].map((stage) => Math.floor((blocks + 2 - stage) / 3)).filter((count) => count > 0);
}

/** The Architecture of a network on clothes, as the rest of the book describes it. */
export function clothes_architecture(/** @type {number} */ blocks, /** @type {number} */ width, /** @type {boolean} */ skip) {
  const depths = shared_out(blocks);
  return {
    name: `clothes-${skip ? "resnet" : "plain"}${2 * blocks + 2}`,
    block: skip ? "basic" : "plain",
    depths,
    widths: depths.map((_, stage) => width * 2 ** stage),
    stem: { channels: width, kernel_size: 3, stride: 1, padding: 1, pool: false },
    in_channels: 1,
    num_classes: 10,
    shortcut: skip ? "A" : "none",
    version: "v1.5",
  };
}

/** The data of a state: to learn from, and held out (null where the reader set the points). */
export function data_of(/** @type {any} */ { data, noise, seed }, /** @type {any} */ { own, clothes }) {
  if (data === "clothes") return clothes;
  if (kinds.includes(data)) {
    return { data: points(data, POINTS, Number(noise), seed), held: points(data, POINTS, Number(noise), seed + HELD) };
  }
  const x = Float32Array.from(own.flatMap((/** @type {number[]} */ [a, b]) => [a, b]));
  return { data: { x, classes: Uint8Array.from(own, (/** @type {number[]} */ point) => point[2]) }, held: null };
}

/** @returns {any} the task of a state, as worker.mjs takes it */
export function task_of(/** @type {any} */ state, /** @type {any} */ extra) {
  const { blocks, width, norm: on, init, optimizer, rate, seed } = state;
  const pictures = state.data === "clothes";
  const norm = on === "on";
  const plans = [false, true].map((skip) => pictures
    ? picture_plan(clothes_architecture(blocks, width, skip), SIDE, norm)
    : point_plan({ width, blocks, classes: 2, skip, norm }));
  return {
    plans,
    ...data_of(state, extra),
    reach: REACH,
    batch: BATCH[pictures ? "pictures" : "points"],
    recipe: { init, optimizer, rate: Number(rate), seed },
  };
}

/** Every task of the sweep at these settings, with its depth and seed. */
export function sweep_of(/** @type {any} */ state, /** @type {any} */ extra) {
  return DEPTHS.flatMap((depth) => SEEDS.map((seed) => ({ depth, seed, task: task_of({ ...state, blocks: depth, seed }, extra) })));
}

/** Pictures as the part `clothes` has them: a byte a pixel, made to mean 0 and deviation 1. */
export function read_clothes(/** @type {string} */ text) {
  const { train, test } = JSON.parse(text);
  const bytes = (/** @type {string} */ coded) => Uint8Array.from(atob(coded), (letter) => letter.charCodeAt(0));
  const part = (/** @type {any} */ { pixels, classes, mean, deviation }) => ({
    x: Float32Array.from(bytes(pixels), (grey) => (grey - mean) / deviation),
    classes: bytes(classes),
  });
  return { data: part(train), held: part(test) };
}
