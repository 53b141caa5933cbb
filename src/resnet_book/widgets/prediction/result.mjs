// Where a result stands, folded: on a page in a part of its own, in JupyterLab in the next cells.

/** The folded result of a prediction on a page; null in JupyterLab. */
export const result_of = (/** @type {string} */ key) => document.getElementById(`result-${key}`);

/** Open the result that belongs to a prediction. */
export function open_result(/** @type {HTMLElement} */ root, /** @type {string} */ key) {
  const fold = result_of(key);
  if (fold) fold.removeAttribute("hidden");
  else open_cells(root.closest(".jp-Cell"));
}

/** JupyterLab hides what a collapsed cell holds behind a placeholder that opens by a click. */
function open_cells(/** @type {Element | null | undefined} */ cell) {
  for (let next = cell?.nextElementSibling; next?.matches(".jp-Cell"); next = next.nextElementSibling) {
    const folded = next.querySelectorAll(".jp-OutputPlaceholder, .jp-InputPlaceholder, .jp-Placeholder");
    if (!folded.length) return;
    for (const placeholder of folded) if (placeholder instanceof HTMLElement) placeholder.click();
  }
}
