// The whole network, to scale, and what every layer of it costs.

import { architecture, blocks, names, options, usual_input } from "../shared/architectures.mjs";
import { h, on_width, set_text } from "../shared/dom.mjs";
import { tool } from "../shared/form.mjs";
import { bytes, short, shape_text } from "../shared/format.mjs";
import { trace_table } from "../shared/table.mjs";
import { groups, trace } from "../shared/trace.mjs";
import { picture } from "./picture.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const takes = (/** @type {string} */ option) => (/** @type {any} */ state) => options(state.architecture).includes(option);

/** @type {import("../shared/form.mjs").Field[]} */
export const FIELDS = [
  { key: "architecture", label: words.fields.architecture, options: names() },
  { key: "version", label: words.fields.version, options: ["v1", "v1.5"], applies: takes("version") },
  { key: "shortcut", label: words.fields.shortcut, options: ["A", "B", "C"], applies: takes("shortcut") },
  { key: "in_channels", label: words.fields.in_channels, max: 4096 },
  { key: "input_size", label: words.fields.input_size, max: 8192 },
  { key: "unit", label: words.fields.unit, options: ["MACs", "FLOPs"] },
];

/** The architecture that a state names. */
export function chosen(/** @type {any} */ state, overrides = {}) {
  const given = { in_channels: state.in_channels, version: state.version, shortcut: state.shortcut, ...overrides };
  const known = Object.entries(given).filter(([key]) => options(state.architecture).includes(key));
  return architecture(state.architecture, Object.fromEntries(known));
}

/** The trace of a state, summed by stages and by blocks. */
export function compute(/** @type {any} */ state) {
  const arch = chosen(state);
  const found = trace(arch, [state.in_channels, state.input_size, state.input_size]);
  return { arch, trace: found, stages: groups(found.rows, 1) };
}

/** The lines of the table: stages, and inside what is open its blocks and their layers. */
export function lines(/** @type {any} */ result, /** @type {Set<string>} */ open) {
  const out = [];
  const inside = (/** @type {any[]} */ rows, /** @type {string} */ name) => rows.filter((row) => row.name.startsWith(`${name}.`));
  for (const stage of result.stages) {
    if (stage.op !== "group") {
      out.push({ row: stage, level: 0, open: null });
      continue;
    }
    out.push({ row: stage, level: 0, open: open.has(stage.name) });
    if (!open.has(stage.name)) continue;
    const rows = inside(result.trace.rows, stage.name);
    for (const block of groups(rows, 2)) {
      out.push({ row: block, level: 1, open: open.has(block.name) });
      if (open.has(block.name)) out.push(...inside(rows, block.name).map((row) => ({ row, level: 2, open: null })));
    }
  }
  return out;
}

/** "Why 4.1 and not 3.8?": what the other version of the same network costs. */
function other_version(/** @type {any} */ state, /** @type {any} */ result) {
  if (result.arch.block !== "bottleneck") return "";
  const version = state.version === "v1" ? "v1.5" : "v1";
  const where = words.stride_in[version];
  const { macs } = trace(chosen(state, { version }), result.trace.input_shape);
  const factor = state.unit === "FLOPs" ? 2 : 1;
  return fill(words.other_version, { where, version, count: short(macs * factor), unit: state.unit });
}

function view(/** @type {any} */ { set }) {
  const open = new Set();
  const figure = h("figure", { class: "rn-figure" });
  const summary = h("p", { class: "rn-summary" });
  const note = h("span");
  const usual = h("button", { type: "button", class: "rn-quiet", onclick: () => set(usual.patch) });
  const hint = h("p", { class: "rn-note" }, note, " ", usual);
  const table = trace_table(words.every_layer, toggle);
  const box = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.layers }, table.table);
  let shown = /** @type {any} */ (null);

  function toggle(/** @type {string} */ name) {
    if (!open.delete(name)) open.add(name);
    draw_table();
    draw_picture(Math.floor(figure.clientWidth));
  }

  function draw_table() {
    table.update(lines(shown.result, open), shown.result.trace, shown.state.unit);
  }

  function draw_picture(/** @type {number} */ width) {
    if (!shown || !width) return;
    const focused = figure.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : null;
    figure.replaceChildren(...picture(shown.result, width, blocks(shown.result.arch), open, toggle));
    if (focused) figure.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
  }

  let later = 0;
  const stop = on_width(figure, draw_picture);
  return {
    nodes: [figure, summary, hint, box],
    remove: () => {
      stop();
      cancelAnimationFrame(later);
    },
    update(/** @type {any} */ result, /** @type {any} */ state) {
      shown = { result, state };
      const { params, macs, activations } = result.trace;
      const count = state.unit === "FLOPs" ? 2 * macs : macs;
      set_text(summary, fill(words.summary, { params: short(params), count: short(count), unit: state.unit, activations: short(activations), bytes: bytes(activations) }));
      set_text(note, other_version(state, result));
      const [channels, size] = usual_input(state.architecture);
      usual.hidden = channels === state.in_channels && size === state.input_size;
      usual.patch = { in_channels: channels, input_size: size };
      set_text(usual, fill(words.usual, { shape: shape_text([channels, size, size]) }));
      draw_table();
      cancelAnimationFrame(later);
      later = requestAnimationFrame(() => draw_picture(Math.floor(figure.clientWidth)));
    },
  };
}

export default {
  render({ model, el }) {
    return tool({ model, el, name: "network-tracer", fields: FIELDS, compute, view });
  },
};
