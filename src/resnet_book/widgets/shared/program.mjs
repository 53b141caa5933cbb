// A program beside what it makes, with a button that copies it.

import { h, set_text } from "./dom.mjs";
import words from "./words.json";

/** The panel, kept in step by `update(text)`. */
export function program_panel(/** @type {(text: string) => void} */ copy) {
  const program = h("code");
  const button = h("button", { type: "button", class: "rn-quiet", onclick: () => copy(program.textContent) }, words.copy_code);
  return {
    node: h("div", { class: "rn-code" }, h("div", { class: "rn-code-head" }, words.same_in_pytorch, button), h("pre", { tabindex: 0 }, program)),
    update: (/** @type {string} */ text) => set_text(program, text),
  };
}
