// What a basic block and a bottleneck cost, side by side, convolution by convolution.

import { flash, h, on_width, set_text } from "../shared/dom.mjs";
import { ShapeError } from "../shared/errors.mjs";
import { tool } from "../shared/form.mjs";
import { thousands } from "../shared/format.mjs";
import { trace_layers } from "../shared/trace.mjs";
import { bars, chain } from "./picture.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const MOST = 8192;

/** @type {import("../shared/form.mjs").Field[]} */
export const FIELDS = [
  { key: "channels", label: words.fields.channels, max: MOST, mended: (value, { reduction }) => whole_multiple(value, Number(reduction)) },
  { key: "reduction", label: words.fields.reduction, max: MOST },
  { key: "height", label: words.fields.height, max: MOST },
  { key: "width", label: words.fields.width, max: MOST },
  {
    key: "comparison",
    label: words.fields.comparison,
    options: [["equal width", words.comparisons.width], ["equal inner width", words.comparisons.inside]],
  },
];

/** The multiple of the reduction that lies next above so many channels, or below where there is none. */
function whole_multiple(/** @type {number} */ channels, /** @type {number} */ reduction) {
  if (!Number.isSafeInteger(reduction) || reduction < 1 || reduction > MOST) return channels;
  const up = Math.ceil(channels / reduction) * reduction;
  return up <= MOST ? up : up - reduction;
}

/** A quotient of whole numbers in lowest terms. @returns {[number, number]} */
export function lowest(/** @type {number} */ over, /** @type {number} */ under) {
  let [a, b] = [over, under];
  while (b) [a, b] = [b, a % b];
  return [over / a, under / a];
}

/** [17, 288] -> "17/288", [9, 1] -> "9". */
export function fraction_text(/** @type {[number, number]} */ [over, under]) {
  return under === 1 ? thousands(over) : `${thousands(over)}/${thousands(under)}`;
}

/** [17, 288] -> "17/288 ≈ 5.9 %"; two digits of what is less than a tenth of a per cent. */
export function ratio_text(/** @type {[number, number]} */ [over, under]) {
  const value = (100 * over) / under;
  const sign = (1000 * over) % under ? "≈" : "=";
  return `${fraction_text([over, under])} ${sign} ${value >= 0.1 ? value.toFixed(1) : value.toPrecision(2)} %`;
}

/** The convolutions of both blocks as layers for `trace_layers`: no bias, stride 1, maps of the same size. */
export function layers(/** @type {any} */ { channels, reduction, comparison }) {
  const inner = channels / reduction;
  const outer = comparison === "equal width" ? channels : inner;
  const conv = (/** @type {string} */ name, /** @type {number} */ out_channels, /** @type {number} */ kernel_size) =>
    ({ op: "conv2d", name, out_channels, kernel_size, padding: (kernel_size - 1) / 2, bias: false });
  return {
    basic: [conv("conv1", outer, 3), conv("conv2", outer, 3)],
    bottleneck: [conv("conv1", inner, 1), conv("conv2", inner, 3), conv("conv3", channels, 1)],
  };
}

/** Both blocks, term by term, each term also as a multiple of channels squared; and the ratio of the two, exactly. */
export function compute(/** @type {any} */ state) {
  const { channels, reduction, height, width } = state;
  if (channels % reduction) {
    const channels_that_divide = whole_multiple(channels, reduction);
    const error = new ShapeError(
      words.fields.channels,
      fill(words.not_whole, { channels, reduction }),
      fill(words.multiple, { reduction }),
      `give ${channels_that_divide}`,
    );
    throw Object.assign(error, { patch: { channels: channels_that_divide } });
  }
  const block = (/** @type {any[]} */ list) => {
    const widths = [list[list.length - 1].out_channels, ...list.map((layer) => layer.out_channels)];
    const { rows, params, macs } = trace_layers(list, [widths[0], height, width]);
    const terms = rows.map((row, i) => {
      const kernel = list[i].kernel_size;
      const formula = `${row.input_shape[0]} × ${row.output_shape[0]} × ${kernel} × ${kernel}`;
      return { name: row.name, kernel, formula, weights: row.params, macs: row.macs, multiple: lowest(row.params, channels * channels) };
    });
    return { widths, terms, weights: params, macs, multiple: lowest(params, channels * channels) };
  };
  const { basic, bottleneck } = layers(state);
  const found = { basic: block(basic), bottleneck: block(bottleneck) };
  return { ...found, ratio: lowest(found.bottleneck.macs, found.basic.macs) };
}

/** What "Apply fix" changes where a count is too large for a browser: a map that is not. */
export function repair() {
  return { height: 224, width: 224 };
}

/** One block's convolutions as a table; its bottom line is the total. */
function term_table(/** @type {"basic" | "bottleneck"} */ kind) {
  const caption = h("caption");
  const heads = words.columns.map((text) => h("th", { scope: "col" }, text));
  const body = h("tbody");
  const foot = h("tfoot");
  const table = h("table", { class: "rn-table rn-terms" }, caption, h("thead", {}, h("tr", {}, heads)), body, foot);
  const line = (/** @type {string} */ name, columns = 2) => {
    const formula = h("span", { class: "rn-formula" });
    const cells = Array.from({ length: columns }, () => h("td", { class: "rn-number", colspan: 3 - columns }));
    return { tr: h("tr", {}, h("th", { scope: "row" }, h("span", {}, name), formula), cells), formula, cells };
  };
  const lines = (kind === "basic" ? ["conv1", "conv2"] : ["conv1", "conv2", "conv3"]).map((name) => line(name));
  const total = line(words.total);
  const share = line(words.of_basic, 1);
  body.append(...lines.map(({ tr }) => tr));
  foot.append(total.tr, ...(kind === "bottleneck" ? [share.tr] : []));
  /** @type {Element[]} */
  let changed = [];
  let first = true;

  const put = (/** @type {any} */ cell, /** @type {string} */ text, /** @type {any} */ value, part = 0) => {
    if (!set_text(cell, text)) return;
    cell.dataset.value = String(value);
    changed.push(cell);
    if (part) cell.style.setProperty("--share", `${(part * 100).toFixed(1)}%`);
  };

  function update(/** @type {any} */ result, /** @type {any} */ state) {
    const block = result[kind];
    changed = [];
    set_text(caption, fill(words.terms, { title: words.titles[kind], widths: block.widths.join(" → "), height: state.height, width: state.width }));
    block.terms.forEach((/** @type {any} */ term, /** @type {number} */ i) => {
      set_text(lines[i].formula, term.formula);
      put(lines[i].cells[0], thousands(term.weights), term.weights, term.weights / block.weights);
      put(lines[i].cells[1], thousands(term.macs), term.macs, term.macs / block.macs);
    });
    put(total.cells[0], thousands(block.weights), block.weights);
    put(total.cells[1], thousands(block.macs), block.macs);
    for (const cell of share.cells) put(cell, ratio_text(result.ratio), result.ratio.join("/"));
    if (!first) flash(changed);
    first = false;
  }

  return { table, update };
}

/** The ratio as a sentence, with the numbers it comes from. */
export function sentence(/** @type {any} */ { basic, bottleneck, ratio }, /** @type {any} */ { reduction, comparison }) {
  const formula =
    comparison === "equal width"
      ? `(2 × ${reduction} + 9) / (18 × ${reduction} × ${reduction})`
      : `(2 × ${reduction} + 9) / 18`;
  const verdict = ratio[0] === ratio[1] ? words.verdicts.same : ratio[0] < ratio[1] ? words.verdicts.less : words.verdicts.more;
  const counts = `${thousands(bottleneck.weights)} / ${thousands(basic.weights)}`;
  const inside = reduction === 4 ? words.where.paper : words.where.inside;
  const where = comparison === "equal width" ? words.where.width : inside;
  return fill(words.sentence, { where, counts, formula, ratio: ratio_text(ratio), verdict });
}

function view() {
  const summary = h("p", { class: "rn-summary" });
  const figure = h("figure", { class: "rn-figure" });
  const kinds = /** @type {("basic" | "bottleneck")[]} */ (["basic", "bottleneck"]);
  const sides = kinds.map((kind) => {
    const drawing = h("div", { class: "rn-chain" });
    const { table, update } = term_table(kind);
    const box = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": fill(words.terms_of, { kind }) }, table);
    return { kind, drawing, update, node: h("div", { class: "rn-side" }, drawing, box) };
  });
  const note = h(
    "p",
    { class: "rn-note" },
    words.only_convolutions,
  );
  let shown = /** @type {any} */ (null);

  function draw() {
    if (!shown || !figure.clientWidth) return;
    const wide = figure.clientWidth;
    const rooms = sides.map(({ drawing }) => drawing.clientWidth); // all read before anything is written: one layout
    figure.replaceChildren(...bars(shown.result, wide));
    sides.forEach(({ kind, drawing }, i) => drawing.replaceChildren(chain(shown.result, kind, shown.state, rooms[i])));
  }

  let later = 0;
  const stop = on_width(figure, draw);
  return {
    nodes: [summary, figure, h("div", { class: "rn-sides" }, sides.map((side) => side.node)), note],
    remove: () => {
      stop();
      cancelAnimationFrame(later);
    },
    update(/** @type {any} */ result, /** @type {any} */ state) {
      shown = { result, state };
      set_text(summary, sentence(result, state));
      for (const side of sides) side.update(result, state);
      cancelAnimationFrame(later);
      later = requestAnimationFrame(draw);
    },
  };
}

export default {
  render({ model, el }) {
    return tool({ model, el, name: "bottleneck-calculator", fields: FIELDS, compute, repair, view });
  },
};
