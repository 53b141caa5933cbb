// What is said of what is shown.

import { BLOCKS, NO_BRANCH, SWAPPED } from "./routes.mjs";
import words from "./words.json";

/** A sentence of words.json with its gaps filled. */
export const fill = (/** @type {string} */ text, /** @type {Record<string, any>} */ values) => text.replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));

/** One decimal, so that shares stand under each other; none of all, and all of all, are whole. */
export const percent = (/** @type {number} */ share) => `${share === 0 || share === 1 ? 100 * share : (100 * share).toFixed(1)} %`;

/** A probability: never 0 or 100 % but where it is. */
export function probability(/** @type {number} */ p) {
  if (p > 0 && p < 0.0005) return "< 0.1 %";
  return p < 1 && p > 0.9995 ? "> 99.9 %" : percent(p);
}

/** What is done to the network, in words. */
export function done(/** @type {import("./routes.mjs").State} */ { lesions, scales }) {
  const list = BLOCKS.flatMap((name, i) => {
    const word = lesions[name];
    const scaled = scales[name] !== undefined && word !== NO_BRANCH;
    return [
      word && fill(words.what[/** @type {"no branch"} */ (word)], { name, next: word === SWAPPED ? BLOCKS[i + 1] : "" }),
      scaled && fill(words.what.scale, { name, factor: scales[name] }),
    ].filter(Boolean);
  });
  return list.length ? fill(words.done, { list: list.join("; ") }) : words.nothing;
}

/** What the network says to a picture. */
export function said(/** @type {any} */ { probabilities, before }, /** @type {string[]} */ classes, /** @type {number | null} */ label) {
  const top = (/** @type {ArrayLike<number>} */ all) => Array.from(all).reduce((best, p, i, list) => (p > list[best] ? i : best), 0);
  const [now, was] = [top(probabilities), top(before)];
  const name = label === null ? "" : classes[label].toLowerCase();
  const plural = name === "trouser" ? words.trouser : name;
  const truth = label === null ? words.own_truth : fill(words.truth, { article: /^[aeiou]/.test(plural) ? words.articles[1] : words.articles[0], name: plural });
  const changed = Array.from(probabilities).some((p, i) => p !== before[i]);
  return fill(changed ? words.says_changed : words.says, {
    truth, now: classes[now], share: probability(probabilities[now]), before: classes[was], share_before: probability(before[was]),
  });
}

/** What a block adds up, as a formula; "" where nothing is added. */
export function formula(/** @type {{ skip: number, branch: number }} */ { skip, branch }) {
  const f = branch === 0 ? "" : branch === 1 ? "F(x)" : `${branch} · F(x)`;
  if (!skip) return f === "F(x)" ? "" : f || "0";
  return f ? `x + ${f}` : words.x_alone;
}
