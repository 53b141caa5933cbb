// The three charts of a training: the losses, the gradient that reaches each layer, what each block puts out.

import { h } from "../shared/dom.mjs";
import { draw } from "./plot.mjs";
import words from "./words.json";

/**
 * `names` and `looks` of the two networks. `show` takes the worker's first report, its last one, and the losses so far;
 * without a report the charts are hidden.
 */
export function charts(/** @type {string[]} */ names, /** @type {readonly string[]} */ looks) {
  const made = words.charts.map((text) => {
    const place = h("div");
    return { place, node: h("figure", { class: "rn-figure" }, h("figcaption", {}, text), place) };
  });
  const row = h("div", { class: "st-charts", hidden: true }, made.map(({ node }) => node));
  const note = h("p", { class: "rn-note", hidden: true }, words.root_mean_squares);

  function sizes(/** @type {any} */ report, /** @type {"gradient" | "output"} */ key, pale = false) {
    return names.map((name, i) => {
      const layers = report.learners[i].signals.filter((/** @type {any} */ layer) => key === "gradient" || layer.leaves);
      const from = key === "gradient" ? 1 : 0; // the first layer; the stem, before all blocks
      return { name, look: looks[i], pale, line: layers.map((/** @type {any} */ layer, /** @type {number} */ x) => [x + from, layer[key]]) };
    });
  }

  function show(/** @type {any} */ first, /** @type {any} */ last, /** @type {[number, number][][]} */ curves) {
    row.hidden = note.hidden = !last;
    const width = made[0].place.clientWidth;
    if (!last || !width) return;
    const both = (/** @type {"gradient" | "output"} */ key) => [...sizes(first, key, true), ...sizes(last, key)];
    const losses = names.map((name, i) => ({ name, look: looks[i], line: thin(curves[i]) }));
    const log = { width, log: true };
    made[0].place.replaceChildren(draw({ width, across: words.across.step, words: words.said.losses, series: losses }));
    made[1].place.replaceChildren(draw({ ...log, across: words.across.layer, words: words.said.gradients, series: both("gradient") }));
    made[2].place.replaceChildren(draw({ ...log, across: words.across.block, words: words.said.outputs, series: both("output") }));
  }

  return { nodes: [row, note], show };
}

/** At most some hundred points of a curve, the last one kept. */
function thin(/** @type {[number, number][]} */ curve) {
  const every = Math.ceil(curve.length / 400);
  return curve.filter((_, i) => i % every === 0 || i === curve.length - 1);
}
