// The exercises of the chapter on loss surfaces: __init__.py again, under the same names.

import { architecture } from "../../widgets/shared/architectures.mjs";
import { trace } from "../../widgets/shared/trace.mjs";
import { choice, number } from "../kinds.mjs";
import words from "./words.json";

const NETWORKS = ["cifar-resnet20", "cifar-resnet56", "cifar-plain20", "cifar-plain56"];

const traced = (/** @type {string} */ network) => trace(architecture(network), [3, 32, 32]);

// ---------------------------------------------------------------- what a surface costs

const COST_OF_A_SURFACE = {
  kind: number({ whole: false, tolerance: 0.02 }),
  first: { network: "cifar-resnet56", size: 25, pictures: 1_000 },
  draw: (d) => ({ network: d.pick(...NETWORKS), size: d.pick(11, 21, 25, 51), pictures: d.pick(500, 1_000, 2_000) }),
  right: (n) => (n.size ** 2 * n.pictures * traced(n.network).macs) / 10 ** 12,
  mistakes: {
    "one-side": (n) => (n.size * n.pictures * traced(n.network).macs) / 10 ** 12,
    "three-passes": (n) => (3 * n.size ** 2 * n.pictures * traced(n.network).macs) / 10 ** 12,
    "one-picture": (n) => (n.size ** 2 * traced(n.network).macs) / 10 ** 12,
    "one-point": (n) => (n.pictures * traced(n.network).macs) / 10 ** 12,
  },
  working: (n) => ({ macs: traced(n.network).macs, points: n.size ** 2, passes: n.size ** 2 * n.pictures }),
};

// ---------------------------------------------------------------- filter by filter

const FILTER_FACTOR = {
  kind: number({ whole: false }),
  first: { length: 3, drawn: 12 },
  draw: (d) => ({ length: d.whole(1, 6), drawn: d.pick(8, 12, 16, 24) }),
  right: (n) => [n.length, n.drawn],
  mistakes: {
    turned: (n) => [n.drawn, n.length],
    squared: (n) => [n.length ** 2, n.drawn ** 2],
    "to-one": (n) => [1, n.drawn],
    difference: (n) => n.length - n.drawn,
  },
};

const LONGER_STEPS = {
  kind: number({ whole: false, tolerance: 0.01 }),
  first: { factor: 4, tenths: 5 },
  draw: (d) => ({ factor: d.pick(2, 3, 4, 5, 10), tenths: d.whole(1, 9) }),
  right: (n) => (n.factor * n.tenths) / 10,
  mistakes: {
    shorter: (n) => n.tenths / (10 * n.factor),
    same: (n) => n.tenths / 10,
    squared: (n) => (n.factor ** 2 * n.tenths) / 10,
    added: (n) => (10 * n.factor + n.tenths) / 10,
  },
  working: (n) => ({ far: n.tenths / 10 }),
};

/** Parameters of less than two dimensions: of batch norm, and the classifier's biases. */
function still(/** @type {any} */ n) {
  return traced(n.network).rows.reduce((sum, row) => sum + (row.op === "batch_norm" ? row.params : 0), 10);
}

const DIRECTIONS_AT_ZERO = {
  kind: number(),
  first: { network: "cifar-resnet20" },
  draw: (d) => ({ network: d.pick("cifar-resnet32", "cifar-resnet44", "cifar-resnet56", "cifar-plain56") }),
  right: still,
  mistakes: {
    "no-biases": (n) => still(n) - 10,
    half: (n) => (still(n) - 10) / 2,
    statistics: (n) => 2 * (still(n) - 10) + 10,
    "biases-only": () => 10,
    "the-others": (n) => traced(n.network).params - still(n),
  },
  working: (n) => ({
    blocks: architecture(n.network).depths.reduce((/** @type {number} */ sum, /** @type {number} */ one) => sum + one) / 3,
    norms: still(n) - 10,
  }),
};

// ---------------------------------------------------------------- what a plane sees

const MEAN_CURVATURE = {
  kind: number({ whole: false, tolerance: 0.01 }),
  first: { percent: 30 },
  draw: (d) => ({ percent: d.pick(10, 20, 25, 40, 45) }),
  right: (n) => (100 - 2 * n.percent) / 100,
  mistakes: {
    share: (n) => (100 - n.percent) / 100,
    negative: (n) => (2 * n.percent - 100) / 100,
    worst: () => -1,
    downward: (n) => -n.percent / 100,
  },
  working: (n) => ({ up: 100 - n.percent }),
};

const WHAT_A_BOWL_PROVES = { kind: choice(), first: {}, right: () => "plane" };

const WHY_NORMALIZED = { kind: choice(), first: {}, right: () => "scale" };

/** @type {import("../exercise.mjs").Chapter} */
export default {
  name: "loss_surfaces",
  words,
  exercises: {
    "cost-of-a-surface": COST_OF_A_SURFACE,
    "filter-factor": FILTER_FACTOR,
    "longer-steps": LONGER_STEPS,
    "directions-at-zero": DIRECTIONS_AT_ZERO,
    "mean-curvature": MEAN_CURVATURE,
    "what-a-bowl-proves": WHAT_A_BOWL_PROVES,
    "why-normalized": WHY_NORMALIZED,
  },
};
