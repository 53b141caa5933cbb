// The exercises of the chapter on bottleneck arithmetic: __init__.py again, under the same names.

import { architecture, block } from "../../widgets/shared/architectures.mjs";
import { groups, trace, trace_layers } from "../../widgets/shared/trace.mjs";
import { code, number, ordering, parts } from "../kinds.mjs";
import * as steps from "../steps.mjs";
import words from "./words.json";

/** @type {Record<string, string>} */
const NETWORKS = {
  "ResNet-18": "resnet18",
  "ResNet-34": "resnet34",
  "ResNet-50": "resnet50",
  "ResNet-101": "resnet101",
  "ResNet-152": "resnet152",
};

/** A convolution without a bias that keeps the size, but for its stride. */
const conv = (/** @type {number} */ out_channels, kernel_size = 1, stride = 1, groups = 1) =>
  ({ op: "conv2d", out_channels, kernel_size, stride, padding: Math.floor(kernel_size / 2), groups, bias: false });

const gcd = (/** @type {number} */ a, /** @type {number} */ b) => (b ? gcd(b, a % b) : Math.abs(a));

/** A quotient in lowest terms, as a right value is written. @returns {number | number[]} */
function ratio(/** @type {number} */ a, b = 1) {
  const by = gcd(a, b);
  return b === by ? a / b : [a / by, b / by];
}

/** @type {Map<string, any>} */
const TRACED = new Map();

function traced(/** @type {string} */ network, size = 224, version = "v1.5") {
  const key = `${network} ${size} ${version}`;
  if (!TRACED.has(key)) TRACED.set(key, trace(architecture(NETWORKS[network], { version }), [3, size, size]));
  return TRACED.get(key);
}

// ---------------------------------------------------------------- four counts of one layer

const layer = (/** @type {any} */ n) => trace_layers([conv(n.out, n.kernel, n.stride)], [n.channels, n.size, n.size]);

const COUNTS_OF_A_LAYER = {
  kind: parts(number(), number(), number()),
  first: { channels: 64, out: 128, kernel: 3, stride: 2, size: 56 },
  draw: (d) => ({
    channels: d.pick(16, 24, 32, 64),
    out: d.pick(48, 96, 128),
    kernel: d.pick(3, 5),
    stride: d.pick(1, 2),
    size: d.pick(14, 28, 56),
  }),
  right: (n) => [layer(n).params, 2 * layer(n).macs, layer(n).activations],
  mistakes: {
    "one-side": (n) => [n.kernel * n.channels * n.out, null, null],
    macs: (n) => [null, layer(n).macs, null],
    "input-pixels": (n) => [null, 2 * layer(n).params * n.size ** 2, null],
    "pixels-alone": (n) => [null, null, layer(n).activations / n.out],
    "input-map": (n) => [null, null, n.channels * n.size ** 2],
  },
  working: (n) => ({ area: n.kernel ** 2, side: layer(n).output_shape[1], macs: layer(n).macs }),
};

// ---------------------------------------------------------------- a bottleneck's share

/** At one pixel. */
const macs = (/** @type {number} */ channels, /** @type {any[]} */ ...layers) => trace_layers(layers, [channels, 1, 1]).macs;

/** Bottleneck over basic, both of 16 r channels outside: both counts. */
function at_equal_width(/** @type {number} */ r) {
  const wide = 16 * r;
  return [macs(wide, conv(16), conv(16, 3), conv(wide)), macs(wide, conv(wide, 3), conv(wide, 3))];
}

/** Bottleneck over basic, both 3×3 of 16 channels: both counts. */
const at_equal_inside = (/** @type {number} */ r) => [macs(16 * r, conv(16), conv(16, 3), conv(16 * r)), macs(16, conv(16, 3), conv(16, 3))];

const BOTTLENECK_SHARE = {
  kind: number({ whole: false, tolerance: 0.001 }),
  first: { reduction: 8 },
  draw: (d) => ({ reduction: d.pick(2, 3, 5, 6, 10, 12, 16) }),
  right: (n) => ratio(...at_equal_width(n.reduction)),
  mistakes: {
    "a-third-each": (n) => ratio(3, 18 * n.reduction),
    "reduced-once": (n) => ratio(11, 18 * n.reduction),
    units: (n) => ratio(18 * at_equal_width(n.reduction)[0], at_equal_width(n.reduction)[1]),
    "one-convolution": (n) => ratio(2 * at_equal_width(n.reduction)[0], at_equal_width(n.reduction)[1]),
    "three-alone": (n) => ratio(1, 2 * n.reduction ** 2),
    inside: (n) => ratio(...at_equal_inside(n.reduction)),
  },
  working: (n) => ({ square: n.reduction ** 2, top: 2 * n.reduction + 9 }),
};

// ---------------------------------------------------------------- stages by their activations

/** @type {Record<string, string>} */
const STAGES = { first: "layer1", second: "layer2", third: "layer3", fourth: "layer4" };

/** @returns {string[]} */
function most_first(/** @type {any} */ n, /** @type {string} */ count) {
  const rows = Object.fromEntries(groups(traced(n.network).rows).map((/** @type {any} */ row) => [row.name, row[count]]));
  return [...n.items].sort((a, b) => rows[STAGES[b]] - rows[STAGES[a]]);
}

const STAGES_IN_ORDER = {
  kind: ordering(),
  first: { network: "ResNet-101", items: ["second", "fourth", "first", "third"] },
  draw: (d) => ({ network: d.pick(...Object.keys(NETWORKS)), items: d.shuffled(Object.keys(STAGES)) }),
  right: (n) => most_first(n, "activations"),
  mistakes: {
    "by-parameters": (n) => most_first(n, "params"),
    "least-first": (n) => most_first(n, "activations").reverse(),
  },
  working: (n) => ({ blocks: architecture(NETWORKS[n.network]).depths.join(", ") }),
};

// ---------------------------------------------------------------- version 1 and version 1.5

/** The layers whose MACs differ: in version 1, in version 1.5. @returns {number[][]} */
function dearer(/** @type {any} */ n) {
  const { rows } = traced(n.network, n.size);
  return traced(n.network, n.size, "v1").rows.map((/** @type {any} */ row, /** @type {number} */ i) => [row.macs, rows[i].macs]).filter((/** @type {number[]} */ [a, b]) => a !== b);
}

const version_difference = (/** @type {any} */ n) => traced(n.network, n.size).macs - traced(n.network, n.size, "v1").macs;
const total = (/** @type {number[]} */ list) => list.reduce((a, b) => a + b, 0);

const VERSION_DIFFERENCE = {
  kind: number(),
  first: { network: "ResNet-152", size: 224 },
  draw: (d) => ({ network: d.pick("ResNet-50", "ResNet-101"), size: d.pick(96, 128, 160, 192, 256) }),
  right: version_difference,
  mistakes: {
    flops: (n) => 2 * version_difference(n),
    "one-stage": (n) => version_difference(n) / 3,
    "new-cost": (n) => total(dearer(n).map(([, b]) => b)),
    "every-block": (n) => (total(architecture(NETWORKS[n.network]).depths.slice(1)) * version_difference(n)) / 3,
    whole: (n) => traced(n.network, n.size).macs,
  },
  working: (n) => ({ old: dearer(n)[0][0], new: dearer(n)[0][1] }),
};

// ---------------------------------------------------------------- what training keeps

const MEBI = 2 ** 20;

/** MiB of activations. */
const kept = (/** @type {any} */ n) => (traced(n.network, n.size).activations * n.batch * n.bits) / 8 / MEBI;

const KEPT_ACTIVATIONS = {
  kind: number({ whole: false, tolerance: 0.005 }),
  first: { network: "ResNet-101", size: 224, batch: 16, bits: 32 },
  draw: (d) => ({ network: d.pick(...Object.keys(NETWORKS)), size: d.pick(96, 160, 224), batch: d.pick(8, 32, 64), bits: d.pick(16, 16, 32) }),
  right: kept,
  mistakes: {
    bits: (n) => 8 * kept(n),
    "one-picture": (n) => kept(n) / n.batch,
    decimal: (n) => (kept(n) * MEBI) / 1e6,
    parameters: (n) => (traced(n.network, n.size).params * n.bits) / 8 / MEBI,
  },
  working: (n) => ({ each: traced(n.network, n.size).activations, bytes: n.bits / 8 }),
};

// ---------------------------------------------------------------- a depthwise separable convolution

const SEPARABLE = {
  kind: number({ whole: false, tolerance: 0.001 }),
  first: { channels: 128, kernel: 3 },
  draw: (d) => ({ channels: d.pick(16, 32, 48, 64, 256), kernel: d.pick(3, 5, 7) }),
  right: (n) => ratio(macs(n.channels, conv(n.channels, n.kernel, 1, n.channels), conv(n.channels)), macs(n.channels, conv(n.channels, n.kernel))),
  mistakes: {
    depthwise: (n) => ratio(1, n.channels),
    mixing: (n) => ratio(1, n.kernel ** 2),
    product: (n) => ratio(1, n.channels * n.kernel ** 2),
    "one-side": (n) => ratio(n.kernel + n.channels, n.channels * n.kernel),
    "no-groups": (n) => ratio(n.kernel ** 2 + 1, n.kernel ** 2),
  },
  working: (n) => ({ area: n.kernel ** 2 }),
};

// ---------------------------------------------------------------- wider, deeper, larger

/** The factor, if each way counts with that power. */
const grown = (/** @type {any} */ n, { width = 2, depth = 1, side = 2 } = {}) =>
  ratio(n.wider ** width * n.deeper ** depth * n.size ** side, 224 ** side);

const SCALED_NETWORK = {
  kind: parts(number({ whole: false }), number({ whole: false })),
  first: { wider: 2, deeper: 3, size: 112 },
  draw: (d) => ({ wider: d.pick(2, 3), deeper: d.pick(2, 3, 4), size: d.pick(56, 112, 448, 672) }),
  right: (n) => [grown(n), grown(n, { side: 0 })],
  mistakes: {
    "width-once": (n) => [grown(n, { width: 1 }), grown(n, { width: 1, side: 0 })],
    "side-once": (n) => [grown(n, { side: 1 }), null],
    "depth-twice": (n) => [grown(n, { depth: 2 }), grown(n, { depth: 2, side: 0 })],
    "pixels-in-weights": (n) => [null, grown(n)],
  },
};

// ---------------------------------------------------------------- equal inside

/** The reduction at which the cost is that many times the basic block's. */
function reduction_for(/** @type {any} */ { top, bottom }) {
  for (let r = 1; r < 100; r++) {
    const [bottleneck, basic] = at_equal_inside(r);
    if (bottleneck * bottom === basic * top) return r;
  }
  throw new RangeError(`${top}/${bottom}`);
}

const INNER_REDUCTION = {
  kind: number({ whole: false }),
  first: { top: 3, bottom: 2 },
  draw(d) {
    const [top, bottom] = d.pick([5, 6], [7, 6], [11, 6], [13, 6], [5, 2], [7, 2]);
    return { top, bottom };
  },
  right: reduction_for,
  mistakes: {
    "no-three": (n) => ratio(9 * n.top, n.bottom),
    "one-expansion": (n) => ratio(18 * n.top - 9 * n.bottom, n.bottom),
    "one-convolution": (n) => ratio(9 * n.top - 9 * n.bottom, 2 * n.bottom),
  },
  working: (n) => ({ sum: (18 * n.top) / n.bottom, ones: (18 * n.top) / n.bottom - 9 }),
};

// ---------------------------------------------------------------- under two roofs

/** Whether arithmetic takes longer than memory does. */
const arithmetic_bound = (/** @type {any} */ n) => n.macs * n.memory > n.bytes * n.peak;

const UNDER_TWO_ROOFS = {
  kind: number({ whole: false, tolerance: 0.005 }),
  first: { macs: 60, bytes: 80, peak: 40, memory: 20 },
  draw: (d) => ({ macs: d.pick(20, 60, 240, 400), bytes: d.pick(2, 10, 40, 90), peak: d.pick(40, 50, 100), memory: d.pick(8, 20, 25) }),
  right: (n) => (arithmetic_bound(n) ? ratio(n.macs, n.peak) : ratio(n.bytes, n.memory)),
  mistakes: {
    smaller: (n) => (arithmetic_bound(n) ? ratio(n.bytes, n.memory) : ratio(n.macs, n.peak)),
    sum: (n) => ratio(n.macs * n.memory + n.bytes * n.peak, n.peak * n.memory),
    intensity: (n) => ratio(n.macs, n.bytes),
  },
  working: (n) => ({ arithmetic: ratio(n.macs, n.peak), moving: ratio(n.bytes, n.memory) }),
};

// ---------------------------------------------------------------- from one version to the other, in code

/** The first bottleneck of a stage, in a version. */
const traced_entrance = (/** @type {any} */ n, /** @type {string} */ version) =>
  trace(block({ kind: "bottleneck", in_channels: n.input[0], out_channels: n.out, stride: 2, shortcut: "projection", version }), n.input);

function entrance(/** @type {any} */ n, /** @type {string} */ version) {
  const found = traced_entrance(n, version);
  return { output_shape: found.output_shape, params: found.params, macs: found.macs };
}

const OTHER_VERSION = {
  kind: code({ network: "Block()", steps }),
  first: { input: [256, 56, 56], out: 512 },
  draw(d) {
    const channels = d.pick(128, 256, 512);
    const size = d.pick(14, 28, 56);
    return { input: [channels, size, size], out: 2 * channels };
  },
  right: (n) => ({ ...entrance(n, "v1.5"), steps: steps.of(traced_entrance(n, "v1.5").rows.map(({ op }) => op)) }),
  mistakes: { "still-the-first": (n) => entrance(n, "v1") },
  working: (n) => ({
    channels: n.input[0],
    width: n.out / 4,
    half: [n.out, n.input[1] / 2, n.input[1] / 2],
    params: entrance(n, "v1.5").params,
    before: entrance(n, "v1").macs,
    macs: entrance(n, "v1.5").macs,
  }),
};

/** @type {import("../exercise.mjs").Chapter} */
export default {
  name: "bottleneck_arithmetic",
  words,
  exercises: {
    "counts-of-a-layer": COUNTS_OF_A_LAYER,
    "bottleneck-share": BOTTLENECK_SHARE,
    "stages-in-order": STAGES_IN_ORDER,
    "version-difference": VERSION_DIFFERENCE,
    "kept-activations": KEPT_ACTIVATIONS,
    separable: SEPARABLE,
    "scaled-network": SCALED_NETWORK,
    "inner-reduction": INNER_REDUCTION,
    "under-two-roofs": UNDER_TWO_ROOFS,
    "other-version": OTHER_VERSION,
  },
};
