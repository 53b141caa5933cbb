// One convolution over a square map: the grids, what one output sees, and the size formula with its numbers in it.

import { flash, h, on_width, set_text } from "../shared/dom.mjs";
import { ShapeError } from "../shared/errors.mjs";
import { tool } from "../shared/form.mjs";
import { shape_text, signed, thousands } from "../shared/format.mjs";
import { conv2d, input_map } from "../shared/rules.mjs";
import { grids } from "./grids.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const MOST = 8192;

/** @type {import("../shared/form.mjs").Field[]} */
export const FIELDS = [
  { key: "input_size", label: words.fields.input_size, usual: 7 },
  { key: "kernel_size", label: words.fields.kernel_size, usual: 3 },
  { key: "stride", label: words.fields.stride, usual: 1 },
  { key: "padding", label: words.fields.padding, min: 0, usual: 1 },
  { key: "dilation", label: words.fields.dilation, usual: 1 },
  { key: "row", label: words.fields.row, min: 0, max: 3 * MOST - 1, usual: 0 },
  { key: "column", label: words.fields.column, min: 0, max: 3 * MOST - 1, usual: 0 },
];

/** How many of the m outputs along one side look at each of the n + 2p positions of the padded input. */
export function views(/** @type {any} */ { input_size, kernel_size, stride, padding, dilation }, /** @type {number} */ outputs) {
  const counts = new Int32Array(input_size + 2 * padding);
  // tap j is at j * d, j * d + s, ... as the window slides: it enters there, and leaves after m steps
  for (let j = 0; j < kernel_size; j++) {
    counts[j * dilation] += 1;
    const behind = j * dilation + outputs * stride;
    if (behind < counts.length) counts[behind] -= 1;
  }
  for (let i = stride; i < counts.length; i++) counts[i] += counts[i - stride];
  return counts;
}

/** Everything that the widget shows of a state. */
export function compute(/** @type {any} */ state) {
  const { input_size: n, kernel_size: k, stride: s, padding: p, dilation: d } = state;
  const options = { out_channels: 1, kernel_size: k, stride: s, padding: p, dilation: d, bias: false, where: words.fields.kernel_size };
  const { output, params, macs } = conv2d(input_map([1, n, n]), options);
  const size = output.shape[1];
  const counts = views(state, size);
  const real = counts.subarray(p, p + n);
  const seen = real.reduce((sum, count) => sum + Number(count > 0), 0);
  const reads = real.reduce((sum, count) => sum + count, 0);
  const window = d * (k - 1) + 1;
  return {
    size,
    window,
    free: n + 2 * p - window,
    weights: params,
    macs,
    zeros: macs - reads * reads,
    never: n * n - seen * seen,
    most: real.reduce((a, b) => Math.max(a, b), 0) ** 2,
    counts,
    rows: taps(state, state.row),
    columns: taps(state, state.column),
  };
}

/** Where the taps of one output lie along a side, in input pixels: the first, the last, and how many are real pixels. */
export function taps(/** @type {any} */ { input_size: n, kernel_size: k, stride: s, padding: p, dilation: d }, /** @type {number} */ position) {
  const first = position * s - p;
  const before = first < 0 ? Math.min(k, Math.ceil(-first / d)) : 0;
  const within = first < n ? Math.min(k, Math.floor((n - 1 - first) / d) + 1) : 0;
  return { first, last: first + d * (k - 1), real: Math.max(0, within - before) };
}

/** A marked position that is no longer there moves to the nearest; one that was asked for and is not there is refused. */
export function settle(/** @type {any} */ next, /** @type {any} */ before) {
  const { input_size: n, kernel_size: k, stride: s, padding: p, dilation: d } = next;
  const last = Math.floor((n + 2 * p - d * (k - 1) - 1) / s);
  if (last < 0) return next; // for `compute` to refuse
  const settled = { ...next };
  for (const { key, label } of FIELDS.slice(5)) {
    if (next[key] <= last) continue;
    if (next[key] !== before[key]) {
      const error = new ShapeError(label, String(next[key]), fill(words.outside, { last, wide: last + 1 }), `give ${last}`);
      throw Object.assign(error, { patch: { [key]: last } });
    }
    settled[key] = last;
  }
  return settled;
}

/** What "Apply fix" changes: the padding, or the kernel where no padding is enough. */
export function repair(/** @type {any} */ error, /** @type {any} */ entered) {
  if (error.where !== words.fields.kernel_size || error.patch) return null;
  const [n, k, p, d] = ["input_size", "kernel_size", "padding", "dilation"].map((key) => Number(entered[key]));
  const padding = Math.ceil((d * (k - 1) + 1 - n) / 2);
  return padding <= MOST ? { padding } : { kernel_size: Math.floor((n + 2 * p - 1) / d) + 1 };
}

/** The size formula in three lines: in letters, with numbers, and what comes out. */
export function formula(/** @type {any} */ { input_size: n, kernel_size: k, stride: s, padding: p, dilation: d }, /** @type {any} */ { free, size }) {
  return [
    "floor((n + 2·p − d·(k − 1) − 1) / s) + 1",
    `floor((${n} + 2·${p} − ${d}·(${k} − 1) − 1) / ${s}) + 1`,
    `floor(${free} / ${s}) + 1 = ${Math.floor(free / s)} + 1 = ${size}`,
  ];
}

/** What the division drops. */
function rest(/** @type {any} */ { stride }, /** @type {any} */ { free }) {
  const left = free % stride;
  if (!left) return stride > 1 ? fill(words.no_rest, { free, stride }) : "";
  const lines = left === 1 ? words.last_line : fill(words.last_lines, { count: thousands(left) });
  return fill(words.rest, { free, stride, left, lines });
}

function places(/** @type {any} */ { first, last }, /** @type {number} */ dilation, /** @type {string[]} */ [one, several]) {
  if (first === last) return fill(one, { at: signed(first) });
  return fill(several, { at: fill(words.to, { first: signed(first), last: signed(last) }) }) + (dilation > 1 ? fill(words.in_steps, { dilation }) : "");
}

/** What the marked output sees, as a sentence. */
function sentence(/** @type {any} */ state, /** @type {any} */ { rows, columns, weights }) {
  const padded = weights - rows.real * columns.real;
  const all = fill(weights > 1 ? words.many_inputs : words.one_input, { count: thousands(weights) });
  const zeros = padded ? fill(words.padded, { count: padded === weights ? words.all : thousands(padded) }) : "";
  const [down, across] = [places(rows, state.dilation, words.down), places(columns, state.dilation, words.across)];
  return fill(words.sees, { row: state.row, column: state.column, all, down, across, zeros });
}

function lines(/** @type {any} */ state, /** @type {any} */ result) {
  const { input_size: n, kernel_size: k, padding: p, dilation: d } = state;
  const square = (/** @type {number} */ side) => [shape_text([side, side]), `${side}x${side}`];
  const count = (/** @type {number} */ value) => [thousands(value), String(value)];
  return [
    [words.quantities.input, "n × n", ...square(n)],
    [words.quantities.padded, `n + 2·p = ${n} + 2·${p}`, ...square(n + 2 * p)],
    [words.quantities.window, `d·(k − 1) + 1 = ${d}·(${k} − 1) + 1`, ...square(result.window)],
    [words.quantities.size, formula(state, result)[1], ...count(result.size)],
    [words.quantities.weights, `k · k = ${k} · ${k}`, ...count(result.weights)],
    [words.quantities.macs, fill(words.weights_outputs, { weights: thousands(result.weights), outputs: thousands(result.size ** 2) }), ...count(result.macs)],
    [words.quantities.zeros, result.macs ? fill(words.percent_of, { percent: ((100 * result.zeros) / result.macs).toFixed(1) }) : "", ...count(result.zeros)],
    [words.quantities.never, fill(words.of, { all: thousands(n * n) }), ...count(result.never)],
    [words.quantities.most, words.at_most, ...count(result.most)],
  ];
}

function quantities() {
  const body = h("tbody");
  const heads = words.columns.map((text) => h("th", { scope: "col" }, text));
  const caption = words.caption;
  const table = h("table", { class: "rn-table rn-worked" }, h("caption", {}, caption), h("thead", {}, h("tr", {}, heads)), body);
  const pool = /** @type {any[]} */ ([]);
  return {
    table,
    update(/** @type {string[][]} */ rows) {
      const changed = /** @type {Element[]} */ ([]);
      rows.forEach(([name, how, text, value], index) => {
        if (!pool[index]) {
          pool[index] = [h("td", { class: "rn-number" }), h("td")];
          body.append(h("tr", {}, h("th", { scope: "row" }, name), pool[index]));
        }
        const [cell, last] = pool[index];
        set_text(last, how);
        if (!set_text(cell, text)) return;
        if (cell.dataset.value) changed.push(cell);
        cell.dataset.value = value;
      });
      flash(changed);
    },
  };
}

function view(/** @type {import("../shared/form.mjs").Frame} */ { set }) {
  const figure = h("figure", { class: "rn-figure" });
  const equation = [0, 1, 2].map(() => h("span", { class: "rn-equals" }));
  const left = h("p", { class: "rn-note" });
  const told = h("p", { "aria-live": "polite" });
  const table = quantities();
  const box = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.sizes_and_costs }, table.table);
  const walk = (/** @type {number} */ by) => () => {
    const { row, column } = shown.state;
    const { size } = shown.result;
    const next = (row * size + column + by + size * size) % (size * size);
    set({ row: Math.floor(next / size), column: next % size });
  };
  const steps = h(
    "div",
    { class: "rn-walk" },
    h("button", { type: "button", onclick: walk(-1) }, words.previous),
    h("button", { type: "button", onclick: walk(1) }, words.next),
    told,
  );
  let shown = /** @type {any} */ (null);
  let width = 0;
  const draw = () => shown && width && figure.replaceChildren(...grids(shown.state, shown.result, width, set));
  const stop = on_width(figure, (now) => {
    width = now;
    draw();
  });
  return {
    nodes: [h("p", { class: "rn-formula" }, h("span", {}, words.quantities.size), equation), left, steps, figure, box],
    remove: stop,
    update(/** @type {any} */ result, /** @type {any} */ state) {
      shown = { result, state };
      formula(state, result).forEach((text, i) => set_text(equation[i], `= ${text}`));
      set_text(left, rest(state, result));
      left.hidden = !left.textContent;
      set_text(told, sentence(state, result));
      table.update(lines(state, result));
      draw();
    },
  };
}

export default {
  render({ model, el }) {
    return tool({ model, el, name: "conv-arithmetic", fields: FIELDS, compute, settle, repair, view, verifiable: false });
  },
};
