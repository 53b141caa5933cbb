// What the tests ask of the page's side of parts and workers: a kernel and a worker stand in.

import { runner as follower } from "../../src/resnet_book/widgets/face_follower/runner.mjs";
import { runner as remover } from "../../src/resnet_book/widgets/block_remover/runner.mjs";
import { page_worker } from "../../src/resnet_book/widgets/shared/page_worker.mjs";
import { part } from "../../src/resnet_book/widgets/shared/parts.mjs";

const later = () => new Promise((resolve) => setTimeout(resolve, 1));
const settled = async () => {
  for (let i = 0; i < 30; i++) await later();
};

/** A kernel that answers a moment after it was asked, and notes what it was asked for while it still had to answer. */
function kernel(/** @type {string[]} */ lost = [], /** @type {any} */ record = {}) {
  const traits = /** @type {any} */ ({ part_request: "", part_answer: {}, record });
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

/**
 * What a worker got, in order; it is ready when it is opened, and fails by a message of the kind "fail". So many of the
 * next ones fail while they open.
 */
const got = /** @type {any[]} */ ([]);
let broken = 0;
Object.assign(globalThis, {
  Worker: class {
    onmessage = /** @type {any} */ (null);
    postMessage(/** @type {any} */ data) {
      got.push(data);
      const fails = data.kind === "fail" || (data.kind === "open" && broken-- > 0);
      if (fails) later().then(() => this.onmessage?.({ data: { kind: "error", message: "it failed" } }));
      else if (data.kind === "open") later().then(() => this.onmessage?.({ data: { kind: "ready" } }));
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

  /** A worker that is used twice, fails, is used again, and is ended before it opens. */
  async life() {
    broken = 0;
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

  /** A worker that fails while it opens, or is stopped then; how often its job went on, and whether it was alive then. */
  async opening({ fails }) {
    broken = Number(fails);
    const told = /** @type {any[]} */ ([]);
    const worker = page_worker(kernel(), (message) => told.push(message));
    const went_on = /** @type {boolean[]} */ ([]);
    const use = () => worker.during(async (alive) => {
      await worker.open();
      went_on.push(alive());
    });
    got.length = 0;
    const first = use();
    while (!got.length) await Promise.resolve().then(later);
    if (!fails) worker.stop();
    await Promise.race([first, settled()]);
    const after_the_first = [...went_on];
    await use();
    return { got, told, after_the_first, went_on };
  },

  /** A widget's runner that is asked twice, the first time of a worker that fails while it opens. */
  async asked_twice({ widget, record, message }) {
    broken = 1;
    got.length = 0;
    const model = kernel([], record);
    const told = /** @type {any[]} */ ([]);
    const run = /** @type {any} */ ({ remover, follower })[widget](model, (/** @type {any} */ one) => told.push(one));
    const ask = run.look ?? run.find;
    ask(message);
    await settled();
    const first_log = [...model.log];
    ask(message);
    await settled();
    return { got, told, first_log, log: model.log };
  },
};

export default async function answer({ kind, ...question }) {
  return { ok: await api[kind](question) };
}
