// In the worker: the two networks, the pictures that ship, and what becomes of them when blocks are taken apart.

import { open_backend } from "../engine/backends.mjs";
import { Network } from "../engine/network.mjs";
import { serve } from "../engine/worker.mjs";
import { read_weights } from "../stored_weights/reading.mjs";
import { read_pictures } from "./coding.mjs";

const BATCH = 10; // pictures at a time; between two batches messages are heard
const SLICE = 20; // ms

/** The root of the sum of squares. */
const norm = (/** @type {Float32Array} */ values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

export default function (/** @type {any} */ scope) {
  const networks = /** @type {Record<string, Network>} */ ({});
  let backend = /** @type {any} */ (null);
  let pixels = new Uint8Array(0);
  let [side, per_class] = [0, 0];
  let greys = new Float32Array(256); // a pixel as the networks take it
  let turn = 0; // of the last long job: an earlier one is no longer wanted

  /** So many pictures as a network takes them. */
  const load = (/** @type {Network} */ network, /** @type {Uint8Array} */ taken, /** @type {number[] | null} */ classes = null) =>
    network.load(Float32Array.from(taken, (pixel) => greys[pixel]), classes);

  /** Along several routes, batch after batch: `heard(routes' predicted classes, labels, where)`. False if it was ended. */
  async function over(/** @type {Network} */ network, /** @type {any[]} */ passes, /** @type {string} */ job, /** @type {(found: number[][], labels: number[], at: number) => void} */ heard) {
    const mine = ++turn;
    const [size, count] = [side * side, pixels.length / (side * side)];
    let began = performance.now();
    for (let at = 0; at < count; at += BATCH) {
      const end = Math.min(at + BATCH, count);
      const labels = Array.from({ length: end - at }, (_, k) => Math.floor((at + k) / per_class));
      load(network, pixels.subarray(at * size, end * size));
      heard(passes.map((pass) => {
        network.evaluate({ ...pass, labelled: false });
        return network.predicted();
      }), labels, at);
      if (performance.now() - began < SLICE) continue;
      scope.postMessage({ kind: "progress", job, done: end / count });
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (turn !== mine) return false;
      began = performance.now();
    }
    return true;
  }

  serve(scope, {
    async open() {
      backend = await open_backend("best");
      scope.postMessage({ kind: "ready", backend: backend.name, reason: backend.reason });
    },

    /** The pictures that ship, and how pixels become numbers. */
    pictures({ text, mean, std }) {
      const { side: wide, per_class: each, classes, text: letters } = { classes: 10, ...JSON.parse(text) };
      [side, per_class] = [wide, each];
      pixels = read_pictures(letters, side, classes * per_class);
      const f = Math.fround;
      greys = Float32Array.from({ length: 256 }, (_, pixel) => f(f(pixel / 255) - f(mean)) / f(std));
      scope.postMessage({ kind: "pictures", pixels, per_class });
    },

    /** One network, from its weights. */
    network({ name, plan, text, sha256 }) {
      const made = new Network(backend.kernels(), plan, { batch: BATCH });
      made.load_state(read_weights(JSON.parse(text).bytes, plan, sha256));
      networks[name] = made;
    },

    /** One picture along a route, and every block opened on the way. */
    look({ network: name, picture, route, block, turn: asked }) {
      const network = networks[name];
      const size = side * side;
      const taken = typeof picture === "number" ? pixels.slice(picture * size, (picture + 1) * size) : picture;
      const began = performance.now();
      load(network, taken);
      network.evaluate({ labelled: false });
      const before = network.outputs();
      network.evaluate({ route, labelled: false });
      const [probabilities, logits] = [network.outputs(), network.outputs("logits")];
      const ms = (performance.now() - began) / 2;
      const opened = [...route].sort((a, b) => a.block - b.block).map((step) => network.look(step.block, 0, step));
      const norms = opened.map((maps) => Object.fromEntries(Object.entries(maps).map(([key, { values }]) => [key, norm(values)])));
      scope.postMessage({ kind: "seen", network: name, turn: asked, pixels: taken, before, probabilities, logits, ms, norms, maps: opened[block] });
    },

    /** How many of the pictures that ship a route gets right. */
    async score({ network: name, route }) {
      let right = 0;
      const predicted = /** @type {number[]} */ ([]);
      const done = await over(networks[name], [{ route }], "score", ([found], labels) => {
        predicted.push(...found);
        right += found.filter((value, k) => value === labels[k]).length;
      });
      if (done) scope.postMessage({ kind: "scored", network: name, right, count: predicted.length, predicted });
    },

    /** The same for routes that change one block each, in the order of the blocks. From the last on: those before it are then as they were. */
    async each({ network: name, routes }) {
      const network = networks[name];
      const passes = [{ route: network.whole(), from: 0 }, ...routes.map((/** @type {any} */ route, /** @type {number} */ from) => ({ route, from })).reverse()];
      const right = passes.map(() => 0);
      let count = 0;
      const done = await over(network, passes, "each", (found, labels) => {
        count += labels.length;
        found.forEach((predicted, i) => (right[i] += predicted.filter((value, k) => value === labels[k]).length));
      });
      if (done) scope.postMessage({ kind: "each", network: name, count, whole: right[0], right: right.slice(1).reverse() });
    },

    stop() {
      turn += 1;
    },
  });
}
