// The exercises of the chapter on batch normalization: __init__.py again, under the same names.

import { architecture } from "../../widgets/shared/architectures.mjs";
import { trace } from "../../widgets/shared/trace.mjs";
import { choice, number, parts } from "../kinds.mjs";
import words from "./words.json";

const sum = (/** @type {number[]} */ list) => list.reduce((a, b) => a + b, 0);

// ---------------------------------------------------------------- one channel folded by hand

const FOLD_BY_HAND = {
  kind: parts(number({ whole: false }), number({ whole: false })),
  first: { weight: 3, scale: 2, mean: 1, deviation: 4, shift: 5 },
  draw: (d) => ({
    weight: d.whole(2, 9),
    scale: d.whole(2, 5),
    mean: d.whole(1, 6),
    deviation: d.pick(4, 8, 10),
    shift: d.whole(1, 9),
  }),
  right: (n) => [[n.weight * n.scale, n.deviation], [n.shift * n.deviation - n.mean * n.scale, n.deviation]],
  mistakes: {
    variance: (n) => [[n.weight * n.scale, n.deviation ** 2], null],
    "no-deviation": (n) => [n.weight * n.scale, n.shift - n.mean * n.scale],
    "no-scale": (n) => [[n.weight, n.deviation], [n.shift * n.deviation - n.mean, n.deviation]],
    "shift-only": (n) => [null, n.shift],
    "mean-only": (n) => [null, n.shift - n.mean],
    sign: (n) => [null, [n.shift * n.deviation + n.mean * n.scale, n.deviation]],
  },
};

// ---------------------------------------------------------------- what the running mean remembers

/** The share of its first value that a running average still holds. */
const remembered = (/** @type {any} */ n) => (1 - n.tenths / 10) ** n.steps;

const RUNNING_MEAN = {
  kind: number({ whole: false, tolerance: 0.02 }),
  first: { tenths: 1, steps: 10, mean: 3 },
  draw: (d) => ({ tenths: d.pick(1, 1, 2), steps: d.whole(4, 20), mean: d.whole(2, 9) }),
  right: (n) => n.mean * (1 - remembered(n)),
  mistakes: {
    "the-mean": (n) => n.mean,
    "what-is-left": (n) => n.mean * remembered(n),
    "one-step": (n) => (n.mean * n.tenths) / 10,
    linear: (n) => (n.mean * n.tenths * n.steps) / 10,
  },
  working: (n) => ({ keeps: 10 - n.tenths, left: remembered(n) }),
};

// ---------------------------------------------------------------- how many numbers a mean is taken over

/** Height and width at the last batch norm of ResNet-18. */
function last_map(/** @type {any} */ n) {
  const { rows } = trace(architecture("resnet18"), [3, n.size, n.size]);
  return rows.find((/** @type {any} */ row) => row.name === "layer4.1.bn2").output_shape[1];
}

const VALUES_PER_CHANNEL = {
  kind: number(),
  first: { size: 64, batch: 4 },
  draw: (d) => ({ size: d.pick(32, 64, 96, 128, 224), batch: d.pick(2, 3, 4, 8, 16) }),
  right: (n) => n.batch * last_map(n) ** 2,
  mistakes: {
    "no-batch": (n) => last_map(n) ** 2,
    channels: (n) => 512 * n.batch * last_map(n) ** 2,
    "one-side": (n) => n.batch * last_map(n),
    input: (n) => n.batch * n.size ** 2,
    "batch-only": (n) => n.batch,
  },
  working: (n) => ({ side: last_map(n) }),
};

// ---------------------------------------------------------------- parameters that folding saves

/** Scales and shifts of all batch norms of a CIFAR network. */
function norm_params(/** @type {number} */ depth) {
  const { rows } = trace(architecture(`cifar-resnet${depth}`), [3, 32, 32]);
  return sum(rows.map((/** @type {any} */ row) => (row.op === "batch_norm" ? row.params : 0)));
}

const FOLD_SAVES = {
  kind: number(),
  first: { depth: 20 },
  draw: (d) => ({ depth: d.pick(32, 44, 56, 110) }),
  right: (n) => norm_params(n.depth) / 2,
  mistakes: {
    all: (n) => norm_params(n.depth),
    statistics: (n) => 2 * norm_params(n.depth),
    "no-stem": (n) => norm_params(n.depth) / 2 - 16,
    "per-block": (n) => Math.floor((norm_params(n.depth) / 2 - 16) / 2),
    none: () => 0,
  },
  working: (n) => ({ blocks: (n.depth - 2) / 6, both: norm_params(n.depth) }),
};

// ---------------------------------------------------------------- how little the last branch says

const LAST_SHARE = {
  kind: number({ whole: false }),
  first: { blocks: 9 },
  draw: (d) => ({ blocks: d.whole(3, 27) }),
  right: (n) => [1, n.blocks + 1],
  mistakes: {
    "without-input": (n) => [1, n.blocks],
    half: () => [1, 2],
    doubling: (n) => [1, 2 ** n.blocks],
    "the-rest": (n) => [n.blocks, n.blocks + 1],
  },
  working: (n) => ({ all: n.blocks + 1 }),
};

// ---------------------------------------------------------------- the factor of Fixup

/** @type {Record<string, string>} */
const NETWORKS = {
  "ResNet-20": "cifar-resnet20",
  "ResNet-56": "cifar-resnet56",
  "ResNet-110": "cifar-resnet110",
  "ResNet-34": "resnet34",
  "ResNet-50": "resnet50",
  "ResNet-101": "resnet101",
};

const branches = (/** @type {any} */ n) => sum(architecture(NETWORKS[n.network]).depths);

/** In a branch. */
const convolutions = (/** @type {any} */ n) => (architecture(NETWORKS[n.network]).block === "bottleneck" ? 3 : 2);

const fixup_factor = (/** @type {any} */ n) => branches(n) ** (-1 / (2 * convolutions(n) - 2));

const FIXUP_FACTOR = {
  kind: number({ whole: false, tolerance: 0.01 }),
  first: { network: "ResNet-20" },
  draw: (d) => ({ network: d.pick(...Object.keys(NETWORKS)) }),
  right: fixup_factor,
  mistakes: {
    layers: (n) => (branches(n) * convolutions(n) + 2) ** (-1 / (2 * convolutions(n) - 2)),
    convolutions: (n) => (branches(n) * convolutions(n)) ** (-1 / (2 * convolutions(n) - 2)),
    "no-minus-two": (n) => branches(n) ** (-1 / (2 * convolutions(n))),
    inverse: (n) => 1 / branches(n),
    grows: (n) => 1 / fixup_factor(n),
  },
  working: (n) => ({ branches: branches(n), inside: convolutions(n), below: 2 * convolutions(n) - 2 }),
};

// ---------------------------------------------------------------- what a first step can move

/** @type {Record<string, string>} */
const MOVES = { SkipInit: "scalar", "zero gamma": "last-norm", Fixup: "last-convolution" };

const WHAT_MOVES_FIRST = {
  kind: choice(),
  first: { start: "SkipInit" },
  draw: (d) => ({ start: d.pick("SkipInit", "zero gamma", "Fixup") }),
  right: (n) => MOVES[n.start],
};

// ---------------------------------------------------------------- how deep without batch norm

const DEEPEST = {
  kind: number(),
  first: { power: 3 },
  draw: (d) => ({ power: d.whole(2, 6) }),
  right: (n) => Math.floor((2 * n.power * Math.log(10)) / Math.log(2)) + 1,
  mistakes: {
    "mean-square": (n) => Math.floor((n.power * Math.log(10)) / Math.log(2)) + 1,
    "too-few": (n) => Math.floor((2 * n.power * Math.log(10)) / Math.log(2)),
    "one-each": (n) => 10 ** n.power,
    root: (n) => 10 ** (2 * n.power) - 1,
  },
  working: (n) => ({ double: 2 * n.power, exact: (2 * n.power * Math.log(10)) / Math.log(2) }),
};

/** @type {import("../exercise.mjs").Chapter} */
export default {
  name: "batch_normalization",
  words,
  exercises: {
    "fold-by-hand": FOLD_BY_HAND,
    "running-mean": RUNNING_MEAN,
    "values-per-channel": VALUES_PER_CHANNEL,
    "fold-saves": FOLD_SAVES,
    "last-share": LAST_SHARE,
    "fixup-factor": FIXUP_FACTOR,
    "what-moves-first": WHAT_MOVES_FIRST,
    deepest: DEEPEST,
  },
};
