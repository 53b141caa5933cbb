// What is asked of the worker: one thing at a time, and what an earlier one still waits for is then forgotten.

import { page_worker } from "../shared/page_worker.mjs";

/**
 * @param {any} model
 * @param {(message: any) => void} told of every message of the worker, and of `{ kind: "error", message }`
 */
export function session(model, told) {
  const worker = page_worker(model, told);
  let turn = 0; // of the last request

  /** Open the worker, if none is there, and then give it messages; `make` is called when it is ready. */
  function ask(/** @type {() => any[] | Promise<any[]>} */ make) {
    const mine = ++turn;
    worker.during(async (alive) => {
      const wanted = () => alive() && turn === mine;
      await worker.open();
      const messages = wanted() ? await make() : [];
      if (wanted()) messages.forEach(worker.post);
    });
  }

  return { ask, stop: worker.stop, post: worker.post, open: worker.is_open };
}
