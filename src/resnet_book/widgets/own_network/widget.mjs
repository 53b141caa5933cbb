// The reader's own network: a text for PyTorch, traced in the page on a torch that knows only shapes.

import { fresh_id, h, set_text } from "../shared/dom.mjs";
import { ShapeError } from "../shared/errors.mjs";
import { explain } from "../shared/form.mjs";
import { thousands } from "../shared/format.mjs";
import { follow_ground } from "../shared/ground.mjs";
import { encode_state, link_name, on_link } from "../shared/share.mjs";
import { code_field } from "../shared/code_field.mjs";
import { mistakes } from "./mistakes.mjs";
import { read_file } from "./reading.mjs";
import { results } from "./results.mjs";
import { by_line, changed } from "./rows.mjs";
import { open_tracer } from "./tracer.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const IN_A_LINK = 8_000; // characters of code
const IN_THE_FIELD = 400_000;
const KEYS = ["code", "network", "input_shape"];

function render(/** @type {any} */ { model, el }) {
  const key = model.get("key");
  const address = () => (key ? `own-network:${key}` : link_name("own-network", el));
  const examples = model.get("_examples");
  const tracer = open_tracer(model);
  const found = { network: "", shapes: "" }; // what the last trace filled in
  let running = false;
  let before_fix = ""; // the code that the last fix changed

  const field = code_field(words.fields.code, (text) => keep("code", text));
  const network = text_field(words.fields.network, words.by_itself, (text) => keep("network", text));
  const shape = text_field(words.fields.input_shape, words.by_itself, (text) => keep("input_shape", text));
  const start_from = h("select", { id: fresh_id("from") }, h("option", { value: "" }, "…"), examples.map((/** @type {any} */ e) => h("option", { value: e.name }, e.title)));
  const file = h("input", { type: "file", id: fresh_id("file"), accept: ".py,.ipynb,.txt,text/x-python" });
  const button = (/** @type {string} */ text, /** @type {() => void} */ press, props = {}) => h("button", { type: "button", onclick: press, ...props }, text);
  const go = button(words.trace, trace, { class: "rn-main" });
  const stop = button(words.stop, () => tracer.stop(), { disabled: true });
  const undo = button(words.undo, take_back, { hidden: true });
  const said = h("span", { class: "rn-note", role: "status" });
  const message = h("div", { class: "rn-message", role: "status" });
  const shown = results();
  const copied = h("input", { class: "rn-copied", type: "text", readonly: true, "aria-label": words.copied, hidden: true });
  const labelled = (/** @type {string} */ label, /** @type {any} */ control) => h("div", { class: "rn-field" }, h("label", { for: control.id }, label), control);
  const root = h(
    "div",
    { class: "rn rn-own", "data-widget": "own-network", dir: "ltr", lang: "en" },
    h("form", { onsubmit: submit },
      h("div", { class: "rn-controls" }, labelled(words.fields.start_from, start_from), labelled(words.fields.file, file)),
      field.node,
      h("div", { class: "rn-controls" }, network.node, shape.node),
      h("div", { class: "rn-actions rn-run" }, go, stop, undo, said)),
    message,
    shown.node,
    h("div", { class: "rn-actions" }, button(words.copy_trace, () => copy(JSON.stringify(last.trace, null, 1)), { class: "rn-copy-trace" }), !model.get("kernel") && button(words.copy_link, copy_link), copied),
  );
  let last = { trace: model.get("_trace"), code: model.get("code") };

  function submit(/** @type {Event} */ event) {
    event.preventDefault();
    trace();
  }

  function keep(/** @type {string} */ name, /** @type {string} */ text) {
    if (model.get(name) === text) return;
    model.set(name, text);
    model.save_changes();
    if (name === "code") forget();
  }

  /** What was found for another text does not stand for this one. */
  function forget() {
    network.found("");
    shape.found("");
    found.network = found.shapes = "";
    message.querySelectorAll(".rn-fix").forEach((/** @type {any} */ fix) => (fix.disabled = true));
    undo.hidden = true;
    set_text(said, running ? said.textContent ?? "" : words.has_changed);
  }

  function put(/** @type {any} */ state) {
    model.set(state);
    model.save_changes();
    for (const name of KEYS) if (name in state) show(name);
  }

  function show(/** @type {string} */ name) {
    const text = model.get(name);
    if (name === "code") field.set(text);
    else (name === "network" ? network : shape).set(text);
  }

  async function trace() {
    if (running) return;
    const code = model.get("code");
    if (code.length > IN_THE_FIELD) return complain(new ShapeError(words.fields.code, fill(words.characters, { count: thousands(code.length) }), fill(words.at_most, { most: thousands(IN_THE_FIELD) }), words.network_alone));
    busy(true);
    const answer = await tracer.trace({ text: code, network: model.get("network"), shapes: model.get("input_shape") }, (text) => set_text(said, text));
    busy(false);
    set_text(said, answer.said);
    if (!root.isConnected || answer.ended) return;
    if (answer.wrong) {
      complain(new ShapeError(words.fields.input_shape, answer.wrong.got, answer.wrong.expected, answer.wrong.fix));
      shape.input.setAttribute("aria-invalid", "true");
      return;
    }
    shape.input.removeAttribute("aria-invalid");
    take(answer.trace, code, answer);
  }

  /** Show a trace; one that could not even begin leaves the last good one. */
  function take(/** @type {any} */ told, /** @type {string} */ code, /** @type {{ printed: string, mend: any }} */ { printed, mend }) {
    const good = told.rows.length > 0 || !told.errors.length;
    if (good) {
      shown.update(told, code, printed);
      last = { trace: told, code };
      root.classList.remove("rn-untraced");
    } else last = { ...last, trace: told };
    if (told.network) network.found((found.network = told.network));
    if (told.inputs.length) shape.found((found.shapes = told.inputs.map((/** @type {number[]} */ s) => s.join(",")).join("; ")));
    const all = told.macs || 1;
    field.mark(told.errors.map((/** @type {any} */ e) => e.line), good ? new Map(by_line(told.rows).map(({ line, macs }) => [line, macs / all])) : new Map());
    message.classList.toggle("rn-bad", told.errors.length > 0);
    message.replaceChildren(...mistakes(told.errors, code, mend, { go: field.go, apply: () => apply(code, mend) }));
    if (told.errors.length && told.inputs.length && !model.get("input_shape").trim())
      message.append(h("p", { class: "rn-note rn-assumed" }, fill(words.assumed, { shapes: found.shapes.replaceAll(",", " × ") })));
    if (told.errors.length && !good) message.append(h("p", { class: "rn-note" }, words.last_trace));
  }

  /** The button goes with the message, so the focus moves on to the one that takes the change back. */
  function apply(/** @type {string} */ code, /** @type {any} */ mend) {
    put({ code: changed(code, mend) });
    forget();
    before_fix = code;
    undo.hidden = false;
    undo.focus();
    trace();
  }

  async function take_back() {
    if (running) return;
    put({ code: before_fix });
    forget();
    field.area.focus(); // until the button that makes the change is there again
    await trace();
    message.querySelector(".rn-fix")?.focus();
  }

  function complain(/** @type {any} */ error) {
    message.classList.add("rn-bad");
    message.replaceChildren(...explain(error, words.last_trace));
  }

  function busy(/** @type {boolean} */ now) {
    running = now;
    go.disabled = now;
    stop.disabled = !now;
    root.setAttribute("aria-busy", String(now));
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

  function copy_link() {
    const length = model.get("code").length;
    if (length > IN_A_LINK) return set_text(said, fill(words.too_long_for_link, { length: thousands(length), most: thousands(IN_A_LINK) }));
    copy(encode_state(address(), Object.fromEntries(KEYS.map((name) => [name, model.get(name)]))));
  }

  function follow_link(/** @type {any} */ linked) {
    const wrong = Object.entries(linked).find(([name, value]) => !KEYS.includes(name) || typeof value !== "string");
    if (wrong) return complain(new ShapeError("link", `${wrong[0]}: ${JSON.stringify(wrong[1])?.slice(0, 80)}`, fill(words.texts_named, { keys: KEYS.join(", ") }), words.copy_again));
    if ((linked.code ?? "").length > IN_A_LINK) return complain(new ShapeError("link", fill(words.characters_of_code, { count: thousands(linked.code.length) }), fill(words.at_most, { most: thousands(IN_A_LINK) }), words.open_file));
    put({ network: "", input_shape: "", ...linked });
    forget();
    root.classList.add("rn-untraced");
    set_text(said, words.came_with_link);
    root.scrollIntoView({ block: "start" });
  }

  async function open_file(/** @type {File | undefined} */ given) {
    if (!given) return;
    try {
      put({ code: await read_file(given, IN_THE_FIELD), network: "", input_shape: "" });
      forget();
      set_text(said, fill(words.in_the_field, { name: given.name }));
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      complain(error);
    }
  }

  start_from.addEventListener("change", () => {
    const chosen = examples.find((/** @type {any} */ e) => e.name === start_from.value);
    if (!chosen) return;
    put({ code: chosen.code, network: "", input_shape: "" });
    forget();
  });
  file.addEventListener("change", () => open_file(file.files[0]));
  field.area.addEventListener("dragover", (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
  field.area.addEventListener("drop", (/** @type {DragEvent} */ event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    open_file(event.dataTransfer.files[0]);
  });
  field.area.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) trace();
  });
  // a browser sends a form of two fields by Enter only where it has a button for that
  for (const { input } of [network, shape])
    input.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      trace();
    });

  const followed = KEYS.map((name) => {
    const callback = () => {
      show(name);
      if (name === "code") field.mark([], new Map());
    };
    model.on(`change:${name}`, callback);
    return () => model.off(`change:${name}`, callback);
  });

  el.append(root);
  KEYS.forEach(show);
  if (last.trace?.rows) take(last.trace, last.code, { printed: "", mend: model.get("_mend") });
  else {
    root.classList.add("rn-untraced");
    set_text(said, words.not_traced);
  }
  followed.push(follow_ground(root));
  if (!model.get("kernel")) followed.push(on_link(address(), ({ state, error }) => (error ? complain(error) : follow_link(state))));

  return () => {
    followed.forEach((off) => off());
    tracer.stop();
    shown.remove();
    root.remove();
  };
}

/** A text field that can show what was found without that counting as entered. */
function text_field(/** @type {string} */ label, /** @type {string} */ hint, /** @type {(text: string) => void} */ changed) {
  const id = fresh_id("text");
  const input = h("input", { type: "text", id, placeholder: hint, spellcheck: "false", autocomplete: "off", autocapitalize: "off", "data-lm-suppress-shortcuts": "true" });
  let given = "";
  input.addEventListener("input", () => changed((given = input.value)));
  return {
    node: h("div", { class: "rn-field" }, h("label", { for: id }, label), input),
    input,
    set(/** @type {string} */ text) {
      given = text;
      if (input.value !== text) input.value = text;
    },
    found(/** @type {string} */ text) {
      if (!given.trim()) input.value = text;
    },
  };
}

export default { render };
