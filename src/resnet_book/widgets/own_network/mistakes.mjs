// Mistakes at their lines: where, what arrived, what was expected, the repair, and the change of text that makes it.

import { h } from "../shared/dom.mjs";
import { explain } from "../shared/form.mjs";
import { page_words } from "./results.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

/**
 * The mistakes of a trace as nodes; each has its line in `data-line`.
 * @param {any[]} errors as `check --json` gives them
 * @param {string} code
 * @param {[number, number, string[]][] | null} mend what mends the first
 * @param {{ go: (line: number, from?: number, to?: number) => void, apply: () => void }} act
 */
export function mistakes(errors, code, mend, { go, apply }) {
  const rows = code.split("\n");
  return errors.map((error, index) => h(
    "section",
    { class: "rn-mistake", ...(error.line ? { "data-line": error.line } : {}) },
    error.line > 0 && quoted(error, rows, go),
    explain({ ...error, got: page_words(error.got), fix: page_words(error.fix) }),
    index === 0 && mend && difference(mend, rows),
    index === 0 && mend && h("button", { type: "button", class: "rn-fix", onclick: apply }, words.apply_fix),
  ));
}

/** The line as it stands, what is meant in it underlined. */
function quoted(/** @type {any} */ { line, column, end_column }, /** @type {string[]} */ rows, /** @type {any} */ go) {
  const text = rows[line - 1] ?? "";
  const from = Math.max(0, (column ?? 1) - 1);
  const to = end_column ? end_column - 1 : text.length;
  const number = h("button", { type: "button", class: "rn-line", onclick: () => go(line, from + 1, to + 1) }, fill(words.at_line, { line }));
  return h("p", { class: "rn-quoted" }, number, " ", h("code", {}, text.slice(0, from).trimStart(), h("mark", {}, text.slice(from, to)), text.slice(to)));
}

/** The change before it is made: what goes, what comes. */
function difference(/** @type {[number, number, string[]][]} */ edits, /** @type {string[]} */ rows) {
  const part = (/** @type {string} */ sign, /** @type {string} */ name, /** @type {number} */ line, /** @type {string} */ text) =>
    h("span", { class: `rn-${name}` }, `${sign} ${String(line).padStart(3)}  ${text}\n`);
  const lines = edits.flatMap(([line, gone, come]) => [
    ...rows.slice(line - 1, line - 1 + gone).map((text, i) => part("−", "gone", line + i, text)),
    ...come.map((text, i) => part("+", "come", line + i, text)),
  ]);
  return h("pre", { class: "rn-difference", role: "group", "aria-label": words.change }, lines);
}
