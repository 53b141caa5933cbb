// What a widget loads only when it is asked for: a script of the site, or in JupyterLab an answer of the kernel.

import { fill } from "./words.mjs";
import words from "./words.json";

/** @type {Map<string, Promise<string>>} */
const loading = new Map();

/**
 * The text of a part: the source of a worker, or JSON. Each is fetched once; after a failure it may be asked for again.
 * @param {any} model
 * @param {string} name as in `parts` of the widget's class
 * @returns {Promise<string>}
 */
export function part(model, name) {
  const address = model.get("parts")?.[name];
  const key = address ?? name;
  if (!address) return from_kernel(model, name);
  if (!loading.has(key)) loading.set(key, from_site(address));
  const text = /** @type {Promise<string>} */ (loading.get(key));
  text.catch(() => loading.delete(key));
  return text;
}

/** A classic script, since `file://` allows no other way. */
function from_site(/** @type {string} */ address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const file = address.split("/").pop() ?? "";
    const missing = () => reject(new Error(fill(words.not_loaded, { file })));
    script.src = address;
    script.onload = () => {
      const text = /** @type {any} */ (globalThis).resnetBookParts?.[file];
      if (text === undefined) missing();
      else resolve(text);
      script.remove();
    };
    script.onerror = () => {
      script.remove();
      missing();
    };
    document.head.append(script);
  });
}

/** @type {WeakMap<any, Promise<string>>} */
const asked = new WeakMap(); // the last question to a model's kernel, which answers one at a time

function from_kernel(/** @type {any} */ model, /** @type {string} */ name) {
  const before = asked.get(model) ?? Promise.resolve("");
  const text = before.catch(() => "").then(() => answer(model, name));
  asked.set(model, text);
  return text;
}

function answer(/** @type {any} */ model, /** @type {string} */ name) {
  return /** @type {Promise<string>} */ (new Promise((resolve, reject) => {
    const answered = () => {
      const { name: about, text, error } = model.get("part_answer");
      if (about !== name) return;
      model.off("change:part_answer", answered);
      if (error) reject(new Error(error));
      else resolve(text);
    };
    if (model.get("part_request") === undefined) {
      reject(new Error(words.no_source));
      return;
    }
    model.on("change:part_answer", answered);
    if (model.get("part_request") === name) {
      answered(); // it was asked for before
      return;
    }
    model.set("part_request", name);
    model.save_changes();
  }));
}
