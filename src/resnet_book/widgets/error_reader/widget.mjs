// A message of PyTorch is pasted, and answered: what it says, why it comes, the repair with its own numbers.

import { fresh_id, h } from "../shared/dom.mjs";
import { ShapeError } from "../shared/errors.mjs";
import { explain } from "../shared/form.mjs";
import { encode_state, link_name, on_link } from "../shared/share.mjs";
import { read, readers_place } from "./reading.mjs";

const NAME = "error-reader";

function answer(/** @type {import("./reading.mjs").Reading} */ { key, message, says, causes, repair }) {
  const section = document.getElementById(key);
  return h(
    "article",
    { class: "rn-reading", "data-key": key },
    h("p", { class: "rn-reading-message" }, h("code", {}, message)),
    h("dl", {}, h("dt", {}, "What it says"), h("dd", {}, says), h("dt", {}, "Usual causes"), h("dd", {}, h("ol", {}, causes.map((cause) => h("li", {}, cause)))), h("dt", {}, "Repair"), h("dd", { class: "rn-repair" }, repair)),
    section && h("p", { class: "rn-note" }, h("a", { href: `#${key}` }, "The smallest program that raises it")),
  );
}

function unknown() {
  return [
    h("p", {}, h("strong", {}, "This message is not among those that are known here.")),
    h("p", {}, "Read its last line first: that is the error, what stands above is the way there. Then look for the first line from above that is in a file of your own. For a network of yours, measure(net, shape) names the layer, what arrived and what it takes."),
  ];
}

export default {
  render(/** @type {{ model: any, el: HTMLElement }} */ { model, el }) {
    const id = fresh_id("message");
    const input = h("textarea", {
      id, rows: 4, spellcheck: "false", autocapitalize: "off", "data-lm-suppress-shortcuts": "true", oninput: () => enter(input.value),
    });
    const result = h("div", { class: "rn-answers", role: "status" });
    const copied = h("input", { class: "rn-copied", type: "text", readonly: true, "aria-label": "Copied text", hidden: true });
    const button = (/** @type {string} */ text, /** @type {() => void} */ act) => h("button", { type: "button", onclick: act }, text);
    const told = () => ({ message: model.get("message") });
    const share = [
      button("Clear", () => (show(""), enter(""), input.focus())),
      button("Copy JSON", () => copy(JSON.stringify({ widget: NAME, state: told() }, null, 1))),
      ...(model.get("kernel") ? [] : [button("Copy link", () => copy(encode_state(link_name(NAME, el), told())))]),
    ];
    const root = h(
      "div",
      { class: "rn", "data-widget": NAME, dir: "ltr", lang: "en" },
      h("div", { class: "rn-field rn-message-field" }, h("label", { for: id }, "Error message"), input),
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
        const line = place && h("p", { class: "rn-note" }, `Your line, the last one that is in a file of yours: ${place}.`);
        const nothing = text.trim() ? unknown() : [h("p", { class: "rn-note" }, "Paste a message of PyTorch, or the whole traceback.")];
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
      const wrong = error ?? (typeof state.message === "string" ? null : new ShapeError("link", "no message", "a message", "copy the link again from the page"));
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
