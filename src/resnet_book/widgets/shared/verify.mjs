// "Verify with PyTorch": offered where a kernel answers, and honest where it has stopped answering.

import { h, set_text } from "./dom.mjs";
import words from "./words.json";

export const PATIENCE = 10_000; // milliseconds; the largest network may take as long, and is shown all the same

/** The button with its answer, as nodes, and the clean-up. @returns {{ nodes: Node[], remove: () => void }} */
export function verify_button(/** @type {any} */ model) {
  if (!model.get("kernel") || model.get("verify_request") === undefined) {
    return { nodes: [h("span", { class: "rn-note" }, words.verify.in_jupyter)], remove() {} };
  }
  const result = h("span", { class: "rn-note", role: "status" });
  let waiting = 0;

  function ask() {
    set_text(result, words.verify.building);
    clearTimeout(waiting);
    waiting = setTimeout(() => set_text(result, words.verify.silent), PATIENCE);
    try {
      model.set("verify_request", model.get("verify_request") + 1);
      model.save_changes();
    } catch {
      // a host may refuse to send where the kernel is gone
      clearTimeout(waiting);
      set_text(result, words.verify.silent);
    }
  }

  function answer() {
    clearTimeout(waiting);
    set_text(result, model.get("verify_result").text ?? "");
  }

  model.on("change:verify_result", answer);
  const remove = () => {
    clearTimeout(waiting);
    model.off("change:verify_result", answer);
  };
  return { nodes: [h("button", { type: "button", onclick: ask }, words.verify.button), result], remove };
}
