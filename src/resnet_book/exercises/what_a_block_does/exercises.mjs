// The exercises of the chapter on what a block does: __init__.py again, under the same names.

import { architecture } from "../../widgets/shared/architectures.mjs";
import { trace } from "../../widgets/shared/trace.mjs";
import { choice, number } from "../kinds.mjs";
import words from "./words.json";

/** Ways to pick so many of n, the order counting. */
function perm(/** @type {number} */ n, /** @type {number} */ k) {
  let made = 1;
  for (let i = 0; i < k; i++) made *= n - i;
  return made;
}

const comb = (/** @type {number} */ n, /** @type {number} */ k) => perm(n, k) / perm(k, k);

// ---------------------------------------------------------------- paths of one length

const PATHS_OF_LENGTH = {
  kind: number(),
  first: { blocks: 9, length: 3 },
  draw: (d) => ({ blocks: d.whole(6, 12), length: d.whole(2, 4) }),
  right: (n) => comb(n.blocks, n.length),
  mistakes: {
    ordered: (n) => perm(n.blocks, n.length),
    all: (n) => 2 ** n.blocks,
    product: (n) => n.blocks * n.length,
    power: (n) => n.blocks ** n.length,
    inside: (n) => 2 ** n.length,
  },
  working: (n) => ({ ways: perm(n.blocks, n.length), orders: perm(n.length, n.length) }),
};

// ---------------------------------------------------------------- paths that are left

const PATHS_LEFT = {
  kind: number(),
  first: { blocks: 9, out: 2 },
  draw: (d) => ({ blocks: d.whole(6, 14), out: d.whole(1, 4) }),
  right: (n) => 2 ** (n.blocks - n.out),
  mistakes: {
    subtracted: (n) => 2 ** n.blocks - n.out,
    lost: (n) => 2 ** n.blocks - 2 ** (n.blocks - n.out),
    all: (n) => 2 ** n.blocks,
    blocks: (n) => n.blocks - n.out,
    "one-half": (n) => 2 ** (n.blocks - 1),
  },
  working: (n) => ({ left: n.blocks - n.out, all: 2 ** n.blocks }),
};

// ---------------------------------------------------------------- zeros behind the entrance of a stage

/** @type {Record<string, [number, number]>} channels and size of what they take */
const NETWORKS = { "fashion-resnet20": [1, 28], "cifar-resnet20": [3, 32] };

/** What enters and what leaves the first block of a stage. @returns {number[][]} */
function entrance(/** @type {any} */ n) {
  const [channels, size] = NETWORKS[n.network];
  const { rows } = trace(architecture(n.network), [channels, size, size]);
  const row = (/** @type {string} */ name) => rows.find((/** @type {any} */ one) => one.name === `layer${n.stage}.0.${name}`);
  return [row("conv1").input_shape, row("conv2").output_shape];
}

function zeros(/** @type {any} */ n) {
  const [[before], [after, height, width]] = entrance(n);
  return (after - before) * height * width;
}

const ZEROS_AT_THE_ENTRANCE = {
  kind: number(),
  first: { network: "fashion-resnet20", stage: 2 },
  draw: (d) => ({ network: d.pick("fashion-resnet20", "cifar-resnet20"), stage: d.pick(2, 3) }),
  right: zeros,
  mistakes: {
    stride: (n) => 4 * zeros(n),
    "one-side": (n) => zeros(n) / 2,
    channels: (n) => entrance(n)[1][0] - entrance(n)[0][0],
    all: (n) => 2 * zeros(n),
  },
  working: (n) => ({
    before: entrance(n)[0],
    after: entrance(n)[1],
    new: entrance(n)[1][0] - entrance(n)[0][0],
    side: entrance(n)[1][1],
  }),
};

// ---------------------------------------------------------------- stochastic depth

const SURVIVAL_AT = {
  kind: number({ whole: false, tolerance: 0.001 }),
  first: { blocks: 9, place: 3 },
  draw: (d) => ({ blocks: d.pick(12, 18, 27, 54), place: d.whole(2, 11) }),
  right: (n) => [2 * n.blocks - n.place, 2 * n.blocks],
  mistakes: {
    "left-out": (n) => [n.place, 2 * n.blocks],
    "to-zero": (n) => [n.blocks - n.place, n.blocks],
    half: () => [1, 2],
    "from-zero": (n) => [2 * n.blocks - n.place + 1, 2 * n.blocks],
  },
  working: (n) => ({ double: 2 * n.blocks }),
};

const BLOCKS_THERE = {
  kind: number({ whole: false }),
  first: { blocks: 9 },
  draw: (d) => ({ blocks: d.pick(3, 12, 15, 18, 27, 54) }),
  right: (n) => [3 * n.blocks - 1, 4],
  mistakes: {
    half: (n) => [n.blocks, 2],
    "three-quarters": (n) => [3 * n.blocks, 4],
    "left-out": (n) => [n.blocks + 1, 4],
    all: (n) => n.blocks,
  },
  working: (n) => ({ double: 2 * n.blocks, nearly: 2 * n.blocks - 1 }),
};

// ---------------------------------------------------------------- sizes along the depth

/** Multiplied step by step, so that Python and the page round alike. */
function power(/** @type {number} */ base, /** @type {number} */ times) {
  let made = 1;
  for (let i = 0; i < times; i++) made *= base;
  return made;
}

const NORM_AFTER_BLOCKS = {
  kind: number({ whole: false, tolerance: 0.01 }),
  first: { part: 2, blocks: 8 },
  draw: (d) => ({ part: d.whole(2, 4), blocks: 2 * d.whole(3, 12) }),
  right: (n) => power(1 + 1 / (n.part * n.part), n.blocks / 2),
  mistakes: {
    aligned: (n) => power(1 + 1 / n.part, n.blocks),
    squared: (n) => power(1 + 1 / (n.part * n.part), n.blocks),
    sum: (n) => 1 + n.blocks / n.part,
    once: (n) => (1 + 1 / (n.part * n.part)) ** 0.5,
  },
  working: (n) => ({ square: n.part * n.part, half: n.blocks / 2, factor: 1 + 1 / (n.part * n.part) }),
};

const EFFECTIVE_LENGTH = {
  kind: number({ whole: false, tolerance: 0.01 }),
  first: { blocks: 54, factor: 2 },
  draw: (d) => ({ blocks: d.pick(9, 18, 27, 54, 90), factor: d.whole(2, 5) }),
  right: (n) => [n.blocks, n.factor + 1],
  mistakes: {
    binomial: (n) => [n.blocks, 2],
    divided: (n) => [n.blocks, n.factor],
    turned: (n) => [n.blocks * n.factor, n.factor + 1],
    shortest: () => 0,
  },
  working: (n) => ({ below: n.factor + 1 }),
};

// ---------------------------------------------------------------- thinking

const WHICH_EXPERIMENT = { kind: choice(), first: {}, right: () => "statistics" };

const WHY_DEEP_BEARS = { kind: choice(), first: {}, right: () => "small" };

/** @type {import("../exercise.mjs").Chapter} */
export default {
  name: "what_a_block_does",
  words,
  exercises: {
    "paths-of-length": PATHS_OF_LENGTH,
    "paths-left": PATHS_LEFT,
    "zeros-at-the-entrance": ZEROS_AT_THE_ENTRANCE,
    "survival-at": SURVIVAL_AT,
    "blocks-there": BLOCKS_THERE,
    "norm-after-blocks": NORM_AFTER_BLOCKS,
    "effective-length": EFFECTIVE_LENGTH,
    "which-experiment": WHICH_EXPERIMENT,
    "why-deep-bears": WHY_DEEP_BEARS,
  },
};
