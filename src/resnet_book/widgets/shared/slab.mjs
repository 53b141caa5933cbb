// A tensor as a slab, to scale: its face is the map, its depth the channels.

import { svg } from "./dom.mjs";
import { fill } from "./words.mjs";
import words from "./words.json";

export const SLANT = 0.3; // how far the face leans back, in sides of the map

/** How wide a slab is drawn. */
export function slab_width(/** @type {number[]} */ shape, /** @type {number} */ pixel, /** @type {number} */ channel) {
  const [c, , w] = shape.length === 3 ? shape : [shape[0], 1, 1];
  return Math.max(1.5, c * channel) + Math.max(1.5, w * pixel) * SLANT;
}

/**
 * One slab with its lower left corner at (x, y).
 * @param {number[]} shape (channels, height, width), or a vector
 * @param {number} pixel points a pixel of the map
 * @param {number} channel points a channel
 */
export function slab(/** @type {number} */ x, /** @type {number} */ y, shape, pixel, channel, props = {}) {
  const [c, mh, mw] = shape.length === 3 ? shape : [shape[0], 1, 1];
  const depth = Math.max(1.5, c * channel);
  const high = Math.max(1.5, mh * pixel);
  const lean = Math.max(1.5, mw * pixel) * SLANT;
  const rise = lean;
  const points = (/** @type {number[][]} */ list) => list.map((p) => p.map((n) => n.toFixed(1)).join(",")).join(" ");
  const side = [[x, y], [x + depth, y], [x + depth, y - high], [x, y - high]];
  const top = [[x, y - high], [x + depth, y - high], [x + depth + lean, y - high - rise], [x + lean, y - high - rise]];
  const face = [[x + depth, y], [x + depth + lean, y - rise], [x + depth + lean, y - high - rise], [x + depth, y - high]];
  return svg(
    "g",
    { class: "rn-slab", ...props },
    svg("polygon", { class: "rn-slab-side", points: points(side) }),
    svg("polygon", { class: "rn-slab-top", points: points(top) }),
    svg("polygon", { class: "rn-slab-face", points: points(face) }),
  );
}

/** How high a slab is drawn. */
export function slab_height(/** @type {number[]} */ shape, /** @type {number} */ pixel) {
  const [, mh, mw] = shape.length === 3 ? shape : [0, 1, 1];
  return Math.max(1.5, mh * pixel) + Math.max(1.5, mw * pixel) * SLANT;
}

/** A round number (1, 2 or 5 times a power of ten, or a power of two) whose bar is at most `most` points long. */
export function round_length(/** @type {number} */ scale, /** @type {number} */ most) {
  let best = 1;
  for (let power = 1; power * scale <= most; power *= 2) best = power;
  return best;
}

/** The two scales, as bars with their numbers. */
export function scale_bars(/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ pixel, /** @type {number} */ channel) {
  const pixels = round_length(pixel, 60);
  const channels = round_length(channel, 60);
  const bar = (/** @type {number} */ at, /** @type {number} */ length, /** @type {string} */ text) => [
    svg("path", { class: "rn-scale", d: `M${at} ${y - 4}v4h${Math.max(1, length).toFixed(1)}v-4` }),
    svg("text", { x: at + Math.max(1, length) + 5, y, class: "rn-small" }, text),
  ];
  const first = Math.max(1, pixels * pixel);
  return svg("g", {}, bar(x, first, `${pixels} px`), bar(x + first + 62, channels * channel, fill(words.channels, { count: channels })));
}
