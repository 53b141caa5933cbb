// Where the kernels run: WebAssembly with SIMD, else plain JavaScript with the same results, only slower.

import compiled from "./kernels.json";
import { plain_kernels } from "./plain.mjs";

/**
 * @typedef {object} Backend
 * @property {"wasm" | "plain"} name
 * @property {string} reason why it is not "wasm"; empty where it is
 * @property {() => any} kernels every kernel of kernels.c by its name, over a fresh `memory` of its own
 */

/**
 * The best backend there is, or the one that was asked for.
 * @param {"wasm" | "plain" | "best"} [wanted]
 * @returns {Promise<Backend>}
 */
export async function open_backend(wanted = "best") {
  if (wanted === "plain") return plain("it was asked for");
  if (typeof WebAssembly === "undefined") return plain("this browser has no WebAssembly");
  try {
    const module = await WebAssembly.compile(bytes(compiled.wasm));
    const kernels = () => {
      const memory = new WebAssembly.Memory({ initial: 16 });
      return { memory, ...new WebAssembly.Instance(module, { env: { memory } }).exports };
    };
    kernels(); // a page's policy may allow to compile and yet not to run
    return { name: "wasm", reason: "", kernels };
  } catch {
    return plain("this browser's WebAssembly has no SIMD");
  }
}

const plain = (/** @type {string} */ reason) => ({ name: /** @type {const} */ ("plain"), reason, kernels: () => plain_kernels() });

const bytes = (/** @type {string} */ text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
