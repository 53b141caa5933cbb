// The table below the maps: what each network has reached, in numbers.

import { h, set_text } from "../shared/dom.mjs";
import { thousands } from "../shared/format.mjs";
import { percent } from "./words.mjs";
import words from "./words.json";

/** A row for each network; `put` takes what the worker says of them, null before it has said anything. */
export function numbers(/** @type {string[]} */ names) {
  const rows = names.map((name) => ({ name, cells: Array.from(words.numbers.columns.slice(1), () => h("td", { class: "rn-number" })) }));
  const node = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.numbers.label },
    h("table", { class: "rn-table" },
      h("thead", {}, h("tr", {}, words.numbers.columns.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows.map(({ name, cells }) => h("tr", {}, h("th", { scope: "row" }, name), cells)))));
  return { node, put: (/** @type {any[]} */ learners) => rows.forEach(({ cells }, i) => put(cells, learners[i])) };
}

function put(/** @type {any[]} */ cells, /** @type {any} */ found) {
  const told = found && [
    [thousands(found.steps), found.steps],
    [found.trouble ? "NaN" : found.loss < 1e-4 ? "< 0.0001" : found.loss.toFixed(4), found.loss],
    [percent(found.accuracy), found.accuracy],
    found.held === null ? ["–", null] : [percent(found.held), found.held],
    [found.ms.toFixed(2), found.ms],
  ];
  cells.forEach((cell, i) => {
    const [text, value] = told?.[i] ?? ["–", null];
    set_text(cell, text);
    if (value === null) delete cell.dataset.value;
    else cell.dataset.value = String(value);
  });
}
