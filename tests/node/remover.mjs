// What the tests ask of the block remover: its worker as the page drives it, and its networks on any pictures.

import { open_backend } from "../../src/resnet_book/widgets/engine/backends.mjs";
import { Network } from "../../src/resnet_book/widgets/engine/network.mjs";
import { read_pictures } from "../../src/resnet_book/widgets/block_remover/coding.mjs";
import { dab, from_text, greys } from "../../src/resnet_book/widgets/block_remover/own.mjs";
import { BLOCKS, PLANS, each_removed, parse_lesions, parse_look, parse_scales, possible, recorded, route_of, settle } from "../../src/resnet_book/widgets/block_remover/routes.mjs";
import { read_weights } from "../../src/resnet_book/widgets/stored_weights/reading.mjs";
import { sha256 } from "../../src/resnet_book/widgets/stored_weights/sha256.mjs";
import { done, probability, said } from "../../src/resnet_book/widgets/block_remover/words.mjs";
import worker from "../../src/resnet_book/widgets/block_remover/worker.mjs";

const bytes = (/** @type {string} */ text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const plain = (/** @type {any} */ value) => JSON.parse(JSON.stringify(value, (_, inner) => (ArrayBuffer.isView(inner) ? Array.from(/** @type {any} */ (inner)) : inner)));

const told = /** @type {any[]} */ ([]);
const scope = /** @type {any} */ ({ postMessage: (/** @type {any} */ message) => told.push(message), onmessage: null });
worker(scope);

const api = {
  /** Messages to the worker, one after the other is done; everything that it said. */
  async worker({ messages }) {
    told.length = 0;
    for (const data of messages) await scope.onmessage({ data: data.kind === "network" ? { ...data, plan: PLANS[data.name] } : data });
    return plain(told);
  },

  /** Two messages at once: the second while the first is under way. */
  async overlapping({ first, second }) {
    told.length = 0;
    await Promise.all([first, second].map((data) => scope.onmessage({ data })));
    return plain(told);
  },

  /** The classes and the two best logits of pictures, uint8 in base64. */
  async classify({ network, text, sha256: checksum, pixels, mean, std, route, backend = "best" }) {
    const { kernels } = await open_backend(backend);
    const batch = 50;
    const net = new Network(kernels(), PLANS[network], { batch });
    net.load_state(read_weights(text, PLANS[network], checksum));
    const f = Math.fround;
    const all = Float32Array.from(bytes(pixels), (pixel) => f(f(f(pixel / 255) - f(mean)) / f(std)));
    const [classes, margins, logits] = [[], [], []].map((list) => /** @type {any[]} */ (list));
    for (let at = 0; at < all.length; at += batch * 784) {
      net.load(all.subarray(at, at + batch * 784));
      net.evaluate({ route, labelled: false });
      classes.push(...net.predicted());
      const found = net.outputs("logits");
      for (let i = 0; i < found.length; i += 10) {
        const [first, second] = [...found.subarray(i, i + 10)].sort((a, b) => b - a);
        margins.push(first - second);
        logits.push([...found.subarray(i, i + 10)]);
      }
    }
    return { classes, margins, logits };
  },

  state: ({ network, text, sha256: checksum }) => plain(read_weights(text, PLANS[network], checksum)),
  pictures: ({ text, side, count }) => [...read_pictures(text, side, count)],
  checksum: ({ list }) => list.map((/** @type {string} */ text) => sha256(bytes(text))),
  blocks: () => BLOCKS,
  possible: ({ network }) => BLOCKS.map((name) => possible(network, name)),
  route: ({ state }) => route_of(state),
  each: ({ network }) => each_removed(network),
  settle: ({ next, before }) => settle(next, before),
  parse: ({ what, value }) => ({ lesions: parse_lesions, scales: parse_scales, look: parse_look })[/** @type {"look"} */ (what)](value),
  recorded: ({ state, record }) => recorded(state, record),
  done: ({ state }) => done(state),
  said: ({ seen, classes, label }) => said(seen, classes, label),
  probability: ({ list }) => list.map(probability),
  greys: ({ rgba }) => [...greys(Uint8ClampedArray.from(rgba))],
  dab({ x, y, add }) {
    const pixels = new Uint8Array(784).fill(add ? 0 : 255);
    dab(pixels, x, y, add);
    return [...pixels];
  },
  own: ({ text }) => plain(from_text(text)),
};

export default async function answer({ kind, ...question }) {
  try {
    return { ok: await api[kind](question) };
  } catch (error) {
    const { where, got, expected, fix, message } = error;
    return { error: { where, got, expected, fix, message } };
  }
}
