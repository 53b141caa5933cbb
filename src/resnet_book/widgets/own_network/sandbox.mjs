// A place where a reader's code may run: a worker in a frame of no origin, in another such frame; their policy lets nothing out.

import { after, before } from "./worker.mjs";

const POLICY = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:";
const START_LIMIT = 60_000;

/** The frame's program: it makes the worker from the texts that it is given, hands it the port, and that is all. */
function frame() {
  addEventListener("message", ({ data, ports }) => {
    const address = URL.createObjectURL(new Blob(data.program, { type: "text/javascript" }));
    const worker = new Worker(address);
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      parent.postMessage({ failed: event.message || "the worker could not start" }, "*");
    });
    worker.postMessage(data, ports);
  }, { once: true });
}

/** The frame around it: its policy keeps the inner one from going to another address. It passes messages on, both ways. */
function around() {
  addEventListener("message", ({ data, ports, source }) => {
    if (source === parent) frames[0].postMessage(data, "*", [...ports]);
    else parent.postMessage(data, "*");
  });
}

const page = (/** @type {() => void} */ program, inside = "") =>
  `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}"><script>(${program})()<\/script>${inside}`;

function pages() {
  const inner = page(frame).replace(/&/g, "&amp;").replace(/"/g, "&quot;");
  return page(around, `<iframe sandbox="allow-scripts" srcdoc="${inner}"></iframe>`);
}

/** What ended a question without an answer. */
export class Ended extends Error {
  constructor(/** @type {"stopped" | "late" | "failed"} */ why, message = "") {
    super(message || why);
    this.why = why;
  }
}

export class Sandbox {
  #frame = /** @type {HTMLIFrameElement | null} */ (null);
  #port = /** @type {MessagePort | null} */ (null);
  #waiting = /** @type {{ resolve: (value: any) => void, reject: (error: Error) => void } | null} */ (null);
  #timer = 0;
  #heard = (/** @type {MessageEvent} */ event) => {
    if (event.source === this.#frame?.contentWindow) this.#end("failed", String(event.data?.failed));
  };

  /**
   * Make the frame and the worker.
   * @param {string} brython the engine's text
   * @param {string} modules the Python modules as JSON text
   * @param {any} [compiled] what an earlier one has made of them
   * @returns {Promise<any>} what this one has made of them: said before it is asked anything, so no text has changed it
   */
  start(brython, modules, compiled) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.title = "Sandbox";
    frame.hidden = true;
    frame.srcdoc = pages();
    this.#frame = frame;
    addEventListener("message", this.#heard);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => this.#take(data);
    this.#port = port1;
    const ready = this.#wait(START_LIMIT);
    frame.addEventListener("load", () => {
      frame.contentWindow?.postMessage({ program: [before, brython, after], modules, compiled }, "*", [port2]);
    }, { once: true });
    document.body.append(frame);
    return ready;
  }

  /**
   * Put a question to the worker; one at a time.
   * @param {{ text: string, network: string, shapes: string, mending?: boolean }} question `mending`: whether the change that mends is looked for
   * @param {number} limit milliseconds after which it is ended
   * @returns {Promise<any>} the answer; rejects with `Ended`
   */
  async ask(question, limit) {
    if (!this.#port) throw new Ended("stopped");
    const done = this.#wait(limit);
    this.#port.postMessage(question);
    return done;
  }

  /** End whatever runs, now. */
  stop() {
    this.#end("stopped");
  }

  #wait(/** @type {number} */ limit) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#timer = setTimeout(() => this.#end("late"), limit);
    });
  }

  #take(/** @type {any} */ data) {
    const waiting = this.#waiting;
    if (!waiting) return; // nothing was asked
    if (data.failed) return void this.#end("failed", String(data.failed));
    clearTimeout(this.#timer);
    this.#waiting = null;
    waiting.resolve(data.answer);
  }

  #end(/** @type {"stopped" | "late" | "failed"} */ why, message = "") {
    clearTimeout(this.#timer);
    removeEventListener("message", this.#heard);
    this.#frame?.remove(); // and with it the worker, whatever it does
    this.#port?.close();
    this.#frame = this.#port = null;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(new Ended(why, message));
  }
}
