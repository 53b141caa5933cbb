// The page's Python without a page: the worker's own program, with what it asks of a worker standing in.

import { after, before } from "../../src/resnet_book/widgets/own_network/worker.mjs";

const scope = /** @type {any} */ (globalThis);
const listeners = /** @type {((event: any) => void)[]} */ ([]); // the worker's, then its port's
let said = /** @type {any} */ (null);

class Port {
  addEventListener(/** @type {string} */ _, /** @type {(event: any) => void} */ heard) {
    listeners.push(heard);
  }
  postMessage(/** @type {any} */ message) {
    said = message;
  }
  start() {}
}

class Navigator {}

const WORKER = {
  self: scope,
  location: { href: "page://sandbox/", origin: "page://", pathname: "sandbox/" },
  navigator: new Navigator(),
  WorkerNavigator: Navigator,
  WorkerGlobalScope: Object,
  EventTarget: Port,
  MessagePort: Port,
  addEventListener() {},
  importScripts() {},
};

/** What the worker answers to a message at one of its listeners. */
function answered(/** @type {number} */ place, /** @type {any} */ event) {
  listeners[place](event);
  if (said.failed) throw new Error(said.failed);
  return said;
}

const api = {
  begin({ brython, modules, compiled }) {
    for (const [name, value] of Object.entries(WORKER)) Object.defineProperty(scope, name, { value, configurable: true, writable: true });
    scope.process.__nwjs = 1; // else Brython takes this for Node
    scope.eval(before + brython + after);
    return answered(0, { data: { modules: JSON.stringify(modules), compiled }, ports: [new Port()] }).answer;
  },
  trace: (question) => answered(1, { data: question }).answer,
};

export default async function answer({ kind, ...question }) {
  try {
    return { ok: api[kind](question) };
  } catch (error) {
    return { error: { message: error.message } };
  }
}
