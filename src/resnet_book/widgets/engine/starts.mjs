// How weights begin, seeded: the same numbers for the plain and the residual network of one shape.

import { ShapeError } from "../shared/errors.mjs";
import { normal, uniform } from "./random.mjs";

export const STARTS = ["he", "zero", "fixup"];

/**
 * Give a network its start.
 * - `he`: normal weights of variance 2 / fan-in (He et al. 2015), for the last linear layer 1 / fan-in.
 * - `zero`: as `he`, but every branch starts at zero: the scale of its last batch norm (Goyal et al. 2017), or without batch norm
 *   the weights of its last layer.
 * - `fixup` (Zhang et al. 2019): as `zero`, the last linear layer too, and the other layers of a branch of m layers scaled by
 *   L^(-1 / (2m - 2)) for L blocks. Its scalar biases are the layers' own here, its scalar multipliers are left out.
 * A plain network has no skip to rest on when its branches are zero, so it always starts by `he`.
 * @param {any} network
 * @param {string} kind
 * @param {number} seed
 */
export function start(network, kind, seed) {
  if (!STARTS.includes(kind)) throw new ShapeError("start", JSON.stringify(kind) ?? "nothing", `one of ${STARTS.join(", ")}`, 'give "he"');
  const draw = normal(uniform(seed));
  const { parameters, blocks, memory } = network;
  const write = (/** @type {any} */ { name, inputs, outputs, taps }, /** @type {number} */ deviation) => {
    parameters.write(`${name}.weight`, Float32Array.from({ length: outputs * inputs * taps }, () => deviation * draw()));
  };
  const he = (/** @type {any} */ layer, scale = 1) => {
    write(layer, scale * Math.sqrt(2 / layer.R));
    parameters.write(layer.normalized ? `${layer.norm}.bias` : `${layer.name}.bias`, new Float32Array(layer.outputs));
    if (!layer.normalized) return;
    parameters.write(`${layer.norm}.weight`, new Float32Array(layer.outputs).fill(1));
    memory.floats(layer.running_mean, layer.C).fill(0);
    memory.floats(layer.running_var, layer.C).fill(1);
  };
  he(network.stem);
  for (const block of blocks) {
    const rests = block.skip && kind !== "he";
    const m = block.branch.length;
    const scale = rests && kind === "fixup" && !block.first.normalized ? 1 / root(blocks.length, 2 * m - 2) : 1;
    for (const layer of block.branch) he(layer, layer === block.last ? 1 : scale);
    if (block.projection) he(block.projection);
    if (rests) {
      const { normalized, norm, name, outputs, inputs, taps } = block.last;
      parameters.write(normalized ? `${norm}.weight` : `${name}.weight`, new Float32Array(normalized ? outputs : outputs * inputs * taps));
    }
  }
  const { head } = network;
  write(head, kind === "fixup" && blocks.some((/** @type {any} */ block) => block.skip) ? 0 : Math.sqrt(1 / head.R));
  parameters.write(`${head.name}.bias`, new Float32Array(head.outputs));
  network.changed();
}

/** The 2nd or 4th root of x by exact steps: Math.pow may differ between browsers. */
const root = (/** @type {number} */ x, /** @type {number} */ degree) => (degree === 2 ? Math.sqrt(x) : Math.sqrt(Math.sqrt(x)));
