// A plain and a residual network learn side by side: their maps, losses, and what reaches each layer, live.

import { h, on_width, set_text } from "../shared/dom.mjs";
import { tool } from "../shared/form.mjs";
import { part } from "../shared/parts.mjs";
import { fill } from "../shared/words.mjs";
import { charts } from "./charts.mjs";
import { draw_map, draw_pictures } from "./maps.mjs";
import { numbers } from "./numbers.mjs";
import { own_points } from "./own_points.mjs";
import { REACH, kinds } from "./points.mjs";
import { session } from "./session.mjs";
import { sweep_view } from "./sweep.mjs";
import { SIDE, data_of, read_clothes, steps as steps_of, sweep_of, task_of } from "./task.mjs";
import { breakdown, care, invitation, outcome, percent } from "./words.mjs";
import words from "./words.json";

const NAMES = [words.names.plain, words.names.residual];
const LOOKS = /** @type {const} */ (["plain", "residual"]);

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

  const worker = session(model, hear);

  // ------------------------------------------------------------ elements

  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, kind = "") => h("button", { type: "button", class: kind, onclick }, text);
  const progress = h("progress", { class: "st-progress", max: 1, value: 0, "aria-label": words.steps_done, hidden: true });
  const buttons = h("div", { class: "rn-actions st-buttons" },
    button(words.buttons.train, train, "st-go"), button(words.buttons.pause, pause), button(words.buttons.reset, reset), button(words.buttons.sweep, sweep), progress);
  const summary = h("p", { class: "rn-summary", role: "status" });
  const broken = h("div", { class: "st-broken", role: "status" });
  const engine = h("p", { class: "rn-note", hidden: true });
  const canvases = NAMES.map((name, i) => h("canvas", {
    class: "st-map", role: "img", tabindex: -1, "aria-label": name,
    onclick: (/** @type {any} */ event) => sets_points() && own.add_there(event),
    onkeydown: (/** @type {any} */ event) => sets_points() && i === 0 && own.steer(event),
  }));
  const under_maps = NAMES.map(() => h("span", { class: "st-score" }));
  const maps = h("div", { class: "st-maps" }, NAMES.map((name, i) =>
    h("figure", { class: "rn-figure" }, h("figcaption", {}, h("span", { class: `st-name st-${LOOKS[i]}` }, name), under_maps[i]), canvases[i])));
  const own = own_points(model, { changed: reset, moved: show });
  const table = numbers(NAMES);
  const signals = charts(NAMES, LOOKS);
  const caution = h("ul", { class: "rn-note st-care" });
  const sweeps = sweep_view({ names: NAMES, looks: LOOKS, record: () => model.get("record"), opened: show_sweep });

  // ------------------------------------------------------------ what the buttons do

  function train() {
    if (busy) return;
    if (lacks_a_class()) {
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
    if (lacks_a_class()) return train(); // which says so
    worker.stop();
    swept = [];
    sweeps.node.open = true;
    begin("sweep");
    worker.ask(async () => {
      waiting = sweep_of(state, await extra());
      return [{ kind: "sweep", tasks: waiting, steps: steps_of(state).sweep }];
    });
    show_sweep();
  }

  const sets_points = () => state.data === "own points";
  const lacks_a_class = () => sets_points() && !own.both_classes();

  const extra = async () => ({ own: own.points(), clothes: state.data === "clothes" ? await pictures() : null });

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
      sweeps.node.open = true;
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
    const pairs = state.data === "clothes" ? clothes : data_of(state, { own: own.points(), clothes });
    canvases.forEach((canvas, i) => {
      canvas.hidden = !pairs;
      if (!pairs) return;
      if (state.data === "clothes") draw_pictures(canvas, learners[i]?.guesses ?? null, pairs.held, SIDE);
      else draw_map(canvas, learners[i]?.map ?? null, pairs.data, REACH, i === 0 && state.data === "own points" ? own.cross() : null);
      const accuracy = learners[i] && percent(learners[i].accuracy);
      const what = state.data === "clothes" ? words.maps.pictures : words.maps.plane;
      canvas.setAttribute("aria-label", `${NAMES[i]}: ${what}${accuracy ? fill(words.right_of_training, { accuracy }) : ""}`);
    });
    learners.forEach((/** @type {any} */ found, /** @type {number} */ i) => {
      set_text(under_maps[i], found ? fill(words.right, { accuracy: percent(found.accuracy) }) : "");
    });
    const trouble = learners.flatMap((/** @type {any} */ found, /** @type {number} */ i) => (found?.trouble ? [breakdown(NAMES[i], found, state)] : []));
    if (trouble.length) broken.replaceChildren(...trouble.map((/** @type {string} */ text) => h("p", { class: "rn-message rn-bad" }, text)));
    table.put(learners);
    signals.show(first, last, curves);
  }

  function show_sweep() {
    if (state) sweeps.show(swept, busy === "sweep", state);
  }

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

  const stop_width = on_width(sweeps.chart, () => {
    show();
    show_sweep();
  });
  const dark = new MutationObserver(show); // the canvases' colours are the theme's
  dark.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });

  return {
    nodes: [buttons, summary, broken, engine, maps, own.bar, table.node, caution, ...signals.nodes, sweeps.node],
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
        own.bar.hidden = next.data !== "own points";
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
      own.remove();
      document.removeEventListener("visibilitychange", looked_at);
    },
  };
}

export default {
  render({ model, el }) {
    return tool({ model, el, name: "skip-trainer", fields: FIELDS, compute: (state) => state, settle, view: () => view(model), verifiable: false });
  },
};
