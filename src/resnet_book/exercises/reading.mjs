// What readers type, as numbers, shapes and orders: reading.py again. A number is exact: [numerator, denominator], two bigints.

const LONGEST = 200;
const MOST_DIGITS = 40;

/** @type {Map<string, string>} */
const SIGNS = new Map();
for (const [signs, plain] of /** @type {[string, string][]} */ ([
  ["−–—‐‑‒﹣", "-"],
  ["×✕✖*·⋅∙хХ", "x"], // the last two are Cyrillic
  ["،、", ","],
  ["’‘ʼ´`٬", "'"],
  ["⁄∕÷", "/"],
  ["٫", "."],
  ["٪", "%"],
  ["；", ";"],
])) for (const sign of signs) SIGNS.set(sign, plain);

const HIDDEN = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/g;
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const NUMBER =
  /^(?:[=~≈] ?)?(?<sign>[+-]?) ?(?<numeral>\d(?:[\d.,'_ ]*\d)?\.?|\.\d+)(?:e(?<power>[+-]?\d+)| ?x ?10 ?\^ ?(?<tens>[+-]?\d+)| ?\/ ?(?<under>\d[\d,'_ ]*))? ?(?<unit>%|[a-zA-Zµ][a-zA-Zµ .-]*)?$/;
const PREFIX = /^(?<prefix>thousand|million|billion|trillion|[kKMGT](?![a-z]))? ?(?<rest>.*)$/;
/** @type {Record<string, number>} */
const POWERS = { thousand: 3, million: 6, billion: 9, trillion: 12, k: 3, K: 3, M: 6, G: 9, T: 12 };
const SAME = /** @type {[RegExp, string][]} */ ([[/per ?cent/g, "%"], [/\bpx\b/g, "pixels"], [/\bmins?\b/g, "minutes"]]);
const GROUPS = /^\d{1,3}(?:([ '_])\d{3})(?:\1\d{3})*([.,]\d+)?$/;

/** An answer that is no answer: `why` is a key of the words under "unreadable", `part` its place among several. */
export class Unreadable extends Error {
  /** @type {number | null} */
  part = null;

  constructor(/** @type {string} */ why, got = "") {
    super(`${why}: ${got}`);
    this.why = why;
    this.got = got;
  }
}

/** The digit that a character of any script is, or null. */
function decimal(/** @type {string} */ c) {
  if (!/^\p{Nd}$/u.test(c)) return null;
  if (c >= "0" && c <= "9") return c;
  let zero = /** @type {number} */ (c.codePointAt(0));
  const code = zero;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero--; // the ten digits of a script stand together
  return String((code - zero) % 10);
}

/** The same answer in plain characters. */
export function tidy(/** @type {string} */ text) {
  const letters = [...text];
  if (letters.length > LONGEST) throw new Unreadable("long", `${letters.slice(0, 40).join("")}…`);
  let out = "";
  let raised = false;
  for (let c of text.replace(HIDDEN, "")) {
    if (c >= "！" && c <= "～") c = String.fromCharCode(c.charCodeAt(0) - 0xfee0); // the wide forms
    c = SIGNS.get(c) ?? c;
    const up = RAISED.indexOf(c);
    out += up < 0 ? (decimal(c) ?? c) : `${raised ? "" : "^"}${up}`;
    raised = up >= 0;
  }
  const plain = out.split(/\s+/u).filter(Boolean).join(" ");
  if (!plain) throw new Unreadable("empty");
  return plain;
}

/** A numeral without its grouping and with a decimal point; null where the grouping is none. */
function ungrouped(/** @type {string} */ numeral, /** @type {boolean} */ whole) {
  if (/[ '_]/.test(numeral)) return GROUPS.test(numeral) ? numeral.replace(/[ '_]/g, "").replace(",", ".") : null;
  const [commas, dots] = [",", "."].map((sign) => numeral.split(sign).length - 1);
  if (commas && dots) {
    const point = numeral.lastIndexOf(",") > numeral.lastIndexOf(".") ? "," : ".";
    const other = point === "." ? "," : ".";
    const at = numeral.lastIndexOf(point);
    const integer = numeral.slice(0, at);
    const grouped = !integer.includes(point) && new RegExp(`^\\d{1,3}(\\${other}\\d{3})+$`).test(integer);
    return grouped ? `${integer.replaceAll(other, "")}.${numeral.slice(at + 1)}` : null;
  }
  if (!commas && (!dots || (dots === 1 && !whole))) return numeral;
  const sign = commas ? "," : ".";
  // 25,557,032 or 2,55,57,032; a single group of three after a number that does not begin with 0
  if (new RegExp(`^[1-9]\\d{0,2}(\\${sign}\\d{2,3})*\\${sign}\\d{3}$`).test(numeral)) return numeral.replaceAll(sign, "");
  return commas + dots === 1 ? numeral.replace(sign, ".") : null;
}

/** The number in an answer, exactly. @returns {[bigint, bigint]} */
export function read_number(/** @type {string} */ text, unit = "", whole = false, question = "") {
  const plain = tidy(text);
  const found = NUMBER.exec(plain)?.groups;
  if (!found) throw new Unreadable(/^[\d .,x+*/()^-]*\d[\d .,x+*/()^-]*$/.test(plain) ? "product" : "number", text);
  const power = Number((found.power || found.tens || "0").slice(0, 6)) + scale(found.unit ?? "", unit, whole, question, text);
  const digits = ungrouped(found.numeral.replaceAll(", ", ","), whole && !power);
  if (digits === null) throw new Unreadable("grouping", text);
  if (Math.abs(power) > MOST_DIGITS || digits.length > MOST_DIGITS) throw new Unreadable("enormous", text);
  const [integer, rest = ""] = digits.split(".");
  let top = BigInt(integer + rest);
  let under = 10n ** BigInt(rest.length);
  if (power >= 0) top *= 10n ** BigInt(power);
  else under *= 10n ** BigInt(-power);
  if (found.under) {
    const by = BigInt(found.under.replace(/[ ,'_]/g, ""));
    if (!by) throw new Unreadable("zero", text);
    under *= by;
  }
  return [found.sign === "-" ? -top : top, under];
}

/** The power of ten in what stands behind a number; what else stands there has to be the unit. */
function scale(/** @type {string} */ given, /** @type {string} */ unit, /** @type {boolean} */ whole, /** @type {string} */ question, /** @type {string} */ text) {
  given = given.replace(/^[ .]+|[ .]+$/g, "");
  if (!given || same_unit(given, unit, question)) return 0;
  const { prefix, rest } = /** @type {any} */ (PREFIX.exec(given)?.groups);
  if (prefix && (!rest || same_unit(rest, unit, question))) return POWERS[prefix];
  if (bare(given) === "%" && !unit && !whole) return -2; // of a share
  throw new Unreadable("unit", text);
}

/** In lower case, with one way to write what has several; without the last s. */
const bare = (/** @type {string} */ words) => SAME.reduce((out, [pattern, plain]) => out.replace(pattern, plain), words.toLowerCase()).replace(/s+$/, "");

/** Whether a word is the unit or how it begins, in any number; if there is no unit, whether it stands in the question. */
function same_unit(/** @type {string} */ given, /** @type {string} */ unit, /** @type {string} */ question) {
  const [word, whole] = [bare(given), bare(unit)];
  if (unit) return word === whole || whole.startsWith(`${word} `);
  if (word === "%") return /(?:in|how many) %/.test(bare(question));
  return word !== "" && new RegExp(`(?<![\\p{L}\\p{N}_])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}s?(?![\\p{L}\\p{N}_])`, "u").test(bare(question));
}

/** The whole numbers of a shape. @returns {number[]} */
export function read_shape(/** @type {string} */ text) {
  const plain = tidy(text).replace(/^torch\.size/i, "").replace(/\bby\b|X/g, "x");
  const bare = plain.replace(/^[\s([{]+|[\s)\]},;]+$/g, "");
  const parts = bare.split(bare.includes("x") ? / ?x ?/ : / ?[,;] ?| /);
  const numbers = parts.map((part) => (/^\d[\d,'_ ]*$/.test(part) ? ungrouped(part, true) : null));
  if (numbers.some((number) => number === null || !/^\d{1,15}$/.test(number))) throw new Unreadable("shape", text);
  if (numbers.length > 5) throw new Unreadable("many", text);
  return numbers.map(Number);
}

/** The places that letters name, from 0: "B, A, C" gives [1, 0, 2]. */
export function read_order(/** @type {string} */ text, /** @type {number} */ count) {
  const letters = tidy(text).replace(/[\s,;.<>→/()[\]-]|\b(?:and|then)\b/g, "").toUpperCase();
  if (!/^[A-Z]{1,26}$/.test(letters)) throw new Unreadable("letters", text);
  const places = [...letters].map((letter) => letter.charCodeAt(0) - 65);
  if ([...places].sort((a, b) => a - b).some((place, i) => place !== i) || places.length !== count) throw new Unreadable("each", text);
  return places;
}
