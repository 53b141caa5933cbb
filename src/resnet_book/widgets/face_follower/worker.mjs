// In the worker: the networks, and the points that each finds in a face.

import { open_backend } from "../engine/backends.mjs";
import { Network } from "../engine/network.mjs";
import { serve } from "../engine/worker.mjs";
import { read_weights } from "../stored_weights/reading.mjs";

export default function (/** @type {any} */ scope) {
  const networks = /** @type {Record<string, Network>} */ ({});
  let backend = /** @type {any} */ (null);

  serve(scope, {
    async open() {
      backend = await open_backend("best");
      scope.postMessage({ kind: "ready", backend: backend.name, reason: backend.reason });
    },

    /** One network, from its weights. */
    network({ name, plan, text, sha256 }) {
      const made = new Network(backend.kernels(), plan, { batch: 1 });
      made.load_state(read_weights(JSON.parse(text).bytes, plan, sha256));
      networks[name] = made;
    },

    /** What every network finds in one picture, given as a canvas has it; places, the picture's side being 1. */
    find({ turn, pixels, normalize }) {
      const began = performance.now();
      const x = taken(pixels, normalize);
      const places = Object.fromEntries(Object.entries(networks).map(([name, network]) => {
        network.load(x);
        network.evaluate({ labelled: false });
        return [name, network.outputs("logits")];
      }));
      scope.postMessage({ kind: "found", turn, places, ms: performance.now() - began });
    },
  });
}

/** Red, green, blue and 255 of each pixel as a network takes them: in the order of float32's operations in PyTorch. */
export function taken(/** @type {Uint8ClampedArray} */ pixels, /** @type {{ mean: number[], std: number[] }} */ { mean, std }) {
  const f = Math.fround;
  const levels = mean.map((m, c) => Float32Array.from({ length: 256 }, (_, level) => f(f(level / 255) - f(m)) / f(std[c])));
  const x = new Float32Array((pixels.length / 4) * 3);
  for (let i = 0, at = 0; i < pixels.length; i += 4) for (let c = 0; c < 3; c++) x[at++] = levels[c][pixels[i + c]];
  return x;
}
