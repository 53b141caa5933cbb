// The weights that ship as text (packing.py), read again.

import { sha256 } from "./sha256.mjs";

/** Every layer of a plan that has weights: its name, output channels, and numbers a channel. @returns {[string, number, number][]} */
function layers(/** @type {import("../engine/plan.mjs").Plan} */ { stem, blocks, head, classes, pooled = 1 }) {
  const all = [stem, ...blocks.flatMap(({ branch }) => branch)];
  const last = all[all.length - 1].outputs;
  return [...all.map(({ name, outputs, inputs, kernel }) => /** @type {[string, number, number]} */ ([name, outputs, inputs * kernel * kernel])), [head, classes, last * pooled * pooled]];
}

/**
 * Weights and biases by torch's names, out of base64.
 * @param {string} text
 * @param {import("../engine/plan.mjs").Plan} plan of the network, with biases in place of batch norm
 * @param {string} checksum that the bytes must have
 * @returns {Record<string, Float32Array>}
 */
export function read_weights(text, plan, checksum) {
  const bytes = decoded(text);
  const found = sha256(bytes);
  if (found !== checksum) {
    throw new Error(`the file of weights was cut short or altered: its checksum begins with ${found.slice(0, 8)}, expected ${checksum.slice(0, 8)}; load the page again`);
  }
  const shapes = layers(plan);
  const weights = shapes.reduce((sum, [, outputs, numbers]) => sum + outputs * numbers, 0);
  const channels = shapes.reduce((sum, [, outputs]) => sum + outputs, 0);
  const whole = new Int8Array(bytes.buffer, 0, weights);
  const view = new DataView(bytes.buffer, weights);
  const state = /** @type {Record<string, Float32Array>} */ ({});
  let [at, channel] = [0, 0];
  for (const [name, outputs, numbers] of shapes) {
    const [weight, bias] = [new Float32Array(outputs * numbers), new Float32Array(outputs)];
    for (let c = 0; c < outputs; c++, channel++) {
      const scale = view.getFloat32(4 * channel, true);
      bias[c] = view.getFloat32(4 * (channels + channel), true);
      for (let i = c * numbers; i < (c + 1) * numbers; i++) weight[i] = whole[at++] * scale;
    }
    state[`${name}.weight`] = weight;
    state[`${name}.bias`] = bias;
  }
  return state;
}

function decoded(/** @type {string} */ text) {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array(0); // its checksum tells
  }
}
