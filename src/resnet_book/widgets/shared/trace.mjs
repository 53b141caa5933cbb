// Trace a network by formula: tracing.py again, for a page without a kernel.

import { blocks, width } from "./architectures.mjs";
import { ShapeError } from "./errors.mjs";
import {
  MAX_ELEMENTS,
  RULES,
  adaptive_avg_pool2d,
  add,
  batch_norm,
  conv2d,
  flatten,
  input_map,
  linear,
  max_pool2d,
  pad_channels,
  relu,
  subsample,
  times,
} from "./rules.mjs";

/** @typedef {import("./rules.mjs").FeatureMap} FeatureMap */
/** @typedef {{ name: string, op: string, input_shape: number[], output_shape: number[], params: number, macs: number,
 *   activations: number, receptive_field: [number, number], stride: [number, number] }} Row */
/** @typedef {{ input_shape: number[], output_shape: number[], rows: Row[], params: number, macs: number, activations: number }} Trace */

/** Applies rules one after the other and keeps a row of each. */
class Tracer {
  constructor() {
    /** @type {Row[]} */
    this.rows = [];
  }

  /** @returns {FeatureMap} */
  apply(/** @type {string} */ name, /** @type {any} */ rule, /** @type {FeatureMap} */ x, /** @type {any} */ options = {}) {
    options.where = name; // the object was made for this call
    const { output, params, macs } = rule(x, options);
    let activations = 1;
    for (const n of output.shape) activations *= n;
    if (activations > MAX_ELEMENTS) {
      throw new ShapeError(name, times(output.shape), `at most ${MAX_ELEMENTS} elements`, "give a smaller input");
    }
    const [fh, fw] = output.receptive_field;
    const [jh, jw] = output.stride;
    if (fh > MAX_ELEMENTS || fw > MAX_ELEMENTS || jh > MAX_ELEMENTS || jw > MAX_ELEMENTS) {
      throw new ShapeError(
        name,
        "a receptive field of more pixels than a browser counts",
        `at most ${MAX_ELEMENTS}, what a browser counts exactly`,
        "give smaller strides, or trace it in Python",
      );
    }
    this.rows.push({
      name,
      op: rule.name,
      input_shape: x.shape,
      output_shape: output.shape,
      params,
      macs,
      activations,
      receptive_field: output.receptive_field,
      stride: output.stride,
    });
    return output;
  }

  /** @returns {Trace} */
  result(/** @type {FeatureMap} */ input) {
    const sum = (/** @type {"params" | "macs" | "activations"} */ key) => {
      let total = 0;
      for (const row of this.rows) total += row[key];
      if (total <= MAX_ELEMENTS) return total;
      throw new ShapeError(
        "total",
        `about ${total.toExponential(1)} ${key}`,
        `at most ${MAX_ELEMENTS}, what a browser counts exactly`,
        "give a smaller input, or trace it in Python",
      );
    };
    return {
      input_shape: input.shape,
      output_shape: this.rows.length ? this.rows[this.rows.length - 1].output_shape : input.shape,
      rows: this.rows,
      params: sum("params"),
      macs: sum("macs"),
      activations: sum("activations"),
    };
  }
}

/** Every operation of a network (or, with a `kind`, of one block), by formula. */
export function trace(/** @type {any} */ what, /** @type {any} */ input_shape) {
  const { trace: found, error } = attempt(what, input_shape);
  if (error) throw error;
  return found;
}

/** As `trace`, but an impossible shape is returned beside the rows that still worked, not thrown. */
export function attempt(/** @type {any} */ what, /** @type {any} */ input_shape) {
  const t = new Tracer();
  const x = input_map(input_shape);
  let error = null;
  try {
    if ("kind" in what) trace_block(t, "", what, x);
    else network(t, what, x);
  } catch (thrown) {
    if (!(thrown instanceof ShapeError)) throw thrown;
    error = thrown;
  }
  return { trace: t.result(x), error };
}

/** Every operation of a chain of layers, one after the other. */
export function trace_layers(/** @type {any[]} */ layers, /** @type {any} */ input_shape) {
  const t = new Tracer();
  const first = input_map(input_shape);
  let x = first;
  layers.forEach(({ op, name, ...options }, index) => {
    name ??= String(index);
    if (!Object.hasOwn(RULES, op)) {
      throw new Error(`layer ${name}: unknown op ${op}. There is: ${Object.keys(RULES).join(", ")}`);
    }
    x = t.apply(name, RULES[/** @type {keyof typeof RULES} */ (op)], x, options);
  });
  return t.result(first);
}

function network(/** @type {Tracer} */ t, /** @type {any} */ arch, /** @type {FeatureMap} */ x) {
  x = stem(t, arch, x);
  for (const [name, block] of blocks(arch)) x = trace_block(t, `${name}.`, block, x);
  x = t.apply("avgpool", adaptive_avg_pool2d, x, { output_size: arch.pooled ?? 1 });
  x = t.apply("flatten", flatten, x);
  return t.apply("fc", linear, x, { out_features: arch.num_classes });
}

function stem(/** @type {Tracer} */ t, /** @type {any} */ arch, /** @type {FeatureMap} */ x) {
  const { channels, kernel_size, stride, padding, pool } = arch.stem;
  const bias = arch.block === "d2l";
  x = t.apply("conv1", conv2d, x, {
    out_channels: channels, kernel_size, stride, padding, bias, in_channels: arch.in_channels,
  });
  x = t.apply("bn1", batch_norm, x);
  x = t.apply("relu", relu, x);
  return pool ? t.apply("maxpool", max_pool2d, x, { kernel_size: 3, stride: 2, padding: 1 }) : x;
}

/** The branch, the shortcut, and the addition where they meet. */
export function trace_block(/** @type {Tracer} */ t, /** @type {string} */ at, /** @type {any} */ block, /** @type {FeatureMap} */ x) {
  let y = branch(t, at, block, x);
  if (block.shortcut !== "none") y = t.apply(`${at}add`, add, y, { shortcut: shortcut(t, at, block, x) });
  return t.apply(`${at}relu`, relu, y);
}

function branch(/** @type {Tracer} */ t, /** @type {string} */ at, /** @type {any} */ block, /** @type {FeatureMap} */ x) {
  const { kind, in_channels, out_channels, stride } = block;
  const bias = kind === "d2l";
  const inner = width(block);
  if (kind === "bottleneck") {
    const [early, late] = block.version === "v1" ? [stride, 1] : [1, stride];
    let y = t.apply(`${at}conv1`, conv2d, x, { out_channels: inner, kernel_size: 1, stride: early, bias, in_channels });
    y = t.apply(`${at}bn1`, batch_norm, y);
    y = t.apply(`${at}relu`, relu, y);
    y = t.apply(`${at}conv2`, conv2d, y, { out_channels: inner, kernel_size: 3, stride: late, padding: 1, bias });
    y = t.apply(`${at}bn2`, batch_norm, y);
    y = t.apply(`${at}relu`, relu, y);
    y = t.apply(`${at}conv3`, conv2d, y, { out_channels, kernel_size: 1, bias });
    return t.apply(`${at}bn3`, batch_norm, y);
  }
  let y = t.apply(`${at}conv1`, conv2d, x, { out_channels, kernel_size: 3, stride, padding: 1, bias, in_channels });
  y = t.apply(`${at}bn1`, batch_norm, y);
  y = t.apply(`${at}relu`, relu, y);
  y = t.apply(`${at}conv2`, conv2d, y, { out_channels, kernel_size: 3, padding: 1, bias });
  return t.apply(`${at}bn2`, batch_norm, y);
}

function shortcut(/** @type {Tracer} */ t, /** @type {string} */ at, /** @type {any} */ block, /** @type {FeatureMap} */ x) {
  const { in_channels, out_channels, stride } = block;
  if (block.shortcut === "projection" && block.kind === "d2l") {
    return t.apply(`${at}conv3`, conv2d, x, { out_channels, kernel_size: 1, stride });
  }
  if (block.shortcut === "projection") {
    x = t.apply(`${at}downsample.0`, conv2d, x, { out_channels, kernel_size: 1, stride, bias: false });
    return t.apply(`${at}downsample.1`, batch_norm, x);
  }
  if (block.shortcut === "pad") {
    if (stride > 1) x = t.apply(`${at}downsample.subsample`, subsample, x, { step: stride });
    if (out_channels !== in_channels) x = t.apply(`${at}downsample.pad_channels`, pad_channels, x, { out_channels, stride });
  }
  return x;
}

/** The rows summed by the first `depth` parts of their name, in order. */
export function groups(/** @type {Row[]} */ rows, depth = 1) {
  /** @type {Row[]} */
  const out = [];
  let last = /** @type {Row | null} */ (null); // the open group; thousands of rows, so it is added to in place
  for (const row of rows) {
    const name = prefix(row.name, depth);
    if (name === null) {
      out.push(row);
      last = null;
    } else if (last && last.name === name) {
      last.params += row.params;
      last.macs += row.macs;
      last.activations += row.activations;
      last.output_shape = row.output_shape;
      last.receptive_field = row.receptive_field;
      last.stride = row.stride;
    } else {
      out.push((last = { ...row, name, op: "group" }));
    }
  }
  return out;
}

/** The first `depth` parts of a name; null if it has no more than those. */
function prefix(/** @type {string} */ name, /** @type {number} */ depth) {
  let dot = -1;
  for (let i = 0; i < depth; i++) {
    dot = name.indexOf(".", dot + 1);
    if (dot < 0) return null;
  }
  return name.slice(0, dot);
}
