// What is asked of the worker: one look at a time, the newest next, and one job; it is given what they need, once each.

import { page_worker } from "../shared/page_worker.mjs";
import { part } from "../shared/parts.mjs";
import { PLANS } from "./routes.mjs";

/**
 * @param {any} model with the parts "worker", "pictures" and one a network, and with the trait `record`
 * @param {(message: any) => void} told of every message of the worker, and of `{ kind: "error", message }`
 */
export function runner(model, told) {
  const worker = page_worker(model, hear);
  let given = /** @type {Map<string, Promise<void>>} */ (new Map()); // by name, the parts that this worker has
  let look = /** @type {any} */ (null); // the newest one asked for; those before it are forgotten
  let job = /** @type {any} */ (null);
  let flying = false; // a look, to the worker and back

  function hear(/** @type {any} */ message) {
    if (message.kind === "error") forget();
    if (message.kind === "seen") flying = false;
    told(message);
    if (message.kind === "seen") next();
  }

  /** Ask what waits, as soon as the worker has what it needs. */
  function next() {
    worker.during(async (alive) => {
      for (const asked of [look, job]) {
        if (!asked) continue;
        await worker.open();
        for (const name of ["pictures", asked.network]) {
          if (!alive()) return; // before anything is noted as given: that is the next worker's
          await give(name, alive);
        }
        if (!alive()) return;
        if (asked === look && !flying) {
          worker.post(look);
          [look, flying] = [null, true];
        }
        if (asked === job) {
          worker.post(job);
          job = null;
        }
      }
    });
  }

  function give(/** @type {string} */ name, /** @type {() => boolean} */ alive) {
    if (!given.has(name)) given.set(name, fetched(name, alive));
    return given.get(name);
  }

  async function fetched(/** @type {string} */ name, /** @type {() => boolean} */ alive) {
    const text = await part(model, name);
    if (!alive()) return;
    const { normalize, networks } = model.get("record");
    if (name === "pictures") worker.post({ kind: "pictures", text, ...normalize });
    else worker.post({ kind: "network", name, text, plan: PLANS[name], sha256: networks[name].sha256 });
  }

  function forget() {
    look = job = null;
    given = new Map();
    flying = false;
  }

  return {
    /** What becomes of one picture. */
    look(/** @type {any} */ message) {
      look = { kind: "look", ...message };
      next();
    },
    /** A job over all pictures; it ends the one before. */
    start(/** @type {any} */ message) {
      job = message;
      next();
    },
    /** End a job, and keep what is loaded. */
    end() {
      job = null;
      worker.post({ kind: "stop" });
    },
    /** End the worker, whatever it does. */
    stop() {
      worker.stop();
      forget();
    },
  };
}
