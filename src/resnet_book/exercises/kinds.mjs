// The kinds of question: kinds.py again. How an answer is read, when it is right, what a near miss reveals.

import { read_number, read_order, read_shape, Unreadable } from "./reading.mjs";
import { fill, grouped, quotient, rational, significant, written } from "./wording.mjs";
import COMMON from "./words.json";

/** @typedef {import("./exercise.mjs").Asked} Asked */
/** @typedef {[string, Record<string, any>]} Near a key of the common words, and the numbers in them */

/**
 * @typedef {object} Kind
 * @property {string} form what the page chooses its controls by
 * @property {string} wanted a key of the common words
 * @property {(text: string, asked: Asked, found?: any) => any} read `found`: of code, what was found in it
 * @property {(given: any, right: any) => boolean} same
 * @property {(value: any, asked: Asked) => string} typed as a reader would type it
 * @property {(value: any, asked: Asked) => string} shown
 * @property {(given: any, right: any) => Near} near
 * @property {Kind[]} [kinds] of parts
 * @property {string} [network] of code: the expression that makes the network
 */

const size = (/** @type {bigint} */ n) => (n < 0n ? -n : n);
const exact = (/** @type {any} */ value) => (typeof value?.[0] === "bigint" ? value : rational(value));
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const equal = (/** @type {any} */ a, /** @type {any} */ b) => JSON.stringify(a) === JSON.stringify(b);

/** One number; exact, unless a tolerance (a share of the right value) is given. @returns {Kind} */
export function number({ whole = true, tolerance = 0, digits = 4 } = {}) {
  const same = (/** @type {any} */ given, /** @type {any} */ right) => {
    const [[a, b], [c, d], [t, u]] = [exact(given), exact(right), exact(tolerance)];
    return size(a * d - c * b) * u <= size(c) * b * t;
  };
  const typed = (/** @type {any} */ value, /** @type {Asked} */ { words }) => {
    if (Array.isArray(value)) return quotient(exact(value), "unit" in words); // 6.5 branches, but 5/6
    return Number.isInteger(value) ? String(value) : significant(exact(value), digits);
  };
  return {
    form: "number",
    wanted: whole ? "whole" : "number",
    read: (text, { words }) => read_number(text, words.unit ?? "", whole, words.question ?? ""),
    same,
    typed,
    shown(value, asked) {
      const text = grouped(typed(value, asked));
      return asked.words.unit ? `${text} ${asked.words.unit}` : text;
    },
    near(given, right) {
      const [[a, b], [c, d]] = [exact(given), exact(right)];
      const off = size(a * d - c * b);
      if (off === 0n || off * 1000n <= size(c) * b * 20n) return [tolerance ? "roughly" : "close", {}];
      if (c && same([-a, b], right)) return ["sign", {}];
      const powers = [1000n, 10n ** 6n, 10n ** 9n];
      if (powers.some((by) => same([a * by, b], right) || same([a, b * by], right))) return ["thousand", {}];
      return [a * d > c * b ? "less" : "more", {}];
    },
  };
}

/** A shape, (channels, height, width). @returns {Kind} */
export function shape() {
  return {
    form: "shape",
    wanted: "shape",
    read: (text) => read_shape(text),
    same: equal,
    typed: (value) => value.join("x"),
    shown: written,
    near(given, right) {
      const sorted = (/** @type {number[]} */ list) => [...list].sort((a, b) => a - b);
      if (given.length !== right.length) return [equal(given.slice(1), right) ? "batch" : "length", {}];
      if (equal(sorted(given), sorted(right))) return ["order", {}];
      if (given[0] === right[0]) return ["channels", {}];
      return [equal(given.slice(1), right.slice(1)) ? "size" : "other", {}];
    },
  };
}

/** One of the options that the words list; the right value is the option's key. @returns {Kind} */
export function choice() {
  const label = (/** @type {string} */ value, /** @type {Asked} */ { options }) => options[value];
  return {
    form: "choice",
    wanted: "choice",
    read(text, { options }) {
      const found = Object.keys(options).find((key) => text.trim() === options[key] || text === key);
      if (found === undefined) throw new Unreadable("choose", text);
      return found;
    },
    same: equal,
    typed: label,
    shown: label,
    near: () => ["other", {}],
  };
}

/** All items that the words list, in the right order; typed as letters. @returns {Kind} */
export function ordering() {
  const typed = (/** @type {string[]} */ value, /** @type {Asked} */ { items }) => {
    const keys = Object.keys(items);
    return value.map((key) => LETTERS[keys.indexOf(key)]).join(", ");
  };
  return {
    form: "ordering",
    wanted: "ordering",
    read(text, { items }) {
      const keys = Object.keys(items);
      return read_order(text, keys.length).map((place) => keys[place]);
    },
    same: equal,
    typed,
    shown: typed,
    near: (given, right) => ["places", { count: given.filter((/** @type {string} */ key, /** @type {number} */ i) => key === right[i]).length, all: right.length }],
  };
}

/** Several answers, each of a kind of its own. @returns {Kind & { kinds: Kind[], first_wrong: (given: any, right: any) => number }} */
export function parts(/** @type {Kind[]} */ ...kinds) {
  const first_wrong = (/** @type {any} */ given, /** @type {any} */ right) => kinds.findIndex((kind, i) => !kind.same(given[i], right[i]));
  return {
    form: "parts",
    wanted: "parts",
    kinds,
    first_wrong,
    read(text, asked) {
      const texts = text.split(";");
      if (texts.length !== kinds.length) throw new Unreadable("parts", text);
      return kinds.map((kind, part) => {
        try {
          return kind.read(texts[part], /** @type {Asked} */ ({ words: { question: asked.words.parts[part] } }));
        } catch (error) {
          if (error instanceof Unreadable) error.part = part;
          throw error;
        }
      });
    },
    same: (given, right) => kinds.every((kind, i) => kind.same(given[i], right[i])),
    typed: (value, asked) => kinds.map((kind, i) => kind.typed(value[i], asked)).join(" ; "),
    shown: (value, asked) => kinds.map((kind, i) => kind.shown(value[i], asked)).join("; "),
    near(given, right) {
      const i = first_wrong(given, right);
      return kinds[i].near(given[i], right[i]);
    },
  };
}

const MOST_CODE = 20_000; // characters
const ASKED_OF_CODE = ["output_shape", "params", "steps", "macs"];

function of_code(/** @type {string} */ name, /** @type {any} */ value) {
  const several = name === "output_shape" && !(Array.isArray(value) && value.every(Number.isInteger));
  return fill(/** @type {any} */ (COMMON.code)[name], { value: several ? COMMON.code.several : value });
}

/** A text for PyTorch that the reader writes or mends; right when its network has what is asked of it, and takes the `steps` of steps.mjs if they are asked for. @returns {Kind & { readable: (text: string) => boolean }} */
export function code({ network = "Block()", steps = /** @type {any} */ (null) } = {}) {
  return {
    form: "code",
    wanted: "code",
    network,
    readable: (text) => Boolean(text.trim()) && [...text].length <= MOST_CODE,
    read(text, _, found) {
      if (!text.trim()) throw new Unreadable("no-code");
      if ([...text].length > MOST_CODE) throw new Unreadable("long-code");
      return found && steps ? { ...found, steps: steps.of(found.rows.map((/** @type {any} */ { op }) => op)) } : found;
    },
    same: (given, right) => !given.errors?.length && Object.entries(right).every(([name, value]) => equal(given[name], value)),
    typed: (_, asked) => asked.solution,
    shown: (value, { right }) => ASKED_OF_CODE.filter((name) => name in right && name in COMMON.code).map((name) => of_code(name, value[name])).join(", "),
    near(given, right) {
      const name = /** @type {string} */ (ASKED_OF_CODE.find((key) => key in right && !equal(given[key], right[key])));
      if (name === "output_shape") return ["code-shape", { right: right[name] }];
      if (name === "steps") return steps.near(given.steps, right.steps);
      const off = given[name] - right[name];
      return [`code-${name}-${off > 0 ? "more" : "less"}`, { off: Math.abs(off) }];
    },
  };
}
