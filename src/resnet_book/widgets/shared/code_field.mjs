// A textarea with line numbers, in which lines can be marked. It stays a textarea: Tab leaves it, the page's own keys work.

import { fresh_id, h } from "./dom.mjs";

const MOST_NUMBERS = 5_000; // lines that get a number of their own

/**
 * @param {string} label
 * @param {(text: string) => void} changed called at every change that the reader makes
 * @param {number} rows the height, in lines
 */
export function code_field(label, changed, rows = 18) {
  const id = fresh_id("code");
  const area = h("textarea", {
    id, rows, wrap: "off", spellcheck: "false", autocapitalize: "off", autocomplete: "off", autocorrect: "off",
    "data-lm-suppress-shortcuts": "true", translate: "no",
  });
  const numbers = h("div", { class: "rn-numbers", "aria-hidden": "true" });
  const box = h("div", { class: "rn-editor" }, h("div", { class: "rn-gutter" }, numbers), area);
  const node = h("div", { class: "rn-field rn-code-field" }, h("label", { for: id }, label), box);
  let count = 0;
  let marked = /** @type {Set<number>} */ (new Set());

  area.addEventListener("input", () => {
    number();
    changed(area.value);
  });
  area.addEventListener("scroll", follow, { passive: true });
  function follow() {
    numbers.style.transform = `translateY(${-area.scrollTop}px)`;
  }

  function number() {
    const wanted = Math.min(MOST_NUMBERS, area.value.split("\n").length);
    while (count < wanted) numbers.append(h("span", {}, String(++count)));
    while (count > wanted) {
      numbers.lastChild.remove();
      count -= 1;
    }
    follow();
  }

  return {
    node,
    area,
    set(/** @type {string} */ text) {
      if (area.value !== text) area.value = text;
      number();
    },
    /** Mark the lines of mistakes, and give each line a bar as long as its share of the cost. */
    mark(/** @type {number[]} */ faulty, /** @type {Map<number, number>} */ shares) {
      marked = new Set(faulty);
      [...numbers.children].forEach((element, index) => {
        const line = /** @type {HTMLElement} */ (element);
        line.classList.toggle("rn-faulty", marked.has(index + 1));
        const share = shares.get(index + 1) ?? 0;
        if (share) line.style.setProperty("--share", `${(share * 100).toFixed(1)}%`);
        else line.style.removeProperty("--share");
      });
    },
    /** Bring a line into view and select it. */
    go(/** @type {number} */ line, from = 1, to = Infinity) {
      const text = area.value.split("\n");
      const start = text.slice(0, line - 1).reduce((/** @type {number} */ sum, /** @type {string} */ row) => sum + row.length + 1, 0);
      const length = text[line - 1]?.length ?? 0;
      area.focus();
      area.setSelectionRange(start + Math.min(from - 1, length), start + Math.min(to - 1, length));
      const high = area.scrollHeight / Math.max(1, text.length);
      area.scrollTop = Math.max(0, (line - 4) * high);
    },
  };
}
