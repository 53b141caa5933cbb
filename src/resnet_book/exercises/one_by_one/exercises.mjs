// The exercises of the chapter on 1×1 convolutions: __init__.py again, under the same names.

import { trace_layers } from "../../widgets/shared/trace.mjs";
import { code, number, parts, shape } from "../kinds.mjs";
import words from "./words.json";

/** A convolution that keeps the size, but for its stride. */
const conv = (/** @type {number} */ out_channels, kernel_size = 1, stride = 1, bias = false) =>
  ({ op: "conv2d", out_channels, kernel_size, stride, padding: Math.floor(kernel_size / 2), bias });

const after = (/** @type {number} */ size, /** @type {number} */ stride) => Math.floor((size - 1) / stride) + 1;

// ---------------------------------------------------------------- a shape

const ONE_SHAPE = {
  kind: shape(),
  first: { channels: 192, out: 16, size: 28, stride: 2 },
  draw: (d) => ({
    channels: d.pick(32, 64, 192, 256),
    out: d.pick(16, 48, 96, 128),
    size: d.pick(7, 14, 28, 29, 32, 57),
    stride: d.pick(1, 2, 2, 3),
  }),
  right: (n) => trace_layers([conv(n.out, 1, n.stride)], [n.channels, n.size, n.size]).output_shape,
  mistakes: {
    "no-stride": (n) => [n.out, n.size, n.size],
    "rounded-down": (n) => [n.out, Math.floor(n.size / n.stride), Math.floor(n.size / n.stride)],
    channels: (n) => [n.channels, after(n.size, n.stride), after(n.size, n.stride)],
  },
  working: (n) => ({ steps: after(n.size, n.stride) - 1, side: after(n.size, n.stride) }),
};

// ---------------------------------------------------------------- its parameters

const one_params = (/** @type {any} */ n) => trace_layers([conv(n.out, 1, n.stride, true)], [n.channels, n.size, n.size]).params;

const ONE_PARAMETERS = {
  kind: number(),
  first: { channels: 192, out: 16, size: 28, stride: 2 },
  draw: (d) => ({
    channels: d.pick(24, 32, 48, 64, 192),
    out: d.pick(16, 40, 96, 128),
    size: d.pick(14, 28, 32),
    stride: d.pick(1, 2),
  }),
  right: one_params,
  mistakes: {
    "no-bias": (n) => n.channels * n.out,
    "input-bias": (n) => n.channels * n.out + n.channels,
    kernel: (n) => 9 * n.channels * n.out + n.out,
    pixels: (n) => n.channels * n.out * n.size ** 2,
    stride: (n) => n.stride ** 2 * n.channels * n.out + n.out,
  },
  working: (n) => ({ weights: n.channels * n.out }),
};

// ---------------------------------------------------------------- the pixels that are seen

const side = (/** @type {any} */ n) => trace_layers([conv(1, 1, n.stride)], [1, n.size, n.size]).output_shape[1];

const PIXELS_SEEN = {
  kind: number(),
  first: { size: 7, stride: 2 },
  draw: (d) => ({ size: d.pick(5, 8, 9, 11, 14, 15), stride: d.pick(2, 3, 4) }),
  right: (n) => side(n) ** 2,
  mistakes: {
    "rounded-down": (n) => Math.floor(n.size / n.stride) ** 2,
    "one-side": side,
    unseen: (n) => n.size ** 2 - side(n) ** 2,
    all: (n) => n.size ** 2,
    "one-axis": (n) => side(n) * n.size,
  },
  working: (n) => ({ all: n.size ** 2, last: (side(n) - 1) * n.stride, side: side(n) }),
};

// ---------------------------------------------------------------- the MACs of a projection

const projection = (/** @type {any} */ n) => trace_layers([conv(n.out, 1, n.stride)], [n.channels, n.size, n.size]);

const PROJECTION_MACS = {
  kind: number(),
  first: { channels: 64, out: 128, size: 56, stride: 2 },
  draw: (d) => ({ channels: d.pick(16, 32, 64, 128), out: d.pick(32, 64, 96, 256), size: d.pick(8, 14, 28, 56), stride: 2 }),
  right: (n) => projection(n).macs,
  mistakes: {
    twice: (n) => 2 * projection(n).macs,
    stride: (n) => n.channels * n.out * n.size ** 2,
    weights: (n) => n.channels * n.out,
    kernel: (n) => 9 * projection(n).macs,
  },
  working: (n) => ({ weights: n.channels * n.out, side: n.size / n.stride }),
};

// ---------------------------------------------------------------- first fewer channels, then a look around

const branch = (/** @type {any} */ n) => trace_layers([conv(n.inner), conv(n.out, n.kernel)], [n.channels, n.size, n.size]);

const INCEPTION_BRANCH = {
  kind: number(),
  first: { channels: 192, inner: 96, out: 128, kernel: 3, size: 28 },
  draw: (d) => ({
    channels: d.pick(64, 128, 192),
    inner: d.pick(16, 24, 32),
    out: d.pick(32, 48, 96),
    kernel: d.pick(3, 5),
    size: d.pick(7, 14, 28),
  }),
  right: (n) => branch(n).macs,
  mistakes: {
    flops: (n) => 2 * branch(n).macs,
    direct: (n) => trace_layers([conv(n.out, n.kernel)], [n.channels, n.size, n.size]).macs,
    "second-only": (n) => branch(n).rows[1].macs,
    "first-only": (n) => branch(n).rows[0].macs,
    weights: (n) => branch(n).params,
  },
  working: (n) => ({
    area: n.kernel ** 2,
    one: n.channels * n.inner,
    two: n.kernel ** 2 * n.inner * n.out,
    together: n.channels * n.inner + n.kernel ** 2 * n.inner * n.out,
  }),
};

// ---------------------------------------------------------------- how far a pixel reaches

const ONE_PIXEL = {
  kind: parts(number(), number(), number()),
  first: { height: 12, width: 10, kernel: 3 },
  draw: (d) => ({ height: d.whole(11, 20), width: d.whole(11, 20), kernel: d.pick(3, 5) }),
  right: (n) => [1, n.kernel ** 2, n.height * n.width],
  mistakes: {
    all: (n) => [n.height * n.width, n.height * n.width, null],
    one: () => [null, 1, 1],
    side: (n) => [null, n.kernel, n.kernel ** 2],
  },
  working: (n) => ({ area: n.kernel ** 2, pixels: n.height * n.width }),
};

// ---------------------------------------------------------------- through a narrow place

const NARROW_PLACE = {
  kind: number(),
  first: { channels: 64, inner: 16, out: 64 },
  draw: (d) => ({ channels: d.pick(32, 48, 64), inner: d.pick(8, 24, 96, 128), out: d.pick(16, 40, 80) }),
  right: (n) => Math.min(n.channels, n.inner, n.out),
  mistakes: {
    ends: (n) => Math.min(n.channels, n.out),
    middle: (n) => n.inner,
    product: (n) => n.channels * n.out,
    largest: (n) => Math.max(n.channels, n.inner, n.out),
  },
};

// ---------------------------------------------------------------- an accelerator

const ACCELERATOR = {
  kind: number(),
  first: { macs: 50, memory: 2, bytes: 4 },
  draw: (d) => ({ macs: d.pick(60, 120, 240), memory: d.pick(1, 2, 3), bytes: d.pick(1, 2, 4) }),
  right: (n) => (2 * n.bytes * n.macs) / n.memory,
  mistakes: {
    "factor-two": (n) => (n.bytes * n.macs) / n.memory,
    numbers: (n) => (2 * n.macs) / n.memory,
    intensity: (n) => n.macs / n.memory,
    "four-bytes": (n) => (8 * n.macs) / n.memory,
  },
  working: (n) => ({ each: n.macs / n.memory, twice: 2 * n.bytes }),
};

// ---------------------------------------------------------------- a narrow place to be written

/** What a way through `middle` channels has, with a convolution of `kernel` in the middle. */
function chain(/** @type {any} */ n, /** @type {number} */ middle, { bias = false, kernel = 3 } = {}) {
  const convs = [[middle, 1], [middle, kernel], [n.input[0], 1]];
  const layers = convs.map(([out, size]) => ({ op: "conv2d", out_channels: out, kernel_size: size, padding: Math.floor(size / 2), bias }));
  const { output_shape, params, macs } = trace_layers(layers, n.input);
  return { output_shape, params, macs };
}

const NARROW_CODE = {
  kind: code({ network: "net" }),
  first: { input: [256, 14, 14], middle: 64 },
  draw(d) {
    const channels = d.pick(64, 128, 256, 512);
    const size = d.pick(7, 14, 28);
    return { input: [channels, size, size], middle: channels / d.pick(2, 4, 8) };
  },
  right: (n) => chain(n, n.middle),
  mistakes: {
    biases: (n) => chain(n, n.middle, { bias: true }),
    "all-one": (n) => chain(n, n.middle, { kernel: 1 }),
    "not-narrow": (n) => chain(n, n.input[0]),
  },
  working: (n) => ({
    channels: n.input[0],
    wide: 9 * n.input[0] ** 2,
    params: chain(n, n.middle).params,
    ends: n.input[0] * n.middle,
    inside: 9 * n.middle ** 2,
  }),
};

/** @type {import("../exercise.mjs").Chapter} */
export default {
  name: "one_by_one",
  words,
  exercises: {
    "one-shape": ONE_SHAPE,
    "one-parameters": ONE_PARAMETERS,
    "pixels-seen": PIXELS_SEEN,
    "projection-macs": PROJECTION_MACS,
    "one-pixel": ONE_PIXEL,
    "inception-branch": INCEPTION_BRANCH,
    "narrow-place": NARROW_PLACE,
    "narrow-code": NARROW_CODE,
    accelerator: ACCELERATOR,
  },
};
