// What a trace says: a sentence, the picture, the table of layers, the cost of every line, notes, what was printed.

import { h, on_width, set_text } from "../shared/dom.mjs";
import { bytes, short, shape_text, thousands } from "../shared/format.mjs";
import { trace_table } from "../shared/table.mjs";
import { tensors } from "./picture.mjs";
import { answer_text, by_line, lines, stations } from "./rows.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

export function results() {
  const open = new Set();
  const figure = h("figure", { class: "rn-figure" });
  const summary = h("p", { class: "rn-summary" });
  const notes = h("ul", { class: "rn-notes" });
  const table = trace_table(words.every_operation, toggle, [["line", words.line]]);
  const box = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.layers }, table.table);
  const costs = line_table();
  const printed = h("pre", { class: "rn-printed" });
  const print_box = h("details", { class: "rn-more" }, h("summary", {}, words.printed), printed);
  const node = h("div", { class: "rn-results" }, summary, figure, notes, box, costs.node, print_box);
  let shown = /** @type {any} */ (null);

  function toggle(/** @type {string} */ name) {
    if (!open.delete(name)) open.add(name);
    table.update(seen(shown.rows, open), total(shown), "MACs");
  }

  function draw(/** @type {number} */ width) {
    if (!shown) return;
    const found = stations(shown, width < 600 ? 16 : Math.max(4, Math.floor(width / 74) - 1));
    figure.replaceChildren(...tensors(found, width));
  }

  const stop = on_width(figure, draw);

  return {
    node,
    remove: stop,
    /** @param {any} trace as `check --json` gives it @param {string} code the text that was traced @param {string} out what it printed */
    update(trace, code, out) {
      shown = trace;
      open.clear();
      if (trace.rows.length < 25) for (const { row, open: opens } of lines(trace.rows, open)) if (opens !== null) open.add(row.name);
      const activations = trace.rows.reduce((/** @type {number} */ sum, /** @type {any} */ row) => sum + row.activations, 0);
      const input = trace.inputs.map(shape_text).join(words.and);
      const found = trace.network === null ? words.not_found : fill(trace.output_shape === null ? words.no_answer : words.in_and_out, { network: trace.network, input, output: answer_text(trace.output_shape) });
      const cost = trace.network === null ? "" : fill(words.cost, { params: short(trace.params), macs: short(trace.macs), activations: short(activations), bytes: bytes(activations) });
      set_text(summary, found + cost);
      notes.replaceChildren(...trace.notes.map((/** @type {string} */ note) => h("li", {}, page_words(note))));
      table.update(seen(trace.rows, open), total(trace), "MACs");
      costs.update(by_line(trace.rows), code.split("\n"), total(trace));
      print_box.hidden = !out;
      set_text(printed, out);
      if (figure.clientWidth) draw(Math.floor(figure.clientWidth));
    },
  };
}

/** The command's words for the page's controls. */
export const page_words = (/** @type {string} */ text) =>
  words.of_the_command.reduce((so_far, [theirs, ours]) => so_far.replace(new RegExp(theirs), ours), text);

/** The table's lines; a layer that no line of the reader's runs, as in a chain, has the line that makes it. */
function seen(/** @type {any[]} */ rows, /** @type {Set<string>} */ open) {
  return lines(rows, open).map((line) => ({ ...line, row: { ...line.row, line: line.row.line ?? line.row.made } }));
}

function total(/** @type {any} */ trace) {
  const sum = (/** @type {string} */ key) => trace.rows.reduce((/** @type {number} */ n, /** @type {any} */ row) => n + row[key], 0);
  return { params: trace.params ?? 0, macs: trace.macs ?? 0, activations: sum("activations"), output_shape: [], output_text: answer_text(trace.output_shape) };
}

/** What each line of the code costs, largest share in bars. */
function line_table() {
  const body = h("tbody");
  const head = words.costs.columns.map((text) => h("th", { scope: "col" }, text));
  const table = h("table", { class: "rn-table rn-by-line" }, h("caption", {}, words.costs.caption), h("thead", {}, h("tr", {}, head)), body);
  const box = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.costs.title }, table);
  const node = h("details", { class: "rn-more" }, h("summary", {}, words.costs.title), box);
  const number = (/** @type {number} */ n, /** @type {number} */ all) => {
    const cell = h("td", { class: "rn-number", "data-value": n }, thousands(n));
    if (n && all) cell.style.setProperty("--share", `${((n / all) * 100).toFixed(1)}%`);
    return cell;
  };
  return {
    node,
    update(/** @type {any[]} */ found, /** @type {string[]} */ code, /** @type {any} */ all) {
      node.hidden = !found.length;
      body.replaceChildren(...found.map(({ line, params, macs, count, output_shape }) => h(
        "tr",
        {},
        h("th", { scope: "row", "data-value": line }, String(line)),
        h("td", { class: "rn-shape" }, h("code", {}, (code[line - 1] ?? "").trim()), count > 1 && h("span", { class: "rn-note" }, fill(words.costs.ran, { count }))),
        h("td", { class: "rn-shape" }, answer_text(output_shape)),
        number(params, all.params),
        number(macs, all.macs),
      )));
    },
  };
}
