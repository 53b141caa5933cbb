// One exercise with the numbers of a seed: exercise.py again.

import { Dice } from "./dice.mjs";
import { Unreadable } from "./reading.mjs";
import { fill, written } from "./wording.mjs";
import COMMON from "./words.json";

/** @typedef {import("./kinds.mjs").Kind} Kind */
/** @typedef {Record<string, any>} Numbers */

/**
 * @typedef {object} Exercise a question without its words, which stand under its key in the chapter's words.json
 * @property {Kind} kind
 * @property {Numbers} first the numbers of seed 0
 * @property {(n: any) => any} right
 * @property {(dice: Dice) => Numbers} [draw]
 * @property {Record<string, (n: any) => any>} [mistakes]
 * @property {(n: any) => Numbers} [working] more numbers, for the worked answer
 */

/** @typedef {{ name: string, words: any, exercises: Record<string, Exercise> }} Chapter */
/** @typedef {{ correct: boolean, why: string, text: string }} Verdict */

/** An exercise with its numbers and its words. */
export class Asked {
  /**
   * @param {Chapter} chapter
   * @param {string} key
   * @param {number} seed
   * @param {Numbers} facts from recorded runs
   */
  constructor({ exercises, words }, key, seed = 0, facts = {}) {
    this.key = key;
    this.exercise = exercises[key];
    const { first, draw } = this.exercise;
    /** @type {Numbers} */
    this.numbers = { ...facts, ...(seed === 0 || !draw ? first : draw(new Dice(key, seed))) };
    this.words = words.exercises[key];
    this.kind = this.exercise.kind;
  }

  /** @type {Map<string, any>} what has been computed once for these numbers */
  #once = new Map();

  #keep(/** @type {string} */ name, /** @type {() => any} */ compute) {
    if (!this.#once.has(name)) this.#once.set(name, compute());
    return this.#once.get(name);
  }

  get #known() {
    return this.#keep("known", () => ({ ...this.numbers, ...this.exercise.working?.(this.numbers) }));
  }

  fill(/** @type {string} */ text, more = {}) {
    return fill(text, { ...this.#known, ...more });
  }

  /** The right value, computed now. */
  get right() {
    return this.#keep("right", () => this.exercise.right(this.numbers));
  }

  /** The mistakes that these numbers tell from the truth, by name, each with its value. @returns {Record<string, any>} */
  get mistakes() {
    return this.#keep("mistakes", () => {
      const right = this.right;
      const found = Object.entries(this.exercise.mistakes ?? {}).map(([name, rule]) => [name, rule(this.numbers)]);
      const wrong = (/** @type {any} */ value) =>
        this.kind.kinds ? value.some((/** @type {any} */ part, /** @type {number} */ i) => this.#wrong(i, part, right)) : !this.kind.same(value, right);
      return Object.fromEntries(found.filter(([, value]) => wrong(value)));
    });
  }

  #wrong(/** @type {number} */ place, /** @type {any} */ part, /** @type {any} */ right) {
    return part !== null && !(/** @type {any} */ (this.kind).kinds[place].same(part, right[place]));
  }

  get question() {
    return this.fill(this.words.question);
  }

  get hint() {
    return this.fill(this.words.hint);
  }

  /** The worked answer, a sentence a step. @returns {string[]} */
  get answer() {
    const right = this.kind.shown(this.right, this);
    return this.words.answer.map((/** @type {string} */ step) => this.fill(step, { right }));
  }

  /** The right value as a reader would type it. */
  get typed() {
    return this.kind.typed(this.right, this);
  }

  #labels(/** @type {string} */ name) {
    const labels = this.words[name] ?? {};
    const keys = this.numbers[name] ?? Object.keys(labels);
    return Object.fromEntries(keys.map((/** @type {string} */ key) => [key, this.fill(labels[key])]));
  }

  /** The options of a choice, key -> label. @returns {Record<string, string>} */
  get options() {
    return this.#labels("options");
  }

  /** What is to be ordered, key -> label; the first is A. @returns {Record<string, string>} */
  get items() {
    return this.#labels("items");
  }

  /** What each part asks for. @returns {string[]} */
  get parts() {
    return (this.words.parts ?? []).map((/** @type {string} */ part) => this.fill(part));
  }

  /** The text that a reader of code starts with. */
  get start() {
    return this.#code("start");
  }

  /** A text that is right. */
  get solution() {
    return this.#code("solution");
  }

  #code(/** @type {string} */ name) {
    return this.numbers[name] ?? fill([...(this.words[name] ?? []), ""].join("\n"), this.#known, String);
  }

  /** What the page's Python is asked about a text; null where there is nothing to ask. */
  to_trace(/** @type {string} */ text) {
    const { network, readable } = /** @type {any} */ (this.kind);
    if (!network || !readable(text)) return null;
    return { text, network, shapes: this.numbers.input.join(","), mending: false };
  }

  /** The form of an answer, in words. */
  get wanted() {
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ".slice(0, Object.keys(this.items).length)].reverse().join(", ");
    return fill(/** @type {any} */ (COMMON.wanted)[this.kind.wanted], { letters });
  }

  /**
   * What is said to an answer as it was typed; never throws.
   * @param {string} text
   * @param {any} found of code: what was found in the text, as `check --json` gives it
   * @returns {Verdict}
   */
  check(text, found = null) {
    const right = this.right;
    let given;
    try {
      given = this.kind.read(text, this, found);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return { correct: false, why: `unreadable.${error.why}`, text: this.#unreadable(error) };
    }
    if (this.kind.form === "code") return this.#said_to_code(given);
    const entered = { given: text.split(/\s+/u).filter(Boolean).join(" ") };
    if (this.kind.same(given, right)) return { correct: true, why: "right", text: fill(COMMON.right, entered) };
    const [why, feedback] = this.#feedback(given, right);
    return { correct: false, why, text: `${fill(this.kind.form === "choice" ? COMMON.not_chosen : COMMON.wrong, entered)} ${feedback}`.trim() };
  }

  /** What is said to what was found in a text. @returns {Verdict} */
  #said_to_code(/** @type {any} */ found) {
    const { right, kind } = this;
    if (found.errors.length) {
      const [first, { length: count }] = [found.errors[0], found.errors.slice(1)];
      if (!first.line && first.where === "network") return { correct: false, why: "unmade", text: fill(COMMON.code.unmade, { ...first, network: kind.network }) };
      const place = fill(first.line ? COMMON.code.line : COMMON.code.nowhere, first);
      const more = count ? fill(COMMON.code.more, { count }) : "";
      return { correct: false, why: "broken", text: fill(COMMON.code.broken, { ...first, place, more }).trim() };
    }
    const shown = { given: kind.shown(found, this) };
    if (kind.same(found, right)) return { correct: true, why: "right", text: fill(COMMON.right, shown) };
    const [why, feedback] = this.#feedback(found, right);
    return { correct: false, why, text: [fill(COMMON.wrong, shown), feedback, ...found.notes.slice(0, 2).map(sentence)].join(" ") };
  }

  #unreadable(/** @type {Unreadable} */ { why, part }) {
    const words = /** @type {any} */ (COMMON.unreadable)[why];
    if (part === null) return fill(words, { wanted: this.wanted });
    const wanted = /** @type {any} */ (COMMON.wanted)[/** @type {any} */ (this.kind).kinds[part].wanted];
    return of_part(part, fill(words, { wanted }));
  }

  /** @returns {[string, string]} */
  #feedback(/** @type {any} */ given, /** @type {any} */ right) {
    const kind = /** @type {any} */ (this.kind);
    const said = this.words.mistakes ?? {};
    if (kind.form === "choice") return given in said ? [given, this.fill(said[given])] : ["near.other", ""];
    const [near, values] = kind.near(given, right);
    const common = /** @type {any} */ (COMMON.near);
    if (!kind.kinds) {
      for (const [name, value] of Object.entries(this.mistakes)) if (kind.same(given, value)) return [name, this.fill(said[name])];
      return [`near.${near}`, fill(common[near], values)];
    }
    const place = kind.first_wrong(given, right);
    const same = (/** @type {any} */ value) => this.#wrong(place, value[place], right) && kind.kinds[place].same(given[place], value[place]);
    const name = Object.keys(this.mistakes).find((key) => same(this.mistakes[key]));
    const text = name === undefined ? fill(common[near], values) : this.fill(said[name]);
    return [name ?? `near.${near}`, of_part(place, text)];
  }
}

const sentence = (/** @type {string} */ note) => (note.split(" ")[0].includes(".") ? `${note}.` : `${note[0].toUpperCase()}${note.slice(1)}.`); // a name stays as it is
const of_part = (/** @type {number} */ place, /** @type {string} */ text) => fill(COMMON.near.part, { part: written(place + 1), text });
