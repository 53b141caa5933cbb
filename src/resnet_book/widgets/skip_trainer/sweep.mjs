// The sweep over the depths: the recorded one, or the reader's own.

import { h, set_text } from "../shared/dom.mjs";
import { fill } from "../shared/words.mjs";
import { draw } from "./plot.mjs";
import { DEPTHS, steps as steps_of } from "./task.mjs";
import { percent } from "./words.mjs";
import words from "./words.json";

/**
 * `names` and `looks` of the two networks; `record`: the sweep that was made in PyTorch; `opened` is called when the
 * reader unfolds it. `show` takes the runs that the worker has made, whether it makes more, and the widget's settings.
 */
export function sweep_view(/** @type {{ names: string[], looks: readonly ("plain" | "residual")[], record: () => any, opened: () => void }} */ { names, looks, record, opened }) {
  const said = h("p", { class: "st-sweep-words" });
  const chart = h("figure", { class: "rn-figure" });
  const body = h("tbody");
  const title = h("summary");
  const node = h("details", { class: "st-sweep", ontoggle: opened }, title, said, chart, // folded: the text may ask for a guess before
    h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.sweep.numbers },
      h("table", { class: "rn-table" }, h("thead", {}, h("tr", {}, words.sweep.columns.map((text) => h("th", { scope: "col" }, text)))), body)));

  function show(/** @type {any[]} */ swept, /** @type {boolean} */ running, /** @type {any} */ state) {
    const mine = swept.length > 0;
    const found = mine ? by_depth(swept) : record().rows;
    set_text(title, mine || running ? words.sweep.label : words.sweep.recorded_label);
    set_text(said, mine ? of_own(swept, state) : fill(words.sweep.recorded, { torch: record().torch.split("+")[0], steps: record().steps }));
    body.replaceChildren(...found.map((/** @type {any} */ row) => h("tr", {}, h("th", { scope: "row" }, String(row.blocks)), cell(String(row.plain.length), row.plain.length),
      looks.flatMap((look) => [mean(row[look]), Math.min(...row[look]), Math.max(...row[look])].map((value) => cell(percent(value), value))))));
    const width = chart.clientWidth;
    if (!width) return;
    chart.replaceChildren(draw({
      width: Math.min(width, 560), across: words.across.blocks, range: [0, 1], label: (value) => `${Math.round(100 * value)} %`, marks: DEPTHS,
      words: words.said.sweep,
      series: looks.map((look, i) => ({
        name: names[i], look, line: found.map((/** @type {any} */ row) => [row.blocks, mean(row[look])]),
        dots: found.flatMap((/** @type {any} */ row) => row[look].map((/** @type {number} */ value) => [row.blocks, value])),
      })),
    }));
  }

  return { node, chart, show };
}

/** The share of training points that each network got right, at the depths that have been reached. */
function by_depth(/** @type {any[]} */ swept) {
  const shares = (/** @type {number} */ depth, /** @type {number} */ i) =>
    swept.filter((run) => run.depth === depth).map(({ learners }) => (learners[i].trouble ? 0 : learners[i].accuracy));
  return DEPTHS.map((blocks) => ({ blocks, plain: shares(blocks, 0), residual: shares(blocks, 1) })).filter(({ plain }) => plain.length);
}

function of_own(/** @type {any[]} */ swept, /** @type {any} */ state) {
  const what = state.data === "clothes" ? words.training.pictures : words.training.points;
  const broke_down = swept.some((run) => run.learners.some((/** @type {any} */ { trouble }) => trouble));
  return fill(words.sweep.made, { what, steps: steps_of(state).sweep }) + (broke_down ? words.sweep.ended : "");
}

const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const cell = (/** @type {string} */ text, /** @type {number} */ value) => h("td", { class: "rn-number", "data-value": value }, text);
