// The confusion matrix as a table of buttons: one stop for the tab key, arrow keys inside.

import { h, set_text } from "../shared/dom.mjs";
import { thousands } from "../shared/format.mjs";
import { margins, percent } from "./counts.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -9], End: [0, 9] };

/** The table; `choose(i, j)` is called for the cell of a row and a column. */
export function matrix_table(/** @type {any} */ { classes, matrix, title }, /** @type {(i: number, j: number) => void} */ choose) {
  const { rows, columns, right } = margins(matrix);
  const share = (/** @type {number} */ part, /** @type {number} */ whole) => {
    return h("td", whole ? { "data-value": part / whole } : {}, h("span", {}, percent(part, whole)));
  };
  const cell = (/** @type {number} */ i, /** @type {number} */ j) => {
    const count = matrix[i][j];
    const what = i === j ? fill(words.cell_right, { name: classes[i] }) : fill(words.cell_taken, { name: classes[i], other: classes[j] });
    const button = h(
      "button",
      // JupyterLab takes the arrow keys from any element that does not say so itself
      { type: "button", tabindex: -1, "aria-pressed": "false", "aria-label": `${thousands(count)}: ${what}`, "data-lm-suppress-shortcuts": "true", onclick: () => choose(i, j), onkeydown: (/** @type {any} */ e) => move(e, i, j) },
      thousands(count),
    );
    const td = h("td", { "data-value": count, class: i === j ? "rn-same" : count ? "" : "rn-zero" }, button);
    // the root, so that the small shares of the mistakes can be told apart
    td.style.setProperty("--shade", `${(100 * Math.cbrt(rows[i] && count / rows[i])).toFixed(1)}%`);
    return button;
  };
  const buttons = /** @type {any[][]} */ (matrix.map((/** @type {any} */ _, /** @type {number} */ i) => classes.map((/** @type {any} */ __, /** @type {number} */ j) => cell(i, j))));
  const heads = classes.map((/** @type {string} */ name) => h("th", { scope: "col" }, h("span", {}, name.replace("/", "/\u200b"))));
  const names = classes.map((/** @type {string} */ name) => h("th", { scope: "row" }, name));
  const table = h(
    "table",
    { class: "rn-table rn-matrix" },
    h("caption", {}, fill(words.matrix, { title })),
    h(
      "thead",
      {},
      h("tr", {}, h("th", { scope: "col", rowspan: 2 }, words.true), h("th", { scope: "colgroup", colspan: classes.length }, words.predicted), h("th", { scope: "col", rowspan: 2 }, h("span", {}, words.recall))),
      h("tr", {}, heads),
    ),
    h("tbody", {}, buttons.map((row, i) => h("tr", {}, names[i], row.map((button) => button.parentNode), share(right[i], rows[i])))),
    h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, words.precision), right.map((n, j) => share(n, columns[j])), h("td"))),
  );
  let at = [0, 0];

  function move(/** @type {KeyboardEvent} */ event, /** @type {number} */ i, /** @type {number} */ j) {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const inside = (/** @type {number} */ n) => Math.min(classes.length - 1, Math.max(0, n));
    const [row, column] = [inside(i + step[0]), inside(j + step[1])];
    choose(row, column);
    buttons[row][column].focus();
  }

  function mark(/** @type {boolean} */ on) {
    const [i, j] = at;
    buttons[i][j].tabIndex = on ? 0 : -1;
    buttons[i][j].setAttribute("aria-pressed", String(on));
    names[i].classList.toggle("rn-on", on);
    heads[j].classList.toggle("rn-on", on);
  }

  return {
    table,
    update(/** @type {any} */ { i, j }) {
      mark(false);
      at = [i, j];
      mark(true);
    },
  };
}
