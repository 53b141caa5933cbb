// Two ways to take a step against the gradient, as torch defines them.

/** SGD with momentum: v = keep v + g + decay w; w = w - rate v. */
export class Momentum {
  constructor(/** @type {any} */ network, { keep = 0.9, decay = 0 } = {}) {
    const { memory, parameters: { size } } = network;
    Object.assign(this, { network, keep, decay, velocity: memory.take(size) });
  }

  step(/** @type {number} */ rate) {
    const { kernels, parameters: { values, gradients, size } } = this.network;
    kernels.momentum(values, gradients, this.velocity, size, rate, this.keep, this.decay);
    this.network.changed();
  }
}

/** Adam (Kingma and Ba 2015), without weight decay. */
export class Adam {
  constructor(/** @type {any} */ network, { b1 = 0.9, b2 = 0.999, epsilon = 1e-8 } = {}) {
    const { memory, parameters: { size } } = network;
    Object.assign(this, { network, b1, b2, epsilon, first: memory.take(size), second: memory.take(size) });
    [this.power1, this.power2] = [1, 1]; // b1^t and b2^t, multiplied up, since Math.pow differs between browsers
  }

  step(/** @type {number} */ rate) {
    const { kernels, parameters: { values, gradients, size } } = this.network;
    this.power1 *= this.b1;
    this.power2 *= this.b2;
    const [corrected, scale] = [rate / (1 - this.power1), 1 / Math.sqrt(1 - this.power2)];
    kernels.adam(values, gradients, this.first, this.second, size, corrected, scale, this.b1, this.b2, this.epsilon);
    this.network.changed();
  }
}

/** By the name that the controls have. */
export const OPTIMIZERS = { adam: Adam, sgd: Momentum };

/**
 * One step of training on what is loaded. With a loss or a gradient that is no number the weights stay as they are.
 * @returns {{ loss: number, right: number, trouble: string }} `trouble`: the layer where numbers ended, else ""
 */
export function train_step(/** @type {any} */ network, /** @type {Adam | Momentum} */ optimizer, /** @type {number} */ rate) {
  const { loss, right } = network.train();
  network.backward();
  if (!Number.isFinite(loss) || !network.healthy()) return { loss, right, trouble: network.trouble() };
  optimizer.step(rate);
  return { loss, right, trouble: "" };
}
