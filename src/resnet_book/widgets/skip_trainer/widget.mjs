// A plain and a residual network learn side by side: their maps, losses, and what reaches each layer, live.

import { h, on_width, set_text } from "../shared/dom.mjs";
import { tool } from "../shared/form.mjs";
import { thousands } from "../shared/format.mjs";
import { part } from "../shared/parts.mjs";
import { draw_map, draw_pictures, under } from "./maps.mjs";
import { draw } from "./plot.mjs";
import { REACH, kinds } from "./points.mjs";
import { session } from "./session.mjs";
import { DEPTHS, SIDE, data_of, read_clothes, steps as steps_of, sweep_of, task_of } from "./task.mjs";
import { breakdown, care, invitation, outcome, percent } from "./words.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const NAMES = [words.names.plain, words.names.residual];
const LOOKS = /** @type {const} */ (["plain", "residual"]);
const MOST = 1000; // own points

/** @type {import("../shared/form.mjs").Field[]} */
export const FIELDS = [
  { key: "data", label: words.fields.data, options: [...kinds, "clothes", "own points"] },
  { key: "blocks", label: words.fields.blocks, max: 100, usual: 20 },
  { key: "width", label: words.fields.width, min: 2, max: 32, usual: 8 },
  { key: "norm", label: words.fields.norm, options: ["on", "off"] },
  { key: "init", label: words.fields.init, options: ["he", "zero", "fixup"] },
  { key: "optimizer", label: words.fields.optimizer, options: ["adam", "sgd"] },
  { key: "rate", label: words.fields.rate, options: ["0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3"] },
  { key: "noise", label: words.fields.noise, options: ["0", "0.05", "0.1", "0.2", "0.3"], applies: ({ data }) => kinds.includes(data) },
  { key: "seed", label: words.fields.seed, min: 0, max: 9999, usual: 0 },
];

/** What suits pictures and what suits points, so that another choice of data does not begin with a rate that fails. */
const USUAL = { clothes: { width: 4, optimizer: "sgd", rate: "0.1" }, points: { width: 8, optimizer: "adam", rate: "0.01" } };

/** Settings that were the usual ones of the data before become those of the new data. */
export function settle(/** @type {any} */ next, /** @type {any} */ before) {
  const sort = (/** @type {any} */ { data }) => /** @type {keyof typeof USUAL} */ (data === "clothes" ? "clothes" : "points");
  if (sort(next) === sort(before)) return next;
  const was = USUAL[sort(before)];
  const kept = Object.entries(was).every(([key, value]) => next[key] === value);
  return kept ? { ...next, ...USUAL[sort(next)] } : next;
}

function view(/** @type {any} */ model) {
  let state = /** @type {any} */ (null);
  let last = /** @type {any} */ (null); // the worker's last report
  let first = /** @type {any} */ (null); // its first, before any step
  let curves = /** @type {[number, number][][]} */ ([[], []]);
  let busy = /** @type {"" | "train" | "sweep"} */ ("");
  let goal = 0; // steps until Train is done
  let clothes = /** @type {any} */ (null);
  let swept = /** @type {any[]} */ ([]);
  let waiting = /** @type {any[]} */ ([]); // of the sweep
  let cross = /** @type {[number, number] | null} */ (null);
  let own = /** @type {number[][]} */ (model.get("own") ?? []);

  const worker = session(model, hear);

  // ------------------------------------------------------------ elements

  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, kind = "") => h("button", { type: "button", class: kind, onclick }, text);
  const progress = h("progress", { class: "st-progress", max: 1, value: 0, "aria-label": words.steps_done, hidden: true });
  const buttons = h("div", { class: "rn-actions st-buttons" },
    button(words.buttons.train, train, "st-go"), button(words.buttons.pause, pause), button(words.buttons.reset, reset), button(words.buttons.sweep, sweep), progress);
  const summary = h("p", { class: "rn-summary", role: "status" });
  const broken = h("div", { class: "st-broken", role: "status" });
  const engine = h("p", { class: "rn-note", hidden: true });
  const canvases = NAMES.map((name, i) => h("canvas", { class: "st-map", role: "img", tabindex: -1, "aria-label": name, onclick: add_there, onkeydown: (/** @type {KeyboardEvent} */ event) => steer(event, i) }));
  const under_maps = NAMES.map(() => h("span", { class: "st-score" }));
  const maps = h("div", { class: "st-maps" }, NAMES.map((name, i) =>
    h("figure", { class: "rn-figure" }, h("figcaption", {}, h("span", { class: `st-name st-${LOOKS[i]}` }, name), under_maps[i]), canvases[i])));
  const of_class = h("select", { "aria-label": words.own.class, class: "st-class", "data-lm-suppress-shortcuts": "true" }, h("option", { value: "0" }, words.circle), h("option", { value: "1" }, words.diamond));
  const own_bar = h("div", { class: "rn-actions st-own", hidden: true },
    h("span", {}, words.own.click, of_class), button(words.own.remove_last, () => set_own(own.slice(0, -1))), button(words.own.remove_all, () => set_own([])),
    h("span", { class: "rn-note" }, words.own.keyboard));
  const rows = NAMES.map((name) => ({ name, cells: Array.from({ length: 5 }, () => h("td", { class: "rn-number" })) }));
  const table = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.numbers.label },
    h("table", { class: "rn-table" },
      h("thead", {}, h("tr", {}, words.numbers.columns.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows.map(({ name, cells }) => h("tr", {}, h("th", { scope: "row" }, name), cells)))));
  const charts = words.charts.map((text) => {
    const place = h("div");
    return { place, node: h("figure", { class: "rn-figure" }, h("figcaption", {}, text), place) };
  });
  const chart_row = h("div", { class: "st-charts", hidden: true }, charts.map(({ node }) => node));
  const chart_note = h("p", { class: "rn-note", hidden: true }, words.root_mean_squares);
  const caution = h("ul", { class: "rn-note st-care" });
  const sweep_words = h("p", { class: "st-sweep-words" });
  const sweep_chart = h("figure", { class: "rn-figure" });
  const sweep_body = h("tbody");
  const sweep_title = h("summary");
  const sweep_box = h("details", { class: "st-sweep", ontoggle: () => state && show_sweep() }, sweep_title, sweep_words, sweep_chart, // folded: the text may ask for a guess before
    h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.sweep.numbers },
      h("table", { class: "rn-table" }, h("thead", {}, h("tr", {}, words.sweep.columns.map((text) => h("th", { scope: "col" }, text)))), sweep_body)));

  // ------------------------------------------------------------ what the buttons do

  function train() {
    if (busy) return;
    if (state.data === "own points" && new Set(own.map((point) => point[2])).size < 2) {
      set_text(summary, words.own.both_classes);
      return;
    }
    begin("train");
    const going = last && worker.open() && !last.learners.every((/** @type {any} */ { trouble }) => trouble);
    goal = (going ? last.steps : 0) + steps_of(state).train;
    if (going) worker.post({ kind: "run", steps: goal - last.steps });
    else {
      forget();
      worker.ask(async () => [{ kind: "set", task: task_of(state, await extra()) }, { kind: "run", steps: goal }]);
    }
  }

  function pause() {
    if (busy === "train" && last) worker.post({ kind: "pause" });
    else if (busy) {
      worker.stop();
      end();
    }
  }

  function reset() {
    worker.stop();
    forget();
    end();
    show_now();
  }

  function sweep() {
    if (busy) return;
    if (state.data === "own points" && new Set(own.map((point) => point[2])).size < 2) return train();
    worker.stop();
    swept = [];
    sweep_box.open = true;
    begin("sweep");
    worker.ask(async () => {
      waiting = sweep_of(state, await extra());
      return [{ kind: "sweep", tasks: waiting, steps: steps_of(state).sweep }];
    });
    show_sweep();
  }

  const extra = async () => ({ own, clothes: state.data === "clothes" ? await pictures() : null });

  /** The clothes, loaded when first needed. */
  async function pictures() {
    clothes ??= read_clothes(await part(model, "clothes"));
    show();
    return clothes;
  }

  function begin(/** @type {"train" | "sweep"} */ what) {
    busy = what;
    broken.replaceChildren();
    progress.hidden = false;
    progress.removeAttribute("value");
    if (what === "train" && !last) set_text(summary, words.loading);
  }

  function end() {
    busy = "";
    progress.hidden = true;
  }

  function forget() {
    last = first = null;
    curves = [[], []];
  }

  // ------------------------------------------------------------ what the worker says

  function hear(/** @type {any} */ message) {
    if (message.kind === "ready") {
      engine.hidden = message.backend === "wasm";
      set_text(engine, fill(words.slow, { reason: message.reason }));
    } else if (message.kind === "state") {
      last = message;
      first ??= message;
      message.learners.forEach((/** @type {any} */ { curve }, /** @type {number} */ i) => curves[i].push(...curve));
      progress.value = goal ? message.steps / goal : 0;
      if (message.done && !hidden) {
        end();
        show_now();
      } else show();
    } else if (message.kind === "swept") {
      swept.push(message);
      progress.value = swept.length / waiting.length;
      show_sweep();
    } else if (message.kind === "sweep-done") {
      end();
      worker.stop();
      forget();
      show_sweep();
    } else if (message.kind === "error") {
      end();
      forget();
      broken.replaceChildren(h("p", { class: "rn-message rn-bad" }, h("strong", {}, words.failed), fill(words.failed_why, { message: message.message })));
      sweep_box.open = true;
      show();
    }
  }

  // ------------------------------------------------------------ what is shown

  let pending = 0;
  function show() {
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(paint);
  }

  /** What the buttons say and what the numbers say must not part: at an end nothing waits for the next frame. */
  function show_now() {
    cancelAnimationFrame(pending);
    paint();
  }

  function paint() {
    if (!state) return;
    const learners = last?.learners ?? [null, null];
    set_text(summary, last ? outcome(last, state) : busy ? words.loading : invitation(state));
    const pairs = state.data === "clothes" ? clothes : data_of(state, { own, clothes });
    canvases.forEach((canvas, i) => {
      canvas.hidden = !pairs;
      if (!pairs) return;
      if (state.data === "clothes") draw_pictures(canvas, learners[i]?.guesses ?? null, pairs.held, SIDE);
      else draw_map(canvas, learners[i]?.map ?? null, pairs.data, REACH, i === 0 && state.data === "own points" ? cross : null);
      const accuracy = learners[i] && percent(learners[i].accuracy);
      const what = state.data === "clothes" ? words.maps.pictures : words.maps.plane;
      canvas.setAttribute("aria-label", `${NAMES[i]}: ${what}${accuracy ? fill(words.right_of_training, { accuracy }) : ""}`);
    });
    learners.forEach((/** @type {any} */ found, /** @type {number} */ i) => {
      set_text(under_maps[i], found ? fill(words.right, { accuracy: percent(found.accuracy) }) : "");
      put(rows[i].cells, found);
    });
    const trouble = learners.flatMap((/** @type {any} */ found, /** @type {number} */ i) => (found?.trouble ? [breakdown(NAMES[i], found, state)] : []));
    if (trouble.length) broken.replaceChildren(...trouble.map((/** @type {string} */ text) => h("p", { class: "rn-message rn-bad" }, text)));
    chart_row.hidden = chart_note.hidden = !last;
    if (last) paint_charts(learners);
  }

  function put(/** @type {any[]} */ cells, /** @type {any} */ found) {
    const told = found && [
      [thousands(found.steps), found.steps],
      [found.trouble ? "NaN" : found.loss < 1e-4 ? "< 0.0001" : found.loss.toFixed(4), found.loss],
      [percent(found.accuracy), found.accuracy],
      found.held === null ? ["–", null] : [percent(found.held), found.held],
      [found.ms.toFixed(2), found.ms],
    ];
    cells.forEach((cell, i) => {
      const [text, value] = told?.[i] ?? ["–", null];
      set_text(cell, text);
      if (value === null) delete cell.dataset.value;
      else cell.dataset.value = String(value);
    });
  }

  function paint_charts(/** @type {any[]} */ learners) {
    const width = charts[0].place.clientWidth;
    if (!width) return;
    const sizes = (/** @type {any} */ of, /** @type {"gradient" | "output"} */ key, pale = false) => NAMES.map((name, i) => {
      const layers = of[i].signals.filter((/** @type {any} */ layer) => key === "gradient" || layer.leaves);
      const from = key === "gradient" ? 1 : 0; // the first layer; the stem, before all blocks
      return { name, look: LOOKS[i], pale, line: layers.map((/** @type {any} */ layer, /** @type {number} */ x) => [x + from, layer[key]]) };
    });
    const both = (/** @type {"gradient" | "output"} */ key) => [...sizes(first.learners, key, true), ...sizes(learners, key)];
    const losses = NAMES.map((name, i) => ({ name, look: LOOKS[i], line: thin(curves[i]) }));
    const log = { width, log: true };
    charts[0].place.replaceChildren(draw({ width, across: words.across.step, words: words.said.losses, series: losses }));
    charts[1].place.replaceChildren(draw({ ...log, across: words.across.layer, words: words.said.gradients, series: both("gradient") }));
    charts[2].place.replaceChildren(draw({ ...log, across: words.across.block, words: words.said.outputs, series: both("output") }));
  }

  function show_sweep() {
    const mine = swept.length > 0;
    const values = (/** @type {number} */ depth, /** @type {number} */ i) => swept.filter((run) => run.depth === depth).map(({ learners }) => (learners[i].trouble ? 0 : learners[i].accuracy));
    const record = model.get("record");
    const found = mine
      ? DEPTHS.map((blocks) => ({ blocks, plain: values(blocks, 0), residual: values(blocks, 1) })).filter(({ plain }) => plain.length)
      : record.rows;
    const what = state.data === "clothes" ? words.training.pictures : words.training.points;
    set_text(sweep_title, mine || busy === "sweep" ? words.sweep.label : words.sweep.recorded_label);
    set_text(sweep_words, mine
      ? fill(words.sweep.made, { what, steps: steps_of(state).sweep }) + (swept.some((run) => run.learners.some((/** @type {any} */ { trouble }) => trouble)) ? words.sweep.ended : "")
      : fill(words.sweep.recorded, { torch: record.torch.split("+")[0], steps: record.steps }));
    sweep_body.replaceChildren(...found.map((/** @type {any} */ row) => h("tr", {}, h("th", { scope: "row" }, String(row.blocks)), cell(String(row.plain.length), row.plain.length),
      LOOKS.flatMap((look) => [mean(row[look]), Math.min(...row[look]), Math.max(...row[look])].map((value) => cell(percent(value), value))))));
    const width = sweep_chart.clientWidth;
    if (!width) return;
    sweep_chart.replaceChildren(draw({
      width: Math.min(width, 560), across: words.across.blocks, range: [0, 1], label: (value) => `${Math.round(100 * value)} %`, marks: DEPTHS,
      words: words.said.sweep,
      series: LOOKS.map((look, i) => ({
        name: NAMES[i], look, line: found.map((/** @type {any} */ row) => [row.blocks, mean(row[look])]),
        dots: found.flatMap((/** @type {any} */ row) => row[look].map((/** @type {number} */ value) => [row.blocks, value])),
      })),
    }));
  }

  // ------------------------------------------------------------ own points

  function set_own(/** @type {number[][]} */ points) {
    own = points.slice(0, MOST);
    model.set("own", own);
    model.save_changes();
    reset();
  }

  function add(/** @type {[number, number]} */ at) {
    set_own([...own, [...at, Number(of_class.value)]]);
  }

  function add_there(/** @type {any} */ { offsetX, offsetY, target }) {
    if (state.data === "own points") add(under(offsetX, offsetY, target.clientWidth, REACH));
  }

  function steer(/** @type {KeyboardEvent} */ event, /** @type {number} */ i) {
    if (state.data !== "own points" || i) return;
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (move) cross = /** @type {[number, number]} */ ((cross ?? [0, 0]).map((value, k) => Math.max(-REACH, Math.min(REACH, Math.round(10 * value + move[k]) / 10))));
    else if (event.key === "Enter" && cross) add(cross);
    else return;
    event.preventDefault();
    show();
  }

  const own_changed = () => {
    if (model.get("own") !== own) set_own(model.get("own"));
  };
  model.on("change:own", own_changed);

  // ------------------------------------------------------------ a page that is not looked at

  let hidden = false; // and work was stopped for it
  const looked_at = () => {
    if (document.hidden && busy && !hidden) {
      hidden = true;
      if (busy === "train" && last) worker.post({ kind: "pause" });
      else worker.stop();
    } else if (!document.hidden && hidden) {
      hidden = false;
      if (busy === "train" && last && worker.open()) worker.post({ kind: "run", steps: Math.max(0, goal - last.steps) });
      else if (busy === "sweep" && waiting.length) worker.ask(() => [{ kind: "sweep", tasks: waiting.slice(swept.length), steps: steps_of(state).sweep }]);
      else if (busy === "train") { // it was still on its way
        end();
        train();
      }
    }
  };
  document.addEventListener("visibilitychange", looked_at);

  const stop_width = on_width(sweep_chart, () => {
    show();
    if (state) show_sweep();
  });
  const dark = new MutationObserver(show); // the canvases' colours are the theme's
  dark.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });

  return {
    nodes: [buttons, summary, broken, engine, maps, own_bar, table, caution, chart_row, chart_note, sweep_box],
    update(/** @type {any} */ next) {
      const changed = !state || FIELDS.some(({ key }) => state[key] !== next[key]);
      const first_time = !state; // then the tool has no place on the page yet
      const data_changed = first_time || state.data !== next.data;
      state = next;
      if (!changed) return;
      worker.stop();
      end();
      forget();
      broken.replaceChildren();
      if (swept.length) swept = [];
      if (data_changed) {
        own_bar.hidden = next.data !== "own points";
        canvases[0].tabIndex = next.data === "own points" ? 0 : -1;
        maps.classList.toggle("st-setting", next.data === "own points");
      }
      caution.replaceChildren(...care(next).map((text) => h("li", {}, text)));
      if (first_time) show();
      else show_now();
      show_sweep();
    },
    remove() {
      worker.stop();
      cancelAnimationFrame(pending);
      stop_width();
      dark.disconnect();
      model.off("change:own", own_changed);
      document.removeEventListener("visibilitychange", looked_at);
    },
  };
}

const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const cell = (/** @type {string} */ text, /** @type {number} */ value) => h("td", { class: "rn-number", "data-value": value }, text);

/** At most some hundred points of a curve, the last one kept. */
function thin(/** @type {[number, number][]} */ curve) {
  const every = Math.ceil(curve.length / 400);
  return curve.filter((_, i) => i % every === 0 || i === curve.length - 1);
}

export default {
  render({ model, el }) {
    return tool({ model, el, name: "skip-trainer", fields: FIELDS, compute: (state) => state, settle, view: () => view(model), verifiable: false });
  },
};
