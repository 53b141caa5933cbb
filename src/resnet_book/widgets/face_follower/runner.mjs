// What is asked of the worker: one face at a time, the newest next; the networks are given to it before the first.

import { picture_plan } from "../engine/plan.mjs";
import { checked_architecture } from "../shared/architectures.mjs";
import { page_worker } from "../shared/page_worker.mjs";
import { part } from "../shared/parts.mjs";
import { NETWORKS } from "./pose.mjs";

/** The plan of the networks as their weights ship: with batch norm folded in. */
export const plan_of = (/** @type {any} */ { architecture, faces }) => picture_plan(checked_architecture(architecture), faces.size, false);

/**
 * @param {any} model with the parts "worker" and one a network, and with the trait `record`
 * @param {(message: any) => void} told of every message of the worker, and of `{ kind: "error", message }`
 */
export function runner(model, told) {
  const worker = page_worker(model, hear);
  let wanted = /** @type {any} */ (null); // the newest face; those before it are forgotten
  let fed = /** @type {Promise<void> | null} */ (null); // the worker has its networks
  let ready = false; // they are there: what is asked is posted at once
  let flying = false;

  function hear(/** @type {any} */ message) {
    if (message.kind === "error") forget();
    if (message.kind === "found") flying = false;
    told(message);
    if (message.kind === "found") next();
  }

  async function feed(/** @type {() => boolean} */ alive) {
    const { networks, ...record } = model.get("record");
    await worker.open();
    if (!alive()) return;
    const texts = await Promise.all(NETWORKS.map((name) => part(model, name)));
    if (!alive()) return;
    NETWORKS.forEach((name, i) => worker.post({ kind: "network", name, text: texts[i], plan: plan_of(record), sha256: networks[name].sha256 }));
  }

  function next() {
    if (ready) return send();
    worker.during(async (alive) => {
      await (fed ??= feed(alive));
      if (!alive()) return;
      ready = true;
      send();
    });
  }

  function send() {
    if (!wanted || flying) return;
    worker.post(wanted);
    [wanted, flying] = [null, true];
  }

  function forget() {
    wanted = fed = null;
    ready = flying = false;
  }

  return {
    /** What the networks find in a face: `{ turn, pixels, normalize }`. */
    find(/** @type {any} */ message) {
      wanted = { kind: "find", ...message };
      next();
    },
    /** End the worker, whatever it does. */
    stop() {
      worker.stop();
      forget();
    },
  };
}
