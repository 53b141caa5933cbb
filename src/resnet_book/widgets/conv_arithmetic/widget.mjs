// One convolution over a square map: the grids, what one output sees, and the size formula with its numbers in it.

import { flash, h, on_width, set_text } from "../shared/dom.mjs";
import { ShapeError } from "../shared/errors.mjs";
import { tool } from "../shared/form.mjs";
import { shape_text, signed, thousands } from "../shared/format.mjs";
import { conv2d, input_map } from "../shared/rules.mjs";
import { grids } from "./grids.mjs";

const MOST = 8192;

/** @type {import("../shared/form.mjs").Field[]} */
export const FIELDS = [
  { key: "input_size", label: "Input size", usual: 7 },
  { key: "kernel_size", label: "Kernel", usual: 3 },
  { key: "stride", label: "Stride", usual: 1 },
  { key: "padding", label: "Padding", min: 0, usual: 1 },
  { key: "dilation", label: "Dilation", usual: 1 },
  { key: "row", label: "Output row", min: 0, max: 3 * MOST - 1, usual: 0 },
  { key: "column", label: "Output column", min: 0, max: 3 * MOST - 1, usual: 0 },
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
  const options = { out_channels: 1, kernel_size: k, stride: s, padding: p, dilation: d, bias: false, where: "Kernel" };
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
      const error = new ShapeError(label, String(next[key]), `0 to ${last}: the output is ${last + 1} wide, counted from 0`, `give ${last}`);
      throw Object.assign(error, { patch: { [key]: last } });
    }
    settled[key] = last;
  }
  return settled;
}

/** What "Apply fix" changes: the padding, or the kernel where no padding is enough. */
export function repair(/** @type {any} */ error, /** @type {any} */ entered) {
  if (error.where !== "Kernel" || error.patch) return null;
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
  if (!left) return stride > 1 ? `${free} / ${stride} leaves no rest: the window reaches the last line.` : "";
  const lines = left === 1 ? "the last line and the last column" : `the last ${thousands(left)} lines and columns`;
  return `${free} / ${stride} leaves ${left}, which the floor drops: the window stops before ${lines} of the padded input.`;
}

const places = (/** @type {any} */ { first, last }, /** @type {number} */ dilation) =>
  first === last ? signed(first) : `${signed(first)} to ${signed(last)}${dilation > 1 ? ` in steps of ${dilation}` : ""}`;

/** What the marked output sees, as a sentence. */
function sentence(/** @type {any} */ state, /** @type {any} */ { rows, columns, weights }) {
  const padded = weights - rows.real * columns.real;
  const all = `${thousands(weights)} input${weights > 1 ? "s" : ""}`;
  const zeros = padded ? `, ${padded === weights ? "all" : thousands(padded)} of them padding` : "";
  return (
    `The marked output (row ${state.row}, column ${state.column}) sees ${all}: ` +
    `rows ${places(rows, state.dilation)}, columns ${places(columns, state.dilation)}${zeros}.`
  );
}

function lines(/** @type {any} */ state, /** @type {any} */ result) {
  const { input_size: n, kernel_size: k, padding: p, dilation: d } = state;
  const square = (/** @type {number} */ side) => [shape_text([side, side]), `${side}x${side}`];
  const count = (/** @type {number} */ value) => [thousands(value), String(value)];
  return [
    ["Input", "n × n", ...square(n)],
    ["With padding", `n + 2·p = ${n} + 2·${p}`, ...square(n + 2 * p)],
    ["Window", `d·(k − 1) + 1 = ${d}·(${k} − 1) + 1`, ...square(result.window)],
    ["Output size", formula(state, result)[1], ...count(result.size)],
    ["Weights", `k · k = ${k} · ${k}`, ...count(result.weights)],
    ["MACs", `weights · outputs = ${thousands(result.weights)} · ${thousands(result.size ** 2)}`, ...count(result.macs)],
    ["MACs with padding zeros", result.macs ? `${((100 * result.zeros) / result.macs).toFixed(1)} % of them` : "", ...count(result.zeros)],
    ["Pixels never seen", `of ${thousands(n * n)}`, ...count(result.never)],
    ["Outputs that see one pixel", "at most", ...count(result.most)],
  ];
}

function quantities() {
  const body = h("tbody");
  const heads = ["Quantity", "Value", "How"].map((text) => h("th", { scope: "col" }, text));
  const caption = "For one input and one output channel, without bias. With C and D channels, weights and MACs grow by the factor C · D.";
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
  const words = h("p", { "aria-live": "polite" });
  const table = quantities();
  const box = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": "Sizes and costs" }, table.table);
  const walk = (/** @type {number} */ by) => () => {
    const { row, column } = shown.state;
    const { size } = shown.result;
    const next = (row * size + column + by + size * size) % (size * size);
    set({ row: Math.floor(next / size), column: next % size });
  };
  const steps = h(
    "div",
    { class: "rn-walk" },
    h("button", { type: "button", onclick: walk(-1) }, "◂ Previous"),
    h("button", { type: "button", onclick: walk(1) }, "Next ▸"),
    words,
  );
  let shown = /** @type {any} */ (null);
  let width = 0;
  const draw = () => shown && width && figure.replaceChildren(...grids(shown.state, shown.result, width, set));
  const stop = on_width(figure, (now) => {
    width = now;
    draw();
  });
  return {
    nodes: [h("p", { class: "rn-formula" }, h("span", {}, "Output size"), equation), left, steps, figure, box],
    remove: stop,
    update(/** @type {any} */ result, /** @type {any} */ state) {
      shown = { result, state };
      formula(state, result).forEach((text, i) => set_text(equation[i], `= ${text}`));
      set_text(left, rest(state, result));
      left.hidden = !left.textContent;
      set_text(words, sentence(state, result));
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
