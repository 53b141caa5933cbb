// One block opened: its maps on one scale, and the norms in all of them.

import { control } from "../shared/controls.mjs";
import { h, on_width, set_text } from "../shared/dom.mjs";
import { bars } from "./charts.mjs";
import { draw_map } from "./maps.mjs";
import { BLOCKS, route_of } from "./routes.mjs";
import { fill, formula } from "./words.mjs";
import words from "./words.json";

const COLUMNS = /** @type {const} */ (["x", "branch", "sum", "out"]);

/** A number with three digits that count. */
const short = (/** @type {number} */ value) => (value === 0 ? "0" : value >= 1000 ? String(Math.round(value)) : value.toPrecision(3));

/** @param {{ look: (name: string) => void, scale: (factor: number) => void, most: number }} asked what a control was set to */
export function inside_view({ look, scale, most }) {
  const choice = control({ key: "look", label: words.look, options: BLOCKS }, look);
  const slider = control({ key: "scale", label: words.branch_scale, slider: true, min: 0, max: most, step: 0.05 }, (value) => scale(Number(value)));
  const figures = ["x", words.maps.skip, "F(x)", "", words.maps.out].map((name) => {
    const title = h("b", {}, name);
    const told = h("span");
    const canvas = h("canvas", { class: "br-map", role: "img" });
    return { title, told, canvas, node: h("figure", { class: "rn-figure" }, h("figcaption", {}, title, told), canvas) };
  });
  const [low, high] = [h("span"), h("span")];
  const ramp = h("p", { class: "rn-note br-scale" }, low, h("span", { class: "br-ramp" }), high);
  const chart = h("figure", { class: "rn-figure" });
  const rows = BLOCKS.map((name) => {
    const cells = COLUMNS.map(() => h("td", { class: "rn-number" }, "–"));
    return { cells, tr: h("tr", {}, h("th", { scope: "row" }, name), cells) };
  });
  const table = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.norms_table.label },
    h("table", { class: "rn-table" }, h("caption", {}, words.norms),
      h("thead", {}, h("tr", {}, words.norms_table.columns.map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, rows.map(({ tr }) => tr))));
  const found = h("div", { hidden: true }, h("div", { class: "br-maps" }, figures.map(({ node }) => node)), ramp, h("p", { class: "rn-note" }, words.inside), h("div", { class: "br-pair" }, chart, table));
  const node = h("section", { class: "br-section", "aria-label": words.inside_title }, h("p", { class: "br-title" }, words.inside_title),
    h("div", { class: "br-inside" }, choice.node, slider.node), found);
  let shown = /** @type {any} */ (null);
  const remove = on_width(chart, () => shown && draw_norms(shown));

  /** What the controls say. */
  function settings(/** @type {any} */ state) {
    choice.show(state.look, true);
    slider.show(state.scales[state.look] ?? 1, true);
    slider.node.title = `F(x) of ${state.look}`;
  }

  /** What the worker saw of the chosen picture. */
  function show(/** @type {any} */ seen) {
    found.hidden = false;
    const { maps, norms, state } = seen;
    const index = BLOCKS.indexOf(state.look);
    const step = /** @type {any} */ (route_of(state).find(({ block }) => block === index));
    const moved = maps.x.side !== maps.shortcut.side;
    const added = formula(step);
    const wanted = [maps.x, moved && step.skip ? maps.shortcut : null, maps.branch, added ? maps.sum : null, maps.out];
    const kinds = ["x", "shortcut", "branch", "sum", "out"];
    const limit = Math.max(1e-9, ...wanted.flatMap((map) => (map ? [map.values.reduce((/** @type {number} */ top, /** @type {number} */ v) => Math.max(top, Math.abs(v)), 0)] : [])));
    figures.forEach(({ title, told, canvas, node: figure }, i) => {
      const map = wanted[i];
      figure.hidden = !map;
      if (!map) return;
      if (i === 3) set_text(title, added);
      set_text(told, `${map.channels} × ${map.side} × ${map.side}, ‖·‖ ${short(norms[index][kinds[i]])}`);
      canvas.setAttribute("aria-label", fill(words.map_label, { title: title.textContent, channels: map.channels, norm: short(norms[index][kinds[i]]) }));
      draw_map(canvas, map, limit);
    });
    set_text(low, `−${short(limit)}`);
    set_text(high, short(limit));
    rows.forEach(({ cells }, i) => COLUMNS.forEach((key, k) => {
      set_text(cells[k], short(norms[i][key]));
      cells[k].dataset.value = String(norms[i][key]);
    }));
    shown = norms;
    draw_norms(norms);
  }

  function draw_norms(/** @type {any} */ norms) {
    const width = Math.min(chart.clientWidth, 640);
    if (!width) return;
    chart.replaceChildren(bars({
      width, names: BLOCKS, words: words.norms_chart, label: short,
      series: [
        { look: "x", name: "‖x‖", values: norms.map((/** @type {any} */ { x }) => x) },
        { look: "f", name: "‖F(x)‖", values: norms.map((/** @type {any} */ { branch }) => branch) },
      ],
    }));
  }

  return { node, settings, show, remove };
}
