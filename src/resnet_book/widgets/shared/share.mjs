// A tool's state in a link: page.html#network-tracer={"architecture":"resnet50",...}, percent-encoded.

import { ShapeError } from "./errors.mjs";
import words from "./words.json";

/** What a link calls the tool at an element: its name, and its number where it is not the first of its kind on the page. */
export function link_name(/** @type {string} */ name, /** @type {Element} */ el) {
  const place = el.closest("[data-mount]");
  const index = [...document.querySelectorAll(`[data-mount="${name}"]`)].indexOf(/** @type {Element} */ (place));
  return index > 0 ? `${name}:${index + 1}` : name;
}

/** The page's address with the state behind the number sign; the address bar follows. */
export function encode_state(/** @type {string} */ name, /** @type {any} */ state) {
  const link = `${location.href.split("#")[0]}#${name}=${encodeURIComponent(JSON.stringify(state))}`;
  try {
    history.replaceState(null, "", link);
  } catch {
    // a page in a frame may not be allowed to; the link is right all the same
  }
  return link;
}

/** The state in the page's own address for the tool of that name: { state }, { error }, or null where there is none. */
export function decode_state(/** @type {string} */ name, hash = location.hash) {
  if (!hash.startsWith(`#${name}=`)) return null;
  try {
    const state = JSON.parse(decodeURIComponent(hash.slice(name.length + 2)));
    if (state !== null && typeof state === "object" && !Array.isArray(state)) return { state };
  } catch {
    // told below
  }
  const error = new ShapeError("link", words.cut_short, words.whole_link, words.copy_again);
  return { error };
}

/** Call back with every link to the tool of that name: the present address, and each that is followed later. */
export function on_link(/** @type {string} */ name, /** @type {(link: { state?: any, error?: ShapeError }) => void} */ callback) {
  const follow = () => {
    const link = decode_state(name);
    if (link) callback(link);
  };
  follow();
  addEventListener("hashchange", follow);
  return () => removeEventListener("hashchange", follow);
}
