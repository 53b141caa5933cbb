// Predict the shape: a question, an instant check, the working.

import { fresh_id, h, set_text } from "../shared/dom.mjs";
import { ShapeError } from "../shared/errors.mjs";
import { explain, tool } from "../shared/form.mjs";
import { check } from "./check.mjs";
import { question, truth } from "./questions.mjs";
import { working } from "./working.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const MOST = 8192;

/** @type {import("../shared/form.mjs").Field[]} */
export const FIELDS = [
  { key: "topic", label: words.fields.topic, options: Object.entries(words.topics) },
  { key: "index", label: words.fields.index, max: MOST },
  { key: "seed", label: words.fields.seed, max: MOST },
];

/** The question of a state, and its truth. */
export function compute(/** @type {any} */ state) {
  const asked = question(state);
  return { question: asked, truth: truth(asked) };
}

function view(/** @type {import("../shared/form.mjs").Frame} */ { set }) {
  const [input_id, text_id, form_id] = ["quiz", "quiz-text", "quiz-form"].map(fresh_id);
  const text = h("p", { class: "rn-question", id: text_id });
  const wanted = h("span", { class: "rn-note", id: form_id });
  const input = h("input", {
    id: input_id, type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    "aria-describedby": `${text_id} ${form_id}`, "data-lm-suppress-shortcuts": "true", oninput: typed,
  });
  const result = h("div", { class: "rn-message rn-verdict", role: "status" });
  const next = h("button", { type: "button", onclick: go_on }, words.next);
  const show = h("button", { type: "button", class: "rn-quiet", "aria-expanded": "false", onclick: toggle }, words.show);
  const score = h("span", { class: "rn-note" });
  const body = h("tbody");
  const heads = words.columns.map((title) => h("th", { scope: "col" }, title));
  const table = h("table", { class: "rn-table rn-working" }, h("caption", {}, words.working), h("thead", {}, h("tr", {}, heads)), body);
  const box = h("div", { class: "rn-table-box rn-quiz-working", tabindex: 0, role: "region", "aria-label": words.working, hidden: true }, table);
  const form = h(
    "form",
    { class: "rn-quiz-form", onsubmit: submit },
    h("div", { class: "rn-field" }, h("label", { for: input_id }, words.answer), input),
    h("button", { type: "submit" }, words.check),
    wanted,
  );

  /** How each question of this session went, by its name: true if right at the first try. */
  const session = new Map();
  let current = /** @type {any} */ (null);
  let index = 1;
  let name = "";

  function record(/** @type {boolean} */ right) {
    if (!session.has(name)) session.set(name, right);
    const good = [...session.values()].filter(Boolean).length;
    set_text(score, fill(words.score, { good, count: session.size }));
  }

  function submit(/** @type {Event} */ event) {
    event.preventDefault();
    judge();
  }

  /** A right entry is told at once; anything else may be half typed, and waits for Enter or the button. */
  function typed() {
    input.removeAttribute("aria-invalid");
    try {
      if (check(current, input.value).right) return judge();
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
    }
    tell("", []);
  }

  function judge() {
    try {
      const { right, given, hint } = check(current, input.value);
      record(right);
      if (right) tell("right", [h("p", {}, h("strong", {}, fill(words.right, { given })))]);
      else tell("wrong", [h("p", {}, h("strong", {}, fill(words.wrong, { given })), hint)]);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      tell("unread", explain(error));
      input.setAttribute("aria-invalid", "true");
    }
  }

  function tell(/** @type {string} */ verdict, /** @type {Node[]} */ nodes) {
    result.dataset.verdict = verdict;
    result.classList.toggle("rn-bad", verdict === "unread" || verdict === "wrong");
    result.classList.toggle("rn-good", verdict === "right");
    result.replaceChildren(...nodes);
  }

  function go_on() {
    set({ index: index < MOST ? index + 1 : 1 });
    input.focus();
  }

  function toggle() {
    if (box.hidden && !session.has(name)) record(false); // seen before it was answered
    box.hidden = !box.hidden;
    label();
  }

  function label() {
    set_text(show, box.hidden ? words.show : words.hide);
    show.setAttribute("aria-expanded", String(!box.hidden));
  }

  function fill_in() {
    body.replaceChildren(
      ...working(current).map(({ step, formula, result: value, value: exact }) =>
        h("tr", {}, h("th", { scope: "row" }, step), h("td", { class: "rn-shape" }, formula), h("td", { class: "rn-number", "data-value": exact }, value)),
      ),
    );
  }

  return {
    nodes: [text, form, result, h("div", { class: "rn-actions" }, next, show, score), box],
    update(/** @type {any} */ found, /** @type {any} */ state) {
      const fresh = `${state.topic} ${state.seed} ${state.index}`;
      if (fresh === name) return;
      [name, index, current] = [fresh, state.index, found.question];
      set_text(text, current.text);
      set_text(wanted, current.form === "shape" ? words.form.shape : words.form.number);
      input.value = "";
      input.removeAttribute("aria-invalid");
      tell("", []);
      box.hidden = true;
      label();
      fill_in();
    },
  };
}

export default {
  render({ model, el }) {
    return tool({ model, el, name: "shape-quiz", fields: FIELDS, compute, view, verifiable: false });
  },
};
