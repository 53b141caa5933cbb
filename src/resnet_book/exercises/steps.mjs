// What a network does, step by step, for exercises in code that ask for it: kinds.py has the same.

import { fill } from "./wording.mjs";
import COMMON from "./words.json";

const FOLLOWED = ["conv2d", "add"]; // operations of which it matters what comes after them
const OPERATIONS = /** @type {Record<string, string>} */ (COMMON.steps.operations);

/** In whichever order it computes its branches: its operations, sorted, those in FOLLOWED with the next one. */
export const of = (/** @type {string[]} */ ops) => ops.map((op, i) => (FOLLOWED.includes(op) ? `${op} ${ops[i + 1] ?? "end"}` : op)).sort();

/** What the first list has more than the second. */
function more_of(/** @type {string[]} */ ops, /** @type {string[]} */ others) {
  const left = [...others];
  return ops.filter((op) => !left.includes(op) || !left.splice(left.indexOf(op), 1));
}

/** What a near miss reveals. @returns {import("./kinds.mjs").Near} */
export function near(/** @type {string[]} */ given, /** @type {string[]} */ right) {
  const [has, wants] = [given, right].map((steps) => steps.map((step) => step.split(" ")[0]).sort());
  const [missing, extra] = [more_of(wants, has), more_of(has, wants)].map((ops) => ops.map((op) => OPERATIONS[op] ?? op).join(", "));
  const said = missing ? fill(COMMON.steps.missing, { ops: missing }) : extra ? fill(COMMON.steps.extra, { ops: extra }) : COMMON.steps.order;
  return ["code-steps", { said }];
}
