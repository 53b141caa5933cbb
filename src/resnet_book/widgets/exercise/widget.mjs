// An exercise on the page: the question, controls, a verdict, a hint, the worked answer, and how far the reader has come.

import { Asked } from "../../exercises/exercise.mjs";
import { fill } from "../../exercises/wording.mjs";
import { fresh_id, h, press_by_enter, set_text } from "../shared/dom.mjs";
import { open_tracer } from "../own_network/tracer.mjs";
import { explain } from "../shared/form.mjs";
import { follow_ground } from "../shared/ground.mjs";
import { encode_state, on_link } from "../shared/share.mjs";
import { CONTROLS } from "./controls.mjs";
import { keeps, progress } from "./progress.mjs";
import { prose } from "./prose.mjs";
import words from "./words.json";

const MOST = 8192;

/** The front-end module of a chapter's exercises. */
export const exercise = (/** @type {import("../../exercises/exercise.mjs").Chapter} */ chapter) => ({
  render: (/** @type {{ model: any, el: HTMLElement }} */ { model, el }) => render(chapter, model, el),
});

function render(/** @type {import("../../exercises/exercise.mjs").Chapter} */ chapter, /** @type {any} */ model, /** @type {HTMLElement} */ el) {
  const key = model.get("key");
  const keys = Object.keys(chapter.exercises);
  const place = keys.indexOf(key) + 1;
  const link_name = `exercise:${key}`;
  const far = progress(chapter.name);
  let seed = model.get("seed");
  const tracer = chapter.exercises[key].kind.form === "code" ? open_tracer(model) : null;
  let running = false;
  let asked = /** @type {any} */ (null);
  let controls = /** @type {import("./controls.mjs").Controls} */ (/** @type {any} */ (null));

  const [title_id, question_id] = ["title", "question"].map((stem) => fresh_id(`exercise-${stem}`));
  const state = h("span", { class: "rn-exercise-state" });
  const head = h("p", { class: "rn-exercise-head", id: title_id }, h("span", { class: "rn-exercise-number" }, fill(words.number, { place })), h("strong", {}, chapter.words.exercises[key].title), state);
  const question = h("p", { class: "rn-question", id: question_id });
  const items = h("ol", { class: "rn-items" });
  const fields = h("div", { class: "rn-exercise-fields" });
  const verdict = h("div", { class: "rn-message rn-verdict", role: "status" });
  const hint = h("p", { class: "rn-hint", hidden: true });
  const steps = h("div", { class: "rn-worked", hidden: true });
  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, props = {}) => h("button", { type: "button", onclick, ...props }, text);
  const hint_button = button(words.hint, () => open(hint, hint_button, hint.hidden), { "aria-expanded": "false" });
  const show_button = button(words.show, () => reveal(steps.hidden), { "aria-expanded": "false" });
  const another = chapter.exercises[key].draw && button(words.another, draw_again);
  const copied = h("input", { class: "rn-copied", type: "text", readonly: true, "aria-label": words.copied, hidden: true });
  const link = !model.get("kernel") && button(words.link, () => copy(encode_state(link_name, { seed })), { class: "rn-quiet" });
  const stop_button = button(words.stop, () => tracer?.stop(), { hidden: true });
  const check_button = h("button", { type: "submit", class: "rn-check" }, words.check);
  const form = h(
    "form",
    { class: "rn-exercise-form", onsubmit: submit, onkeydown: press_by_enter, oninput: () => controls.mark(false) },
    fields,
    h("div", { class: "rn-actions" }, check_button, stop_button, hint_button, show_button, another, link, copied),
  );
  const summary = place === keys.length ? overview() : null;
  const root = h(
    "div",
    { class: "rn rn-exercise", "data-widget": "exercise", id: `exercise-${key}`, role: "group", "aria-labelledby": title_id },
    head, question, items, form, verdict, hint, steps, summary?.node,
  );

  function ask() {
    asked = new Asked(chapter, key, seed, model.get("_facts") ?? {});
    question.replaceChildren(...prose(asked.question));
    const labels = Object.values(asked.items);
    items.hidden = !labels.length;
    items.replaceChildren(...labels.map((label) => h("li", {}, prose(label))));
    controls = CONTROLS[asked.kind.form](asked, question_id);
    controls.put("");
    fields.replaceChildren(...controls.nodes);
    hint.replaceChildren(...prose(asked.hint));
    steps.replaceChildren(h("p", { class: "rn-note" }, words.worked), ...asked.answer.map((/** @type {string} */ step) => h("p", {}, prose(step))));
    if (tracer) steps.append(h("pre", { class: "rn-solution", tabindex: 0, role: "group", "aria-label": words.worked }, solution()));
    open(hint, hint_button, false);
    open(steps, show_button, false);
    set_text(show_button, words.show);
    delete root.dataset.correct;
    delete root.dataset.answer;
    tell("", []);
  }

  /** The right code, the lines marked that the start has not. */
  function solution() {
    const before = new Set(asked.start.split("\n"));
    return asked.solution.trimEnd().split("\n").flatMap((/** @type {string} */ line) => [before.has(line) ? line : h("mark", {}, line), "\n"]);
  }

  function open(/** @type {any} */ box, /** @type {any} */ by, /** @type {boolean} */ wide) {
    box.hidden = !wide;
    by.setAttribute("aria-expanded", String(wide));
  }

  function reveal(/** @type {boolean} */ wide) {
    open(steps, show_button, wide);
    set_text(show_button, wide ? words.hide : words.show);
    if (!wide) return;
    root.dataset.answer = asked.typed;
    far.see(key, seed);
  }

  function submit(/** @type {Event} */ event) {
    event.preventDefault();
    if (running) return;
    const text = controls.text();
    const question = asked.to_trace(text);
    if (question) run(text, question);
    else judge(text, null);
  }

  /** Trace the reader's code in the sandbox, then judge what was found. */
  async function run(/** @type {string} */ text, /** @type {any} */ question) {
    const about = asked;
    delete root.dataset.correct;
    busy(true);
    const { trace, said } = await tracer.trace(question, (/** @type {string} */ words_of_it) => tell("", [h("p", { class: "rn-note" }, words_of_it)]));
    busy(false);
    if (!root.isConnected || asked !== about) return;
    if (trace) return judge(text, trace);
    root.dataset.correct = "false";
    tell("unread", [h("p", {}, said)]);
  }

  function busy(/** @type {boolean} */ now) {
    running = now;
    if (!now && document.activeElement === stop_button) check_button.focus();
    stop_button.hidden = !now;
    check_button.setAttribute("aria-disabled", String(now));
    root.setAttribute("aria-busy", String(now));
  }

  function judge(/** @type {string} */ text, /** @type {any} */ found) {
    const { correct, why, text: said } = asked.check(text, found);
    root.dataset.correct = String(correct);
    controls.mark(why.startsWith("unreadable") || why === "broken" || why === "unmade", found?.errors[0]?.line);
    const seen = far.seen(key, seed) && !far.solved(key);
    const [sign, kind] = correct ? ["✓", "right"] : why.startsWith("unreadable") ? ["⚠", "unread"] : ["✗", "wrong"];
    tell(kind, [h("p", {}, h("span", { class: "rn-sign", "aria-hidden": "true" }, `${sign} `), prose(said)), correct && seen && h("p", { class: "rn-note" }, another ? words.seen_note : words.seen_only)]);
    if (correct && !seen) far.solve(key);
    save({ answer: text });
  }

  function tell(/** @type {string} */ kind, /** @type {any[]} */ nodes) {
    verdict.dataset.verdict = kind;
    verdict.replaceChildren(...nodes.filter(Boolean));
  }

  /** Other numbers: the next seed whose question is another one. */
  function draw_again() {
    const before = asked.question + JSON.stringify(asked.numbers);
    for (let tries = 0; tries < 100; tries++) {
      seed = seed < MOST ? seed + 1 : 1;
      const next = new Asked(chapter, key, seed, model.get("_facts") ?? {});
      if (next.question + JSON.stringify(next.numbers) !== before) break;
    }
    tracer?.stop();
    ask();
    controls.focus();
    save({ seed, answer: "" });
  }

  function save(/** @type {any} */ patch) {
    for (const [name, value] of Object.entries(patch)) if (model.get(name) !== value) model.set(name, value);
    model.save_changes();
  }

  async function copy(/** @type {string} */ text, field = copied) {
    field.hidden = false;
    field.value = text;
    field.select();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // without permission the text stands selected, ready for Ctrl+C
    }
  }

  /** The chapter's progress, behind its last exercise. */
  function overview() {
    const count = h("p", { class: "rn-progress-count" });
    const marks = h("ol", { class: "rn-progress-marks", "aria-hidden": "true" }, keys.map((_, i) => h("li", {}, String(i + 1))));
    const field = h("input", { class: "rn-copied", type: "text", readonly: true, "aria-label": words.copied, hidden: true });
    const note = h("p", { class: "rn-note" }, keeps() ? words.kept : words.not_kept);
    const line = () => {
      const solved = keys.filter(far.solved);
      const list = solved.map((name) => keys.indexOf(name) + 1).join(", ") || words.none;
      const date = new Date().toISOString().slice(0, 10);
      return fill(words.line, { title: chapter.words.title, solved: solved.length, all: keys.length, list, date });
    };
    const node = h(
      "section",
      { class: "rn-progress", "aria-label": words.progress_title },
      count, marks,
      h("div", { class: "rn-actions" }, button(words.result, () => copy(line(), field)), button(words.again, far.clear, { class: "rn-quiet" }), field),
      note,
    );
    function update() {
      const solved = keys.map(far.solved);
      set_text(count, fill(words.progress, { solved: solved.filter(Boolean).length, all: keys.length }));
      [...marks.children].forEach((mark, i) => mark.toggleAttribute("data-solved", solved[i]));
    }
    return { node, update };
  }

  function show_progress() {
    const solved = far.solved(key);
    root.toggleAttribute("data-solved", solved);
    set_text(state, solved ? `✓ ${words.solved}` : far.seen(key, seed) ? words.seen : "");
    summary?.update();
  }

  function from_link(/** @type {{ state?: any, error?: any }} */ found) {
    const wished = found.state?.seed;
    if (found.error) tell("unread", explain(found.error));
    else if (Object.keys(found.state).some((name) => name !== "seed") || !Number.isInteger(wished) || wished < 0 || wished > MOST) tell("unread", [h("p", {}, words.bad_link)]);
    else {
      seed = wished;
      ask();
      save({ seed });
    }
  }

  function from_kernel() {
    if (model.get("seed") !== seed) {
      seed = model.get("seed");
      ask();
      show_progress();
    }
    if (model.get("answer") !== controls.text()) controls.put(model.get("answer"));
  }

  el.append(root);
  ask();
  controls.put(model.get("answer"));
  const stop = far.follow(show_progress);
  show_progress();
  model.on("change:seed change:answer", from_kernel);
  const unlink = model.get("kernel") ? () => {} : on_link(link_name, from_link);
  const unground = follow_ground(root);

  return () => {
    tracer?.stop();
    unlink();
    unground();
    model.off("change:seed change:answer", from_kernel);
    stop();
    root.remove();
  };
}
