// Questions from a seed: each is data (an input, layers or a block, what is asked), and its truth comes from the tracer.

import { block as checked } from "../shared/architectures.mjs";
import { times } from "../shared/rules.mjs";
import { trace, trace_layers } from "../shared/trace.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

/**
 * @typedef {object} Question
 * @property {string} topic
 * @property {string} kind
 * @property {string} text what is asked, in words
 * @property {"shape" | "number"} form of the answer
 * @property {number[]} input (channels, height, width)
 * @property {any[]} layers as `trace_layers` takes them
 * @property {any} [block] where the truth comes from a whole block, of whose branch the layers are the convolutions
 * @property {string} [at] the row that is asked about; the whole, unless given
 * @property {"output_shape" | "params" | "macs" | "activations" | "receptive_field"} ask
 */

export const TOPICS = ["shapes", "conv", "bottleneck"];

/** Numbers from 0 to 1 out of a seed: the generator known as mulberry32. */
function mulberry32(/** @type {number} */ seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a question draws its numbers from. */
function dice(/** @type {number[]} */ ...seeds) {
  const next = mulberry32(seeds.reduce((sum, n, i) => Math.imul(sum ^ n, 0x9e3779b1 + 2 * i) ^ (sum >>> 13), 0x2545f491));
  for (let i = 0; i < 4; i++) next();
  return {
    pick: (/** @type {any[]} */ ...list) => list[Math.floor(next() * list.length)],
    shuffled(/** @type {any[]} */ list) {
      const out = [...list];
      for (let i = out.length - 1; i > 0; i--) {
        const j = Math.floor(next() * (i + 1));
        [out[i], out[j]] = [out[j], out[i]];
      }
      return out;
    },
  };
}

/** @typedef {ReturnType<typeof dice>} Dice */

// ---------------------------------------------------------------- the kinds of questions

const SIZES = [7, 8, 14, 15, 28, 32, 56, 57, 96, 112];
const CHANNELS = [16, 32, 64, 128, 256];

const map_of = (/** @type {Dice} */ d, /** @type {number[]} */ channels = CHANNELS, /** @type {number[]} */ sizes = SIZES) => {
  const height = d.pick(...sizes);
  return [d.pick(...channels), height, d.pick(height, height, ...sizes)];
};

const conv = (/** @type {number} */ out_channels, /** @type {number} */ kernel_size, rest = {}) =>
  ({ op: "conv2d", out_channels, kernel_size, bias: false, ...rest });

/** A layer in words: "a 3×3 convolution to 64 channels, stride 2, padding 1". */
export function in_words(/** @type {any} */ { op, out_channels, kernel_size: k, stride = 1, padding = 0, dilation = 1, groups = 1, bias }) {
  const parts = [op === "conv2d" ? fill(words.layer.conv, { k, to: out_channels }) : fill(words.layer.pool, { k })];
  parts.push(fill(words.layer.stride, { stride }), fill(words.layer.padding, { padding }));
  if (dilation > 1) parts.push(fill(words.layer.dilation, { dilation }));
  if (groups > 1) parts.push(fill(words.layer.groups, { groups }));
  if (op === "conv2d" && bias) parts.push(words.layer.bias);
  return parts.join(", ");
}

const shown = (/** @type {number[]} */ shape) => shape.join(" × ");

function conv_shape(/** @type {Dice} */ d) {
  const kernel = d.pick(1, 3, 3, 5, 7);
  const layer = conv(d.pick(...CHANNELS), kernel, {
    stride: d.pick(1, 2, 2, 3),
    padding: d.pick(0, Math.floor(kernel / 2), Math.floor(kernel / 2), 1),
    dilation: kernel === 3 ? d.pick(1, 1, 2) : 1,
  });
  const input = map_of(d, [1, 3, ...CHANNELS]);
  return { input, layers: [layer], form: "shape", ask: "output_shape", text: fill(words.ask.shape, { input: shown(input), layer: in_words(layer) }) };
}

function pool_shape(/** @type {Dice} */ d) {
  const layer = { op: "max_pool2d", ...d.pick({ kernel_size: 3, stride: 2, padding: 1 }, { kernel_size: 2, stride: 2, padding: 0 }, { kernel_size: 3, stride: 2, padding: 0 }) };
  const input = map_of(d);
  return { input, layers: [layer], form: "shape", ask: "output_shape", text: fill(words.ask.shape, { input: shown(input), layer: in_words(layer) }) };
}

function stem_shape(/** @type {Dice} */ d) {
  const layers = [conv(64, 7, { stride: 2, padding: 3 }), { op: "max_pool2d", kernel_size: 3, stride: 2, padding: 1 }];
  const input = map_of(d, [1, 3], [32, 64, 96, 128, 160, 192, 224, 225, 256, 320]);
  return { input, layers, form: "shape", ask: "output_shape", text: fill(words.ask.stem, { first: in_words(layers[0]), then: in_words(layers[1]), input: shown(input) }) };
}

function block_shape(/** @type {Dice} */ d) {
  const kind = d.pick("basic", "bottleneck");
  const input = map_of(d, [64, 128, 256]);
  const stride = d.pick(1, 2, 2);
  const out_channels = stride === 1 ? d.pick(input[0], 4 * input[0]) : 2 * input[0];
  const block = { kind, in_channels: input[0], out_channels, stride, shortcut: "projection" };
  const text = fill(words.ask.block, { kind, from: input[0], to: out_channels, stride, input: shown(input) });
  return { input, block, layers: branch(block), form: "shape", ask: "output_shape", text };
}

/** The convolutions of a block's branch, as layers. */
function branch(/** @type {any} */ { kind, out_channels, stride }) {
  if (kind === "basic") return [conv(out_channels, 3, { stride, padding: 1 }), conv(out_channels, 3, { padding: 1 })];
  const inner = out_channels / 4;
  return [conv(inner, 1), conv(inner, 3, { stride, padding: 1 }), conv(out_channels, 1)];
}

function head_length(/** @type {Dice} */ d) {
  const input = map_of(d, [64, 256, 512, 2048], [4, 7, 8]);
  const layers = [{ op: "adaptive_avg_pool2d", output_size: 1 }, { op: "flatten" }];
  return { input, layers, form: "number", ask: "activations", at: "1", text: fill(words.ask.pooled, { input: shown(input) }) };
}

function one_by_one_shape(/** @type {Dice} */ d) {
  const layer = conv(d.pick(...CHANNELS), 1, { stride: d.pick(1, 2, 2, 3) });
  const input = map_of(d);
  return { input, layers: [layer], form: "shape", ask: "output_shape", text: fill(words.ask.shape, { input: shown(input), layer: in_words(layer) }) };
}

function weights(/** @type {Dice} */ d) {
  const layer = conv(d.pick(16, 32, 64, 128), d.pick(1, 3, 5, 7), { bias: d.pick(true, false) });
  const input = map_of(d, [3, 16, 32, 64], [28, 32]);
  const bias = layer.bias ? words.layer.bias : words.layer.no_bias;
  return { input, layers: [layer], form: "number", ask: "params", text: fill(words.ask.parameters, { k: layer.kernel_size, from: input[0], to: layer.out_channels, bias }) };
}

function grouped_weights(/** @type {Dice} */ d) {
  const channels = d.pick(32, 64, 128);
  const groups = d.pick(2, 4, 8, channels);
  const layer = conv(channels, 3, { padding: 1, groups });
  const how = groups === channels ? words.layer.depthwise : fill(words.layer.groups, { groups });
  return { input: [channels, 14, 14], layers: [layer], form: "number", ask: "params", text: fill(words.ask.grouped, { channels, how }) };
}

function macs(/** @type {Dice} */ d) {
  const kernel = d.pick(1, 3);
  const layer = conv(d.pick(16, 32, 64), kernel, { stride: d.pick(1, 2), padding: (kernel - 1) / 2 });
  const input = map_of(d, [3, 16, 32, 64], [7, 8, 10, 14, 16]);
  return { input, layers: [layer], form: "number", ask: "macs", text: fill(words.ask.macs, { input: shown(input), layer: in_words(layer) }) };
}

function field(/** @type {Dice} */ d) {
  const layers = Array.from({ length: d.pick(2, 2, 3) }, () => conv(8, d.pick(1, 3, 3, 5), { stride: d.pick(1, 1, 2) }));
  const list = layers.map(({ kernel_size: k, stride }) => fill(words.layer.one_of_many, { k, stride })).join(words.layer.then);
  return { input: [8, 64, 64], layers, form: "number", ask: "receptive_field", text: fill(words.ask.field, { list }) };
}

function bottleneck_layers(/** @type {number} */ channels) {
  return branch({ kind: "bottleneck", out_channels: channels, stride: 1 });
}

function bottleneck_weights(/** @type {Dice} */ d) {
  const c = d.pick(32, 64, 128, 256, 512);
  return { input: [c, 14, 14], layers: bottleneck_layers(c), form: "number", ask: "params", text: fill(words.ask.bottleneck_weights, { c, inner: c / 4, only: words.ask.only }) };
}

function inner_weights(/** @type {Dice} */ d) {
  const c = d.pick(64, 128, 256, 512, 1024, 2048);
  return { input: [c, 14, 14], layers: bottleneck_layers(c), form: "number", ask: "params", at: "1", text: fill(words.ask.inner_weights, { c, inner: c / 4 }) };
}

function basic_weights(/** @type {Dice} */ d) {
  const c = d.pick(16, 32, 64, 128, 256, 512);
  return { input: [c, 14, 14], layers: branch({ kind: "basic", out_channels: c, stride: 1 }), form: "number", ask: "params", text: fill(words.ask.basic_weights, { c, only: words.ask.only }) };
}

function bottleneck_macs(/** @type {Dice} */ d) {
  const c = d.pick(32, 64, 128, 256);
  const input = map_of(d, [c], [4, 7, 8, 10]);
  return { input, layers: bottleneck_layers(c), form: "number", ask: "macs", text: fill(words.ask.bottleneck_macs, { input: shown(input), c, inner: c / 4 }) };
}

function basic_macs(/** @type {Dice} */ d) {
  const c = d.pick(16, 32, 64, 128);
  const input = map_of(d, [c], [4, 7, 8, 10]);
  return { input, layers: branch({ kind: "basic", out_channels: c, stride: 1 }), form: "number", ask: "macs", text: fill(words.ask.basic_macs, { input: shown(input), c }) };
}

function inner_shape(/** @type {Dice} */ d) {
  const version = d.pick("v1", "v1.5");
  const input = map_of(d, [64, 128, 256, 512]);
  const out_channels = 2 * input[0];
  const block = { kind: "bottleneck", in_channels: input[0], out_channels, stride: 2, shortcut: "projection", version };
  const at = d.pick("conv1", "conv2");
  const inner = out_channels / 4;
  const [early, late] = version === "v1" ? [2, 1] : [1, 2];
  const layers = [conv(inner, 1, { stride: early }), conv(inner, 3, { stride: late, padding: 1 })].slice(0, at === "conv1" ? 1 : 2);
  const where = words.inside[version];
  const which = words.inside[at];
  return { input, block, at, layers, form: "shape", ask: "output_shape", text: fill(words.ask.inside, { from: input[0], to: out_channels, where, version, input: shown(input), which }) };
}

/** @type {Record<string, ((d: Dice) => any)[]>} */
const KINDS = {
  shapes: [conv_shape, pool_shape, stem_shape, block_shape, head_length],
  conv: [conv_shape, one_by_one_shape, weights, grouped_weights, macs, field],
  bottleneck: [bottleneck_weights, basic_weights, inner_weights, bottleneck_macs, basic_macs, inner_shape],
};

// ---------------------------------------------------------------- a question and its truth

/**
 * The question of a seed and a number: the same on every machine. In each round every kind comes once.
 * @returns {Question}
 */
export function question(/** @type {{ topic: string, seed: number, index: number }} */ { topic, seed, index }) {
  const kinds = KINDS[topic];
  const number = TOPICS.indexOf(topic) + 1;
  const round = Math.floor((index - 1) / kinds.length);
  const kind = dice(number, seed, round).shuffled(kinds)[(index - 1) % kinds.length];
  return { topic, kind: kind.name, ...kind(dice(number, seed, round, index)) };
}

/** The answer by the tracer: a shape as a list, or a number. */
export function truth(/** @type {Question} */ { input, layers, block, at, ask }) {
  const found = block ? trace(checked(block), input) : trace_layers(layers, input);
  const row = at === undefined ? null : found.rows.find(({ name }) => name === at);
  if (ask === "receptive_field") return found.rows[found.rows.length - 1].receptive_field[1];
  return /** @type {any} */ (row ?? found)[ask];
}

/** An answer as exact text: [64, 28, 28] -> "64x28x28". */
export function text_of(/** @type {number | number[]} */ value) {
  return Array.isArray(value) ? times(value) : String(value);
}
