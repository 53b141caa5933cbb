// The page's side of a widget: a model without a kernel, and the mounting of front-end modules onto it.

/** What a front-end module may ask of its model. The page alone holds the state. */
export class PageModel {
  #state;
  #listeners = new Map();

  /** @param {Record<string, unknown>} state */
  constructor(state) {
    this.#state = { ...state, kernel: false };
  }

  get(name) {
    return this.#state[name];
  }

  /** Set one trait, or several from an object; listeners hear of those that changed. */
  set(name, value) {
    const entries = typeof name === "string" ? [[name, value]] : Object.entries(name);
    const changed = entries.filter(([key, next]) => this.#state[key] !== next);
    for (const [key, next] of changed) this.#state[key] = next;
    for (const [key, next] of changed) this.#tell(`change:${key}`, this, next);
    if (changed.length) this.#tell("change", this);
  }

  save_changes() {} // there is nobody to tell

  send() {}

  on(names, listener) {
    for (const name of names.split(/\s+/)) {
      if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
      this.#listeners.get(name).add(listener);
    }
  }

  /** Forget one listener, all listeners of some events, or (without arguments) all. */
  off(names, listener) {
    for (const name of names ? names.split(/\s+/) : [...this.#listeners.keys()]) {
      if (listener) this.#listeners.get(name)?.delete(listener);
      else this.#listeners.delete(name);
    }
  }

  #tell(name, ...values) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(...values);
  }
}

const experimental = { invoke: () => Promise.reject(new Error("there is no kernel on a static page")) };

/** Put one widget in its place. Whatever goes wrong, the fallback stays readable. */
async function mount(place, widgets) {
  try {
    const { widget: name, state, parts } = JSON.parse(place.querySelector(":scope > script").textContent);
    const exported = widgets[name];
    const widget = typeof exported === "function" ? await exported() : exported;
    const model = new PageModel(parts ? { ...state, parts } : state);
    const el = document.createElement("div");
    await widget.initialize?.({ model, experimental });
    place.append(el); // in the document first, so that a module may measure itself
    try {
      await widget.render({ model, el, experimental });
    } catch (error) {
      el.remove();
      throw error;
    }
    place.querySelector(":scope > .widget-fallback")?.remove();
    place.dataset.state = "live";
    performance.mark(`live:${name}`);
  } catch (error) {
    place.dataset.state = "failed";
    console.error("widget:", error);
  }
}

/** @param {Record<string, object>} widgets front-end modules by widget name */
export default function start(widgets) {
  for (const place of document.querySelectorAll(".resnet-widget:not([data-state])")) mount(place, widgets);
}
