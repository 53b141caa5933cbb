// Recorded training curves: one strong, the others thin behind it; its numbers, and who made them.

import { flash, h, on_width, set_text } from "../shared/dom.mjs";
import { tool } from "../shared/form.mjs";
import { AXES, curve_name, curves, duration, end_of, epoch_table, facts, groups, last_epoch, percent, points, spread, written } from "./data.mjs";
import { cursor_nodes, draw, layout, nearest } from "./plot.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

/** The controls, which depend on the runs. @returns {import("../shared/form.mjs").Field[]} */
export function fields(/** @type {any[]} */ runs) {
  return [
    { key: "run", label: words.fields.run, options: runs.map(({ name }) => name) },
    { key: "curve", label: words.fields.curve, options: curves(runs).map((name) => /** @type {[string, string]} */ ([name, curve_name(name, runs)])) },
    { key: "axis", label: words.fields.axis, options: Object.entries(AXES) },
  ];
}

/** What is shown of a state: the lines of all runs, with their groups, and the table of the chosen one. */
export function compute(/** @type {any[]} */ runs, /** @type {any} */ { run: name, curve, axis }) {
  const chosen = runs.findIndex((run) => run.name === name);
  const lines = runs.map((run) => {
    const { epochs, steps } = points(run, curve, axis);
    return { epochs, steps, drawn: curve === "lr" && steps.length ? steps : epochs };
  });
  return { runs, chosen, curve, axis, lines, groups: groups(runs), table: epoch_table(runs[chosen]) };
}

/** What its marks and lines are, in words. */
function legend(/** @type {any} */ { runs, chosen, curve, lines }) {
  const { every } = runs[chosen].steps;
  const { scored } = runs[chosen];
  const batches = every > 1 ? fill(words.marks.every, { every }) : words.marks.each;
  const said = {
    test: fill(words.marks.test, { scored }),
    train: words.marks.train + (lines[chosen].steps.length ? fill(words.marks.thin, { batches }) : ""),
    lr: words.marks.lr,
    rate: words.marks.rate,
  }[curve.split("_")[0]];
  return fill(words.marks.point, { said });
}

/** A table with a caption, its heads made anew only where they change. */
function table(/** @type {string} */ kind, /** @type {string} */ name) {
  const caption = h("caption");
  const head = h("tr");
  const body = h("tbody");
  const node = h("table", { class: `rn-table ${kind}` }, caption, h("thead", {}, head), body);
  const box = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": name }, node);
  return {
    box,
    body,
    update(/** @type {string} */ title, /** @type {string[]} */ header, /** @type {[string, any][][]} */ rows) {
      set_text(caption, title);
      if (head.cells.length !== header.length || header.some((text, i) => head.cells[i].textContent !== text)) {
        head.replaceChildren(...header.map((text) => h("th", { scope: "col" }, text)));
        body.replaceChildren();
      }
      const changed = /** @type {Element[]} */ ([]);
      rows.forEach((cells, i) => {
        const fresh = () => cells.map((_, j) => (j ? h("td", { class: "rn-number" }) : h("th", { scope: "row" })));
        const line = body.rows[i] ?? body.appendChild(h("tr", {}, fresh()));
        cells.forEach(([text, value], j) => {
          const cell = line.cells[j];
          // two values may read alike
          if (set_text(cell, text) && cell.dataset.value !== undefined) changed.push(cell);
          if (value === null) delete cell.dataset.value;
          else cell.dataset.value = String(value);
        });
      });
      while (body.rows.length > rows.length) body.lastChild.remove();
      flash(changed);
    },
  };
}

/** The table of groups: what is the same for one seed alone is left out. @returns {[string, any][][]} */
function group_rows(/** @type {any[]} */ runs) {
  const cell = (/** @type {number | null} */ value, /** @type {(value: number) => string} */ text) => /** @type {[string, any]} */ ([value === null ? "–" : text(value), value]);
  return spread(runs).map((group) => [
    [group.name, null],
    [String(group.seeds), group.seeds],
    cell(group.mean, percent),
    cell(group.low, percent),
    cell(group.high, percent),
    cell(group.deviation, (value) => fill(words.seeds.points, { points: (100 * value).toFixed(2) })),
    cell(group.seconds, duration),
  ]);
}

function view(/** @type {import("../shared/form.mjs").Frame} */ { set }) {
  const figure = h("figure", { class: "rn-figure rn-plot" });
  const readout = h("p", { class: "rn-note rn-readout" });
  const summary = h("p", { class: "rn-summary" });
  const epochs = table("rn-epochs", words.numbers);
  const seeds = table("rn-seeds", words.seeds.label);
  const origin = h("dl", { class: "rn-facts" });
  let shown = /** @type {any} */ (null);
  let plan = /** @type {any} */ (null);
  const pen = h("canvas").getContext("2d");
  let cursor = /** @type {any} */ (null);
  let marked = /** @type {any} */ (null);
  let pointed = /** @type {any} */ (null);

  function paint(/** @type {number} */ width) {
    if (!shown || !width) return;
    const { runs, curve, axis, chosen } = shown;
    pen.font = `12px ${getComputedStyle(figure).fontFamily}`;
    plan = layout(shown, width, (text) => pen.measureText(text).width);
    const label = fill(words.chart, { curve: curve_name(curve, runs), axis: AXES[/** @type {keyof AXES} */ (axis)] });
    const drawn = plan && draw(plan, label);
    cursor = drawn?.cursor;
    const missing = fill(words.missing, { curve: curve_name(curve, [runs[chosen]]), axis: AXES[/** @type {keyof AXES} */ (axis)] });
    figure.replaceChildren(drawn ? drawn.picture : h("p", {}, missing));
    point(null);
  }

  /** Show the numbers of one mark; of none, what the marks are. */
  function point(/** @type {any} */ at) {
    pointed = at;
    marked?.classList.remove("rn-at");
    marked = at && at.index === shown.chosen ? epochs.body.rows[at.epoch] : null;
    marked?.classList.add("rn-at");
    cursor?.replaceChildren(...(at ? cursor_nodes(plan, at) : []));
    if (!at) return set_text(readout, legend(shown));
    const run = shown.runs[at.index];
    const say = (/** @type {string} */ column) => written(column, run.rows[column]?.[at.epoch]);
    const what = `${curve_name(shown.curve, [run])} ${say(shown.curve)}`;
    set_text(readout, fill(words.readout, { name: run.name, epoch: at.epoch + 1, what, step: say("step"), time: say("seconds"), lr: say("lr") }));
  }

  function under(/** @type {any} */ event) {
    const box = figure.firstChild.getBoundingClientRect();
    return plan && nearest(plan, event.clientX - box.left, event.clientY - box.top);
  }

  figure.addEventListener("pointermove", (/** @type {any} */ event) => point(under(event)));
  figure.addEventListener("pointerleave", () => point(null));
  figure.addEventListener("click", (/** @type {any} */ event) => {
    const at = pointed ?? under(event); // a click comes in whole pixels, and of two marks could mean the other one
    if (at) set({ run: shown.runs[at.index].name });
  });

  let later = 0;
  const stop = on_width(figure, paint);
  return {
    nodes: [summary, figure, readout, epochs.box, seeds.box, origin],
    remove: () => {
      stop();
      cancelAnimationFrame(later);
    },
    update(/** @type {any} */ found) {
      shown = found;
      const { runs, chosen, table: lines } = found;
      const run = runs[chosen];
      const { rows } = run;
      const last = last_epoch(run) - 1;
      const took = run.env.seconds === undefined ? "" : fill(words.took, { time: duration(run.env.seconds) });
      const end = { name: run.name, ...end_of(run), epochs: run.epochs, steps: written("step", rows.step?.[last]), took };
      set_text(summary, fill(run.diverged ? words.diverged : words.summary, end));
      epochs.update(fill(words.by_epoch, { name: run.name, recipe: run.recipe, seed: run.seed }), lines.header, lines.rows);
      const all = group_rows(runs);
      seeds.box.hidden = all.length === runs.length;
      seeds.update(words.seeds.caption, words.seeds.columns, all);
      origin.replaceChildren(...facts(run).flatMap(([term, text]) => [h("dt", {}, term), h("dd", {}, text)]));
      cancelAnimationFrame(later);
      later = requestAnimationFrame(() => paint(Math.floor(figure.clientWidth)));
    },
  };
}

export default {
  render({ model, el }) {
    let stop = start();

    function start() {
      const runs = model.get("runs");
      // a kernel may have put other runs in place of those that were chosen from
      if (!runs.some((/** @type {any} */ { name }) => name === model.get("run"))) model.set("run", runs[0].name);
      if (!curves(runs).includes(model.get("curve"))) model.set("curve", curves(runs)[0]);
      const work = (/** @type {any} */ state) => compute(runs, state);
      return tool({ model, el, name: "run-explorer", fields: fields(runs), compute: work, view, verifiable: false });
    }

    const again = () => {
      stop();
      stop = start();
    };
    model.on("change:runs", again);
    return () => {
      model.off("change:runs", again);
      stop();
    };
  },
};
