// One residual block: both branches, every shape, where they meet, and the repair where they do not.

import { block as checked } from "../shared/architectures.mjs";
import { h, on_width, set_text } from "../shared/dom.mjs";
import { tool } from "../shared/form.mjs";
import { shape_text } from "../shared/format.mjs";
import { program_panel } from "../shared/program.mjs";
import { broadcasts } from "../shared/rules.mjs";
import { trace_table } from "../shared/table.mjs";
import { attempt } from "../shared/trace.mjs";
import { code } from "./code.mjs";
import { diagram } from "./diagram.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

/** @type {import("../shared/form.mjs").Field[]} */
export const FIELDS = [
  { key: "block", label: words.fields.block, options: ["basic", "bottleneck", "plain"] },
  { key: "in_channels", label: words.fields.in_channels, max: 8192 },
  { key: "out_channels", label: words.fields.out_channels, max: 8192 },
  { key: "height", label: words.fields.height, max: 8192 },
  { key: "width", label: words.fields.width, max: 8192 },
  { key: "stride", label: words.fields.stride, max: 64 },
  {
    key: "shortcut",
    label: words.fields.shortcut,
    options: ["identity", "projection", "pad"],
    applies: (state) => state.block !== "plain",
  },
];

/** The block that a state describes. */
export function described(/** @type {any} */ { block, in_channels, out_channels, stride, shortcut }) {
  return checked({ kind: block, in_channels, out_channels, stride, shortcut: block === "plain" ? "none" : shortcut });
}

/** Its rows, apart: the branch, the shortcut, what comes after they met; and what keeps them from meeting. */
export function compute(/** @type {any} */ state) {
  const block = described(state);
  const input = [state.in_channels, state.height, state.width];
  const { trace, error } = attempt(block, input);
  const met = trace.rows.findIndex((row) => row.name === "add");
  const end = met >= 0 ? met : block.shortcut === "none" ? trace.rows.length - 1 : trace.rows.length;
  const before = trace.rows.slice(0, end);
  const is_shortcut = (/** @type {any} */ row) => row.name.startsWith("downsample");
  return {
    block,
    input,
    trace,
    error,
    branch: before.filter((row) => !is_shortcut(row)),
    shortcut: before.filter(is_shortcut),
    after: trace.rows.slice(end),
  };
}

/** What "Apply fix" changes. */
export function repair(/** @type {any} */ error, /** @type {any} */ entered) {
  if (error.where === "out_channels") return { out_channels: Math.ceil(Number(entered.out_channels) / 4) * 4 };
  if (error.where === "add" || error.where.startsWith("downsample")) return { shortcut: "projection" };
  return null;
}

/** The trap: what PyTorch makes of the mismatch without a word. */
function trap(/** @type {any} */ { error, branch, shortcut, input }) {
  if (!error || !branch.length) return "";
  const left = branch[branch.length - 1].output_shape;
  const right = shortcut.length ? shortcut[shortcut.length - 1].output_shape : input;
  if (!broadcasts(left, right)) return "";
  const out = left.map((/** @type {number} */ n, /** @type {number} */ i) => (n === 1 ? right[i] : n));
  return fill(words.trap, { left: shape_text(left), right: shape_text(right), out: shape_text(out) });
}

/** A stride that is larger than the map: PyTorch takes it, and one position is left. */
function overstep(/** @type {any} */ { stride, height, width }) {
  if (stride <= Math.max(height, width)) return "";
  return fill(words.overstep, { stride, map: shape_text([height, width]) });
}

function view(/** @type {import("../shared/form.mjs").Frame} */ { copy }) {
  const figure = h("figure", { class: "rn-figure rn-diagram" });
  const warning = h("p", { class: "rn-trap" });
  const program = program_panel(copy);
  const table = trace_table(words.every_operation);
  const box = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.operations }, table.table);
  let shown = /** @type {any} */ (null);
  let later = 0;
  const draw = (/** @type {number} */ width) => shown && figure.replaceChildren(...diagram(shown, width));
  const stop = on_width(figure, draw);
  return {
    nodes: [warning, h("div", { class: "rn-side-by-side" }, figure, program.node), box],
    remove: () => {
      stop();
      cancelAnimationFrame(later);
    },
    update(/** @type {any} */ result, /** @type {any} */ state) {
      shown = result;
      set_text(warning, [trap(result), overstep(state)].filter(Boolean).join(" "));
      warning.hidden = !warning.textContent;
      program.update(code(result.block, [state.in_channels, state.height, state.width]));
      table.update(result.trace.rows.map((/** @type {any} */ row) => ({ row, level: 0, open: null })), result.trace, "MACs");
      cancelAnimationFrame(later);
      later = requestAnimationFrame(() => draw(Math.floor(figure.clientWidth)));
    },
  };
}

export default {
  render({ model, el }) {
    return tool({ model, el, name: "residual-block", fields: FIELDS, compute, repair, view });
  },
};
