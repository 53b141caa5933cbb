// In the page: one network, one set of weights, one input, by the engine and by who else does such things in a browser.

import { open_backend } from "../../src/resnet_book/widgets/engine/backends.mjs";
import { Network } from "../../src/resnet_book/widgets/engine/network.mjs";
import { picture_plan } from "../../src/resnet_book/widgets/engine/plan.mjs";
import { normal, uniform } from "../../src/resnet_book/widgets/engine/random.mjs";
import { start } from "../../src/resnet_book/widgets/engine/starts.mjs";
import { open_worker } from "../../src/resnet_book/widgets/engine/worker.mjs";
import { architecture } from "../../src/resnet_book/widgets/shared/architectures.mjs";
import { onnx_model } from "./onnx.mjs";
import { peak } from "./peak.mjs";
import { tensorflow } from "./tensorflow.mjs";

const SLICE = 200; // ms that a runner is timed for in one round
const CLOCK = 3; // ms that the page's clock, which goes by tenths, tells well enough
const { ort, tf } = /** @type {any} */ (globalThis);

const numbers = (/** @type {number} */ n, scale = 1) => {
  const draw = normal(uniform(7));
  return Float32Array.from({ length: n }, () => scale * draw());
};

const median = (/** @type {number[]} */ values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** A network for `batch` pictures, with biases that are not zero. */
async function ours(/** @type {any} */ plan, /** @type {number} */ batch) {
  const { kernels, name } = await open_backend();
  const net = new Network(kernels(), plan, { batch });
  start(net, "he", 0);
  const state = net.state();
  for (const key in state) if (key.endsWith(".bias")) state[key] = numbers(state[key].length, 0.1);
  net.load_state(state);
  const run = async (/** @type {Float32Array} */ x) => {
    net.load(x);
    net.evaluate({ labelled: false });
    return net.outputs("logits");
  };
  return { name: `the engine (${name})`, state, run };
}

/** [n][side][side][channels] as (n, channels, side, side). */
function channels_first(/** @type {Float32Array} */ x, /** @type {any} */ { inputs, side }) {
  const [area, out] = [side * side, new Float32Array(x.length)];
  for (let i = 0; i < x.length; i++) {
    const [channel, pixel, picture] = [i % inputs, Math.floor(i / inputs) % area, Math.floor(i / inputs / area)];
    out[(picture * inputs + channel) * area + pixel] = x[i];
  }
  return out;
}

async function onnxruntime(/** @type {any} */ plan, /** @type {any} */ state, /** @type {number} */ n, /** @type {Float32Array} */ x) {
  const session = await ort.InferenceSession.create(onnx_model(plan, state), { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  const input = channels_first(x, plan);
  return async () => (await session.run({ x: new ort.Tensor("float32", input, [n, plan.inputs, plan.side, plan.side]) })).logits.data;
}

/** How long a call takes, in ms, again and again for a slice of time, three times at least; short ones are timed several at once. */
async function timed(/** @type {() => Promise<any>} */ run) {
  const several = async (/** @type {number} */ calls) => {
    const began = performance.now();
    for (let i = 0; i < calls; i++) await run();
    return (performance.now() - began) / calls;
  };
  const [times, end, calls] = [/** @type {number[]} */ ([]), performance.now() + SLICE, Math.ceil(CLOCK / Math.max(0.1, await several(1)))];
  do times.push(await several(calls));
  while (times.length < 3 || performance.now() < end);
  return times;
}

/** One after the other, round by round, so that all meet the same machine. Who cannot do it says why. */
export async function pictures({ network, side, n, rounds, slow }) {
  const plan = picture_plan(architecture(network), side, false);
  const x = numbers(n * side * side * plan.inputs);
  const own = await ours(plan, n);
  const runners = [{ name: own.name, ready: async () => {}, run: () => own.run(x), ms: /** @type {number[]} */ ([]) }];
  const refused = /** @type {string[][]} */ ([]);
  const enter = async (/** @type {string} */ name, /** @type {() => Promise<void>} */ ready, /** @type {() => Promise<() => Promise<any>>} */ make) => {
    try {
      await ready();
      const run = await make();
      await run();
      runners.push({ name, ready, run, ms: [] });
    } catch (error) {
      refused.push([name, /** @type {Error} */ (error).message.split("\n")[0]]);
    }
  };
  for (const kind of ["wasm", ...(slow ? ["webgl", "cpu"] : [])]) {
    const ready = async () => {
      if (!(await tf.setBackend(kind))) throw new Error("this browser does not offer it here");
    };
    await enter(`TensorFlow.js ${tf.version_core} (${kind})`, ready, async () => {
      const net = tensorflow(tf, plan, own.state);
      return () => net(x, n);
    });
  }
  await enter(`onnxruntime-web ${ort.env.versions.web} (wasm)`, async () => {}, () => onnxruntime(plan, own.state, n, x));
  const expected = Float32Array.from(await runners[0].run());
  const largest = Math.max(...expected.map(Math.abs));
  const found = [];
  for (const { name, ready, run } of runners) {
    await ready();
    const logits = Float32Array.from(await run());
    const apart = logits.length === expected.length ? Math.max(...logits.map((value, i) => Math.abs(value - expected[i]))) / largest : Infinity;
    found.push({ name, apart });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { ready, run, ms } of runners) {
      await ready();
      await run();
      ms.push(...(await timed(run)));
    }
  }
  return { runners: found.map((said, i) => ({ ...said, ms: median(runners[i].ms), shortest: Math.min(...runners[i].ms) })), refused };
}

/** Multiply-adds a second of the hand-written loop: the best of several, since it says what is possible. */
export async function fastest() {
  const measure = await peak();
  return Math.max(...Array.from({ length: 60 }, measure));
}

/** Train in a worker for some time; what it did, and how late the page's own timers were meanwhile, in ms, in order. */
export function steps({ source, blocks, points, seconds }) {
  return new Promise((resolve, reject) => {
    const waits = /** @type {number[]} */ ([]);
    let busy = true;
    const worker = open_worker(source, (message) => {
      if (message.kind === "error") return reject(new Error(message.message));
      if (message.kind === "begun") return listen();
      busy = false;
      worker.stop();
      resolve({ ...message, waits: waits.sort((a, b) => a - b) });
    });
    async function listen() {
      while (busy) {
        const asked = performance.now();
        await new Promise((done) => setTimeout(done, 20));
        if (busy) waits.push(performance.now() - asked - 20);
      }
    }
    worker.post({ kind: "steps", blocks, points, seconds });
  });
}

export default { pictures, fastest, steps };
