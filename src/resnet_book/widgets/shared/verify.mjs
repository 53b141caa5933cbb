// "Verify with PyTorch": offered where a kernel answers, and honest where it has stopped answering.

import { h, set_text } from "./dom.mjs";

export const PATIENCE = 10_000; // milliseconds; the largest network may take as long, and is shown all the same

const SILENT =
  "No answer from Python so far. If the kernel is busy, it comes when the kernel is free; if the kernel was restarted or has died, run this cell again.";

/** The button with its answer, as nodes, and the clean-up. @returns {{ nodes: Node[], remove: () => void }} */
export function verify_button(/** @type {any} */ model) {
  if (!model.get("kernel") || model.get("verify_request") === undefined) {
    return { nodes: [h("span", { class: "rn-note" }, "“Verify with PyTorch” runs in Jupyter, where a kernel answers.")], remove() {} };
  }
  const result = h("span", { class: "rn-note", role: "status" });
  let waiting = 0;

  function ask() {
    set_text(result, "PyTorch is building the network …");
    clearTimeout(waiting);
    waiting = setTimeout(() => set_text(result, SILENT), PATIENCE);
    try {
      model.set("verify_request", model.get("verify_request") + 1);
      model.save_changes();
    } catch {
      // a host may refuse to send where the kernel is gone
      clearTimeout(waiting);
      set_text(result, SILENT);
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
  return { nodes: [h("button", { type: "button", onclick: ask }, "Verify with PyTorch"), result], remove };
}
