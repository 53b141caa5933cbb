// What a widget fetches only at its first use: a script beside the page, or, in Jupyter, a message from the kernel.

const PATIENCE = 60_000;

/**
 * The data of a name from the widget's `later()`.
 * @param {any} model
 * @param {string} name
 * @returns {Promise<any>}
 */
export async function fetch_later(model, name) {
  const address = model.later?.[name];
  const store = (/** @type {any} */ (globalThis).resnetBookLater ??= {});
  if (store[name] === undefined) {
    if (address) await load_script(address);
    else if (model.get("kernel")) store[name] = await ask_kernel(model, name);
  }
  if (store[name] === undefined) throw new Error(`${name} is not here: it comes with the book's page, or from a running kernel`);
  return JSON.parse(store[name]);
}

/** A classic script, so that a page opened from a folder may load it too. */
function load_script(/** @type {string} */ address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(address, document.baseURI).href;
    script.onload = () => resolve(undefined);
    script.onerror = () => reject(new Error(`${address.split("/").pop()} could not be loaded; is the page still connected?`));
    document.head.append(script);
  });
}

function ask_kernel(/** @type {any} */ model, /** @type {string} */ name) {
  return new Promise((resolve, reject) => {
    const done = (/** @type {(value: any) => void} */ settle, /** @type {any} */ value) => {
      clearTimeout(timer);
      model.off("msg:custom", hear);
      settle(value);
    };
    const hear = (/** @type {any} */ content) => content?.later === name && done(resolve, content.text ?? undefined);
    const timer = setTimeout(() => done(reject, new Error("the kernel did not answer; is it running?")), PATIENCE);
    model.on("msg:custom", hear);
    model.send({ later: name });
  });
}
