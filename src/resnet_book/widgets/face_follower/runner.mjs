// The page's side of the worker: opened and fed when a face is first asked about, one face at a time, the newest next.

import { picture_plan } from "../engine/plan.mjs";
import { open_worker } from "../engine/worker.mjs";
import { checked_architecture } from "../shared/architectures.mjs";
import { part } from "../shared/parts.mjs";
import { NETWORKS } from "./pose.mjs";
import words from "./words.json";

/** The plan of the networks as their weights ship: with batch norm folded in. */
export const plan_of = (/** @type {any} */ { architecture, faces }) => picture_plan(checked_architecture(architecture), faces.size, false);

/**
 * @param {any} model with the parts "worker" and one a network, and with the trait `record`
 * @param {(message: any) => void} told of every message of the worker, and of `{ kind: "error", message }`
 */
export function runner(model, told) {
  let worker = /** @type {ReturnType<typeof open_worker> | null} */ (null);
  let wanted = /** @type {any} */ (null); // the newest face; those before it are forgotten
  let [opening, ready, flying, life] = [false, false, false, 0];

  async function open() {
    opening = true;
    const mine = life;
    try {
      if (typeof Worker === "undefined") throw new Error(words.no_workers);
      const source = await part(model, "worker");
      const texts = /** @type {string[]} */ ([]);
      for (const name of NETWORKS) texts.push(await part(model, name)); // a kernel answers one question at a time
      if (life !== mine) return;
      worker = open_worker(source, (message) => life === mine && hear(message));
      const { networks, ...record } = model.get("record");
      worker.post({ kind: "open" });
      given = () => NETWORKS.forEach((name, i) => worker?.post({ kind: "network", name, text: texts[i], plan: plan_of(record), sha256: networks[name].sha256 }));
    } catch (error) {
      if (life === mine) fail(/** @type {Error} */ (error).message);
    } finally {
      if (life === mine) opening = false;
    }
  }

  let given = () => {}; // what the worker gets when it is ready

  function hear(/** @type {any} */ message) {
    if (message.kind === "error") return fail(message.message);
    if (message.kind === "ready") {
      given();
      ready = true;
    }
    if (message.kind === "found") flying = false;
    told(message);
    feed();
  }

  function feed() {
    if (!wanted || flying) return;
    if (!worker) {
      if (!opening) open();
      return;
    }
    if (!ready) return;
    worker.post(wanted);
    [wanted, flying] = [null, true];
  }

  function fail(/** @type {string} */ message) {
    stop();
    told({ kind: "error", message });
  }

  /** End the worker, whatever it does. */
  function stop() {
    life += 1;
    worker?.stop();
    worker = wanted = null;
    opening = ready = flying = false;
  }

  return {
    /** What the networks find in a face: `{ turn, pixels, normalize }`. */
    find(/** @type {any} */ message) {
      wanted = { kind: "find", ...message };
      feed();
    },
    stop,
  };
}
