// One control for one field, native, with a visible label; nothing but the reader's intent changes it.

import { fresh_id, h, set_text } from "./dom.mjs";
import { signed, thousands } from "./format.mjs";
import { plain, ungrouped } from "./numbers.mjs";

/** @typedef {import("./form.mjs").Field} Field */
/** @typedef {{ input: any, node: HTMLElement, show: (value: any, applies: boolean) => void }} Control */

/** The control of a field; `changed` hears of every entry, `show` puts a value in, or takes away what has no effect. @returns {Control} */
export function control(/** @type {Field} */ field, /** @type {(value: string) => void} */ changed) {
  // JupyterLab takes the arrow keys from any input that does not say so itself
  const common = { id: fresh_id(field.key), name: field.key, "data-lm-suppress-shortcuts": "true" };
  const make = field.options ? choice : field.slider ? slider : number;
  const { input, value, parts } = make(field, common, changed);
  const node = h("div", { class: `rn-field ${field.slider ? "rn-slider" : ""}` }, h("label", { for: common.id }, field.label), value, parts ?? input);
  const show = (/** @type {any} */ now, /** @type {boolean} */ applies) => {
    const text = String(now);
    if (input.value !== text) input.value = text;
    if (input.getAttribute("role") === "spinbutton") input.setAttribute("aria-valuenow", text);
    if (value) set_text(value, signed(now));
    input.disabled = !applies;
    node.hidden = !applies;
  };
  return { input, node, show };
}

function choice(/** @type {Field} */ { options = [] }, /** @type {any} */ common, /** @type {(value: string) => void} */ changed) {
  const list = options.map((option) => {
    const [value, text] = Array.isArray(option) ? option : [option, option];
    return h("option", { value }, text);
  });
  const input = h("select", { ...common, onchange: () => changed(input.value), onwheel: unfocus }, list);
  return { input };
}

const limits = (/** @type {Field} */ { min = 1, max = 8192, step = 1 }) => ({ min, max, step });

function slider(/** @type {Field} */ field, /** @type {any} */ common, /** @type {(value: string) => void} */ changed) {
  let before = "";
  const input = h("input", {
    ...common, type: "range", ...limits(field), oninput: () => changed(input.value), onwheel: unfocus,
    // a finger that lands here and then scrolls the page did not mean the slider
    onpointerdown: () => (before = input.value),
    onpointercancel: () => {
      if (input.value === before) return;
      input.value = before;
      changed(before);
    },
  });
  return { input, value: h("span", { class: "rn-value", "aria-hidden": "true" }) };
}

/**
 * A number as text, so that it may be written as the reader's own keyboard writes it, and no wheel turns it; the arrow keys
 * and two buttons step. The buttons are for the pointer: a screen reader has the arrow keys.
 */
function number(/** @type {Field} */ field, /** @type {any} */ common, /** @type {(value: string) => void} */ changed) {
  const { min, max, step } = limits(field);
  const input = h("input", {
    ...common, type: "text", inputmode: "numeric", spellcheck: "false", maxlength: 40,
    role: "spinbutton", "aria-valuemin": min, "aria-valuemax": max, "aria-valuenow": min,
    // what an input method is still putting together is no entry yet
    oninput: (/** @type {InputEvent} */ event) => event.isComposing || changed(input.value),
    oncompositionend: () => changed(input.value), onkeydown: press,
  });

  function go(/** @type {number} */ steps) {
    const now = Number(ungrouped(plain(input.value)));
    const start = Number.isFinite(now) ? now : Number(input.getAttribute("aria-valuenow"));
    const next = String(Math.min(max, Math.max(min, start + steps * step)));
    if (next === input.value) return;
    input.value = next;
    changed(next);
  }

  function press(/** @type {KeyboardEvent} */ event) {
    const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (!steps || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go(steps);
  }

  const button = (/** @type {string} */ sign, /** @type {number} */ steps) =>
    h("button", { type: "button", class: "rn-step", tabindex: -1, "aria-hidden": "true", title: `${sign} ${thousands(step)}`, onclick: () => go(steps) }, sign);
  return { input, parts: h("div", { class: "rn-number-field" }, input, button("−", -1), button("+", 1)) };
}

/** In some browsers a wheel over what has the focus changes it, where the page should scroll. */
function unfocus(/** @type {Event} */ event) {
  /** @type {HTMLElement} */ (event.currentTarget).blur();
}
