// Points that the reader sets: by a click on the plain network's map, or with a cross that the keys move.

import { h } from "../shared/dom.mjs";
import { under } from "./maps.mjs";
import { REACH } from "./points.mjs";
import words from "./words.json";

const MOST = 1000;
const MOVES = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] });

/** `changed` is called when the points are others, `moved` when the cross stands elsewhere. */
export function own_points(/** @type {any} */ model, /** @type {{ changed: () => void, moved: () => void }} */ { changed, moved }) {
  let points = /** @type {number[][]} */ (model.get("own") ?? []);
  let cross = /** @type {[number, number] | null} */ (null);

  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) => h("button", { type: "button", onclick }, text);
  const of_class = h("select", { "aria-label": words.own.class, class: "st-class", "data-lm-suppress-shortcuts": "true" }, h("option", { value: "0" }, words.circle), h("option", { value: "1" }, words.diamond));
  const bar = h("div", { class: "rn-actions st-own", hidden: true },
    h("span", {}, words.own.click, of_class), button(words.own.remove_last, () => set(points.slice(0, -1))), button(words.own.remove_all, () => set([])),
    h("span", { class: "rn-note" }, words.own.keyboard));

  function set(/** @type {number[][]} */ next) {
    points = next.slice(0, MOST);
    model.set("own", points);
    model.save_changes();
    changed();
  }

  const add = (/** @type {[number, number]} */ at) => set([...points, [...at, Number(of_class.value)]]);

  const set_elsewhere = () => {
    if (model.get("own") !== points) set(model.get("own"));
  };
  model.on("change:own", set_elsewhere);

  return {
    bar,
    points: () => points,
    cross: () => cross,
    both_classes: () => new Set(points.map((point) => point[2])).size === 2,
    add_there: (/** @type {any} */ { offsetX, offsetY, target }) => add(under(offsetX, offsetY, target.clientWidth, REACH)),
    steer(/** @type {KeyboardEvent} */ event) {
      const move = MOVES[event.key];
      if (move) cross = /** @type {[number, number]} */ ((cross ?? [0, 0]).map((value, k) => Math.max(-REACH, Math.min(REACH, Math.round(10 * value + move[k]) / 10))));
      else if (event.key === "Enter" && cross) add(cross);
      else return;
      event.preventDefault();
      moved();
    },
    remove: () => model.off("change:own", set_elsewhere),
  };
}
