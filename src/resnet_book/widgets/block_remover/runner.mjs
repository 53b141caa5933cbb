// The page's side of the worker: opened and fed when something is first asked of it, one look at a time.

import { open_worker } from "../engine/worker.mjs";
import { part } from "../shared/parts.mjs";
import { PLANS } from "./routes.mjs";

/**
 * @param {any} model with the parts "worker", "pictures" and one a network, and with the trait `record`
 * @param {(message: any) => void} told of every message of the worker, and of `{ kind: "error", message }`
 */
export function runner(model, told) {
  let worker = /** @type {ReturnType<typeof open_worker> | null} */ (null);
  let given = /** @type {Set<string>} */ (new Set()); // the parts that this worker has
  let look = /** @type {any} */ (null); // the newest one asked for; those before it are forgotten
  let job = /** @type {any} */ (null);
  let [flying, feeding, life] = [false, false, 0];

  async function feed() {
    if (feeding) return;
    feeding = true;
    const mine = life;
    try {
      while (life === mine && ((look && !flying) || job)) {
        const { network } = look ?? job;
        await open(mine);
        for (const name of ["pictures", network, job?.network ?? network]) await give(name, mine);
        if (life !== mine) break;
        if (look && !flying && given.has(look.network)) {
          worker?.post(look);
          [look, flying] = [null, true];
        }
        if (job && given.has(job.network)) {
          worker?.post(job);
          job = null;
        }
      }
    } catch (error) {
      if (life === mine) fail(/** @type {Error} */ (error).message);
    } finally {
      feeding = false;
    }
    if (life !== mine && (look || job)) feed();
  }

  async function open(/** @type {number} */ mine) {
    if (worker) return;
    if (typeof Worker === "undefined") throw new Error("this browser has no workers, so the page cannot compute beside what it shows");
    const source = await part(model, "worker");
    if (life !== mine) return;
    await new Promise((resolve, reject) => {
      worker = open_worker(source, (message) => {
        if (message.kind === "ready") resolve(message);
        if (message.kind === "error") {
          reject(new Error(message.message));
          if (life === mine) fail(message.message);
          return;
        }
        if (message.kind === "seen") flying = false;
        told(message);
        if (!flying) feed();
      });
      worker.post({ kind: "open" });
    });
  }

  async function give(/** @type {string} */ name, /** @type {number} */ mine) {
    if (given.has(name)) return;
    const text = await part(model, name);
    if (life !== mine || given.has(name)) return;
    given.add(name);
    const { normalize, networks } = model.get("record");
    if (name === "pictures") worker?.post({ kind: "pictures", text, ...normalize });
    else worker?.post({ kind: "network", name, text, plan: PLANS[name], sha256: networks[name].sha256 });
  }

  function fail(/** @type {string} */ message) {
    stop();
    told({ kind: "error", message });
  }

  /** End the worker, whatever it does. */
  function stop() {
    life += 1;
    worker?.stop();
    worker = look = job = null;
    given = new Set();
    flying = false;
  }

  return {
    /** What becomes of one picture. */
    look(/** @type {any} */ message) {
      look = { kind: "look", ...message };
      feed();
    },
    /** A job over all pictures; it ends the one before. */
    start(/** @type {any} */ message) {
      job = message;
      feed();
    },
    /** End a job, and keep what is loaded. */
    end() {
      job = null;
      worker?.post({ kind: "stop" });
    },
    stop,
  };
}
