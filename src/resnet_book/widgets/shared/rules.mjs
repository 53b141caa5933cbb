// What one operation does to a feature map: rules.py again, function by function under the same names.
// A feature map is { shape, receptive_field, stride }; a rule returns { output, params, macs }.

import { ShapeError } from "./errors.mjs";

/** @typedef {[number, number]} Pair */
/** @typedef {{ shape: number[], receptive_field: Pair, stride: Pair }} FeatureMap */
/** @typedef {{ output: FeatureMap, params: number, macs: number }} Step */

export const MAX_ELEMENTS = Number.MAX_SAFE_INTEGER;

const prod = (/** @type {number[]} */ shape) => shape.reduce((a, b) => a * b, 1);

const step = (/** @type {FeatureMap} */ output, params = 0, macs = 0) => ({ output, params, macs });

// ---------------------------------------------------------------- checking what arrives

/** A shape as text: [64, 56, 56] -> "64x56x56". */
export function times(/** @type {readonly number[]} */ shape) {
  return shape.join("x");
}

/** What arrived, as a short text. */
export function describe(/** @type {unknown} */ value) {
  if (typeof value === "number") return String(value);
  if (value === null || value === undefined || value === "") return "nothing";
  let text = typeof value === "string" ? JSON.stringify(value) : String(JSON.stringify(value));
  if (text.length > 60) text = text.slice(0, 59) + "…";
  return `${text} (a ${Array.isArray(value) ? "list" : typeof value})`;
}

/** The value, if it is an integer of at least `minimum`. */
export function integer(/** @type {any} */ value, /** @type {string} */ where, minimum = 1) {
  if (Number.isSafeInteger(value) && value >= minimum) return value;
  const kind = minimum === 1 ? "a positive integer" : `an integer of at least ${minimum}`;
  if (typeof value === "number" && value > MAX_ELEMENTS) {
    throw new ShapeError(where, describe(value), `an integer up to ${MAX_ELEMENTS}`, "give a smaller number");
  }
  throw new ShapeError(where, describe(value), kind, `give ${kind}, for example ${Math.max(minimum, 1)}`);
}

/** An integer, or a [height, width] pair of them, as a pair. @returns {Pair} */
export function pair(/** @type {any} */ value, /** @type {string} */ where, /** @type {string} */ what, minimum = 1) {
  if (Number.isSafeInteger(value) && value >= minimum) return [value, value];
  where = `${where} ${what}`;
  if (Array.isArray(value)) {
    if (value.length !== 2) {
      throw new ShapeError(where, describe(value), "an integer or a (height, width) pair", "give two integers or one");
    }
    return [integer(value[0], where, minimum), integer(value[1], where, minimum)];
  }
  value = integer(value, where, minimum);
  return [value, value];
}

/** The feature map of a network's input. @returns {FeatureMap} */
export function input_map(/** @type {any} */ shape, where = "input") {
  const expected = "(channels, height, width), three positive integers";
  if (!Array.isArray(shape)) {
    throw new ShapeError(where, describe(shape), expected, "give a tuple such as (3, 224, 224)");
  }
  if (shape.length !== 3) {
    const fix = shape.length === 4 ? "leave the batch out" : "give a tuple such as (3, 224, 224)";
    throw new ShapeError(where, `${describe(shape)} of length ${shape.length}`, expected, fix);
  }
  const parts = ["channels", "height", "width"].map((part, i) => integer(shape[i], `${where} ${part}`));
  return checked({ shape: parts, receptive_field: [1, 1], stride: [1, 1] }, where);
}

/** The map itself, if it has no more elements than can be counted exactly. */
export function checked(/** @type {FeatureMap} */ x, /** @type {string} */ where) {
  if (prod(x.shape) > MAX_ELEMENTS) {
    throw new ShapeError(where, times(x.shape), `at most ${MAX_ELEMENTS} elements`, "give a smaller input");
  }
  return x;
}

function spatial(/** @type {FeatureMap} */ x, /** @type {string} */ where) {
  if (x.shape.length !== 3) {
    throw new ShapeError(
      where,
      `a vector of ${x.shape[0]}`,
      "a map of (channels, height, width)",
      `put ${where} before the flatten`,
    );
  }
  return x.shape;
}

/** A count that a browser's numbers hold exactly. */
function exact(/** @type {number} */ count, /** @type {string} */ where) {
  if (count > MAX_ELEMENTS) {
    throw new ShapeError(
      where,
      `a count of about ${count.toExponential(1)}`,
      `at most ${MAX_ELEMENTS}, what a browser counts exactly`,
      "give a smaller input, or trace it in Python",
    );
  }
  return count;
}

// ---------------------------------------------------------------- windows that slide over a map

/** Output size, receptive field and stride of a window that slides over a map. */
function slide(
  /** @type {FeatureMap} */ x,
  /** @type {Pair} */ kernel,
  /** @type {Pair} */ stride,
  /** @type {Pair} */ padding,
  /** @type {Pair} */ dilation,
  /** @type {string} */ where,
  ceil_mode = false,
  padded = true,
) {
  const [, h, w] = spatial(x, where);
  const size = [h, w];
  const reach = [dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1)];
  const free = [h + 2 * padding[0] - reach[0] - 1, w + 2 * padding[1] - reach[1] - 1];
  // With ceil_mode a last window may hang over the border, as long as it starts inside the map or its first padding.
  const steps = [0, 1].map((axis) => {
    const n = Math.floor((free[axis] + (ceil_mode ? stride[axis] - 1 : 0)) / stride[axis]);
    return ceil_mode && n * stride[axis] >= size[axis] + padding[axis] ? n - 1 : n;
  });
  if (steps[0] < 0 || steps[1] < 0) {
    const enough = Math.max(...[0, 1].map((i) => Math.ceil((reach[i] + 1 - size[i]) / 2)));
    const most = Math.min(...[0, 1].map((i) => Math.floor((size[i] + 2 * padding[i] - 1) / dilation[i]) + 1));
    throw new ShapeError(
      where,
      `a map of ${h}x${w} (${h + 2 * padding[0]}x${w + 2 * padding[1]} with its padding)`,
      `at least ${reach[0] + 1}x${reach[1] + 1}, what the kernel covers`,
      `${padded ? `padding ${enough}, or ` : ""}a kernel of at most ${most}`,
    );
  }
  const [fh, fw] = x.receptive_field;
  const [jh, jw] = x.stride;
  return {
    size: [steps[0] + 1, steps[1] + 1],
    receptive_field: /** @type {Pair} */ ([fh + reach[0] * jh, fw + reach[1] * jw]),
    stride: /** @type {Pair} */ ([jh * stride[0], jw * stride[1]]),
  };
}

/** A convolution: C_out * (C_in / groups) * K_h * K_w weights, each used once for every output position. @returns {Step} */
export function conv2d(
  /** @type {FeatureMap} */ x,
  /** @type {any} */ {
    out_channels,
    kernel_size,
    stride = 1,
    padding = 0,
    dilation = 1,
    groups = 1,
    bias = true,
    in_channels = null,
    where = "conv2d",
  },
) {
  const kernel = pair(kernel_size, where, "kernel");
  const by = pair(stride, where, "stride");
  const pad = pair(padding, where, "padding", 0);
  const spread = pair(dilation, where, "dilation");
  out_channels = integer(out_channels, `${where} output channels`);
  groups = integer(groups, `${where} groups`);
  const channels = spatial(x, where)[0];
  if (in_channels !== null && integer(in_channels, `${where} input channels`) !== channels) {
    throw new ShapeError(
      where,
      `${times(x.shape)}: ${channels} channels`,
      `${in_channels} channels`,
      `an input of ${in_channels} channels, or in_channels=${channels}`,
    );
  }
  if (channels % groups || out_channels % groups) {
    throw new ShapeError(
      where,
      `${groups} groups for ${channels} -> ${out_channels} channels`,
      "groups that divide both",
      "give groups that divide the input and the output channels",
    );
  }
  const { size, receptive_field, stride: jump } = slide(x, kernel, by, pad, spread, where);
  const weights = exact(out_channels * (channels / groups) * kernel[0] * kernel[1], where);
  const output = { shape: [out_channels, ...size], receptive_field, stride: jump };
  return step(output, weights + (bias ? out_channels : 0), exact(weights * size[0] * size[1], where));
}

/** A max pooling; its stride is its kernel unless given. @returns {Step} */
export function max_pool2d(
  /** @type {FeatureMap} */ x,
  /** @type {any} */ {
    kernel_size,
    stride = null,
    padding = 0,
    dilation = 1,
    ceil_mode = false,
    where = "max_pool2d",
  },
) {
  const kernel = pair(kernel_size, where, "kernel");
  const by = stride === null ? kernel : pair(stride, where, "stride");
  const pad = pair(padding, where, "padding", 0);
  const spread = pair(dilation, where, "dilation");
  if (pad[0] > Math.floor(kernel[0] / 2) || pad[1] > Math.floor(kernel[1] / 2)) {
    throw new ShapeError(
      where,
      `padding ${times(pad)} for a kernel of ${times(kernel)}`,
      "a padding of at most half the kernel",
      `padding ${Math.floor(Math.min(...kernel) / 2)}`,
    );
  }
  // half the kernel is all the padding that torch allows
  const roomy = x.shape.slice(1).every((n, i) => spread[i] * (kernel[i] - 1) + 1 - n <= 2 * Math.floor(kernel[i] / 2));
  const { size, receptive_field, stride: jump } = slide(x, kernel, by, pad, spread, where, ceil_mode, roomy);
  return step({ shape: [x.shape[0], ...size], receptive_field, stride: jump });
}

/** An average pooling: the geometry of `max_pool2d`, without dilation. @returns {Step} */
export function avg_pool2d(
  /** @type {FeatureMap} */ x,
  /** @type {any} */ { kernel_size, stride = null, padding = 0, ceil_mode = false, where = "avg_pool2d" },
) {
  return max_pool2d(x, { kernel_size, stride, padding, ceil_mode, where });
}

/** Average pooling to a fixed size; where windows differ, the largest counts. @returns {Step} */
export function adaptive_avg_pool2d(
  /** @type {FeatureMap} */ x,
  /** @type {any} */ { output_size = 1, where = "adaptive_avg_pool2d" } = {},
) {
  const [channels, ...size] = spatial(x, where);
  const out = pair(output_size, where, "output size");
  const window = size.map((n, axis) => widest(n, out[axis]));
  const [fh, fw] = x.receptive_field;
  const [jh, jw] = x.stride;
  const jump = size.map((n, axis) => Math.max(1, Math.floor(n / out[axis])));
  return step({
    shape: [channels, ...out],
    receptive_field: [fh + (window[0] - 1) * jh, fw + (window[1] - 1) * jw],
    stride: [jh * jump[0], jw * jump[1]],
  });
}

/** The largest of the windows floor(i * n / out) to ceil((i + 1) * n / out); its start lies out - gcd parts of a pixel in. */
function widest(/** @type {number} */ n, /** @type {number} */ out) {
  let [part, rest] = [n, out];
  while (rest) [part, rest] = [rest, part % rest];
  return Math.ceil((out - part + n) / out);
}

// ---------------------------------------------------------------- everything else

/** Batch normalization: one gamma and one beta a channel. @returns {Step} */
export function batch_norm(/** @type {FeatureMap} */ x, { affine = true, where = "batch_norm" } = {}) {
  const channels = spatial(x, where)[0];
  return step(x, affine ? 2 * channels : 0);
}

/** max(x, 0), element by element. @returns {Step} */
export function relu(/** @type {FeatureMap} */ x) {
  return step(x);
}

/** A map as one vector: a single position that sees all that the map saw. @returns {Step} */
export function flatten(/** @type {FeatureMap} */ x) {
  if (x.shape.length === 1) return step(x);
  const [, h, w] = x.shape;
  const [fh, fw] = x.receptive_field;
  const [jh, jw] = x.stride;
  return step({
    shape: [prod(x.shape)],
    receptive_field: [fh + (h - 1) * jh, fw + (w - 1) * jw],
    stride: [jh * h, jw * w],
  });
}

/** A linear layer: in * out weights, each used once. @returns {Step} */
export function linear(
  /** @type {FeatureMap} */ x,
  /** @type {any} */ { out_features, bias = true, where = "linear" },
) {
  out_features = integer(out_features, `${where} output features`);
  if (x.shape.length !== 1) {
    throw new ShapeError(where, `a map of ${times(x.shape)}`, "a vector", `put a flatten before ${where}`);
  }
  const weights = exact(x.shape[0] * out_features, where);
  return step({ ...x, shape: [out_features] }, weights + (bias ? out_features : 0), weights);
}

/** Every `step`-th pixel: the first half of option A. @returns {Step} */
export function subsample(/** @type {FeatureMap} */ x, /** @type {any} */ { step: by, where = "subsample" }) {
  const [channels, h, w] = spatial(x, where);
  by = integer(by, `${where} step`);
  return step({
    shape: [channels, Math.floor((h - 1) / by) + 1, Math.floor((w - 1) / by) + 1],
    receptive_field: x.receptive_field,
    stride: [x.stride[0] * by, x.stride[1] * by],
  });
}

/** Zeros as new channels, half before and half after: the second half of option A. @returns {Step} */
export function pad_channels(/** @type {FeatureMap} */ x, /** @type {any} */ { out_channels, stride = 1, where = "pad" }) {
  const [channels, h, w] = spatial(x, where);
  out_channels = integer(out_channels, `${where} output channels`);
  if (out_channels < channels) {
    throw new ShapeError(
      where,
      `${channels} -> ${out_channels} channels`,
      `at least ${channels} output channels: padding only adds`,
      `1x1 convolution ${channels} -> ${out_channels}, stride ${stride}`,
    );
  }
  return step({ ...x, shape: [out_channels, h, w] });
}

/** The residual addition: both sides must have the same shape. @returns {Step} */
export function add(/** @type {FeatureMap} */ x, /** @type {any} */ { shortcut, where = "add" }) {
  if (times(x.shape) !== times(shortcut.shape)) {
    const note = broadcasts(x.shape, shortcut.shape) ? " (PyTorch would broadcast them silently)" : "";
    throw new ShapeError(
      where,
      `${times(x.shape)} from the branch and ${times(shortcut.shape)} from the shortcut${note}`,
      `${times(x.shape)} from both`,
      repair(shortcut.shape, x.shape),
    );
  }
  const wider = (/** @type {Pair} */ a, /** @type {Pair} */ b) =>
    /** @type {Pair} */ ([Math.max(a[0], b[0]), Math.max(a[1], b[1])]);
  return step({
    shape: x.shape,
    receptive_field: wider(x.receptive_field, shortcut.receptive_field),
    stride: wider(x.stride, shortcut.stride),
  });
}

/** Whether an addition of the two shapes would run without an error although they differ. */
export function broadcasts(/** @type {number[]} */ a, /** @type {number[]} */ b) {
  if (times(a) === times(b) || a.length !== b.length) return false;
  return a.every((m, i) => m === b[i] || m === 1 || b[i] === 1);
}

/** What turns a shortcut of shape `have` into `want`, in words. */
export function repair(/** @type {number[]} */ have, /** @type {number[]} */ want) {
  const stride = stride_between(have, want);
  if (stride) {
    const text = stride[0] === stride[1] ? stride[0] : times(stride);
    return `1x1 convolution ${have[0]} -> ${want[0]}, stride ${text}`;
  }
  return (
    `no stride takes ${have[1]}x${have[2]} to ${want[1]}x${want[2]}: give the branch a padding that keeps the size, ` +
    "or the shortcut the same kernel and padding as the branch"
  );
}

/** The stride with which a 1x1 convolution takes one map to the other; null if there is none. */
export function stride_between(/** @type {number[]} */ have, /** @type {number[]} */ want) {
  const stride = [1, 2].map((axis) => Math.ceil(have[axis] / want[axis]));
  const fits = [1, 2].every((axis, i) => Math.floor((have[axis] - 1) / stride[i]) + 1 === want[axis]);
  return fits ? stride : null;
}

/** The rules of one input, by name. */
export const RULES = {
  conv2d,
  batch_norm,
  relu,
  max_pool2d,
  avg_pool2d,
  adaptive_avg_pool2d,
  flatten,
  linear,
  subsample,
  pad_channels,
};
