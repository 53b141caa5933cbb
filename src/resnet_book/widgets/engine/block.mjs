// A residual block: y = relu(skip * shortcut(x) + branch * F(x)); a plain one has skip 0.

import { Layer, place } from "./layers.mjs";

const [ADD, CLIP] = [1, 2];

export class Block {
  /**
   * @param {import("./memory.mjs").Memory} memory
   * @param {import("./layers.mjs").Parameters} parameters
   * @param {import("./plan.mjs").BlockPlan} plan
   * @param {(side: number) => import("./memory.mjs").Grid} grid the positions of maps of a side
   * @param {number} side of the map that comes in
   * @param {boolean} normalized
   */
  constructor(memory, parameters, plan, grid, side, normalized) {
    Object.assign(this, { memory, name: plan.name, skip: Number(plan.skip), from: grid(side) });
    const layer = (/** @type {any} */ fields, relu = false) => {
      const [from, to] = [grid(side), grid(Math.ceil(side / fields.stride))];
      return new Layer(memory, parameters, { ...fields, relu, from, to, normalized });
    };
    const last = plan.branch.length - 1;
    this.branch = plan.branch.map((fields, i) => {
      const made = layer(fields, i < last);
      side = made.to.side;
      return made;
    });
    [this.first, this.last] = [this.branch[0], this.branch[last]];
    [this.to, this.A, this.C] = [this.last.to, this.first.A, this.last.C];
    this.size = this.to.positions * this.C;
    side = this.from.side;
    this.projection = typeof plan.shortcut === "object" ? layer(plan.shortcut) : null;
    this.pads = plan.shortcut === "pad";
    this.padded = this.pads ? memory.take(this.size) : 0;
    this.out = memory.take(this.size);
  }

  /** All layers, the branch's in order. */
  layers() {
    return this.projection ? [...this.branch, this.projection] : this.branch;
  }

  /** The block on n pictures at x. `run(layer, x)` runs a layer, in training or evaluation. @returns {number} y */
  forward(/** @type {number} */ x, /** @type {number} */ n, /** @type {any} */ run, skip = this.skip, branch = 1) {
    const s = skip ? this.shortcut(x, n, run) : 0;
    const f = branch ? this.branch.reduce((h, layer) => run(layer, h), x) : 0;
    this.memory.kernels.join(s || f || this.out, skip, f || s || this.out, branch, this.size, this.out, CLIP);
    return this.out;
  }

  /** The input as it meets the branch: itself, by option A (padded), or by option B (projected). @returns {number} */
  shortcut(/** @type {number} */ x, /** @type {number} */ n, /** @type {any} */ run) {
    if (this.projection) return run(this.projection, x);
    if (!this.pads) return x;
    const { from, at } = this.ways();
    this.memory.kernels.move(x, from, this.padded + this.front(), at, n * this.to.area, this.first.inputs, 0);
    return this.padded;
  }

  /** Option A's two lists: every `stride`-th position of the input, every position of the output. */
  ways() {
    const { memory } = this;
    const stride = this.branch.reduce((product, layer) => product * layer.stride, 1);
    return { from: place(memory, this.from, this.A, stride), at: place(memory, this.to, this.C) };
  }

  /** How far behind a position's start, in bytes, option A puts the old channels: half of the new ones stand in front. */
  front() {
    return 4 * Math.floor((this.last.outputs - this.first.inputs) / 2);
  }

  /**
   * The backward pass through the whole block, after `forward` in training.
   * @param {number} x what went in
   * @param {number} d the gradient of what came out; overwritten
   * @param {number} n pictures
   * @returns {number} where the gradient of x is
   */
  back(x, d, n) {
    const { memory, memory: { kernels }, branch, first, last, skip } = this;
    kernels.relu_back(this.out, d, this.size);
    const same = !this.pads && !this.projection;
    const dx = same ? d : other(d, gradient(memory, "block", this.from, this.A), () => gradient(memory, "second", this.from, this.A));
    // the branch; where a skip shares d, batch norm writes its gradient elsewhere
    let [dy, dz] = [d, skip ? gradient(memory, "branch", last.to, last.C) : d];
    for (let i = branch.length - 1; i > 0; i--) {
      const dh = gradient(memory, `inside ${i}`, branch[i].from, branch[i].A);
      branch[i].back(branch[i - 1].y, dy, dz, dh, n);
      [dy, dz] = [dh, dh];
    }
    first.back(x, dy, dz, dx, n, same && Boolean(skip));
    // the skip
    if (!skip || same) return dx;
    if (this.projection) this.projection.back(x, d, d, dx, n, true);
    else {
      const { from, at } = this.ways();
      kernels.move(d + this.front(), at, dx, from, n * this.to.area, first.inputs, ADD);
    }
    return dx;
  }
}

/** The first of two that is not d: a projection of equal shape needs two places, since its skip is read after the branch wrote. */
const other = (/** @type {number} */ d, /** @type {number} */ one, /** @type {() => number} */ two) => (one === d ? two() : one);

/** Room for a gradient of a map, shared by all blocks of its size. */
export function gradient(/** @type {import("./memory.mjs").Memory} */ memory, /** @type {string} */ role, /** @type {any} */ grid, /** @type {number} */ channels) {
  return memory.shared(`gradient ${role} ${grid.key} ${channels}`, () => memory.take(grid.positions * channels));
}
