// Five classic networks with a mistake in each, and what each has when it is mended: puzzles.py again. Their texts come as facts.

import { architecture } from "../../widgets/shared/architectures.mjs";
import { trace, trace_layers } from "../../widgets/shared/trace.mjs";
import { code } from "../kinds.mjs";

const conv = (/** @type {number} */ out, kernel = 3, padding = Math.floor(kernel / 2), bias = true) => ({ op: "conv2d", out_channels: out, kernel_size: kernel, padding, bias });
const linear = (/** @type {number} */ out) => ({ op: "linear", out_features: out });

/** What is asked of a network whose parts are traced one by one. */
function goal(/** @type {number[]} */ output_shape, /** @type {any[]} */ ...traces) {
  const sum = (/** @type {string} */ name) => traces.reduce((total, found) => total + found[name], 0);
  return { output_shape, params: sum("params"), macs: sum("macs") };
}

// ---------------------------------------------------------------- LeNet

function lenet(/** @type {any} */ n, /** @type {number} */ padding, second = 0) {
  const pool = { op: "avg_pool2d", kernel_size: 2 };
  const maps = [conv(6, 5, padding), pool, conv(16, 5, second), pool, { op: "flatten" }];
  return goal([10], trace_layers([...maps, ...[120, 84, 10].map(linear)], n.input));
}

export const LENET = {
  kind: code({ network: "LeNet()" }),
  first: { input: [1, 28, 28] },
  right: (/** @type {any} */ n) => lenet(n, 2),
  mistakes: { "smaller-layer": (/** @type {any} */ n) => lenet(n, 0), "second-padding": (/** @type {any} */ n) => lenet(n, 0, 1) },
  working: (/** @type {any} */ n) => {
    const { params, macs } = lenet(n, 2);
    return { params, macs, fewer: params - lenet(n, 0).params };
  },
};

// ---------------------------------------------------------------- VGG

function vgg(/** @type {any} */ n, { norm = true } = {}) {
  const layers = [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"].flatMap((item) => {
    if (typeof item === "string") return [{ op: "max_pool2d", kernel_size: 2 }];
    return [conv(item), ...(norm ? [{ op: "batch_norm" }] : [])];
  });
  return goal([10], trace_layers([...layers, { op: "flatten" }, linear(10)], n.input));
}

export const VGG = {
  kind: code({ network: "VGG()" }),
  first: { input: [3, 32, 32] },
  right: (/** @type {any} */ n) => vgg(n),
  mistakes: { "no-norm": (/** @type {any} */ n) => vgg(n, { norm: false }) },
  working: (/** @type {any} */ n) => ({ params: vgg(n).params }),
};

// ---------------------------------------------------------------- ResNet-20

const resnet = (/** @type {any} */ n) => trace(architecture("cifar-resnet20", { shortcut: "B" }), n.input);

/** The same network whose stages all keep the size of the first. */
function without_strides(/** @type {any} */ n) {
  const times = /** @type {Record<string, number>} */ ({ layer2: 4, layer3: 16 });
  const macs = resnet(n).rows.reduce((/** @type {number} */ sum, /** @type {any} */ row) => sum + row.macs * (times[row.name.split(".")[0]] ?? 1), 0);
  return { output_shape: [10], macs };
}

export const RESNET = {
  kind: code({ network: "ResNet20()" }),
  first: { input: [3, 32, 32] },
  right: (/** @type {any} */ n) => goal([10], resnet(n)),
  mistakes: { "no-strides": without_strides },
  working: (/** @type {any} */ n) => ({ params: resnet(n).params, macs: resnet(n).macs }),
};

// ---------------------------------------------------------------- DenseNet

function densenet(/** @type {any} */ n) {
  const side = n.input[1];
  const grown = n.count * n.growth;
  const dense = (/** @type {number} */ channels, /** @type {number} */ size) =>
    Array.from({ length: n.count }, (_, i) => trace_layers([{ op: "batch_norm" }, conv(n.growth, 3, 1, false)], [channels + i * n.growth, size, size]));
  return goal(
    [10],
    trace_layers([conv(24)], n.input),
    ...dense(24, side),
    trace_layers([conv(36, 1)], [24 + grown, side, side]),
    ...dense(36, side / 2),
    trace_layers([{ op: "flatten" }, linear(10)], [36 + grown, 1, 1]),
  );
}

export const DENSENET = {
  kind: code({ network: "DenseNet()" }),
  first: { input: [3, 32, 32], growth: 12, count: 4 },
  right: densenet,
  working: (/** @type {any} */ n) => ({ params: densenet(n).params, new: n.growth * n.count, all: 24 + n.growth * n.count }),
};

// ---------------------------------------------------------------- U-Net

function u_net(/** @type {any} */ n) {
  const [whole, half, quarter] = [1, 2, 4].map((by) => Math.floor(n.input[1] / by));
  const doubles = [[3, 16, whole], [16, 32, half], [32, 64, quarter], [96, 32, half], [48, 16, whole]];
  const parts = doubles.map(([channels, out, side]) => trace_layers([conv(out), conv(out)], [channels, side, side]));
  return goal([1, whole, whole], ...parts, trace_layers([conv(1, 1)], [16, whole, whole]));
}

function cropped(/** @type {any} */ n) {
  const side = Math.floor(n.input[1] / 4) * 4;
  return { output_shape: [1, side, side] };
}

export const U_NET = {
  kind: code({ network: "UNet()" }),
  first: { input: [3, 90, 90] },
  right: u_net,
  mistakes: { cropped },
  working: (/** @type {any} */ n) => {
    const [half, quarter] = [2, 4].map((by) => Math.floor(n.input[1] / by));
    return { side: n.input[1], half, quarter, back: 2 * quarter, params: u_net(n).params };
  },
};
