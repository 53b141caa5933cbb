// A tool's state in a link: page.html#network-tracer={"architecture":"resnet50",...}, percent-encoded.

import { ShapeError } from "./errors.mjs";

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

/** The state in the page's own address, for the first such tool on it: { state }, { error }, or null where there is none. */
export function decode_state(/** @type {string} */ name, hash = location.hash) {
  if (!hash.startsWith(`#${name}=`) || taken.has(name)) return null;
  taken.add(name);
  try {
    const state = JSON.parse(decodeURIComponent(hash.slice(name.length + 2)));
    if (state !== null && typeof state === "object" && !Array.isArray(state)) return { state };
  } catch {
    // told below
  }
  const error = new ShapeError("link", "an address that was cut short or changed", "the whole link", "copy the link again from the page");
  return { error };
}

const taken = new Set();
