// The frame that all tools share: native controls, a message, the state in the model, and the two ways to copy it.

import { control } from "./controls.mjs";
import { h } from "./dom.mjs";
import { ShapeError } from "./errors.mjs";
import { follow_ground } from "./ground.mjs";
import { plain, ungrouped } from "./numbers.mjs";
import { describe } from "./rules.mjs";
import { encode_state, link_name, on_link } from "./share.mjs";
import { verify_button } from "./verify.mjs";
import { fill } from "./words.mjs";
import words from "./words.json";

/**
 * @typedef {object} Field one control
 * @property {string} key the trait
 * @property {string} label its accessible name
 * @property {(string | [string, string])[]} [options] of a select: values, or [value, text]
 * @property {number} [min] of a number; 1 unless given
 * @property {number} [max] of a number; 8192 unless given
 * @property {number} [step] what a number is a multiple of; 1 unless given, and exact in binary
 * @property {number} [usual] what to offer in place of text that is no number
 * @property {(value: number, all: any) => number} [mended] what to offer in place of a number that is impossible beside the other entries
 * @property {boolean} [slider] a number to be pulled, with its value beside the label
 * @property {(state: any) => boolean} [applies] whether it has an effect now
 * @property {(value: any) => any} [parse] of a part of the state that the view has its own controls for: the value, checked, or a ShapeError
 */

/** @typedef {{ set: (patch: any) => void, copy: (text: string) => void }} Frame what a view may ask of the tool around it */

/** What was typed into a number field. An empty field is null, "12px" is NaN's source text. */
export function parse(/** @type {Field} */ field, /** @type {any} */ entered, /** @type {any} */ all = {}) {
  if (field.parse) return field.parse(entered);
  if (field.options) {
    const values = field.options.map((option) => (Array.isArray(option) ? option[0] : option));
    if (values.includes(entered)) return entered;
    const error = new ShapeError(field.label, describe(entered), fill(words.one_of, { values: values.join(", ") }), fill(words.choose, { value: values[0] }));
    throw Object.assign(error, { patch: { [field.key]: values[0] } });
  }
  const text = typeof entered === "string" ? ungrouped(plain(entered)) : entered;
  const value = typeof text === "string" && /^[+-]?\d+(\.\d+)?(e\d+)?$/i.test(text) ? Number(text) : text;
  const { min = 1, max = 8192, step = 1, usual = 32 } = field;
  if (typeof value === "number" && Number.isSafeInteger(value / step) && value >= min && value <= max) return value + 0; // no -0
  const number = typeof value === "number" && !Number.isNaN(value);
  const inside = number ? Math.min(max, Math.max(min, Math.round(value / step) * step)) + 0 : usual;
  const nearest = field.mended ? field.mended(inside, all) : inside;
  const kind = step === 1 ? words.whole_number : fill(words.multiple_of, { step });
  const error = new ShapeError(field.label, describe(typeof value === "string" ? entered.trim() : value), fill(words.between, { kind, min, max }), fill(words.give, { value: nearest }));
  throw Object.assign(error, { patch: { [field.key]: nearest } });
}

/** Every field of a state, checked; throws `ShapeError` for the first that is impossible. */
export function check(/** @type {Field[]} */ fields, /** @type {any} */ entered) {
  return Object.fromEntries(fields.map((field) => [field.key, parse(field, entered[field.key], entered)]));
}

/**
 * Put up a tool and keep it in step with its model. An impossible entry shows a message, and leaves the last good result.
 *
 * @param {object} tool
 * @param {any} tool.model get / set / on / off / save_changes
 * @param {HTMLElement} tool.el
 * @param {string} tool.name its public name, kebab-case
 * @param {Field[]} tool.fields
 * @param {(state: any) => any} tool.compute the result of a state; throws ShapeError, or returns one as `error` if it can be drawn
 * @param {(state: any, before: any) => any} [tool.settle] a checked state made consistent, where one entry bounds another
 * @param {boolean} [tool.verifiable] whether PyTorch can be asked about it where a kernel answers
 * @param {(error: ShapeError, state: any) => any} [tool.repair] what "Apply fix" is to change; null if it cannot be told
 * @param {(frame: Frame) => { nodes: Node[], update: (result: any, state: any) => void, remove?: () => void }} tool.view
 * @returns {() => void} the clean-up
 */
export function tool({ model, el, name, fields, compute, view, repair = () => null, settle = (next) => next, verifiable = true }) {
  const initial = check_or_default(fields, model);
  let state = initial;
  let entered = { ...state };
  const controls = new Map(fields.filter(({ parse: own }) => !own).map((field) => [field.key, control(field, (value) => enter(field.key, value))]));
  const message = h("div", { class: "rn-message", role: "status" });
  const shown = view({ set: (patch) => apply({ ...state, ...patch }), copy });
  const verify = verifiable ? verify_button(model) : null;
  const copied = h("input", { class: "rn-copied", type: "text", readonly: true, "aria-label": words.copied, hidden: true });
  const root = h(
    "div",
    { class: "rn rn-empty", "data-widget": name, dir: "ltr", lang: "en" },
    h("form", { class: "rn-controls", onsubmit: (/** @type {Event} */ e) => e.preventDefault() }, [...controls.values()].map((c) => c.node)),
    message,
    shown.nodes,
    h("div", { class: "rn-actions" }, copy_buttons(), verify?.nodes, copied),
  );

  function enter(/** @type {string} */ key, /** @type {any} */ value) {
    entered = { ...entered, [key]: value };
    apply(entered);
  }

  function apply(/** @type {any} */ candidate) {
    entered = candidate;
    try {
      const next = settle(check(fields, candidate), state);
      const result = compute(next);
      shown.update(result, next);
      state = next;
      entered = { ...next };
      root.classList.remove("rn-empty");
      say(result.error ?? null, "");
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      say(error, root.classList.contains("rn-empty") ? "" : undefined);
      return false;
    }
    sync();
    for (const field of fields) if (model.get(field.key) !== state[field.key]) model.set(field.key, state[field.key]);
    model.save_changes();
    return true;
  }

  function sync() {
    for (const field of fields) controls.get(field.key)?.show(state[field.key], !field.applies || field.applies(state));
  }

  function say(/** @type {any} */ error, note = words.last_setting) {
    for (const field of fields) {
      const input = controls.get(field.key)?.input;
      if (!input) continue;
      if (error && [field.label, field.key].includes(error.where)) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    message.classList.toggle("rn-bad", Boolean(error));
    const patch = error && (error.patch ?? repair(error, entered));
    const button = patch && h("button", { type: "button", class: "rn-fix", onclick: () => mend(patch) }, words.apply_fix);
    message.replaceChildren(...(error ? explain(error, note) : []), ...(button ? [button] : []));
  }

  /** The button goes with the message, so the focus moves on to what was mended. */
  function mend(/** @type {any} */ patch) {
    apply({ ...entered, ...patch });
    controls.get(Object.keys(patch)[0])?.input.focus();
  }

  /** What a link or a copy holds: not what has no effect now. */
  const told = () => Object.fromEntries(fields.filter(({ applies }) => !applies || applies(state)).map(({ key }) => [key, state[key]]));

  function copy_buttons() {
    const button = (/** @type {string} */ text, /** @type {() => string} */ make) =>
      h("button", { type: "button", onclick: () => copy(make()) }, text);
    const json = button(words.copy_json, () => JSON.stringify({ widget: name, state: told() }, null, 1));
    return model.get("kernel") ? [json] : [json, button(words.copy_link, () => encode_state(link_name(name, el), told()))];
  }

  async function copy(/** @type {string} */ text) {
    copied.hidden = false;
    copied.value = text;
    copied.select();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // without permission the text stands selected, ready for Ctrl+C
    }
  }

  const follow = fields.map((field) => {
    const event = `change:${field.key}`;
    const callback = () => {
      const value = model.get(field.key);
      if (value !== state[field.key]) apply({ ...state, [field.key]: value });
    };
    model.on(event, callback);
    return () => model.off(event, callback);
  });

  el.append(root);
  if (!apply(state)) sync();
  follow.push(follow_ground(root));
  if (!model.get("kernel")) follow.push(on_link(link_name(name, el), follow_link));
  // a browser that comes back to a page may fill in what stood there when it was left
  const restored = (/** @type {PageTransitionEvent} */ event) => event.persisted || sync();
  addEventListener("pageshow", restored);
  follow.push(() => removeEventListener("pageshow", restored));

  function follow_link(/** @type {{ state?: any, error?: ShapeError }} */ { state: linked, error }) {
    if (error) return say(error);
    const unknown = Object.keys(linked).filter((key) => !fields.some((field) => field.key === key));
    if (!unknown.length) return apply({ ...initial, ...linked });
    const known = fields.map((field) => field.key).join(", ");
    say(new ShapeError("link", fill(words.unknown_keys, { keys: unknown.map(describe).join(", ") }), known, words.copy_again));
  }

  return () => {
    follow.forEach((stop) => stop());
    verify?.remove();
    shown.remove?.();
    root.remove();
  };
}

/** An error as nodes: where, what arrived, what was expected, the repair. */
export function explain(/** @type {ShapeError} */ error, note = "") {
  const part = (/** @type {string} */ term, /** @type {string} */ text) => [h("dt", {}, term), h("dd", {}, text)];
  return [
    h("p", {}, h("strong", {}, `⚠ ${error.where}`), fill(words.got, { got: error.got })),
    h("dl", {}, part(words.expected, error.expected), part(words.repair, error.fix)),
    note && h("p", { class: "rn-note" }, note),
  ].filter(Boolean);
}

function check_or_default(/** @type {Field[]} */ fields, /** @type {any} */ model) {
  return check(fields, Object.fromEntries(fields.map((field) => [field.key, model.get(field.key)])));
}
