// The controls of each form of question: what a reader fills in, and the one text that `check` reads.

import { code_field } from "../shared/code_field.mjs";
import { fresh_id, h } from "../shared/dom.mjs";
import { fill } from "../../exercises/wording.mjs";
import { prose } from "./prose.mjs";
import words from "./words.json";

/** @typedef {import("../../exercises/exercise.mjs").Asked} Asked */

/**
 * @typedef {object} Controls
 * @property {Node[]} nodes
 * @property {() => string} text
 * @property {(text: string) => void} put
 * @property {(bad: boolean, line?: number) => void} mark as not understood; of code the line where it fails
 * @property {() => void} focus
 */

/** A line of text under its label. `described` is the id of what says more. */
function line(/** @type {string} */ label, /** @type {string} */ described, /** @type {Node | null} */ more = null) {
  const id = fresh_id("answer");
  // JupyterLab takes the arrow keys from any input that does not say so itself
  const input = h("input", { id, type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-describedby": described, "data-lm-suppress-shortcuts": "true" });
  return { input, node: h("div", { class: "rn-field" }, h("div", { class: "rn-label" }, h("label", { for: id }, label), more), input) };
}

const mark = (/** @type {any} */ input, /** @type {boolean} */ bad) => (bad ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid"));

/** @returns {Controls} */
function one(/** @type {Asked} */ asked, /** @type {string} */ described) {
  const id = fresh_id("wanted");
  const { input, node } = line(words.answer, `${described} ${id}`, h("span", { class: "rn-wanted", id }, asked.wanted));
  return { nodes: [node], text: () => input.value, put: (text) => (input.value = text), mark: (bad) => mark(input, bad), focus: () => input.focus() };
}

/** @returns {Controls} */
function several(/** @type {Asked} */ asked, /** @type {string} */ described) {
  const lines = asked.parts.map((part, i) => {
    const id = fresh_id("part");
    return line(fill(words.part, { place: i + 1 }), `${id} ${described}`, h("span", { class: "rn-part", id }, prose(part)));
  });
  return {
    nodes: [h("div", { class: "rn-parts" }, lines.map(({ node }) => node))],
    text: () => (lines.some(({ input }) => input.value.trim()) ? lines.map(({ input }) => input.value.replaceAll(";", ",")).join(" ; ") : ""),
    put: (text) => text.split(";").forEach((part, i) => lines[i] && (lines[i].input.value = part.trim())),
    mark: (bad) => lines.forEach(({ input }) => mark(input, bad)),
    focus: () => lines[0].input.focus(),
  };
}

/** @returns {Controls} */
function radios(/** @type {Asked} */ asked, /** @type {string} */ described) {
  const name = fresh_id("option");
  const inputs = Object.values(asked.options).map((label) => h("input", { type: "radio", name, value: label, "data-lm-suppress-shortcuts": "true" }));
  const lines = inputs.map((input) => h("label", { class: "rn-option" }, input, h("span", {}, prose(input.value))));
  return {
    nodes: [h("fieldset", { class: "rn-options", "aria-describedby": described }, h("legend", {}, words.answer), lines)],
    text: () => inputs.find((input) => input.checked)?.value ?? "",
    put: (text) => inputs.forEach((input) => (input.checked = input.value === text)),
    mark() {},
    focus: () => (inputs.find((input) => input.checked) ?? inputs[0]).focus(),
  };
}

/** @returns {Controls} */
function text(/** @type {Asked} */ asked, /** @type {string} */ described) {
  const lines = asked.start.split("\n").length;
  const field = code_field(words.code, () => {}, Math.min(14, lines + 2));
  field.area.setAttribute("aria-describedby", described);
  field.area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) field.area.form.requestSubmit();
  });
  return {
    nodes: [field.node],
    text: () => field.area.value,
    put: (code) => field.set(code || asked.start),
    mark(bad, line = 0) {
      mark(field.area, bad);
      field.mark([line], new Map());
    },
    focus: () => field.area.focus(),
  };
}

/** @type {Record<string, (asked: Asked, described: string) => Controls>} */
export const CONTROLS = { number: one, shape: one, ordering: one, parts: several, choice: radios, code: text };
