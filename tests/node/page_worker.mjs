// What the tests ask of the page's side of parts and workers: a kernel and a worker stand in.

import { page_worker } from "../../src/resnet_book/widgets/shared/page_worker.mjs";
import { part } from "../../src/resnet_book/widgets/shared/parts.mjs";

const later = () => new Promise((resolve) => setTimeout(resolve, 1));

/** A kernel that answers a moment after it was asked, and notes what it was asked for while it still had to answer. */
function kernel(/** @type {string[]} */ lost = []) {
  const traits = /** @type {any} */ ({ part_request: "", part_answer: {} });
  const listeners = /** @type {Set<() => void>} */ (new Set());
  const log = /** @type {string[]} */ ([]);
  let busy = false;
  return {
    log,
    get: (/** @type {string} */ name) => traits[name],
    set: (/** @type {string} */ name, /** @type {any} */ value) => (traits[name] = value),
    on: (/** @type {string} */ _, /** @type {() => void} */ heard) => listeners.add(heard),
    off: (/** @type {string} */ _, /** @type {() => void} */ heard) => listeners.delete(heard),
    async save_changes() {
      const name = traits.part_request;
      log.push(busy ? `${name}, too early` : name);
      busy = true;
      await later();
      busy = false;
      traits.part_answer = lost.includes(name) ? { name, error: "KeyError" } : { name, text: `text of ${name}` };
      [...listeners].forEach((heard) => heard());
    },
  };
}

/** What a worker got, in order; it is ready when it is opened, and fails by a message of the kind "fail". */
const got = /** @type {any[]} */ ([]);
Object.assign(globalThis, {
  Worker: class {
    onmessage = /** @type {any} */ (null);
    postMessage(/** @type {any} */ data) {
      got.push(data);
      if (data.kind === "open") later().then(() => this.onmessage?.({ data: { kind: "ready" } }));
      if (data.kind === "fail") later().then(() => this.onmessage?.({ data: { kind: "error", message: "it failed" } }));
    }
    terminate() {
      got.push("ended");
    }
  },
});

const api = {
  /** Parts asked for all at once: what came of each, and what the kernel was asked. */
  async parts({ names, lost }) {
    const model = kernel(lost);
    const found = await Promise.allSettled(names.map((/** @type {string} */ name) => part(model, name)));
    return { found: found.map((one) => (one.status === "fulfilled" ? one.value : one.reason.message)), log: model.log };
  },

  /** A worker that is used twice, fails, is used again, and is ended while it opens. */
  async life() {
    const told = /** @type {any[]} */ ([]);
    const worker = page_worker(kernel(), (message) => told.push(message));
    const use = (/** @type {string} */ kind) => worker.during(async (alive) => {
      await worker.open();
      if (alive()) worker.post({ kind });
    });
    got.length = 0;
    await Promise.all([use("a"), use("b")]);
    await use("fail");
    for (let i = 0; i < 5; i++) await later();
    await use("c");
    worker.stop();
    const last = use("never");
    worker.stop();
    await last;
    await worker.during(async () => {
      throw new Error("thrown");
    });
    return { got, told };
  },
};

export default async function answer({ kind, ...question }) {
  return { ok: await api[kind](question) };
}
