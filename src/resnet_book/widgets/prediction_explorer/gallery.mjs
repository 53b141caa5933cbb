// The pictures behind a cell, cut from the contact sheet, which is loaded only when they come near the screen.

import { h, set_text } from "../shared/dom.mjs";
import { thousands } from "../shared/format.mjs";
import { note, percent, summary } from "./counts.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const SIDE = 28;

/** The list, kept in step by `update(result)`. */
export function gallery(/** @type {any} */ data) {
  const sheet = new Image();
  const told = h("p", { class: "rn-summary" });
  const about = h("p", { class: "rn-note" });
  const says = h("p", { class: "rn-trap", role: "status" });
  const list = h("ul", { class: "rn-gallery", role: "list", "aria-label": words.behind });
  const box = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.pictures }, list);
  const node = h("div", { class: "rn-behind" }, told, about, says, box);
  /** @type {any[]} */
  const pool = [];
  /** @type {any[]} */
  let tiles = [];
  let later = 0;
  let state = "";

  function say(/** @type {keyof typeof words.says} */ now) {
    state = now;
    set_text(says, words.says[now]);
    box.classList.toggle("rn-bare", now === "none" || now === "failed");
    box.classList.toggle("rn-unpainted", now !== "here");
    if (now !== "waiting") watch?.disconnect();
  }

  function load() {
    say("loading");
    sheet.onerror = () => say("failed");
    sheet.onload = () => {
      const places = Math.floor(sheet.naturalWidth / SIDE) * Math.floor(sheet.naturalHeight / SIDE);
      say(places < data.shown.length ? "failed" : "here");
      paint();
    };
    sheet.src = data.pictures;
  }

  function paint() {
    if (state !== "here") return;
    const columns = Math.floor(sheet.naturalWidth / SIDE);
    tiles.forEach(({ place }, n) => {
      const [x, y] = [(place % columns) * SIDE, Math.floor(place / columns) * SIDE];
      pool[n].canvas.getContext("2d").drawImage(sheet, x, y, SIDE, SIDE, 0, 0, SIDE, SIDE);
    });
  }

  function item() {
    const canvas = h("canvas", { width: SIDE, height: SIDE, role: "img" });
    const [index, sure] = [h("span"), h("span")];
    return { canvas, index, sure, node: h("li", {}, canvas, index, sure) };
  }

  const watch = data.pictures ? new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && load(), { rootMargin: "600px" }) : null;
  watch?.observe(node);
  say(watch ? "waiting" : "none");
  return {
    node,
    update(/** @type {any} */ result) {
      tiles = result.tiles;
      set_text(told, summary(data, result));
      set_text(about, note(data, result));
      says.hidden = box.hidden = !tiles.length;
      while (pool.length < tiles.length) pool.push(item());
      tiles.forEach(({ index, confidence }, n) => {
        set_text(pool[n].index, fill(words.number, { index: thousands(index) }));
        set_text(pool[n].sure, `${percent(Math.round(confidence * 1000), 1000)} %`);
        pool[n].canvas.setAttribute("aria-label", fill(words.picture, { index: thousands(index) }));
      });
      list.replaceChildren(...pool.slice(0, tiles.length).map((one) => one.node));
      cancelAnimationFrame(later);
      later = requestAnimationFrame(paint);
    },
    remove() {
      watch?.disconnect();
      cancelAnimationFrame(later);
      sheet.onload = sheet.onerror = null;
    },
  };
}
