// Rows of a trace as a real table, updated in place.

import { flash, h, set_text } from "./dom.mjs";
import { shape_text, thousands } from "./format.mjs";
import { times } from "./rules.mjs";
import words from "./words.json";

export const COLUMNS = words.columns;

/**
 * @typedef {object} Line one visible line
 * @property {any} row
 * @property {number} level 0 for a stage or a layer outside one, 1 for a block, 2 for a layer in a block
 * @property {boolean | null} open null for what does not open
 */

/**
 * A table; `toggle(name)` is called when a line's button is pressed.
 * @param {string} caption
 * @param {(name: string) => void} [toggle]
 * @param {[string, string][]} [more] further columns: the key of a row's number, the column's title
 */
export function trace_table(caption, toggle = () => {}, more = []) {
  const heads = [...COLUMNS, ...more.map(([, title]) => title)].map((text) => h("th", { scope: "col" }, text));
  const title = h("caption", {}, caption);
  const body = h("tbody");
  const totals = line_cells();
  totals.name.textContent = words.total;
  const table = h("table", { class: "rn-table rn-layers" }, title, h("thead", {}, h("tr", {}, heads)), body, h("tfoot", {}, totals.tr));
  /** @type {ReturnType<typeof line_cells>[]} */
  const pool = [];
  let first = true;

  function line_cells() {
    const button = h("button", { type: "button", class: "rn-open" });
    const label = h("span");
    const name = h("th", { scope: "row" }, label);
    const cells = [...COLUMNS, ...more].slice(1).map((_, i) => h("td", { class: i ? "rn-number" : "rn-shape" }));
    return { tr: h("tr", {}, name, cells), name, label, button, cells, key: "" };
  }

  function update(/** @type {Line[]} */ lines, /** @type {any} */ total, /** @type {"MACs" | "FLOPs"} */ unit) {
    const factor = unit === "FLOPs" ? 2 : 1;
    /** @type {Element[]} */
    const changed = [];
    set_text(heads[3], unit);
    while (pool.length < lines.length) {
      const line = line_cells();
      line.button.addEventListener("click", () => toggle(line.key));
      pool.push(line);
    }
    lines.forEach(({ row, level, open }, index) => {
      const line = pool[index];
      if (line.tr.parentNode !== body) body.append(line.tr);
      head(line, row, level, open);
      values(line.cells, row, total, factor, changed);
      more.forEach(([key], i) => put(line.cells[COLUMNS.length - 1 + i], String(row[key] ?? ""), row[key] ?? "", changed));
    });
    for (let index = lines.length; index < pool.length && pool[index].tr.parentNode; index++) pool[index].tr.remove();
    values(totals.cells, total, null, factor, changed);
    if (!first) flash(changed);
    first = false;
  }

  function head(/** @type {any} */ line, /** @type {any} */ row, /** @type {number} */ level, /** @type {boolean | null} */ open) {
    line.key = row.name;
    if (line.tr.dataset.level !== String(level)) line.tr.dataset.level = String(level);
    const wanted = open === null ? line.label : line.button;
    if (wanted.parentNode !== line.name) line.name.replaceChildren(wanted);
    set_text(wanted, level ? row.name.slice(row.name.indexOf(".") + 1) : row.name);
    if (wanted.title !== row.name) wanted.title = row.name;
    if (open !== null && wanted.ariaExpanded !== String(open)) wanted.setAttribute("aria-expanded", String(open));
  }

  return { table, update };
}

function values(/** @type {any[]} */ cells, /** @type {any} */ row, /** @type {any} */ total, /** @type {number} */ factor, /** @type {Element[]} */ changed) {
  const field = row.receptive_field;
  put(cells[0], row.output_text ?? shape_text(row.output_shape), row.output_text ?? times(row.output_shape), changed);
  put(cells[1], thousands(row.params), row.params, changed, total && row.params / total.params);
  put(cells[2], thousands(row.macs * factor), row.macs * factor, changed, total && row.macs / total.macs);
  put(cells[3], thousands(row.activations), row.activations, changed, total && row.activations / total.activations);
  if (field) put(cells[4], shape_text(field), times(field), changed);
  else if (field === null) put(cells[4], words.unknown, "", changed);
}

function put(/** @type {any} */ cell, /** @type {string} */ text, /** @type {any} */ value, /** @type {Element[]} */ changed, share = 0) {
  if (!set_text(cell, text)) return;
  cell.dataset.value = String(value);
  changed.push(cell);
  // the share of the total, as a bar under the number
  if (share) cell.style.setProperty("--share", `${(share * 100).toFixed(1)}%`);
  else cell.style.removeProperty("--share");
}
