// A message of PyTorch is pasted, and answered: what it says, why it comes, the repair with its own numbers.

import { fresh_id, h } from "../shared/dom.mjs";
import { ShapeError } from "../shared/errors.mjs";
import { explain } from "../shared/form.mjs";
import { encode_state, link_name, on_link } from "../shared/share.mjs";
import { read, readers_place } from "./reading.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const NAME = "error-reader";

function answer(/** @type {import("./reading.mjs").Reading} */ { key, message, says, causes, repair }) {
  const section = document.getElementById(key);
  return h(
    "article",
    { class: "rn-reading", "data-key": key },
    h("p", { class: "rn-reading-message" }, h("code", {}, message)),
    h("dl", {}, h("dt", {}, words.says), h("dd", {}, says), h("dt", {}, words.causes), h("dd", {}, h("ol", {}, causes.map((cause) => h("li", {}, cause)))), h("dt", {}, words.repair), h("dd", { class: "rn-repair" }, repair)),
    section && h("p", { class: "rn-note" }, h("a", { href: `#${key}` }, words.smallest)),
  );
}

function unknown() {
  return [
    h("p", {}, h("strong", {}, words.unknown)),
    h("p", {}, words.unknown_advice),
  ];
}

export default {
  render(/** @type {{ model: any, el: HTMLElement }} */ { model, el }) {
    const id = fresh_id("message");
    const input = h("textarea", {
      id, rows: 4, spellcheck: "false", autocapitalize: "off", "data-lm-suppress-shortcuts": "true", oninput: () => enter(input.value),
    });
    const result = h("div", { class: "rn-answers", role: "status" });
    const copied = h("input", { class: "rn-copied", type: "text", readonly: true, "aria-label": words.copied, hidden: true });
    const button = (/** @type {string} */ text, /** @type {() => void} */ act) => h("button", { type: "button", onclick: act }, text);
    const told = () => ({ message: model.get("message") });
    const share = [
      button(words.clear, () => (show(""), enter(""), input.focus())),
      button(words.copy_json, () => copy(JSON.stringify({ widget: NAME, state: told() }, null, 1))),
      ...(model.get("kernel") ? [] : [button(words.copy_link, () => copy(encode_state(link_name(NAME, el), told())))]),
    ];
    const root = h(
      "div",
      { class: "rn", "data-widget": NAME, dir: "ltr", lang: "en" },
      h("div", { class: "rn-field rn-message-field" }, h("label", { for: id }, words.message), input),
      result,
      h("div", { class: "rn-actions" }, share, copied),
    );

    function enter(/** @type {string} */ text) {
      if (!tell(text) || model.get("message") === text) return;
      model.set("message", text);
      model.save_changes();
    }

    function show(/** @type {string} */ text) {
      if (input.value !== text) input.value = text;
    }

    /** Answer a text; returns whether it could be read. */
    function tell(/** @type {string} */ text) {
      input.removeAttribute("aria-invalid");
      try {
        const found = read(text);
        const place = readers_place(text);
        const line = place && h("p", { class: "rn-note" }, fill(words.your_line, { place }));
        const nothing = text.trim() ? unknown() : [h("p", { class: "rn-note" }, words.paste)];
        result.replaceChildren(...(found.length ? found.map(answer) : nothing), ...(line ? [line] : []));
        return true;
      } catch (error) {
        if (!(error instanceof ShapeError)) throw error;
        input.setAttribute("aria-invalid", "true");
        result.replaceChildren(...explain(error));
        return false;
      }
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

    const follow = () => (show(model.get("message")), tell(model.get("message")));
    model.on("change:message", follow);
    el.append(root);
    follow();
    const stop = model.get("kernel") ? () => {} : on_link(link_name(NAME, el), follow_link);

    function follow_link(/** @type {{ state?: any, error?: ShapeError }} */ { state, error }) {
      const wrong = error ?? (typeof state.message === "string" ? null : new ShapeError("link", words.no_message, "a message", words.copy_again));
      if (wrong) return result.replaceChildren(...explain(wrong));
      show(state.message);
      enter(state.message);
    }

    return () => {
      model.off("change:message", follow);
      stop();
      root.remove();
    };
  },
};
