// The page's side of the worker: opened by the first click, asked one thing at a time, stopped at once.

import { open_worker } from "../engine/worker.mjs";
import { part } from "../shared/parts.mjs";

/**
 * @param {any} model
 * @param {(message: any) => void} told of every message of the worker, and of `{ kind: "error", message }`
 */
export function session(model, told) {
  let worker = /** @type {ReturnType<typeof open_worker> | null} */ (null);
  let turn = 0; // of the last request: what an earlier one still waits for is then forgotten

  /** Open a worker, if none is there, and then give it messages; `make` is called when it is ready. */
  async function ask(/** @type {() => any[] | Promise<any[]>} */ make) {
    const mine = ++turn;
    try {
      if (typeof Worker === "undefined") throw new Error("this browser has no workers, so the page cannot compute beside what it shows");
      const source = await part(model, "worker");
      if (turn !== mine) return;
      if (!worker) await opened(source);
      if (turn !== mine) return;
      const messages = await make();
      if (turn !== mine) return;
      messages.forEach((message) => worker?.post(message));
    } catch (error) {
      if (turn !== mine) return;
      stop();
      told({ kind: "error", where: "engine", message: /** @type {Error} */ (error).message });
    }
  }

  function opened(/** @type {string} */ source) {
    return new Promise((resolve, reject) => {
      let ready = false;
      worker = open_worker(source, (message) => {
        if (message.kind === "ready") {
          ready = true;
          resolve(message);
        } else if (message.kind === "error" && !ready) reject(new Error(message.message));
        if (message.kind === "error") stop();
        told(message);
      });
      worker.post({ kind: "open", wanted: "best" });
    });
  }

  /** End the worker, whatever it does. */
  function stop() {
    turn += 1;
    worker?.stop();
    worker = null;
  }

  return { ask, stop, post: (/** @type {any} */ message) => worker?.post(message), open: () => worker !== null };
}
