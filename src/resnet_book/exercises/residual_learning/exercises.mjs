// The exercises of the chapter on residual learning: __init__.py again, under the same names.

import { architecture, block } from "../../widgets/shared/architectures.mjs";
import { trace } from "../../widgets/shared/trace.mjs";
import { choice, code, number, ordering, parts, shape } from "../kinds.mjs";
import * as steps from "../steps.mjs";
import words from "./words.json";

const row_of = (/** @type {any} */ found, /** @type {string} */ name) => found.rows.find((/** @type {any} */ row) => row.name === name);

// ---------------------------------------------------------------- a branch that puts out nothing but zeros

/** What becomes of one number in a block of this kind, if its branch is 0. */
function put_out(/** @type {string} */ kind, /** @type {number} */ x) {
  if (kind === "plain") return 0;
  return kind === "pre-activation" ? x : Math.max(x, 0);
}

function comes_out(/** @type {any} */ n) {
  const [low, high] = [put_out(n.kind, n.low), put_out(n.kind, n.high)];
  return low ? "same" : high ? "positive" : "zeros";
}

const WHAT_COMES_OUT = {
  kind: choice(),
  first: { kind: "pre-activation", low: -3, high: 2 },
  draw: (d) => ({ kind: d.pick("basic", "plain", "pre-activation"), low: -d.whole(1, 9), high: d.whole(1, 9) }),
  right: comes_out,
};

// ---------------------------------------------------------------- the parameters of a block

const block_params = (/** @type {any} */ n) => trace(block({ kind: "d2l", in_channels: n.channels, out_channels: n.channels }), [n.channels, 8, 8]).params;

const COUNT_A_BLOCK = {
  kind: number(),
  first: { channels: 64 },
  draw: (d) => ({ channels: d.pick(8, 16, 24, 32, 48, 96, 128) }),
  right: block_params,
  mistakes: {
    "no-bias": (n) => block_params(n) - 2 * n.channels,
    "no-norm": (n) => block_params(n) - 4 * n.channels,
    "weights-only": (n) => 2 * 9 * n.channels ** 2,
    "one-convolution": (n) => 9 * n.channels ** 2 + n.channels,
    "no-kernel": (n) => 2 * n.channels ** 2 + 6 * n.channels,
  },
  working: (n) => ({
    weights: 9 * n.channels ** 2,
    convolution: 9 * n.channels ** 2 + n.channels,
    norm: 2 * n.channels,
  }),
};

// ---------------------------------------------------------------- the first convolution of a stage's entrance

function entrance_conv1(/** @type {any} */ n) {
  const fields = { kind: "bottleneck", in_channels: n.channels, out_channels: n.out, stride: 2, shortcut: "projection", version: n.version };
  return row_of(trace(block(fields), [n.channels, n.size, n.size]), "conv1").output_shape;
}

const STAGE_ENTRANCE = {
  kind: shape(),
  first: { channels: 256, out: 512, size: 56, version: "v1.5" },
  draw(d) {
    const channels = d.pick(64, 128, 256, 512, 1024);
    return { channels, out: 2 * channels, size: d.pick(14, 24, 28, 32, 48, 56), version: d.pick("v1", "v1.5") };
  },
  right: entrance_conv1,
  mistakes: {
    early: (n) => [n.out / 4, n.size / 2, n.size / 2],
    late: (n) => [n.out / 4, n.size, n.size],
    outer: (n) => [n.out, n.size, n.size],
    "outer-halved": (n) => [n.out, n.size / 2, n.size / 2],
    "of-input": (n) => [n.channels / 4, n.size, n.size],
    "of-input-halved": (n) => [n.channels / 4, n.size / 2, n.size / 2],
  },
  working: (n) => ({ inner: n.out / 4, where: n.version === "v1" ? "first 1×1" : "3×3" }),
};

// ---------------------------------------------------------------- what a forgotten projection would have to bring

function needed(/** @type {any} */ n) {
  const fields = { kind: "basic", in_channels: n.channels, out_channels: n.out, stride: n.stride, shortcut: "projection" };
  const t = trace(block(fields), [n.channels, n.size, n.size]);
  return [row_of(t, "conv2").output_shape, row_of(t, "downsample.0").params];
}

const SKIP_NEEDS = {
  kind: parts(shape(), number()),
  first: { channels: 64, out: 128, size: 56, stride: 2 },
  draw: (d) => ({
    channels: d.pick(16, 32, 64, 128),
    out: d.pick(24, 48, 96, 256),
    size: d.pick(28, 32, 48, 56),
    stride: d.pick(1, 2, 2, 4),
  }),
  right: needed,
  mistakes: {
    stride: (n) => [[n.out, n.size, n.size], null],
    twice: (n) => [[n.out, Math.floor(n.size / n.stride ** 2), Math.floor(n.size / n.stride ** 2)], null],
    channels: (n) => [[n.channels, n.size / n.stride, n.size / n.stride], null],
    bias: (n) => [null, n.channels * n.out + n.out],
    kernel: (n) => [null, 9 * n.channels * n.out],
    size: (n) => [null, n.channels * n.out * n.size ** 2],
    norm: (n) => [null, n.channels * n.out + 2 * n.out],
  },
  working: (n) => ({ left: n.size / n.stride }),
};

// ---------------------------------------------------------------- what options B and C add

const cifar = (/** @type {number} */ depth, /** @type {string} */ shortcut) => architecture(`cifar-resnet${depth}`, { shortcut });
/** @type {Map<string, number>} */
const costs = new Map();

/** The parameters of a CIFAR network, traced once. */
function cost(/** @type {any} */ net) {
  const name = `${net.name} ${net.shortcut}`;
  if (!costs.has(name)) costs.set(name, trace(net, [3, 32, 32]).params);
  return /** @type {number} */ (costs.get(name));
}
const added = (/** @type {number} */ depth, /** @type {string} */ option) => cost(cifar(depth, option)) - cost(cifar(depth, "A"));
const blocks_of = (/** @type {number} */ depth) => cifar(depth, "A").depths.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b);
const CHANGES = 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64;

const DEEP_PROJECTIONS = {
  kind: number(),
  first: { depth: 56, option: "B" },
  draw: (d) => ({ depth: d.pick(32, 44, 56, 110), option: d.pick("B", "C") }),
  right: (n) => added(n.depth, n.option),
  mistakes: {
    "per-block": (n) => Math.floor((added(20, n.option) * blocks_of(n.depth)) / 9),
    "as-20": (n) => added(20, n.option),
    "other-option": (n) => added(n.depth, n.option === "B" ? "C" : "B"),
    "no-norm": (n) => added(n.depth, n.option) - norms(n),
  },
  working: (n) => ({
    blocks: blocks_of(n.depth) / 3,
    changes: CHANGES,
    square: added(n.depth, n.option) - CHANGES,
  }),
};

/** Parameters of the batch norms that stand on the skips. */
function norms(/** @type {any} */ n) {
  const { rows } = trace(cifar(n.depth, n.option), [3, 32, 32]);
  return rows.reduce((/** @type {number} */ sum, /** @type {any} */ row) => sum + (row.name.endsWith("downsample.1") ? row.params : 0), 0);
}

// ---------------------------------------------------------------- biases that do nothing

/** Biases of convolutions right in front of a batch norm. */
function useless(/** @type {any} */ n) {
  const fields = { kind: "d2l", in_channels: n.channels, out_channels: n.out, stride: n.stride, shortcut: "projection" };
  const { rows } = trace(block(fields), [n.channels, 16, 16]);
  const before = rows.filter((/** @type {any} */ row, /** @type {number} */ i) => row.op === "conv2d" && rows[i + 1]?.op === "batch_norm");
  return before.reduce((/** @type {number} */ sum, /** @type {any} */ row) => sum + row.output_shape[0], 0);
}

const USELESS_BIASES = {
  kind: number(),
  first: { channels: 64, out: 128, stride: 2 },
  draw: (d) => ({ channels: d.pick(16, 32, 64, 128), out: d.pick(24, 48, 96, 256), stride: d.pick(1, 2) }),
  right: useless,
  mistakes: {
    projection: (n) => 3 * n.out,
    one: (n) => n.out,
    none: () => 0,
    input: (n) => n.channels + n.out,
    norm: (n) => 4 * n.out,
  },
};

// ---------------------------------------------------------------- networks in order

/** @type {Record<string, [string, string | null]>} */
const NETWORKS = {
  plain20: ["cifar-plain20", null],
  a20: ["cifar-resnet20", "A"],
  b20: ["cifar-resnet20", "B"],
  c20: ["cifar-resnet20", "C"],
  a56: ["cifar-resnet56", "A"],
  b56: ["cifar-resnet56", "B"],
  c32: ["cifar-resnet32", "C"],
};

function params_of(/** @type {string} */ key) {
  const [name, shortcut] = NETWORKS[key];
  return cost(architecture(name, shortcut ? { shortcut } : {}));
}

const BY_PARAMETERS = {
  kind: ordering(),
  first: { items: ["c20", "a56", "plain20", "b20"] },
  draw: (d) => ({ items: d.shuffled([d.pick("plain20", "a20"), "b20", "c20", d.pick("a56", "c32"), "b56"]) }),
  right: (n) => [...n.items].sort((a, b) => params_of(a) - params_of(b)),
  working: () => Object.fromEntries(Object.keys(NETWORKS).map((key) => [`params_${key}`, params_of(key)])),
};

// ---------------------------------------------------------------- a gradient through several blocks

const GRADIENT_FACTOR = {
  kind: number({ whole: false }),
  first: { top: 1, under: 2, blocks: 3 },
  draw: (d) => ({ top: d.pick(1, 1, 2), under: d.pick(3, 4, 5), blocks: d.whole(2, 4) }),
  right: (n) => [(n.under - n.top) ** n.blocks, n.under ** n.blocks],
  mistakes: {
    "no-identity": (n) => [(-n.top) ** n.blocks, n.under ** n.blocks],
    "at-least-one": () => 1,
    plus: (n) => [(n.under + n.top) ** n.blocks, n.under ** n.blocks],
    once: (n) => [n.under - n.top, n.under],
    added: (n) => [n.under - n.blocks * n.top, n.under],
  },
  working: (n) => ({ left: n.under - n.top }),
};

// ---------------------------------------------------------------- how signals grow, without batch norm and with it

const GROWTH = {
  kind: parts(number({ whole: false, tolerance: 0.02 }), number({ whole: false, tolerance: 0.02 })),
  first: { blocks: 16 },
  draw: (d) => ({ blocks: 2 * d.whole(2, 10) }),
  right: (n) => [2 ** (n.blocks / 2), Math.sqrt(n.blocks + 1)],
  mistakes: {
    squared: (n) => [2 ** n.blocks, n.blocks + 1],
    linear: (n) => [n.blocks + 1, null],
    "root-of-sum": (n) => [Math.sqrt(n.blocks + 1), 2 ** (n.blocks / 2)],
    nothing: () => [1, 1],
    "without-input": (n) => [null, Math.sqrt(n.blocks)],
  },
  working: (n) => ({ factor: 2 ** (n.blocks / 2), square: n.blocks + 1, root: Math.sqrt(n.blocks + 1), half: n.blocks / 2 }),
};

// ---------------------------------------------------------------- a block to be written

const traced_entrance = (/** @type {any} */ n) =>
  trace(block({ kind: "basic", in_channels: n.input[0], out_channels: n.out, stride: 2, shortcut: "projection" }), n.input);

/** What an entrance block has: `bias` biases a channel, a projection with or without its norm and with its kernel. */
function entrance(/** @type {any} */ n, { bias = 0, norm = true, kernel = 1, early = true } = {}) {
  const [channels, size] = n.input;
  const found = traced_entrance(n);
  const extra = n.out * (bias - (norm ? 0 : 2)) + (kernel ** 2 - 1) * channels * n.out;
  const half = size / 2;
  const macs = found.macs + ((kernel ** 2 - 1) * channels * n.out + (early ? 0 : 27 * channels * n.out)) * half ** 2;
  return { output_shape: [n.out, half, half], params: found.params + extra, macs };
}

const HALVING_BLOCK = {
  kind: code({ network: "Block()", steps }),
  first: { input: [64, 56, 56], out: 128 },
  draw(d) {
    const channels = d.pick(16, 32, 64, 128);
    const size = d.pick(16, 28, 32, 56);
    return { input: [channels, size, size], out: channels * d.pick(2, 3) };
  },
  right: (n) => ({ ...entrance(n), steps: steps.of(traced_entrance(n).rows.map(({ op }) => op)) }),
  mistakes: {
    "all-biases": (n) => entrance(n, { bias: 3 }),
    "projection-bias": (n) => entrance(n, { bias: 1 }),
    "no-norm": (n) => entrance(n, { norm: false }),
    "wide-projection": (n) => entrance(n, { kernel: 3 }),
    "late-stride": (n) => entrance(n, { early: false }),
  },
  working: (n) => ({
    channels: n.input[0],
    half: [n.out, n.input[1] / 2, n.input[1] / 2],
    params: entrance(n).params,
    macs: entrance(n).macs,
    convolutions: 9 * n.input[0] * n.out + 9 * n.out ** 2,
    projection: n.input[0] * n.out,
    norms: 6 * n.out,
  }),
};

/** @type {import("../exercise.mjs").Chapter} */
export default {
  name: "residual_learning",
  words,
  exercises: {
    "what-comes-out": WHAT_COMES_OUT,
    "count-a-block": COUNT_A_BLOCK,
    "stage-entrance": STAGE_ENTRANCE,
    "skip-needs": SKIP_NEEDS,
    "halving-block": HALVING_BLOCK,
    "deep-projections": DEEP_PROJECTIONS,
    "useless-biases": USELESS_BIASES,
    "by-parameters": BY_PARAMETERS,
    "gradient-factor": GRADIENT_FACTOR,
    growth: GROWTH,
  },
};
