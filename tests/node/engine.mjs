// What the tests ask of the engine, as one object; bundled in the way a widget's worker is. Networks travel as JSON.

import { open_backend } from "../../src/resnet_book/widgets/engine/backends.mjs";
import { Network } from "../../src/resnet_book/widgets/engine/network.mjs";
import { OPTIMIZERS, train_step } from "../../src/resnet_book/widgets/engine/optimizers.mjs";
import { picture_plan, point_plan } from "../../src/resnet_book/widgets/engine/plan.mjs";
import { normal, shuffled, sine_cosine, uniform } from "../../src/resnet_book/widgets/engine/random.mjs";
import { start } from "../../src/resnet_book/widgets/engine/starts.mjs";
import { points as draw_points } from "../../src/resnet_book/widgets/skip_trainer/points.mjs";
import { checked_architecture } from "../../src/resnet_book/widgets/shared/architectures.mjs";

const plain = (/** @type {Record<string, Float32Array>} */ state) => Object.fromEntries(Object.entries(state).map(([name, values]) => [name, [...values]]));

async function make({ backend = "best", architecture, side, norm = true, points, batch, momentum, init = "he", seed = 0, state }) {
  const { kernels, name } = await open_backend(backend);
  const plan = points ? point_plan(points) : picture_plan(checked_architecture(architecture), side, norm);
  const net = new Network(kernels(), plan, { batch, momentum });
  start(net, init, seed);
  if (state) net.load_state(state);
  return { net, plan, name };
}

const api = {
  /** Loss and gradients of a start, then steps of an optimizer, then evaluation. */
  async learn({ x, labels, optimizer = "adam", options = {}, rate, steps, ...network }) {
    const { net, plan, name } = await make(network);
    const before = plain(net.state());
    const made = new OPTIMIZERS[optimizer](net, options);
    net.load(Float32Array.from(x), labels);
    const first = net.train();
    net.backward();
    const gradients = plain(net.gradients());
    net.load_state(before);
    const losses = Array.from({ length: steps }, () => train_step(net, made, rate).loss);
    const evaluated = net.evaluate();
    const found = { name, plan, before, loss: first.loss, right: first.right, gradients, losses, after: plain(net.state()) };
    return { ...found, evaluated: evaluated.loss, probabilities: [...net.outputs()], logits: [...net.outputs("logits")], signals: net.signals() };
  },

  /** A network along several routes: logits of each. */
  async routes({ x, routes, resume = [], ...network }) {
    const { net } = await make(network);
    net.load(Float32Array.from(x));
    return routes.map((/** @type {any} */ route, /** @type {number} */ i) => {
      net.evaluate({ route: route ?? undefined, from: resume[i] ?? 0, labelled: false });
      return [...net.outputs("logits")];
    });
  },

  async look({ x, block, picture, step, route, ...network }) {
    const { net } = await make(network);
    net.load(Float32Array.from(x));
    net.evaluate({ route, labelled: false });
    const found = net.look(block, picture, step);
    return Object.fromEntries(Object.entries(found).map(([key, { channels, side, values }]) => [key, { channels, side, values: [...values] }]));
  },

  points: ({ kind, n, noise, seed }) => {
    const { x, classes } = draw_points(kind, n, noise, seed);
    return { x: [...x], classes: [...classes] };
  },

  /** Training accuracy of a plain and a residual network on spirals after some steps, for one seed. */
  async degradation({ blocks, seed, steps, n = 256, rate = 0.01 }) {
    const { x, classes } = draw_points("spirals", n, 0.05, seed);
    const found = [];
    for (const skip of [false, true]) {
      const { net } = await make({ points: { width: 8, blocks, classes: 2, skip }, batch: n, momentum: 1, seed });
      const optimizer = new OPTIMIZERS.adam(net);
      net.load(x, classes);
      for (let i = 0; i < steps; i++) train_step(net, optimizer, rate);
      found.push(net.train().right / n);
    }
    return { plain: found[0], residual: found[1] };
  },

  async start(network) {
    const { net } = await make(network);
    return plain(net.state());
  },

  async diverge({ x, labels, rate, steps, optimizer = "sgd", ...network }) {
    const { net } = await make(network);
    const made = new OPTIMIZERS[optimizer](net);
    net.load(Float32Array.from(x), labels);
    for (let i = 0; i < steps; i++) {
      const { trouble, loss } = train_step(net, made, rate);
      if (trouble) return { trouble, loss: String(loss), step: i };
    }
    return { trouble: "" };
  },

  /** One kernel on its own: arrays in, the arrays named in `out` (index -> length) back. */
  async kernel({ name, args, out, backend = "best" }) {
    const kernels = (await open_backend(backend)).kernels();
    let top = 65536;
    const given = args.map((/** @type {any} */ arg) => {
      if (typeof arg === "number") return arg;
      const at = top;
      const view = arg.ints ? new Int32Array(kernels.memory.buffer, at, arg.ints.length) : new Float32Array(kernels.memory.buffer, at, arg.floats.length);
      view.set((arg.ints ?? arg.floats).map((/** @type {number | null} */ value) => value ?? NaN));
      top += 4 * view.length + 16 & ~15;
      return at;
    });
    const value = kernels[name](...given);
    const arrays = Object.entries(out).map(([i, length]) => [i, [...new Float32Array(kernels.memory.buffer, given[+i], length)]]);
    return { value: value === undefined ? null : String(value), arrays: Object.fromEntries(arrays) };
  },

  chance({ seed, n }) {
    const draw = uniform(seed);
    const gauss = normal(draw);
    return { uniform: Array.from({ length: n }, draw), normal: Array.from({ length: n }, gauss), order: shuffled(n, draw) };
  },

  turns: ({ at }) => at.map(sine_cosine),
};

export default async function answer({ kind, ...question }) {
  try {
    return { ok: await api[kind](question) };
  } catch (error) {
    const { where, got, expected, fix, message } = error;
    return { error: { where, got, expected, fix, message } };
  }
}
