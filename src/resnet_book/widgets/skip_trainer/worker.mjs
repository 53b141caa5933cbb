// In the worker: a plain and a residual network that learn side by side from the same batches, and the sweep of depths.

import { open_backend } from "../engine/backends.mjs";
import { Network } from "../engine/network.mjs";
import { OPTIMIZERS, train_step } from "../engine/optimizers.mjs";
import { shuffled, uniform } from "../engine/random.mjs";
import { start } from "../engine/starts.mjs";
import { serve } from "../engine/worker.mjs";

const SLICE = 20; // ms of learning before a message may be heard
const REPORT = 100; // ms between two reports, or ten times what one costs
const MAP = 48; // points of a decision map a side
const KEPT = 5; // every so many steps a loss is kept for the curve
const SMOOTH = 0.95; // of the losses of single batches

/**
 * @typedef {object} Task what is to be learned, and how
 * @property {import("../engine/plan.mjs").Plan[]} plans plain, residual
 * @property {{ x: Float32Array, classes: Uint8Array }} data
 * @property {{ x: Float32Array, classes: Uint8Array } | null} held other data of the same kind
 * @property {number} reach of the decision map
 * @property {number} batch at most; all of the data where it is not more
 * @property {{ init: string, optimizer: "adam" | "sgd", rate: number, seed: number }} recipe
 */

/** Another message came: what was under way is not wanted any more. */
class Ended extends Error {}

/** One of the two learners: a network, its optimizer, and what happened to it so far. */
class Learner {
  constructor(/** @type {any} */ kernels, /** @type {any} */ plan, /** @type {any} */ { init, optimizer, rate, seed }, /** @type {any} */ { batch, momentum }) {
    this.network = new Network(kernels, plan, { batch, momentum });
    start(this.network, init, seed);
    this.optimizer = new OPTIMIZERS[/** @type {"adam" | "sgd"} */ (optimizer)](this.network);
    Object.assign(this, { rate, steps: 0, seconds: 0, trouble: "", loss: NaN, curve: [], size: plan.side ? plan.side * plan.side * plan.inputs : plan.inputs });
  }

  /** Learn from what is loaded, unless its numbers ended before. */
  step(/** @type {boolean} */ smooth) {
    if (this.trouble) return;
    const began = performance.now();
    const { loss, trouble } = train_step(this.network, this.optimizer, this.rate);
    this.seconds += (performance.now() - began) / 1000;
    this.trouble = trouble;
    this.loss = smooth && Number.isFinite(this.loss) ? SMOOTH * this.loss + (1 - SMOOTH) * loss : loss;
    if (this.steps % KEPT === 0) this.curve.push([this.steps, this.loss]);
    if (!trouble) this.steps += 1;
  }

  /** The share of some data that it gets right, in evaluation. `pause` lets messages in, and throws where the answer is no longer wanted. */
  async accuracy(/** @type {{ x: Float32Array, classes: Uint8Array }} */ { x, classes }, /** @type {() => Promise<void>} */ pause) {
    const { network, size } = this;
    let right = 0;
    for (let at = 0; at < classes.length; at += network.batch) {
      await pause();
      const end = Math.min(at + network.batch, classes.length);
      network.load(x.subarray(at * size, end * size), classes.subarray(at, end));
      right += network.evaluate().right;
    }
    return right / classes.length;
  }

  /** What it makes of every place of the plane: the probability of the second class, 0 to 255, row by row. */
  map(/** @type {number} */ reach) {
    const { network } = this;
    const place = (/** @type {number} */ i) => (2 * ((i + 0.5) / MAP) - 1) * reach;
    const [all, out] = [new Float32Array(2 * MAP * MAP), new Uint8Array(MAP * MAP)];
    for (let i = 0; i < MAP * MAP; i++) all.set([place(i % MAP), place(Math.floor(i / MAP))], 2 * i);
    for (let at = 0; at < MAP * MAP; at += network.batch) {
      const end = Math.min(at + network.batch, MAP * MAP);
      network.load(all.subarray(2 * at, 2 * end));
      network.evaluate({ labelled: false });
      const found = network.outputs();
      for (let i = at; i < end; i++) out[i] = Math.round(255 * found[2 * (i - at) + 1]);
    }
    return out;
  }

  /** The class of each picture. */
  guesses(/** @type {{ x: Float32Array }} */ { x }, /** @type {number} */ count) {
    const found = [];
    for (let at = 0; at < count; at += this.network.batch) {
      this.network.load(x.subarray(at * this.size, Math.min(at + this.network.batch, count) * this.size));
      this.network.evaluate({ labelled: false });
      found.push(...this.network.predicted());
    }
    return found;
  }
}

/** Both learners on one task. */
class Race {
  constructor(/** @type {any} */ backend, /** @type {Task} */ task) {
    const { plans, data, batch, recipe } = task;
    const n = data.classes.length;
    this.task = task;
    this.batch = Math.min(batch, n);
    this.whole = this.batch === n; // every step sees all of the data, so batch norm's moments are those of the last step
    const options = { batch: this.batch, momentum: this.whole ? 1 : 0.1 };
    this.learners = plans.map((plan) => new Learner(backend.kernels(), plan, recipe, options));
    this.draw = uniform(recipe.seed + 7);
    this.order = /** @type {number[]} */ ([]);
    this.shown = 48; // pictures whose classes are shown
    this.steps = 0;
    this.load(this.next());
    for (const { network } of this.learners) {
      network.train(); // gradients at the start, before any step
      network.backward();
    }
    this.signals = this.learners.map(({ network }) => network.signals());
  }

  /** The next batch: the data in a fresh order, over and over. */
  next() {
    const { data: { x, classes } } = this.task;
    if (this.whole) return { x, classes };
    if (this.order.length < this.batch) this.order = shuffled(classes.length, this.draw);
    const size = x.length / classes.length;
    const [chosen, batch] = [this.order.splice(0, this.batch), { x: new Float32Array(this.batch * size), classes: new Uint8Array(this.batch) }];
    chosen.forEach((from, k) => {
      batch.x.set(x.subarray(from * size, (from + 1) * size), k * size);
      batch.classes[k] = classes[from];
    });
    return batch;
  }

  load(/** @type {{ x: Float32Array, classes: Uint8Array }} */ { x, classes }) {
    for (const { network } of this.learners) network.load(x, classes);
  }

  step() {
    this.load(this.next());
    for (const learner of this.learners) learner.step(!this.whole);
    this.steps += 1;
  }

  /** Whether neither can go on. */
  over() {
    return this.learners.every(({ trouble }) => trouble);
  }

  /** What the page draws, of both. */
  async report(/** @type {() => Promise<void>} */ pause) {
    const { task: { data, held, plans, reach }, learners, whole, shown } = this;
    if (this.steps) this.signals = learners.map(({ network }) => network.signals());
    const found = [];
    for (const [i, learner] of learners.entries()) {
      const { network, steps, seconds, trouble, curve } = learner;
      let { loss } = learner;
      if (whole) { // by the weights as they are now, and their moments
        network.load(data.x, data.classes);
        loss = network.train().loss;
      }
      found.push({
        steps, loss, trouble, curve,
        accuracy: await learner.accuracy(data, pause),
        held: held && (await learner.accuracy(held, pause)),
        ms: steps ? (1000 * seconds) / steps : 0,
        signals: this.signals[i],
        map: plans[i].side ? null : learner.map(reach),
        guesses: plans[i].side && held ? learner.guesses(held, Math.min(shown, held.classes.length)) : null,
      });
    }
    for (const learner of learners) learner.curve = [];
    return found;
  }
}

export default function (/** @type {any} */ scope) {
  let backend = /** @type {any} */ (null);
  let race = /** @type {Race | null} */ (null);
  let turn = 0; // of the work that may go on; any other message ends it

  /** Let messages in, then go on. */
  const breathe = () => new Promise((resolve) => setTimeout(resolve, 0));

  /** Lets messages in after each slice of time; throws `Ended` once another turn began. */
  function pauses(/** @type {number} */ mine) {
    let began = performance.now();
    return async () => {
      if (performance.now() - began < SLICE) return;
      await breathe();
      began = performance.now();
      if (turn !== mine) throw new Ended();
    };
  }

  async function tell(/** @type {Race} */ told, /** @type {boolean} */ done, mine = turn) {
    const learners = await told.report(pauses(mine));
    if (turn === mine) scope.postMessage({ kind: "state", steps: told.steps, done, learners });
  }

  /** Steps until `end`, or until another turn; `between` is called after every slice. */
  async function learn(/** @type {Race} */ run, /** @type {number} */ end, /** @type {number} */ mine, between = async () => {}) {
    while (run.steps < end && !run.over()) {
      const began = performance.now();
      while (run.steps < end && !run.over() && performance.now() - began < SLICE) run.step();
      await breathe();
      if (turn !== mine) throw new Ended();
      await between();
    }
  }

  /** Work that another message may end. */
  const ending = (/** @type {(message: any) => Promise<void>} */ work) => async (/** @type {any} */ message) => {
    try {
      await work(message);
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
    }
  };

  serve(scope, {
    async open({ wanted = "best" }) {
      backend = await open_backend(wanted);
      scope.postMessage({ kind: "ready", backend: backend.name, reason: backend.reason });
    },

    /** A task from its start. */
    set: ending(async ({ task }) => {
      turn += 1;
      race = new Race(backend, task);
    }),

    /** So many steps more. */
    run: ending(async ({ steps }) => {
      const mine = ++turn;
      await tell(race, false);
      let [shown, cost] = [performance.now(), 0];
      await learn(race, race.steps + steps, mine, async () => {
        if (performance.now() - shown < Math.max(REPORT, 10 * cost)) return;
        const asked = performance.now();
        await tell(race, false);
        shown = performance.now();
        cost = shown - asked;
      });
      await tell(race, true);
    }),

    /** No further step; what there is, once more. */
    pause: ending(async () => {
      turn += 1;
      if (race) await tell(race, true);
    }),

    /** Several tasks from start to end, one after the other. */
    sweep: ending(async ({ tasks, steps }) => {
      const mine = ++turn;
      for (const { depth, seed, task } of tasks) {
        const run = new Race(backend, task);
        await learn(run, steps, mine);
        const learners = (await run.report(pauses(mine))).map(({ loss, accuracy, held, trouble }) => ({ loss, accuracy, held, trouble }));
        scope.postMessage({ kind: "swept", depth, seed, learners });
      }
      scope.postMessage({ kind: "sweep-done" });
    }),
  });
}
