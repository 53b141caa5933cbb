// A convolution with what stands behind it (batch norm, or a bias), forward and back.

import { padded } from "./memory.mjs";

/** @typedef {import("./memory.mjs").Grid} Grid */
/** @typedef {import("./memory.mjs").Memory} Memory */

const [ADD, CLIP] = [1, 2];
const EPSILON = 1e-5; // what batch norm adds to a variance

/** Parameters side by side, so that an optimizer sees one long vector: `values`, and `gradients` in the same order. */
export class Parameters {
  constructor(/** @type {Memory} */ memory) {
    Object.assign(this, { memory, size: 0, values: 0, gradients: 0 });
    /** @type {Map<string, { offset: number, length: number, shape: number[], place: (i: number) => number }>} */
    this.entries = new Map();
  }

  /** Announce one parameter in torch's order; `place(i)` is where its i-th number lies. @returns {number} its offset in bytes */
  add(/** @type {string} */ name, /** @type {number[]} */ shape, /** @type {number} */ room, place = (/** @type {number} */ i) => i) {
    const offset = 4 * this.size;
    this.entries.set(name, { offset, length: shape.reduce((a, b) => a * b, 1), shape, place });
    this.size += padded(room);
    return offset;
  }

  /** Take the room, once all are announced. */
  settle() {
    this.values = this.memory.take(this.size);
    this.gradients = this.memory.take(this.size);
  }

  /** Every parameter (or gradient) by its name, in torch's order. @returns {Record<string, Float32Array>} */
  read(base = this.values) {
    return Object.fromEntries([...this.entries].map(([name, { offset, length, place }]) => {
      const [view, out] = [this.memory.floats(base + offset, this.size - offset / 4), new Float32Array(length)];
      for (let i = 0; i < length; i++) out[i] = view[place(i)];
      return [name, out];
    }));
  }

  write(/** @type {string} */ name, /** @type {ArrayLike<number>} */ values) {
    const { offset, length, place } = /** @type {any} */ (this.entries.get(name));
    const view = this.memory.floats(this.values + offset, this.size - offset / 4);
    for (let i = 0; i < length; i++) view[place(i)] = values[i];
  }
}

/** Weights [outputs][inputs][taps] of torch as the kernels want them, [outputs / V][taps][inputs][V]. */
function placing(/** @type {number} */ outputs, /** @type {number} */ inputs, /** @type {number} */ taps) {
  const V = padded(outputs) % 8 ? 4 : 8;
  return (/** @type {number} */ i) => {
    const [tap, input, output] = [i % taps, Math.floor(i / taps) % inputs, Math.floor(i / taps / inputs)];
    return Math.floor(output / V) * taps * inputs * V + (tap * inputs + input) * V + (output % V);
  };
}

/** z = conv(x, w); y = gamma (z - mean) / deviation + beta, or z + b without batch norm; y = relu(y) where `relu`. */
export class Layer {
  /**
   * @param {Memory} memory
   * @param {Parameters} parameters
   * @param {import("./plan.mjs").LayerPlan & { relu: boolean, from: Grid, to: Grid, normalized: boolean, bias?: boolean }} plan
   */
  constructor(memory, parameters, { name, norm, kernel, stride, inputs, outputs, relu, from, to, normalized }) {
    const [A, C, taps] = [padded(inputs), padded(outputs), kernel * kernel];
    Object.assign(this, { memory, parameters, name, inputs, outputs, stride, relu, from, to, normalized, A, C, taps, R: taps * inputs });
    const spatial = from.ring || kernel > 1 ? [kernel, kernel] : [];
    this.w = parameters.add(`${name}.weight`, [outputs, inputs, ...spatial], this.R * C, placing(outputs, inputs, taps));
    if (normalized) {
      this.gamma = parameters.add(`${norm}.weight`, [outputs], C);
      this.norm = norm;
    }
    this.b = parameters.add(normalized ? `${norm}.bias` : `${name}.bias`, [outputs], C);
    this.at = place(memory, to, C);
    this.in = place(memory, from, A, stride);
    this.window = memory.list(`window ${from.key} ${kernel} ${inputs}`, () => from.window(kernel, inputs, A));
    this.y = memory.take(to.positions * C);
    if (!normalized) return;
    this.z = memory.take(to.positions * C);
    [this.mean, this.inverse, this.running_mean, this.running_var, this.bias] = [0, 0, 0, 0, 0].map(() => memory.take(C));
    this.folded = memory.take(this.R * C); // the weights with batch norm multiplied in, for evaluation
  }

  /** Where a parameter lies, or its gradient. */
  value(/** @type {number} */ offset) {
    return this.parameters.values + offset;
  }

  gradient(/** @type {number} */ offset) {
    return this.parameters.gradients + offset;
  }

  /** In training, by the moments of these n pictures, which also move the running ones by `momentum`. @returns {number} y */
  train(/** @type {number} */ x, /** @type {number} */ n, /** @type {number} */ momentum) {
    const { memory: { kernels }, at, C, R, y, z } = this;
    const P = n * this.to.area;
    const flags = this.relu ? CLIP : 0;
    if (!this.normalized) {
      kernels.conv(x, this.in, P, this.window, R, this.value(this.w), this.value(this.b), C, y, at, flags);
      return y;
    }
    kernels.conv(x, this.in, P, this.window, R, this.value(this.w), 0, C, z, at, 0);
    kernels.norm(z, at, P, C, this.value(this.gamma), this.value(this.b), EPSILON, this.mean, this.inverse, y, flags);
    const [mean, inverse, means, variances] = this.moments();
    for (let c = 0; c < C; c++) {
      const variance = (1 / (inverse[c] * inverse[c]) - EPSILON) * (P / Math.max(1, P - 1)); // unbiased, as torch keeps it
      means[c] = (1 - momentum) * means[c] + momentum * mean[c];
      variances[c] = (1 - momentum) * variances[c] + momentum * variance;
    }
    return y;
  }

  /** In evaluation, by the running moments, as one convolution with `fold`ed weights. @returns {number} y */
  evaluate(/** @type {number} */ x, /** @type {number} */ n) {
    const { memory: { kernels }, normalized } = this;
    const [w, b] = normalized ? [this.folded, this.bias] : [this.value(this.w), this.value(this.b)];
    kernels.conv(x, this.in, n * this.to.area, this.window, this.R, w, b, this.C, this.y, this.at, this.relu ? CLIP : 0);
    return this.y;
  }

  /** Multiply batch norm's scale into the weights, and its shift into a bias. */
  fold() {
    if (!this.normalized) return;
    const { memory, C, R } = this;
    const [w, to] = [memory.floats(this.value(this.w), R * C), memory.floats(this.folded, R * C)];
    const [gamma, beta, bias] = [this.value(this.gamma), this.value(this.b), this.bias].map((at) => memory.floats(at, C));
    const [, , means, variances] = this.moments();
    const V = C % 8 ? 4 : 8;
    for (let c = 0; c < C; c++) {
      const scale = gamma[c] / Math.sqrt(variances[c] + EPSILON);
      bias[c] = beta[c] - means[c] * scale;
      const first = (c - (c % V)) * R + (c % V);
      for (let r = 0, k = first; r < R; r++, k += V) to[k] = w[k] * scale;
    }
  }

  /** Views: this batch's means and inverse deviations, the running means and variances. */
  moments() {
    const { memory, C } = this;
    return [this.mean, this.inverse, this.running_mean, this.running_var].map((at) => memory.floats(at, C));
  }

  /**
   * The backward pass: from the gradient d of y to those of the parameters, and to that of the input.
   * @param {number} x what went in
   * @param {number} d
   * @param {number} dz where the gradient before the batch norm goes; may be d
   * @param {number} dx where the input's gradient goes; 0 if nobody needs it
   * @param {number} n pictures
   * @param {boolean} [add] to what is there
   */
  back(x, d, dz, dx, n, add = false) {
    const { memory: { kernels }, at, C, R, to } = this;
    const P = n * to.area;
    if (this.relu) kernels.relu_back(this.y, d, to.positions * C);
    if (this.normalized) {
      const [gamma, dgamma, dbeta] = [this.value(this.gamma), this.gradient(this.gamma), this.gradient(this.b)];
      kernels.norm_back(this.z, d, at, P, C, gamma, this.mean, this.inverse, dgamma, dbeta, dz);
    } else {
      kernels.sum(d, at, P, C, this.gradient(this.b));
      dz = d;
    }
    kernels.conv_dw(x, this.in, P, this.window, R, dz, at, C, this.gradient(this.w));
    if (dx) this.back_to_input(dz, dx, n, add);
  }

  /** dx = d convolved with the transposed weights; after a stride, d is first spread over the finer map. */
  back_to_input(/** @type {number} */ d, /** @type {number} */ dx, /** @type {number} */ n, /** @type {boolean} */ add) {
    const { memory, memory: { kernels }, A, C, inputs, outputs, taps, from, to } = this;
    const flipped = memory.shared(`flipped ${taps} ${A} ${C}`, () => memory.take(taps * A * C));
    kernels.transpose(this.value(this.w), taps, A, inputs, C, outputs, flipped);
    if (this.stride > 1) {
      // between the positions that it is written to, the finer map stays zero
      const spread = memory.shared(`spread ${from.key} ${this.stride} ${C}`, () => memory.take(from.positions * C));
      kernels.move(d, this.at, spread, place(memory, from, C, this.stride), n * to.area, C, 0);
      d = spread;
    }
    const window = memory.list(`window ${from.key} ${Math.sqrt(taps)} ${outputs}`, () => from.window(Math.sqrt(taps), outputs, C));
    const P = n * from.area;
    kernels.conv(d, place(memory, from, C), P, window, taps * outputs, flipped, 0, A, dx, place(memory, from, A), add ? ADD : 0);
  }
}

/** The address of the list of a map's positions, or of every `step`-th. */
export function place(/** @type {Memory} */ memory, /** @type {Grid} */ grid, /** @type {number} */ channels, step = 1) {
  return memory.list(`at ${grid.key} ${channels} ${step}`, () => grid.offsets(channels, step));
}
