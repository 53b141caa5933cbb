// What the worker runs, as texts: first Brython, then this. It stands behind two walls, the frame's policy and this one.

/** Named in no text that the reader runs: what could carry anything out of the worker. */
const WAYS_OUT = [
  "fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "EventSource", "WebTransport", "importScripts", "Worker", "SharedWorker",
  "BroadcastChannel", "MessageChannel", "MessagePort", "indexedDB", "caches", "Notification", "postMessage", "close", "Request",
  "onmessage", "onmessageerror", "addEventListener", "RTCPeerConnection", "CacheStorage", "IDBFactory", "FontFace",
];

/** The worker's program: it takes one port, and on it questions, each answered once. */
function duty(/** @type {string[]} */ ways_out) {
  const brython = /** @type {any} */ (globalThis).__BRYTHON__;
  const { parse } = JSON;
  const send = MessagePort.prototype.postMessage;
  const listen = EventTarget.prototype.addEventListener;
  const question = { text: "", network: "", shapes: "", mending: true, out: "" };

  function close_doors() {
    const prototypes = [MessagePort.prototype, EventTarget.prototype, WorkerNavigator.prototype];
    for (const name of ways_out) {
      for (let owner = globalThis; owner; owner = Object.getPrototypeOf(owner)) delete owner[name];
      for (const owner of prototypes) delete owner[name];
      Object.defineProperty(globalThis, name, { value: undefined });
    }
    for (const name of ["storage", "serviceWorker", "sendBeacon", "locks", "gpu", "usb", "serial", "hid"]) delete WorkerNavigator.prototype[name];
  }

  /** Brython calls what a class has as `__setattr__` as it stands; `dict.__setitem__` is no function. */
  function mend_setattr() {
    const { make_setattr } = brython;
    brython.make_setattr = (/** @type {any} */ kind) => {
      make_setattr(kind);
      const own = kind.tp_setattro;
      if (own !== brython.NULL && typeof own !== "function") kind.tp_setattro = (/** @type {any[]} */ ...given) => brython.$call(own, ...given);
    };
  }

  function begin(/** @type {any} */ modules, /** @type {any} */ compiled) {
    mend_setattr();
    Object.assign(brython.precompiled, compiled);
    brython.use_VFS = true;
    brython.update_VFS({ $timestamp: 1, ...modules });
    globalThis.question = question;
    const driver = "from browser import self as page\nfrom answering import reply\ndef go():\n    asked = page.question\n    asked.out = reply(asked.text, asked.network, asked.shapes, asked.mending)\n";
    brython.runPythonSource(driver, "driver");
    if (!brython.imported.answering) throw new Error("the page's Python did not start");
  }

  function answer(/** @type {any} */ asked) {
    const { text, network, shapes, mending = true } = asked;
    Object.assign(question, { text, network, shapes, mending, out: "" });
    brython.runPythonSource("import driver\ndriver.go()", "call");
    return parse(question.out);
  }

  const told = (/** @type {any} */ error) => String(error?.args?.[0] ?? error?.message ?? error);

  listen.call(globalThis, "message", ({ data, ports: [port] }) => {
    const reply = send.bind(port);
    try {
      begin(parse(data.modules), data.compiled);
      close_doors();
      reply({ answer: brython.precompiled });
    } catch (error) {
      reply({ failed: told(error) });
    }
    listen.call(port, "message", (/** @type {any} */ { data: asked }) => {
      try {
        reply({ answer: answer(asked) });
      } catch (error) {
        reply({ failed: told(error) });
      }
    });
    port.start();
  }, { once: true });
}

/** The worker's texts around Brython's own: it wants to know an address that it comes from, and there is none. */
export const before = 'globalThis.__BRYTHON__ = { brython_path: "page://sandbox/" };\n';
export const after = `\n;(${duty})(${JSON.stringify(WAYS_OUT)});`;
