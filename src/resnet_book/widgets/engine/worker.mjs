// A worker and the page: small messages { kind, ... }, each way.

/**
 * On the page: a worker from its source text. From a Blob, so that `file://` works.
 * @param {string} source
 * @param {(message: any) => void} told what it says; `{ kind: "error", where, message }` when it fails
 * @returns {{ post: (message: any) => void, stop: () => void }} `stop` ends it at once, whatever it does
 */
export function open_worker(source, told) {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.onmessage = ({ data }) => told(data);
  worker.onerror = (event) => {
    event.preventDefault?.();
    told({ kind: "error", where: "worker", message: event.message || "the worker could not start" });
  };
  return {
    post: (message) => worker.postMessage(message),
    stop() {
      worker.onmessage = worker.onerror = null;
      worker.terminate();
      URL.revokeObjectURL(address);
    },
  };
}

/**
 * In the worker: a handler by the kind of message. What it throws goes back as an error, in words.
 * @param {any} scope the worker's global object
 * @param {Record<string, (message: any) => any>} handlers
 */
export function serve(scope, handlers) {
  scope.onmessage = async (/** @type {any} */ { data }) => {
    try {
      await handlers[data.kind](data);
    } catch (thrown) {
      const error = /** @type {any} */ (thrown);
      const short = error instanceof RangeError ? "there is not enough memory for this network; choose a smaller one" : error.message;
      scope.postMessage({ kind: "error", where: error.where ?? data.kind, message: short });
    }
  };
}
