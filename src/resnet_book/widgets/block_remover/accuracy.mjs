// What is left of the accuracy: as set, without one block after the other, and what was recorded.

import { h, on_width, set_text } from "../shared/dom.mjs";
import { bars } from "./charts.mjs";
import { draw_all } from "./maps.mjs";
import { BLOCKS, NETWORKS, NO_BRANCH, SIDE, recorded } from "./routes.mjs";
import { fill, percent } from "./words.mjs";
import words from "./words.json";

/** @param {any} record what the page is given  @param {(index: number) => void} choose a picture */
export function accuracy_view(record, choose) {
  const computed = /** @type {Record<string, { whole: number, left: number[] }>} */ ({}); // by network, in this page
  let state = /** @type {any} */ (null);
  let scored = /** @type {any} */ (null);
  let gallery = /** @type {any} */ (null);
  let chosen = -1;

  const told = h("p", { class: "br-told", role: "status" });
  const title = h("caption");
  const cells = () => [false, true, true].map((recorded) => h("td", { class: recorded ? "rn-number br-recorded" : "rn-number" }, "–"));
  const lines = [...BLOCKS, words.table.whole, words.table.as_set].map((name) => {
    const own = cells();
    return { own, tr: h("tr", {}, h("th", { scope: "row" }, name), own) };
  });
  const heads = words.table.columns;
  const table = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.table.label },
    h("table", { class: "rn-table" }, title, h("thead", {}, h("tr", {}, heads.map((text, i) => h("th", { scope: "col", class: i > 1 ? "br-recorded" : "" }, text)))),
      h("tbody", {}, lines.slice(0, BLOCKS.length).map(({ tr }) => tr)), h("tfoot", {}, lines.slice(BLOCKS.length).map(({ tr }) => tr))));
  const chart = h("figure", { class: "rn-figure" });
  const canvas = h("canvas", { class: "br-all", role: "img", hidden: true, onclick: pick });
  const caption = h("figcaption", {}, words.all);
  const all = h("figure", { class: "rn-figure", hidden: true }, canvas, caption);
  const deep_charts = h("div", { class: "br-charts" });
  const deep = h("div", { class: "br-recorded", hidden: !record.deeper.length }, h("p", { class: "rn-note" }, words.deep), deep_charts, deep_table(record.deeper));
  const record_box = h("details", { ontoggle: unseal }, h("summary", {}, words.record), chart, h("p", { class: "rn-note" }, words.off));
  const node = h("section", { class: "br-section br-sealed", "aria-label": words.accuracy }, h("p", { class: "br-title" }, words.accuracy_title), all, h("div", { class: "br-pair" }, record_box, table), deep);
  const remove = on_width(node, draw);

  put(lines.slice(0, BLOCKS.length).map(({ own }) => own), (i) => [undefined, ...NETWORKS.map((name) => record.networks[name].lesions[BLOCKS[i]][NO_BRANCH].all)]);
  put([lines[BLOCKS.length].own], () => [undefined, ...NETWORKS.map((name) => record.networks[name].accuracy.all)]);

  /** What the controls say; `changed`: the score was of other settings. */
  function settings(/** @type {any} */ next, /** @type {boolean} */ changed) {
    const index = next.picture === "own" ? -1 : Number(next.picture);
    const moved = index !== chosen;
    [state, chosen] = [next, index];
    if (changed) {
      scored = null;
      set_text(told, "");
    }
    if (changed || moved) draw_gallery();
    show();
  }

  function found(/** @type {any} */ message) {
    if (message.kind === "scored") {
      scored = message;
      const { accuracy } = record.networks[message.network];
      const share = message.right / message.count;
      const known = recorded(state, record);
      const beside = known === null ? words.not_recorded : fill(words.recorded, { share: percent(known) });
      const text = fill(words.scored, { ...message, share: "@", recorded: beside, whole: percent(accuracy.shipped), whole_all: percent(accuracy.all) }).split("@");
      told.replaceChildren(text[0], h("strong", { "data-value": share }, percent(share)), text[1]);
      draw_gallery();
    } else {
      const left = message.right.map((/** @type {number} */ right) => right / message.count);
      computed[message.network] = { whole: message.whole / message.count, left };
      const [least, worst] = [left.indexOf(Math.max(...left)), left.indexOf(Math.min(...left))];
      set_text(told, fill(words.removed, {
        ...message, worst: BLOCKS[worst], worst_share: percent(left[worst]), least: BLOCKS[least], least_share: percent(left[least]),
      }));
      record_box.open = true;
    }
    show();
  }

  /** What was recorded stands folded until the reader has measured, or opens it: the text may ask for a guess before. */
  function unseal() {
    node.classList.toggle("br-sealed", !record_box.open);
    draw_chart();
  }

  function show() {
    const { network } = state;
    const mine = computed[network];
    const known = recorded(state, record);
    set_text(title, `${fill(words.lesions, { network })}${mine ? "" : ` ${words.not_computed}`}`);
    put(lines.slice(0, BLOCKS.length).map(({ own }) => own), (i) => [mine ? mine.left[i] : null]);
    put([lines[BLOCKS.length].own], () => [mine ? mine.whole : null]);
    put([lines[BLOCKS.length + 1].own], () => [scored ? scored.right / scored.count : null, ...NETWORKS.map((name) => (name === network ? known : null))]);
    draw_chart();
  }

  function draw_chart() {
    const width = Math.min(chart.clientWidth, 640);
    if (!width) return;
    const series = NETWORKS.map((name) => ({
      look: name, name, values: BLOCKS.map((block) => record.networks[name].lesions[block][NO_BRANCH].all),
      line: record.networks[name].accuracy.all, dots: computed[name]?.left,
    }));
    const label = (/** @type {number} */ value) => `${Math.round(100 * value)} %`;
    chart.replaceChildren(bars({ width, names: BLOCKS, series, most: 1, label, words: words.lesions_chart }),
      h("figcaption", {}, words.chart_caption));
    deep_charts.replaceChildren(...record.deeper.map((/** @type {any} */ { name, blocks, whole, left }) => {
      const look = name.startsWith("plain") ? "plain" : "residual";
      const drawn = bars({ width, names: blocks, series: [{ look, name, values: left, line: whole }], most: 1, label, words: fill(words.deep_chart, { name }) });
      return h("figure", { class: "rn-figure" }, drawn);
    }));
  }

  function draw_gallery() {
    if (!gallery) return;
    all.hidden = canvas.hidden = false;
    draw_all(canvas, gallery.pixels, SIDE, gallery.per_class, scored?.predicted ?? null, chosen);
    const text = scored ? words.all_scored : words.all;
    set_text(caption, text);
    canvas.setAttribute("aria-label", scored ? fill(words.all_wrong, { wrong: scored.count - scored.right }) : words.all_label);
  }

  function pick(/** @type {any} */ { offsetX, offsetY, target }) {
    const [across, down] = [gallery.per_class, gallery.pixels.length / SIDE / SIDE / gallery.per_class];
    const place = (/** @type {number} */ share, /** @type {number} */ count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    choose(place(offsetY / target.clientHeight, down) * across + place(offsetX / target.clientWidth, across));
  }

  function draw() {
    draw_chart();
    draw_gallery();
  }

  return {
    node, told, settings, found, draw, remove,
    say: (/** @type {string} */ text) => set_text(told, text),
    open: () => (record_box.open = true),
    pictures(/** @type {any} */ given) {
      gallery = given;
      draw_gallery();
    },
  };
}

/** Shares into rows of cells: a dash for null; what is undefined stays as it is. */
function put(/** @type {any[][]} */ rows, /** @type {(i: number) => (number | null | undefined)[]} */ values) {
  rows.forEach((cells, i) => values(i).forEach((value, k) => {
    if (value === undefined) return;
    set_text(cells[k], value === null ? "–" : percent(value));
    if (value === null) delete cells[k].dataset.value;
    else cells[k].dataset.value = String(value);
  }));
}

/** The recorded lesions of deeper networks as a table that opens. */
function deep_table(/** @type {any[]} */ records) {
  const names = [...new Set(records.flatMap(({ blocks }) => blocks))].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const cell = (/** @type {any} */ { blocks, left }, /** @type {string} */ name) => {
    const value = left[blocks.indexOf(name)];
    return h("td", { class: "rn-number", "data-value": value }, value === undefined ? "–" : percent(value));
  };
  return h("details", {}, h("summary", {}, words.deep_table.title),
    h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.deep_table.label },
      h("table", { class: "rn-table" }, h("thead", {}, h("tr", {}, [words.table.block, ...records.map(({ name }) => name)].map((text) => h("th", { scope: "col" }, text)))),
        h("tbody", {}, names.map((name) => h("tr", {}, h("th", { scope: "row" }, name), records.map((record) => cell(record, name))))))));
}
