// The exercises of the chapter on reading any network: __init__.py again, under the same names.

import { trace_layers } from "../../widgets/shared/trace.mjs";
import { choice, number, shape } from "../kinds.mjs";
import { DENSENET, LENET, RESNET, U_NET, VGG } from "./puzzles.mjs";
import words from "./words.json";

// ---------------------------------------------------------------- what a linear layer has to take

function layers(/** @type {any} */ n) {
  const conv = { op: "conv2d", out_channels: n.channels, kernel_size: n.kernel, stride: n.stride };
  return [conv, { op: "max_pool2d", kernel_size: 2 }, { op: "flatten" }];
}

const features = (/** @type {any} */ n) => trace_layers(layers(n), [3, n.size, n.size]).output_shape[0];
const map_side = (/** @type {any} */ n) => trace_layers(layers(n).slice(0, 2), [3, n.size, n.size]).output_shape[1];
const conv_side = (/** @type {any} */ n) => trace_layers(layers(n).slice(0, 1), [3, n.size, n.size]).output_shape[1];

const FLATTENED = {
  kind: number(),
  first: { channels: 16, kernel: 5, stride: 1, size: 32 },
  draw: (d) => ({ channels: d.pick(8, 16, 24, 32), kernel: d.pick(3, 5, 7), stride: d.pick(1, 2), size: d.pick(28, 32, 48, 64) }),
  right: features,
  mistakes: {
    "no-pool": (n) => n.channels * conv_side(n) ** 2,
    "one-side": (n) => n.channels * map_side(n),
    "no-channels": (n) => map_side(n) ** 2,
    "pooled-away": (n) => n.channels,
  },
  working: (n) => ({ after: conv_side(n), left: map_side(n) }),
};

// ---------------------------------------------------------------- where the change belongs

const WHERE_TO_MEND = {
  kind: choice(),
  first: { channels: 64, out: 128, size: 28 },
  draw: (d) => ({ channels: d.pick(16, 32, 64), out: d.pick(128, 256), size: d.pick(14, 28, 56) }),
  right: () => "shortcut",
  working: (n) => ({ twice: 2 * n.size }),
};

// ---------------------------------------------------------------- sizes that halve and double without a loss

function fits(/** @type {any} */ n) {
  const step = 2 ** n.halvings;
  return Math.ceil(n.size / step) * step;
}

const U_NET_SIZE = {
  kind: number(),
  first: { halvings: 3, size: 90 },
  draw: (d) => ({ halvings: d.whole(2, 5), size: d.pick(90, 100, 150, 222, 250, 300, 500) }),
  right: fits,
  mistakes: {
    even: (n) => n.size + (n.size % 2),
    below: (n) => Math.floor(n.size / 2 ** n.halvings) * 2 ** n.halvings,
    "one-less": (n) => Math.ceil(n.size / 2 ** (n.halvings - 1)) * 2 ** (n.halvings - 1),
  },
  working: (n) => ({ step: 2 ** n.halvings }),
};

// ---------------------------------------------------------------- the shape that arrives

function arrives(/** @type {any} */ n) {
  const stem = [
    { op: "conv2d", out_channels: n.channels, kernel_size: 7, stride: 2, padding: 3 },
    { op: "max_pool2d", kernel_size: 3, stride: 2, padding: 1 },
  ];
  return trace_layers(stem, [3, n.size, n.size]).output_shape;
}

const STEM = {
  kind: shape(),
  first: { channels: 64, size: 224 },
  draw: (d) => ({ channels: d.pick(32, 64, 96), size: d.pick(96, 128, 160, 192, 256) }),
  right: arrives,
  mistakes: {
    "no-pool": (n) => [n.channels, n.size / 2, n.size / 2],
    "channels-in": (n) => [3, n.size / 4, n.size / 4],
  },
  working: (n) => ({ half: n.size / 2, quarter: arrives(n)[1] }),
};

// ---------------------------------------------------------------- two repairs of one mistake

/** Parameters of the linear layer behind the flatten, with the pooling or without it. */
function head(/** @type {any} */ n, /** @type {boolean} */ pooled) {
  const pool = pooled ? [{ op: "adaptive_avg_pool2d" }] : [];
  const chain = [...pool, { op: "flatten" }, { op: "linear", out_features: n.classes }];
  return trace_layers(chain, [n.channels, n.size, n.size]).params;
}

const TWO_REPAIRS = {
  kind: number(),
  first: { channels: 128, size: 28, classes: 10 },
  draw: (d) => ({ channels: d.pick(64, 128, 256, 512), size: d.pick(7, 14, 28), classes: d.pick(10, 100) }),
  right: (n) => head(n, false) - head(n, true),
  mistakes: {
    all: (n) => head(n, false),
    pooled: (n) => head(n, true),
    features: (n) => n.channels * n.size ** 2 - n.channels,
  },
  working: (n) => ({ wide: head(n, false), narrow: head(n, true), features: n.channels * n.size ** 2 }),
};

/** @type {import("../exercise.mjs").Chapter} */
export default {
  name: "read_any_network",
  words,
  exercises: {
    "mend-lenet": LENET,
    "mend-vgg": VGG,
    "mend-resnet": RESNET,
    "mend-densenet": DENSENET,
    "mend-u-net": U_NET,
    "stem-by-hand": STEM,
    flattened: FLATTENED,
    "two-repairs": TWO_REPAIRS,
    "where-to-mend": WHERE_TO_MEND,
    "u-net-size": U_NET_SIZE,
  },
};
