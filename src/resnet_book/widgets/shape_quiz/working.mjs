// The way to an answer, step by step, each step a formula with its numbers in it.

import { shape_text, thousands } from "../shared/format.mjs";
import { trace_layers } from "../shared/trace.mjs";
import { text_of, truth } from "./questions.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

/** @typedef {{ step: string, formula: string, result: string, value: string }} Step */

const line = (/** @type {string} */ step, /** @type {string} */ formula, /** @type {number | number[]} */ value) =>
  ({ step, formula, result: Array.isArray(value) ? shape_text(value) : thousands(value), value: text_of(value) });

/** How many places a window has, with the numbers in the formula. */
export function size_formula(/** @type {number} */ n, /** @type {any} */ { kernel_size: k, stride: s = 1, padding: p = 0, dilation: d = 1 }) {
  const covered = d > 1 ? `${d}·(${k} − 1) − 1` : k;
  const free = n + 2 * p - d * (k - 1) - 1;
  return `⌊(${n} + 2·${p} − ${covered}) / ${s}⌋ + 1 = ⌊${free} / ${s}⌋ + 1`;
}

/** @returns {Step[]} */
export function working(/** @type {import("./questions.mjs").Question} */ question) {
  const { layers, input, ask, at } = question;
  const { rows } = trace_layers(layers, input);
  const one = layers.length === 1;
  const name = (/** @type {number} */ i) => {
    const { op, kernel_size: k } = layers[i];
    if (op === "conv2d") return one ? "" : `conv${i + 1} (${k}×${k}), `;
    return one ? "" : words.steps.pooling;
  };
  const wanted = ask === "params" && at !== undefined ? [Number(at)] : layers.map((_, i) => i);
  const steps = wanted.flatMap((i) => step(i));

  function step(/** @type {number} */ i) {
    const layer = layers[i];
    const row = rows[i];
    const [c, h, w] = row.input_shape;
    if (layer.op === "adaptive_avg_pool2d") return [line(words.pooling, fill(words.one_mean, { channels: c }), row.output_shape)];
    if (layer.op === "flatten") return [line("flatten", `${row.input_shape.join(" × ")}`, row.activations)];
    if (ask === "receptive_field") {
      const before = i ? rows[i - 1] : { receptive_field: [1, 1], stride: [1, 1] };
      const formula = `${before.receptive_field[1]} + (${layer.kernel_size} − 1) × ${before.stride[1]}`;
      return [line(fill(words.field, { prefix: name(i), apart: row.stride[1] }), formula, row.receptive_field[1])];
    }
    if (ask === "output_shape") return shape_steps(layer, row, name(i));
    const out = row.output_shape;
    const { kernel_size: k, groups = 1 } = layer;
    const from = groups > 1 ? `(${c} / ${groups})` : c;
    const weights = row.params - (layer.bias ? out[0] : 0);
    const steps = [line(fill(words.steps.weights, { prefix: name(i) }), `${from} × ${out[0]} × ${k} × ${k}`, weights)];
    if (layer.bias) steps.push(line(fill(words.steps.bias, { prefix: name(i) }), words.one_bias, out[0]));
    if (ask !== "macs") return steps;
    if (out[1] !== h || out[2] !== w) {
      steps.push(...shape_steps(layer, row, name(i)));
    }
    return [...steps, line(fill(words.steps.macs, { prefix: name(i) }), `${thousands(weights)} × ${out[1]} × ${out[2]}`, row.macs)];
  }

  function shape_steps(/** @type {any} */ layer, /** @type {any} */ row, /** @type {string} */ prefix) {
    const [c, h, w] = row.input_shape;
    const out = row.output_shape;
    const channels = layer.op === "conv2d" ? fill(words.filters, { count: layer.out_channels }) : fill(words.pooling_keeps, { channels: c });
    const side = (/** @type {string} */ text, /** @type {number} */ n, /** @type {number} */ size) => line(prefix + text, size_formula(n, layer), size);
    const sides = h === w ? [side(words.height_and_width, h, out[1])] : [side(words.steps.height, h, out[1]), side(words.steps.width, w, out[2])];
    return [line(fill(words.steps.channels, { prefix }), channels, out[0]), ...sides];
  }

  const answer = truth(question);
  const parts = rows.map((row) => thousands(ask === "macs" ? row.macs : row.params)).join(" + ");
  const sum = ask === "params" && one && layers[0].bias ? steps.map(({ result }) => result).join(" + ") : parts;
  const last = {
    output_shape: words.steps.shape,
    receptive_field: words.the_last,
    activations: words.the_length,
  }[/** @type {string} */ (ask)] ?? (wanted.length > 1 || layers[0].bias ? sum : "");
  return last ? [...steps, line(words.together, last, answer)] : steps;
}
