// Light or dark, told from the page around a tool: text and ground then come from one palette, whatever the host's is.

/** What hosts say of themselves: the element, its attribute, and whether a value of it means dark. */
const SIGNS = /** @type {[string, string, (value: string) => boolean][]} */ ([
  ["html", "data-theme", (value) => value === "dark"],
  ["body", "data-jp-theme-light", (value) => value === "false"],
  ["body", "data-vscode-theme-kind", (value) => /dark|high-contrast$/.test(value)],
  ["html", "theme", (value) => value === "dark"],
]);

/** Whether a color, as the browser computes it, is dark; null where it lets through what is behind. */
export function is_dark(/** @type {string} */ color) {
  const [r, g, b, a = 1] = (color.match(/[\d.]+%?/g) ?? []).map((part) => (part.endsWith("%") ? parseFloat(part) / 100 : Number(part)));
  if (b === undefined || a < 0.5) return null;
  const scale = /^rgb/.test(color) ? 255 : 1;
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / scale < 0.5;
}

/** "dark" or "light", for what stands at an element. @returns {"dark" | "light"} */
export function ground(/** @type {Element} */ element) {
  for (const [selector, attribute, dark] of SIGNS) {
    const value = document.querySelector(selector)?.getAttribute(attribute);
    if (value) return dark(value) ? "dark" : "light";
  }
  for (let at = element.parentElement; at; at = at.parentElement) {
    const dark = is_dark(getComputedStyle(at).backgroundColor);
    if (dark !== null) return dark ? "dark" : "light";
  }
  // nothing is painted: a page is white, unless it asks the browser for dark colors
  const { colorScheme } = getComputedStyle(document.documentElement);
  return /dark/.test(colorScheme) && (!/light/.test(colorScheme) || matchMedia("(prefers-color-scheme: dark)").matches) ? "dark" : "light";
}

/** Keep a tool's `data-ground` in step with its host; returns the clean-up. */
export function follow_ground(/** @type {HTMLElement} */ root) {
  const update = () => {
    if (root.isConnected) root.dataset.ground = ground(root);
  };
  update();
  const observer = new MutationObserver(update);
  const attributeFilter = ["class", "style", ...SIGNS.map(([, attribute]) => attribute)];
  for (const element of [document.documentElement, document.body]) observer.observe(element, { attributes: true, attributeFilter });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", update);
  const later = requestAnimationFrame(update); // a host may place the tool only now
  return () => {
    observer.disconnect();
    scheme.removeEventListener("change", update);
    cancelAnimationFrame(later);
  };
}
