// A guess, then the result: it opens what the next cell put out, and says how the two compare.

import { choice, number, ordering, shape } from "../../exercises/kinds.mjs";
import { Unreadable } from "../../exercises/reading.mjs";
import { fill, rational, significant } from "../../exercises/wording.mjs";
import { prose } from "../exercise/prose.mjs";
import { fresh_id, h, press_by_enter } from "../shared/dom.mjs";
import { follow_ground } from "../shared/ground.mjs";
import { encode_state, on_link } from "../shared/share.mjs";
import { open_result, result_of } from "./result.mjs";
import words from "./words.json";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** What kind of guess is asked for. @returns {any} */
export function kind_of(/** @type {any} */ asked, /** @type {any} */ right) {
  if (asked.options) return choice();
  if (asked.items) return ordering();
  return Array.isArray(right) && right.length !== 2 ? shape() : number({ whole: false, tolerance: 0.001 });
}

/** How a guess compares with what came out. */
export function compare(/** @type {any} */ asked, /** @type {any} */ right, /** @type {string} */ text) {
  const kind = kind_of(asked, right);
  const about = { options: asked.options ?? {}, items: asked.items ?? {}, words: asked };
  const shown = kind.shown(right, about);
  let given;
  try {
    if (!text.trim()) return fill(words.none, { right: shown });
    given = kind.read(text, about);
  } catch (error) {
    if (error instanceof Unreadable) return fill(words.unread, { right: shown });
    throw error;
  }
  const values = { given: text.trim(), right: shown };
  if (kind.same(given, right)) return fill(words.right, values);
  if (kind.form === "ordering") return fill(words.places, { ...values, ...kind.near(given, right)[1] });
  return kind.form === "number" ? measured(given, rational(right), values) : fill(kind.form === "choice" ? words.chosen : words.wrong, values);
}

function measured(/** @type {[bigint, bigint]} */ [a, b], /** @type {[bigint, bigint]} */ [c, d], /** @type {any} */ values) {
  if (a <= 0n || c <= 0n) return fill(words.wrong, values);
  const [guess, truth] = [a * d, c * b];
  const off = guess > truth ? guess - truth : truth - guess;
  if (off * 4n <= truth) return fill(words.about, { ...values, percent: significant([off * 100n, truth], 2) });
  return guess > truth
    ? fill(words.above, { ...values, times: significant([guess, truth], 2) })
    : fill(words.below, { ...values, times: significant([truth, guess], 2) });
}

function controls(/** @type {any} */ asked, /** @type {any} */ kind) {
  if (kind.form === "choice") {
    const name = fresh_id("guess");
    const inputs = Object.values(asked.options).map((label) => h("input", { type: "radio", name, value: label, "data-lm-suppress-shortcuts": "true" }));
    return {
      nodes: [h("fieldset", { class: "rn-options" }, h("legend", {}, words.guess), inputs.map((input) => h("label", { class: "rn-option" }, input, h("span", {}, prose(input.value)))))],
      text: () => inputs.find((input) => input.checked)?.value ?? "",
      put: (/** @type {string} */ text) => inputs.forEach((input) => (input.checked = input.value === text)),
    };
  }
  const [id, note_id] = ["guess", "guess-note"].map(fresh_id);
  const input = h("input", { id, type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-describedby": note_id, "data-lm-suppress-shortcuts": "true" });
  const letters = LETTERS.slice(0, Object.keys(asked.items ?? {}).length).split("").reverse().join(", ");
  const wanted = fill(/** @type {any} */ (words.wanted)[kind.form], { letters });
  return {
    nodes: [
      asked.items && h("ol", { class: "rn-items" }, Object.values(asked.items).map((label) => h("li", {}, prose(String(label))))),
      h("div", { class: "rn-field" }, h("label", { for: id }, words.guess), input),
      h("span", { class: "rn-note", id: note_id }, asked.unit ?? wanted),
    ].filter(Boolean),
    text: () => input.value,
    put: (/** @type {string} */ text) => (input.value = text),
  };
}

/** The words, their pairs of key and label as an object again, in their order. */
export const named = (/** @type {any} */ texts) => Object.fromEntries(Object.entries(texts).map(([name, said]) => [name, Array.isArray(said) ? Object.fromEntries(said) : said]));

export default {
  render(/** @type {{ model: any, el: HTMLElement }} */ { model, el }) {
    const key = model.get("key");
    const asked = named(model.get("_words") ?? {});
    const right = model.get("right");
    const fields = controls(asked, kind_of(asked, right));
    const verdict = h("div", { class: "rn-message rn-verdict", role: "status" });
    const copied = h("input", { class: "rn-copied", type: "text", readonly: true, "aria-label": words.copied, hidden: true });
    const link = !model.get("kernel") && h("button", { type: "button", class: "rn-quiet", onclick: copy }, words.link);
    const form = h("form", { class: "rn-prediction-form", onsubmit: show, onkeydown: press_by_enter }, h("div", { class: "rn-prediction-fields" }, fields.nodes), h("button", { type: "submit", class: "rn-check" }, words.show), link, copied);
    const root = h("div", { class: "rn rn-prediction", "data-widget": "prediction", id: `prediction-${key}` }, form, verdict);

    function show(/** @type {Event} */ event) {
      event.preventDefault();
      const text = fields.text();
      open_result(root, key);
      root.dataset.open = "true";
      verdict.replaceChildren(h("p", {}, prose(compare(asked, right, text))), ...(asked.said ? [h("p", {}, prose(asked.said))] : []));
      if (model.get("guess") !== text) model.set("guess", text);
      model.save_changes();
    }

    async function copy() {
      copied.hidden = false;
      copied.value = encode_state(`prediction:${key}`, { guess: fields.text() });
      copied.select();
      try {
        await navigator.clipboard.writeText(copied.value);
      } catch {
        // without permission the text stands selected, ready for Ctrl+C
      }
    }

    function from_link(/** @type {{ state?: any, error?: any }} */ found) {
      if (typeof found.state?.guess === "string") fields.put(found.state.guess.slice(0, 200));
      else verdict.replaceChildren(h("p", {}, words.bad_link));
    }

    /** A link, a search or the browser's own find may open the result without this button. */
    function opened() {
      root.dataset.open = "true";
      if (!verdict.hasChildNodes()) verdict.replaceChildren(h("p", {}, words.opened));
    }

    const from_kernel = () => model.get("guess") !== fields.text() && fields.put(model.get("guess"));
    el.append(root);
    fields.put(model.get("guess"));
    model.on("change:guess", from_kernel);
    const fold = result_of(key);
    fold?.addEventListener("beforematch", opened);
    const unlink = model.get("kernel") ? () => {} : on_link(`prediction:${key}`, from_link);
    const unground = follow_ground(root);
    return () => {
      unlink();
      unground();
      model.off("change:guess", from_kernel);
      fold?.removeEventListener("beforematch", opened);
      root.remove();
    };
  },
};
