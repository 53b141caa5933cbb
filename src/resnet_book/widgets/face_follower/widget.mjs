// A face under the reader's hand, and the points that three networks find in it, at each move.

import { flash, h, set_text } from "../shared/dom.mjs";
import { tool } from "../shared/form.mjs";
import { PARTS, errors } from "./errors.mjs";
import { draw, face_points } from "./drawing.mjs";
import { pullable, put, show } from "./picture.mjs";
import { FIELDS, NETWORKS, another, face_of, moved } from "./pose.mjs";
import { runner } from "./runner.mjs";
import { told_outside, told_says } from "./telling.mjs";
import words from "./words.json";

function view(/** @type {any} */ model, /** @type {import("../shared/form.mjs").Frame} */ frame) {
  const { faces, normalize } = model.get("record");
  let state = /** @type {any} */ (null);
  let awake = false; // whether the reader has done anything yet: nothing is loaded before
  let [asked, drawing] = [0, 0];
  const poses = /** @type {Map<number, any>} */ (new Map()); // what was set when it was asked for
  let found = /** @type {any} */ (null); // what the networks said last

  const run = runner(model, hear);

  // ------------------------------------------------------------ elements

  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, kind = "") => h("button", { type: "button", class: kind, onclick }, text);
  const load = button(words.load, () => wake(), "ff-go");
  const buttons = h("div", { class: "rn-actions ff-buttons" }, load, button(words.another, () => act({ face: another(state.face, faces) })));
  const summary = h("p", { class: "rn-summary", role: "status" }, words.start);
  const range = h("p", { class: "ff-range", role: "status" });
  const broken = h("div", { role: "status" });
  const engine = h("p", { class: "rn-note", hidden: true });

  const canvas = h("canvas", { class: "ff-face", width: 480, height: 480, role: "img", tabindex: 0, "aria-label": words.face });
  const small = h("canvas", { class: "ff-small", width: faces.size, height: faces.size, "aria-hidden": "true" });
  const legend = h("p", { class: "rn-note" }, h("span", { class: "ff-ring", "aria-hidden": "true" }, "○"), ` ${words.true_points} `, h("span", { class: "ff-cross", "aria-hidden": "true" }, "×"), ` ${words.found_points}`);
  const given = h("figure", { class: "ff-given" }, small, h("figcaption", {}, words.small.replaceAll("{size}", String(faces.size))));
  const rows = NETWORKS.map((name) => {
    const cells = [...Object.keys(PARTS), "nme"].map(() => h("td", { class: "rn-number" }, "–"));
    return { name, cells, tr: h("tr", {}, h("th", { scope: "row" }, name), cells) };
  });
  const heads = [words.columns.network, ...Object.keys(PARTS).map((part) => words.parts[part]), words.columns.nme];
  const table = h("table", { class: "rn-table" }, h("caption", {}, words.table), h("thead", {}, h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, rows.map(({ tr }) => tr)));
  const top = h("div", { class: "ff-top" }, h("div", {}, canvas, legend), h("div", {}, h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.region }, table), h("p", { class: "rn-note ff-hint" }, words.hint), given));

  pullable(canvas, { face: () => face_of(state), move: (by) => act(moved(state, by)) });

  // ------------------------------------------------------------ what happens

  /** What the reader does, other than by a control. */
  function act(/** @type {any} */ patch) {
    awake = true;
    frame.set(patch);
  }

  function wake() {
    awake = true;
    look();
  }

  /** Once a frame: the face as it is set now, and the question what the networks find in it. */
  function look() {
    mark("asked", (asked += 1));
    if (drawing) return;
    drawing = requestAnimationFrame(() => {
      drawing = 0;
      const face = face_of(state);
      const pixels = draw(face, faces.size);
      if (awake) ask(pixels); // first, so that the networks look while the page paints
      put(small, pixels, faces.size);
      show(canvas, face, shown(state));
    });
  }

  function ask(/** @type {Uint8ClampedArray} */ pixels) {
    load.hidden = true;
    broken.replaceChildren();
    if (!found) set_text(summary, words.loading);
    poses.set(asked, state);
    run.find({ turn: asked, pixels, normalize });
  }

  function hear(/** @type {any} */ message) {
    if (message.kind === "ready") {
      engine.hidden = message.backend === "wasm";
      set_text(engine, words.slow.replace("{reason}", message.reason));
    } else if (message.kind === "found") {
      found = { ...message, state: poses.get(message.turn) };
      for (const turn of poses.keys()) if (turn <= message.turn) poses.delete(turn);
      tell();
    } else if (message.kind === "error") {
      found = null;
      load.hidden = false;
      set_text(summary, words.start);
      broken.replaceChildren(h("p", { class: "rn-message rn-bad" }, h("strong", {}, "⚠ "), words.failed.replace("{message}", message.message)));
      rows.forEach(({ cells }) => cells.forEach((/** @type {any} */ cell) => set_text(cell, "–")));
    }
  }

  /** The points of the marked network, if they are of the face that is shown. */
  const shown = (/** @type {any} */ now) => (found && same(found.state, now) ? found.places[now.network] : null);

  function tell() {
    const face = face_of(found.state);
    const points = face_points(face);
    const off = Object.fromEntries(NETWORKS.map((name) => [name, errors(found.places[name], points)]));
    const changed = /** @type {Element[]} */ ([]);
    rows.forEach(({ name, cells }) => {
      [...Object.keys(PARTS).map((part) => off[name].parts[part]), off[name].nme].forEach((value, i) => {
        if (set_text(cells[i], value.toFixed(2))) changed.push(cells[i]);
        cells[i].dataset.value = String(value);
      });
    });
    flash(changed);
    summarize(off);
    if (same(found.state, state)) show(canvas, face, found.places[state.network]);
    mark("shown", found.turn);
    if (!model.get("kernel")) return;
    const { network: _, ...pose } = found.state;
    model.set("seen", { ...pose, places: Object.fromEntries(Object.entries(found.places).map(([name, list]) => [name, [.../** @type {any} */ (list)]])) });
    model.save_changes();
  }

  function summarize(/** @type {any} */ off) {
    set_text(summary, told_says(state.network, off[state.network], model.get("record")));
    rows.forEach(({ name, tr }) => tr.classList.toggle("ff-marked", name === state.network));
    found.off = off;
  }

  /** For who waits for an answer: its number on the root. */
  const mark = (/** @type {string} */ what, /** @type {number} */ turn) => {
    const root = summary.closest("[data-widget]");
    if (root) root.dataset[what] = String(turn);
  };

  /** From now on every change is the reader's. */
  function listen() {
    const root = summary.closest("[data-widget]");
    for (const kind of ["input", "change"]) root.addEventListener(kind, () => (awake = true), true);
  }

  return {
    nodes: [buttons, summary, range, broken, engine, top],
    update(/** @type {any} */ _, /** @type {any} */ now) {
      if (!state) listen();
      state = now;
      const beyond = told_outside(state);
      set_text(range, beyond || words.within);
      range.classList.toggle("ff-outside", Boolean(beyond));
      if (found?.off) summarize(found.off);
      look();
    },
    remove() {
      cancelAnimationFrame(drawing);
      run.stop();
    },
  };
}

/** Whether two states show the same face. */
const same = (/** @type {any} */ one, /** @type {any} */ other) => Object.keys(one).every((key) => key === "network" || one[key] === other[key]);

export default {
  render({ model, el }) {
    return tool({ model, el, name: "face-follower", fields: FIELDS, compute: (state) => state, view: (frame) => view(model, frame) });
  },
};
