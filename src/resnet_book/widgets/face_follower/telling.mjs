// What is said about a face, in the words of words.json.

import { signed, thousands } from "../shared/format.mjs";
import { SLIDERS, outside, trained } from "./pose.mjs";
import words from "./words.json";

const filled = (/** @type {string} */ text, /** @type {Record<string, string>} */ values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const percent = (/** @type {number} */ value) => filled(words.percent, { number: value.toFixed(2) });

/** How far off a network is on this face, where most, and how far on all that were recorded. */
export function told_says(/** @type {string} */ network, /** @type {{ nme: number, parts: Record<string, number> }} */ { nme, parts }, /** @type {any} */ { networks, faces, mean_face }) {
  const part = Object.keys(parts).reduce((most, name) => (parts[name] > parts[most] ? name : most));
  return filled(words.says, {
    network: words.networks[network], nme: percent(nme), part: words.parts[part].toLowerCase(), worst: percent(parts[part]),
    count: thousands(faces.count), recorded: percent(networks[network].nme), mean: percent(mean_face.nme),
  });
}

/** Which sliders lie outside of what was trained on; "" if none does. */
export function told_outside(/** @type {any} */ state) {
  const list = outside(state).map((name) => {
    const [low, high] = trained(name).map(signed);
    return filled(words.outside_one, { name: words.controls[name], value: signed(state[name]), low, high });
  });
  return list.length ? filled(words.outside, { list: list.join(", ") }) : "";
}
