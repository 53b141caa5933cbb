// The exercises of the chapter on the CIFAR family: __init__.py again, under the same names.

import { architecture } from "../../widgets/shared/architectures.mjs";
import { trace } from "../../widgets/shared/trace.mjs";
import { choice, number } from "../kinds.mjs";
import words from "./words.json";

function traced(/** @type {number} */ depth, size = 32) {
  return trace(architecture(`cifar-resnet${depth}`), [3, size, size]);
}

// ---------------------------------------------------------------- 6n + 2

const BLOCKS_OF_DEPTH = {
  kind: number(),
  first: { n: 9 },
  draw: (d) => ({ n: d.pick(3, 5, 7, 12, 18, 27, 200) }),
  right: (n) => 3 * n.n,
  mistakes: {
    "one-stage": (n) => n.n,
    convolutions: (n) => 6 * n.n,
    layers: (n) => 6 * n.n + 2,
    "per-layer": (n) => 3 * n.n + 1,
  },
  working: (n) => ({ depth: 6 * n.n + 2, inside: 6 * n.n }),
};

// ---------------------------------------------------------------- what depth costs

const deeper = (/** @type {any} */ n) => traced(n.to).params - traced(n.depth).params;

const DEEPER_BY = {
  kind: number(),
  first: { depth: 20, to: 32 },
  draw: (d) =>
    d.pick(
      { depth: 20, to: 44 },
      { depth: 32, to: 44 },
      { depth: 32, to: 56 },
      { depth: 44, to: 56 },
      { depth: 56, to: 110 },
    ),
  right: deeper,
  mistakes: {
    "one-convolution": (n) => Math.floor(deeper(n) / 2),
    once: (n) => deeper(n) / ((n.to - n.depth) / 6),
    "no-norms": (n) => deeper(n) - (448 * (n.to - n.depth)) / 6,
    all: (n) => traced(n.to).params,
  },
  working: (n) => ({ more: (n.to - n.depth) / 6, each: deeper(n) / ((n.to - n.depth) / 6) }),
};

const entrance = (/** @type {any} */ n) => `layer${n.stage}.0`;

/** A layer of the asked block, by its name. */
const row = (/** @type {any} */ n, /** @type {string} */ layer) => /** @type {any} */ (traced(20, n.size).rows.find((one) => one.name === `${entrance(n)}.${layer}`));

/** MACs of the convolutions of a block. */
function macs_of(/** @type {any} */ n, /** @type {string} */ block) {
  return traced(20, n.size).rows.reduce((sum, one) => sum + (one.name.startsWith(`${block}.`) ? one.macs : 0), 0);
}

const MACS_OF_ENTRANCE = {
  kind: number(),
  first: { stage: 3, size: 32 },
  draw: (d) => ({ stage: d.pick(2, 3), size: d.pick(24, 40, 48, 64) }),
  right: (n) => macs_of(n, entrance(n)),
  mistakes: {
    "as-the-next": (n) => macs_of(n, `layer${n.stage}.1`),
    "both-halved": (n) => macs_of(n, `layer${n.stage}.1`) / 2,
    "one-convolution": (n) => row(n, "conv1").macs,
    "no-stride": (n) => 4 * macs_of(n, entrance(n)),
    "no-kernel": (n) => macs_of(n, entrance(n)) / 9,
  },
  working: (n) => ({
    before: row(n, "conv1").input_shape,
    after: row(n, "conv1").output_shape,
    first: row(n, "conv1").macs,
    second: row(n, "conv2").macs,
  }),
};

/** Parameters of convolutions from so many channels to so many, each with a batch norm behind it. */
function projections(/** @type {number[][]} */ pairs, kernel = 1) {
  return pairs.reduce((sum, [before, after]) => sum + kernel * kernel * before * after + 2 * after, 0);
}

/** The two places where the shape changes. */
const entrances = (/** @type {any} */ n) => [[n.a, n.b], [n.b, n.c]];

const OPTION_COSTS = {
  kind: number(),
  first: { a: 8, b: 16, c: 32 },
  draw: (d) =>
    d.pick(
      { a: 12, b: 24, c: 48 },
      { a: 24, b: 48, c: 96 },
      { a: 32, b: 64, c: 128 },
      { a: 64, b: 128, c: 256 },
    ),
  right: (n) => projections(entrances(n)),
  mistakes: {
    "every-block": (n) =>
      projections([...Array(3).fill([n.a, n.a]), ...Array(2).fill([n.b, n.b]), ...Array(2).fill([n.c, n.c]), ...entrances(n)]),
    "no-norms": (n) => n.a * n.b + n.b * n.c,
    "one-entrance": (n) => projections(entrances(n).slice(0, 1)),
    "three-by-three": (n) => projections(entrances(n), 3),
    none: () => 0,
  },
};

// ---------------------------------------------------------------- noise

const noise = (/** @type {any} */ n) => Math.sqrt((n.percent * (100 - n.percent)) / n.pictures);

const PICTURE_NOISE = {
  kind: number({ whole: false, tolerance: 0.03 }),
  first: { percent: 90, pictures: 2_000 },
  draw: (d) => ({ percent: d.whole(80, 97), pictures: d.pick(1_000, 2_000, 5_000, 10_000) }),
  right: noise,
  mistakes: {
    "no-root": (n) => [n.percent * (100 - n.percent), n.pictures],
    "accuracy-only": (n) => 100 * Math.sqrt(n.percent / 100 / n.pictures),
    even: (n) => 100 * Math.sqrt(0.25 / n.pictures),
    share: (n) => noise(n) / 100,
    pictures: (n) => (noise(n) * n.pictures) / 100,
  },
  working: (n) => ({
    wrong: 100 - n.percent,
    product: n.percent * (100 - n.percent),
    count: (noise(n) * n.pictures) / 100,
  }),
};

const SEEDS_BY_RULE = {
  kind: number(),
  first: { deviation: 20, difference: 30 },
  draw: (d) => ({ deviation: d.whole(12, 35), difference: d.whole(10, 60) }),
  right: (n) => Math.ceil((16 * n.deviation ** 2) / n.difference ** 2),
  mistakes: {
    "not-squared": (n) => Math.ceil((16 * n.deviation) / n.difference),
    turned: (n) => Math.ceil((16 * n.difference ** 2) / n.deviation ** 2),
    both: (n) => 2 * Math.ceil((16 * n.deviation ** 2) / n.difference ** 2),
    "rounded-down": (n) => Math.floor((16 * n.deviation ** 2) / n.difference ** 2),
  },
  working: (n) => ({ s: n.deviation / 100, d: n.difference / 100, exact: (16 * n.deviation ** 2) / n.difference ** 2 }),
};

// ---------------------------------------------------------------- reporting

/** Accuracies in tenths of a point. */
const epochs = (/** @type {any} */ n) => [n.a, n.b, n.c, n.d, n.e];

const BEST_EPOCH = {
  kind: number({ whole: false }),
  first: { a: 921, b: 926, c: 919, d: 924, e: 922 },
  draw: (d) => ({
    a: d.whole(915, 925),
    b: d.whole(918, 929),
    c: d.whole(915, 927),
    d: d.whole(921, 930),
    e: d.whole(916, 922),
  }),
  right: (n) => [Math.max(...epochs(n)) - n.e, 10],
  mistakes: {
    "from-mean": (n) => [5 * Math.max(...epochs(n)) - epochs(n).reduce((sum, one) => sum + one), 50],
    "from-worst": (n) => [Math.max(...epochs(n)) - Math.min(...epochs(n)), 10],
    "from-first": (n) => [Math.max(...epochs(n)) - n.a, 10],
    accuracy: (n) => [Math.max(...epochs(n)), 10],
  },
  working: (n) => ({
    ...Object.fromEntries(epochs(n).map((value, i) => [`${"abcde"[i]}_percent`, value / 10])),
    best: Math.max(...epochs(n)) / 10,
  }),
};

const WHAT_HELPS = {
  kind: choice(),
  first: { seeds: 2, difference: 30 },
  draw: (d) => ({ seeds: d.pick(1, 3, 5, 50, 80, 100), difference: d.pick(20, 30, 40) }),
  right: (n) => (n.seeds * n.difference ** 2 >= 16 * 20 ** 2 ? "pictures" : "seeds"),
  working: (n) => ({ d: n.difference / 100, needed: Math.ceil((16 * 20 ** 2) / n.difference ** 2) }),
};

/** @type {import("../exercise.mjs").Chapter} */
export default {
  name: "cifar_family",
  words,
  exercises: {
    "blocks-of-depth": BLOCKS_OF_DEPTH,
    "deeper-by": DEEPER_BY,
    "macs-of-entrance": MACS_OF_ENTRANCE,
    "option-costs": OPTION_COSTS,
    "picture-noise": PICTURE_NOISE,
    "seeds-by-rule": SEEDS_BY_RULE,
    "best-epoch": BEST_EPOCH,
    "what-helps": WHAT_HELPS,
  },
};
