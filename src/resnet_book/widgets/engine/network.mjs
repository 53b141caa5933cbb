// A plain or residual network that runs, learns and can be taken apart.

import { ShapeError } from "../shared/errors.mjs";
import { Block, gradient } from "./block.mjs";
import { Layer, Parameters, place } from "./layers.mjs";
import { Grid, Memory, Tiles, padded } from "./memory.mjs";

/** @typedef {{ block: number, skip?: number, branch?: number }} Step one block of a route, its skip and branch scaled */

export class Network {
  /**
   * @param {any} kernels of a backend: a memory of its own and the arithmetic over it
   * @param {import("./plan.mjs").Plan} plan
   * @param {{ batch: number, momentum?: number }} options `batch`: the most pictures at a time; `momentum`: how far a batch moves
   *   batch norm's running moments (1: they are the last batch's)
   */
  constructor(kernels, plan, { batch, momentum = 0.1 }) {
    Object.assign(this, { kernels, plan, batch, momentum, n: 0 });
    const memory = (this.memory = new Memory(kernels));
    const ring = plan.side > 0;
    const grid = (/** @type {number} */ side) => memory.shared(`grid ${side}`, () => new Grid(batch, side, ring));
    const parameters = (this.parameters = new Parameters(memory));
    let side = plan.side || 1;
    const here = grid(side);
    this.input = memory.take(here.positions * padded(plan.inputs));
    this.stem = new Layer(memory, parameters, { ...plan.stem, relu: true, from: here, to: here, normalized: plan.norm });
    this.blocks = plan.blocks.map((fields) => {
      const block = new Block(memory, parameters, fields, grid, side, plan.norm);
      side = block.to.side;
      return block;
    });
    const last = this.blocks.at(-1);
    [this.final, this.features] = last ? [last.to, last.last.outputs] : [here, plan.stem.outputs];
    const { pooled: tiles = 1 } = plan;
    const one = new Grid(batch, 1, false);
    this.tiles = tiles * tiles;
    this.pooled = memory.take(batch * this.tiles * padded(this.features));
    const head = { name: plan.head, norm: "", kernel: tiles, stride: 1, inputs: this.features, outputs: plan.classes };
    const seen = tiles > 1 ? new Tiles(batch, tiles) : one;
    this.head = new Layer(memory, parameters, { ...head, relu: false, from: seen, to: one, normalized: false });
    this.probabilities = memory.take(batch * this.head.C);
    this.labels = memory.take(batch);
    parameters.settle();
    this.changed();
    for (const { normalized, running_var, C } of this.layers()) if (normalized) memory.floats(running_var, C).fill(1);
  }

  /** Every layer that has weights, in the order they run. */
  layers() {
    return [this.stem, ...this.blocks.flatMap((block) => block.layers()), this.head];
  }

  /** To be called when parameters or running moments were changed: evaluation then folds anew. */
  changed() {
    this.folded = false;
  }

  /**
   * Give it n pictures, [n][side][side][inputs], or points, [n][inputs], and perhaps their classes.
   * @param {Float32Array} x
   * @param {ArrayLike<number> | null} [classes]
   */
  load(x, classes = null) {
    const { plan: { inputs, side }, memory } = this;
    const [here, A, line] = [this.stem.from, padded(inputs), (side || 1) * inputs];
    const n = x.length / (line * (side || 1));
    if (!Number.isInteger(n) || n < 1 || n > this.batch) {
      const one = side ? `${side} x ${side} x ${inputs} numbers` : `${inputs} numbers`;
      throw new ShapeError("load", `${x.length} numbers`, `from 1 to ${this.batch} times ${one}`, "give whole pictures or points, in batches");
    }
    const view = memory.floats(this.input, here.positions * A);
    for (let k = 0, i = 0; k < n; k++) {
      for (let row = 0; row < here.side; row++) {
        for (let column = 0; column < here.side; column++) {
          for (let c = 0, at = here.at(k, row, column) * A; c < inputs; c++) view[at + c] = x[i++];
        }
      }
    }
    this.n = n;
    if (classes) memory.ints(this.labels, n).set(classes);
  }

  /** Forward in training; not where the head sees more than one position. @returns {{ loss: number, right: number }} the mean loss, and how many of n are right */
  train() {
    const run = (/** @type {Layer} */ layer, /** @type {number} */ x) => layer.train(x, this.n, this.momentum);
    if (this.tiles > 1) throw new ShapeError("train", `a head that sees ${this.tiles} positions`, "one", "give pooled=1, or train it in PyTorch");
    this.changed();
    return this.finish(this.through(run, this.whole(), 0), run, true);
  }

  /**
   * Forward in evaluation, along a route through the blocks: all of them as they are, unless another one is given.
   * @param {{ route?: Step[], from?: number, labelled?: boolean }} [options] `from`: the first of the route's blocks that has to run anew,
   *   when those before it are as they were in the last call; `labelled`: whether the classes were loaded, and the loss is wanted
   */
  evaluate({ route = this.whole(), from = 0, labelled = true } = {}) {
    if (!this.folded) for (const layer of this.layers()) layer.fold();
    this.folded = true;
    const run = (/** @type {Layer} */ layer, /** @type {number} */ x) => layer.evaluate(x, this.n);
    return this.finish(this.through(run, route, from), run, labelled);
  }

  /** The route that training takes. @returns {Step[]} */
  whole() {
    return this.blocks.map((_, block) => ({ block }));
  }

  /** @returns {number} where the last map is */
  through(/** @type {any} */ run, /** @type {Step[]} */ route, /** @type {number} */ from) {
    let x = from ? this.blocks[route[from - 1].block].out : run(this.stem, this.input);
    for (const { block, skip, branch } of route.slice(from)) {
      this.blocks[block].fed = x;
      x = this.blocks[block].forward(x, this.n, run, skip, branch);
    }
    return x;
  }

  /** Pooling, the linear layer, softmax and cross-entropy. */
  finish(/** @type {number} */ x, /** @type {any} */ run, /** @type {boolean} */ labelled) {
    const { kernels, memory, n, final, plan: { classes } } = this;
    const [C, tiles] = [padded(this.features), this.tiles];
    const at = tiles > 1 ? memory.list(`tiles ${final.key} ${C}`, () => final.tiled(C, Math.sqrt(tiles))) : place(memory, final, C);
    kernels.pool(x, at, n * tiles, final.area / tiles, C, this.pooled);
    const logits = run(this.head, this.pooled);
    const loss = kernels.softmax(logits, n, classes, this.head.C, labelled ? this.labels : 0, this.probabilities);
    return { loss, right: labelled ? this.right() : NaN };
  }

  /** How many of n pictures have their highest logit at their class. */
  right() {
    const labels = this.memory.ints(this.labels, this.n);
    return this.predicted().reduce((sum, found, k) => sum + Number(found === labels[k]), 0);
  }

  /** The class of the highest logit, the first of equals; -1 where it is no number. @returns {number[]} */
  predicted() {
    const { n, head: { y, C }, plan: { classes } } = this;
    const logits = this.memory.floats(y, n * C);
    return Array.from({ length: n }, (_, k) => {
      let best = Number.isNaN(logits[k * C]) ? -1 : 0;
      for (let c = 1; c < classes; c++) if (logits[k * C + c] > logits[k * C + best]) best = c;
      return best;
    });
  }

  /** What softmax, or the head before it, made of the pictures. @returns {Float32Array} [n][classes] */
  outputs(what = /** @type {"probabilities" | "logits"} */ ("probabilities")) {
    const { n, head: { y, C }, plan: { classes } } = this;
    const [view, out] = [this.memory.floats(what === "logits" ? y : this.probabilities, n * C), new Float32Array(n * classes)];
    for (let k = 0; k < n; k++) out.set(view.subarray(k * C, k * C + classes), k * classes);
    return out;
  }

  /** The gradient of the mean loss by every parameter, after `train`. */
  backward() {
    const { kernels, memory, n, head, final, parameters, plan: { classes } } = this;
    memory.floats(parameters.gradients, parameters.size).fill(0);
    const C = padded(this.features);
    const logits = memory.shared("gradient logits", () => memory.take(this.batch * head.C));
    const pooled = memory.shared("gradient pooled", () => memory.take(this.batch * C));
    kernels.softmax_back(this.probabilities, this.labels, n, classes, head.C, logits);
    head.back(this.pooled, logits, logits, pooled, n);
    let d = gradient(memory, "block", final, C);
    kernels.pool_back(pooled, place(memory, final, C), n, final.area, C, d);
    for (const block of [...this.blocks].reverse()) d = block.back(/** @type {number} */ (block.fed), d, n);
    this.stem.back(this.input, d, d, 0, n);
  }

  /** Parameters and running moments by torch's names, in torch's order. @returns {Record<string, Float32Array>} */
  state() {
    const found = this.parameters.read();
    for (const layer of this.layers()) {
      if (!layer.normalized) continue;
      const [, , means, variances] = layer.moments();
      found[`${layer.norm}.running_mean`] = means.slice(0, layer.outputs);
      found[`${layer.norm}.running_var`] = variances.slice(0, layer.outputs);
    }
    return found;
  }

  /** Take such a state over; throws for a name that is missing, unknown, or of another length. */
  load_state(/** @type {Record<string, ArrayLike<number>>} */ state) {
    const own = this.state();
    for (const name of new Set([...Object.keys(own), ...Object.keys(state)])) {
      const [length, got] = [own[name]?.length, state[name]?.length];
      if (length === got) continue;
      const expected = length === undefined ? `one of ${Object.keys(own).join(", ")}` : `${length} numbers`;
      throw new ShapeError(name, got === undefined ? "nothing" : `${got} numbers`, expected, "give the state of a network of this shape");
    }
    for (const name of this.parameters.entries.keys()) this.parameters.write(name, state[name]);
    for (const { normalized, norm, running_mean, running_var, C } of this.layers()) {
      if (!normalized) continue;
      this.memory.floats(running_mean, C).set(/** @type {any} */ (state[`${norm}.running_mean`]));
      this.memory.floats(running_var, C).set(/** @type {any} */ (state[`${norm}.running_var`]));
    }
    this.changed();
  }

  /** @returns {Record<string, Float32Array>} gradients by torch's names */
  gradients() {
    return this.parameters.read(this.parameters.gradients);
  }

  /** Whether all parameters' gradients are numbers. */
  healthy() {
    const { kernels, parameters } = this;
    return kernels.finite(parameters.gradients, parameters.size) === 0;
  }

  /** The first layer whose output is no longer finite, else the first (from behind) whose gradient is not; "" if all are. */
  trouble() {
    const { kernels, parameters } = this;
    const layers = this.layers();
    const bad = (/** @type {number} */ at, /** @type {number} */ size) => kernels.finite(at, size) !== 0;
    const forward = layers.find(({ z, y, to, C }) => bad(z || y, to.positions * C) || bad(y, to.positions * C));
    const back = layers.reverse().find(({ w, R, C }) => bad(parameters.gradients + w, R * C));
    return (forward ?? back)?.name ?? "";
  }

  /** Of every layer: the root mean square of what it puts out (of a block's last: what leaves the block), and of its weights' gradient. */
  signals() {
    const { memory, n, parameters } = this;
    const leaves = new Map(this.blocks.map((block) => [block.last, block.out]));
    return this.layers().map((layer) => {
      const { name, y, w, R, C, outputs, inputs, taps, to } = layer;
      return {
        name,
        leaves: layer === this.stem || leaves.has(layer), // whether what it puts out goes on to the next block
        output: size(memory.floats(leaves.get(layer) ?? y, to.positions * C), n * to.area * outputs),
        gradient: size(memory.floats(parameters.gradients + w, R * C), taps * inputs * outputs),
      };
    });
  }

  /**
   * A block opened, after `evaluate`: what went in, what meets in the addition, and what the ReLU leaves of it.
   * @param {number} index of the block
   * @param {number} [k] of the picture
   * @param {Step} [step] how the route took it
   * @returns {Record<"x" | "shortcut" | "branch" | "sum" | "out", { channels: number, side: number, values: Float32Array }>}
   */
  look(index, k = 0, { skip, branch = 1 } = { block: index }) {
    const block = this.blocks[index];
    const { first, last, from, to, projection, padded: pad } = block;
    const run = (/** @type {Layer} */ layer, /** @type {number} */ x) => layer.evaluate(x, this.n);
    const x = /** @type {number} */ (block.fed);
    block.shortcut(x, this.n, run); // they may have been left out
    block.branch.reduce((h, layer) => run(layer, h), x);
    const read = (/** @type {number} */ at, /** @type {Grid} */ grid, /** @type {number} */ channels) => this.picture(at, grid, channels, k);
    const shown = {
      x: read(x, from, first.inputs),
      shortcut: read(projection ? projection.y : pad || x, to, last.outputs),
      branch: read(last.y, to, last.outputs),
      out: read(block.out, to, last.outputs),
    };
    const sum = shown.branch.values.map((f, i) => branch * f + (skip ?? block.skip) * shown.shortcut.values[i]);
    return { ...shown, sum: { ...shown.branch, values: sum } };
  }

  /** Picture k of a map, [channels][side][side]. */
  picture(/** @type {number} */ at, /** @type {Grid} */ grid, /** @type {number} */ channels, /** @type {number} */ k) {
    const [C, { side }] = [padded(channels), grid];
    const view = this.memory.floats(at, grid.positions * C);
    const values = new Float32Array(channels * side * side);
    for (let c = 0, i = 0; c < channels; c++) {
      for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) values[i++] = view[grid.at(k, y, x) * C + c];
    }
    return { channels, side, values };
  }
}

/** The root mean square of `count` values; the others there are zeros. */
function size(/** @type {Float32Array} */ values, /** @type {number} */ count) {
  let total = 0;
  for (const value of values) total += value * value;
  return Math.sqrt(total / count);
}
