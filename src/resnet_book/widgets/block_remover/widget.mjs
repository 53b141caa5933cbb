// A trained network taken apart: what it says to a picture, what every block does to it, and what is lost without one.

import { control } from "../shared/controls.mjs";
import { flash, h, on_width, set_text } from "../shared/dom.mjs";
import { tool } from "../shared/form.mjs";
import { accuracy_view } from "./accuracy.mjs";
import { inside_view } from "./inside.mjs";
import { draw_picture } from "./maps.mjs";
import { as_text, from_text, own_picture } from "./own.mjs";
import { BLOCKS, MOST, NETWORKS, SIDE, WHOLE, each_removed, parse_lesions, parse_look, parse_scales, possible, route_of, settle } from "./routes.mjs";
import { runner } from "./runner.mjs";
import { done, fill, probability, said } from "./words.mjs";
import words from "./words.json";

const OWN = "own";

/** @typedef {import("./routes.mjs").State} State */

/** What the state consists of; the picture's options need the classes, which the page is given. */
export function fields_of(/** @type {string[]} */ classes, /** @type {number} */ count) {
  const each = count / classes.length;
  const shipped = Array.from({ length: count }, (_, i) => /** @type {[string, string]} */ ([String(i), `${classes[Math.floor(i / each)]}, ${(i % each) + 1}`]));
  return /** @type {import("../shared/form.mjs").Field[]} */ ([
    { key: "network", label: words.fields.network, options: NETWORKS },
    { key: "picture", label: words.fields.picture, options: [...shipped, [OWN, words.my_own]] },
    { key: "look", label: words.look, parse: parse_look },
    { key: "lesions", label: "lesions", parse: parse_lesions },
    { key: "scales", label: "scales", parse: parse_scales },
  ]);
}

function view(/** @type {any} */ model, /** @type {import("../shared/form.mjs").Frame} */ frame) {
  const { classes, pictures: { shipped } } = model.get("record");
  let state = /** @type {any} */ (null);
  let awake = false; // whether the reader has done anything yet: nothing is loaded before
  let seen = /** @type {any} */ (null); // what the worker said last of one picture
  let asked = 0;
  const settings = /** @type {Map<number, State>} */ (new Map()); // what was set when it was asked for
  let own = from_text(model.get("own")) ?? new Uint8Array(SIDE * SIDE);

  const run = runner(model, hear);

  // ------------------------------------------------------------ elements

  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, kind = "") => h("button", { type: "button", class: kind, onclick }, text);
  const load = button(words.load, () => wake(), "br-go");
  const progress = h("progress", { class: "br-progress", max: 1, "aria-label": words.done_so_far, hidden: true });
  const buttons = h("div", { class: "rn-actions br-buttons" }, load,
    button(words.buttons.score, score), button(words.buttons.remove_each, remove_each), button(words.buttons.put_back, () => frame.set({ lesions: {}, scales: {} })), progress);
  const summary = h("p", { class: "rn-summary", role: "status" }, words.start);
  const broken = h("div", { role: "status" });
  const engine = h("p", { class: "rn-note", hidden: true });

  const canvas = h("canvas", { class: "br-picture", width: SIDE, height: SIDE, role: "img", tabindex: 0, "aria-label": words.looked_at });
  const drawn = own_picture(canvas, {
    current: () => (state.picture === OWN ? own : seen?.pixels ?? null),
    changed(pixels) {
      own = pixels;
      awake = true;
      model.set("own", as_text(pixels));
      model.save_changes();
      top.classList.remove("br-idle");
      draw_picture(canvas, own, SIDE);
      if (state.picture === OWN) look();
      else frame.set({ picture: OWN });
    },
  });
  const rows = classes.map((/** @type {string} */ name) => {
    const cells = [0, 1].map(() => h("td", { class: "rn-number" }, "–"));
    return { cells, tr: h("tr", {}, h("th", { scope: "row" }, name), cells) };
  });
  const table = h("table", { class: "rn-table br-probabilities" },
    h("thead", {}, h("tr", {}, words.probabilities.columns.map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, rows.map(({ tr }) => tr)));
  const top = h("div", { class: "br-top br-idle" },
    h("div", {}, canvas, h("div", { class: "rn-actions br-own" }, drawn.nodes), drawn.told),
    h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.probabilities.label }, table));

  const what = BLOCKS.map((name) => control({ key: name, label: name, options: possible("residual", name) }, (word) => frame.set({ lesions: { ...state.lesions, [name]: word } })));
  const stages = ["layer1", "layer2", "layer3"].map((stage) =>
    h("div", { class: "br-stage" }, BLOCKS.flatMap((name, i) => (name.startsWith(stage) ? [what[i].node] : []))));
  const blocks = h("fieldset", { class: "br-blocks" }, h("legend", {}, words.each_block), stages);

  const inside = inside_view({ look: (name) => frame.set({ look: name }), scale: (factor) => frame.set({ scales: { ...state.scales, [state.look]: factor } }), most: MOST });
  const accuracy = accuracy_view(model.get("record"), (index) => frame.set({ picture: String(index) }));

  // ------------------------------------------------------------ what is asked of the worker

  function wake() {
    awake = true;
    look();
  }

  function look() {
    load.hidden = true;
    broken.replaceChildren();
    if (!seen) set_text(summary, words.loading);
    const picture = state.picture === OWN ? own : Number(state.picture);
    run.look({ network: state.network, picture, route: route_of(state), block: BLOCKS.indexOf(state.look), turn: (asked += 1) });
    settings.set(asked, state);
    mark("asked", asked);
  }

  function score() {
    wake();
    begin();
    accuracy.say(words.scoring);
    run.start({ kind: "score", network: state.network, route: route_of(state) });
  }

  function remove_each() {
    wake();
    begin();
    accuracy.say(fill(words.removing, state));
    run.start({ kind: "each", network: state.network, routes: each_removed(state.network) });
  }

  function begin() {
    progress.hidden = false;
    progress.removeAttribute("value");
  }

  function hear(/** @type {any} */ message) {
    if (message.kind === "ready") {
      engine.hidden = message.backend === "wasm";
      set_text(engine, fill(words.slow, message));
    } else if (message.kind === "pictures") accuracy.pictures(message);
    else if (message.kind === "progress") progress.value = message.done;
    else if (message.kind === "scored" || message.kind === "each") {
      progress.hidden = true;
      accuracy.found(message);
    } else if (message.kind === "seen") {
      const of = /** @type {State} */ (settings.get(message.turn));
      for (const turn of settings.keys()) if (turn <= message.turn) settings.delete(turn);
      seen = { ...message, state: of };
      show();
    } else if (message.kind === "error") {
      progress.hidden = true;
      load.hidden = false;
      seen = null;
      set_text(summary, words.start);
      broken.replaceChildren(h("p", { class: "rn-message rn-bad" }, h("strong", {}, "⚠ "), fill(words.failed, message)));
      accuracy.say("");
      accuracy.open();
    }
  }

  // ------------------------------------------------------------ what is shown

  function show() {
    const { probabilities, before, pixels, state } = seen;
    top.classList.remove("br-idle");
    draw_picture(canvas, pixels, SIDE);
    const label = state.picture === OWN ? null : Math.floor(Number(state.picture) / (shipped / classes.length));
    const blank = state.picture === OWN && !own.some(Boolean);
    set_text(summary, blank ? words.blank : `${said(seen, classes, label)} ${done(state)}`);
    canvas.setAttribute("aria-label", label === null ? words.looked_at_own : fill(words.looked_at_class, { name: classes[label] }));
    const most = probabilities.indexOf(Math.max(...probabilities));
    const changed = /** @type {Element[]} */ ([]);
    rows.forEach((/** @type {any} */ { tr, cells }, /** @type {number} */ i) => {
      tr.classList.toggle("br-now", i === most);
      tr.classList.toggle("br-true", i === label);
      [probabilities[i], before[i]].forEach((p, k) => {
        if (set_text(cells[k], probability(p))) changed.push(cells[k]);
        cells[k].dataset.value = String(p);
        cells[k].style.setProperty("--share", `${(100 * p).toFixed(1)}%`);
      });
    });
    flash(changed);
    inside.show(seen);
    mark("shown", seen.turn);
    if (model.get("kernel")) {
      model.set("seen", { ...Object.fromEntries(["network", "picture", "lesions", "scales"].map((key) => [key, state[key]])), own: model.get("own"), probabilities: [...probabilities] });
      model.save_changes();
    }
  }

  const redraw = () => {
    if (seen) {
      draw_picture(canvas, seen.pixels, SIDE);
      inside.show(seen);
    }
    accuracy.draw();
  };
  const dark = new MutationObserver(() => requestAnimationFrame(redraw)); // the canvases' colours are the theme's
  dark.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const stop_width = on_width(summary, redraw);

  const own_changed = () => {
    const given = from_text(model.get("own"));
    if (!given || as_text(given) === as_text(own)) return;
    own = given;
    if (state?.picture === OWN && awake) look();
  };
  model.on("change:own", own_changed);

  /** For who waits for an answer: its number on the root. */
  const mark = (/** @type {string} */ what, /** @type {number} */ turn) => (summary.closest("[data-widget]").dataset[what] = String(turn));

  /** From now on every change is the reader's. */
  function listen() {
    const root = summary.closest("[data-widget]");
    for (const kind of ["input", "change"]) root.addEventListener(kind, () => (awake = true), true);
    drawn.droppable(root);
  }

  return {
    nodes: [buttons, accuracy.told, summary, broken, engine, top, blocks, accuracy.node, inside.node],
    update(/** @type {any} */ next, /** @type {State} */ now) {
      if (!state) listen();
      const measured = state && ["network", "lesions", "scales"].some((key) => JSON.stringify(state[key]) !== JSON.stringify(now[key]));
      state = now;
      BLOCKS.forEach((name, i) => {
        const { input, node, show: put } = what[i];
        const able = possible(state.network, name);
        if (input.options.length !== able.length) input.replaceChildren(...able.map((value) => h("option", { value }, value)));
        put(state.lesions[name] ?? WHOLE, true);
        node.classList.toggle("br-changed", name in state.lesions || name in state.scales);
      });
      canvas.classList.toggle("br-drawing", state.picture === OWN);
      inside.settings(state);
      accuracy.settings(state, Boolean(measured));
      if (measured && !progress.hidden) {
        run.end();
        progress.hidden = true;
      }
      if (awake) look();
    },
    remove() {
      run.stop();
      dark.disconnect();
      stop_width();
      inside.remove();
      accuracy.remove();
      model.off("change:own", own_changed);
    },
  };
}

export default {
  render({ model, el }) {
    const { classes, pictures } = model.get("record");
    const fields = fields_of(classes, pictures.shipped);
    return tool({ model, el, name: "block-remover", fields, settle, compute: (state) => state, view: (frame) => view(model, frame) });
  },
};
