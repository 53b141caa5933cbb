// Questions of one widget to a sandbox; the page keeps one that is idle, so that only the first trace waits for a start.

import { part } from "../shared/parts.mjs";
import { Ended, Sandbox } from "./sandbox.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const LIMIT = 20_000; // milliseconds for one trace
const idle = /** @type {Sandbox[]} */ ([]);

const SAID = { stopped: words.stopped, late: fill(words.late, { seconds: LIMIT / 1000 }) };

/** @param {any} model */
export function open_tracer(model) {
  let current = /** @type {Sandbox | null} */ (null);
  let given_up = false;

  async function sandbox(/** @type {(text: string) => void} */ say) {
    const ready = idle.pop();
    if (ready) return ready;
    say(words.fetching);
    const [brython, modules] = await Promise.all([part(model, "brython"), part(model, "python")]);
    if (given_up) throw new Ended("stopped");
    say(words.starting);
    const fresh = (current = new Sandbox());
    await fresh.start(JSON.parse(brython), modules);
    return fresh;
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
      if (idle.length) current.stop();
      else idle.push(current);
      if (wrong) return { wrong, said: "" };
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

  return { trace, stop, remove: stop };
}
