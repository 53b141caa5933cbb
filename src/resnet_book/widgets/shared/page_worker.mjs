// The page's side of a widget's worker: opened when something is first asked of it, and ended at once.

import { open_worker } from "../engine/worker.mjs";
import { part } from "./parts.mjs";
import words from "./words.json";

/**
 * @param {any} model with the part "worker"
 * @param {(message: any) => void} told of every message of the worker, and of `{ kind: "error", message }` when it has ended by one
 */
export function page_worker(model, told) {
  let worker = /** @type {ReturnType<typeof open_worker> | null} */ (null);
  let opened = /** @type {Promise<void> | null} */ (null);
  let give_up = () => {}; // what waits for an opening that will not come
  let life = 0; // of this worker: what an ended one was asked for is then forgotten

  /** Open the worker, unless it is; resolves when it is ready, or was ended meanwhile. */
  const open = () => (opened ??= begin(life));

  async function begin(/** @type {number} */ mine) {
    if (typeof Worker === "undefined") throw new Error(words.no_workers);
    const source = await part(model, "worker");
    if (life !== mine) return;
    await new Promise((/** @type {(_: any) => void} */ resolve) => {
      give_up = () => resolve(null);
      worker = open_worker(source, (message) => {
        if (message.kind === "error") return fail(message.message);
        if (message.kind === "ready") resolve(null);
        told(message);
      });
      worker.post({ kind: "open" });
    });
  }

  /** Do something with the worker; `alive()` says whether it is still the same one. What is thrown is told. */
  async function during(/** @type {(alive: () => boolean) => Promise<void>} */ job) {
    const mine = life;
    try {
      await job(() => life === mine);
    } catch (error) {
      if (life === mine) fail(/** @type {Error} */ (error).message);
    }
  }

  function fail(/** @type {string} */ message) {
    stop();
    told({ kind: "error", message });
  }

  /** End the worker, whatever it does. */
  function stop() {
    life += 1;
    worker?.stop();
    worker = opened = null;
    give_up();
  }

  return { open, during, stop, post: (/** @type {any} */ message) => worker?.post(message), is_open: () => worker !== null };
}
