// Elements without strings of HTML: every text becomes a text node.

const SVG = "http://www.w3.org/2000/svg";
let ids = 0;

/** A fresh id for a label or a heading to point at. */
export const fresh_id = (/** @type {string} */ stem) => `rn-${stem}-${++ids}`;

/**
 * An HTML element: h("p", { class: "note" }, "text", child). A property that starts with "on" is a listener.
 * @returns {any}
 */
export function h(/** @type {string} */ tag, /** @type {Record<string, any>} */ props = {}, ...children) {
  // what stood in a control when a page was left is not put back: the result would not follow
  const own = ["input", "select", "textarea"].includes(tag) ? { autocomplete: "off", ...props } : props;
  return fill(document.createElement(tag), own, children);
}

/** The same for SVG. @returns {any} */
export function svg(/** @type {string} */ tag, /** @type {Record<string, any>} */ props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(/** @type {Element} */ element, /** @type {Record<string, any>} */ props, /** @type {any[]} */ children) {
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Set an element's text only where it differs, and say whether it did. */
export function set_text(/** @type {Element} */ element, /** @type {string} */ text) {
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}

/** Mark what has just changed, for 150 ms; not for readers who asked for less motion. */
export function flash(/** @type {Element[]} */ elements) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const element of elements.slice(0, 80)) {
    element.animate([{ backgroundColor: "var(--rn-mark)" }, { backgroundColor: "transparent" }], 150);
  }
}

/** A form's `onkeydown`: Enter in a field presses the form's button, as browsers do by themselves; JupyterLab keeps them from it. */
export function press_by_enter(/** @type {KeyboardEvent} */ event) {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement)) return;
  event.preventDefault();
  /** @type {HTMLButtonElement | null | undefined} */ (field.form?.querySelector("button[type=submit]"))?.click();
}

/** Call back with the element's width now and whenever it changes; returns the clean-up. */
export function on_width(/** @type {Element} */ element, /** @type {(width: number) => void} */ callback) {
  let last = 0;
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width && width !== last) callback((last = width));
  });
  observer.observe(element);
  return () => observer.disconnect();
}
