// Questions of one widget, each to a sandbox of its own: what a text has changed in there is gone with it. The page keeps one
// that waits, so that only the first trace has to wait for a start.

import { part } from "../shared/parts.mjs";
import { Ended, Sandbox } from "./sandbox.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const LIMIT = 20_000; // milliseconds for one trace
let waiting = /** @type {{ made: Sandbox, started: Promise<void> } | null} */ (null);
let compiled = /** @type {any} */ (undefined); // by the first one: the others start in a fifth of its time

const SAID = { stopped: words.stopped, late: fill(words.late, { seconds: LIMIT / 1000 }) };

/** A sandbox that starts. */
function begun(/** @type {string[]} */ [brython, modules]) {
  const made = new Sandbox();
  const started = made.start(JSON.parse(brython), modules, compiled).then((told) => void (compiled ??= told));
  started.catch(() => {});
  return { made, started };
}

/** @param {any} model */
export function open_tracer(model) {
  let current = /** @type {Sandbox | null} */ (null);
  let given_up = false;

  async function sandbox(/** @type {(text: string) => void} */ say) {
    if (!waiting) {
      say(words.fetching);
      const texts = await fetched();
      if (given_up) throw new Ended("stopped");
      waiting ??= begun(texts);
    }
    const { made, started } = waiting;
    waiting = null;
    current = made;
    say(words.starting);
    await started;
    return made;
  }

  const fetched = () => Promise.all([part(model, "brython"), part(model, "python")]);

  /** The next one begins to start; a failure is told to whoever takes it. */
  async function prepare() {
    const texts = await fetched();
    waiting ??= begun(texts);
  }

  /**
   * The answer to a question: { trace, printed, mend, said }, { wrong, said } for a wrong shape, { ended, said } without one.
   * @param {{ text: string, network: string, shapes: string, mending?: boolean }} question
   * @param {(text: string) => void} say
   */
  async function trace(question, say) {
    given_up = false;
    try {
      current = await sandbox(say);
      say(words.tracing);
      const from = performance.now();
      const { printed, mend, wrong, ...told } = await current.ask(question, LIMIT);
      const seconds = (performance.now() - from) / 1000;
      current.stop();
      prepare().catch(() => {}); // then the next trace asks again, and says why
      if (wrong) return { wrong, said: "" };
      if (!Array.isArray(told.errors) || !Array.isArray(told.rows)) throw new Error(words.no_trace);
      return { trace: told, printed, mend, said: fill(words.traced, { seconds: seconds.toFixed(2) }) };
    } catch (error) {
      current?.stop();
      if (error instanceof Ended && error.why !== "failed") return { ended: true, said: SAID[error.why] };
      return { ended: true, said: fill(words.untraced, { why: error instanceof Error ? error.message : error }) };
    } finally {
      current = null;
    }
  }

  function stop() {
    given_up = true;
    current?.stop();
  }

  return { trace, stop };
}
