// Numbers as keyboards and scripts all over the world write them, made plain.

const DIGIT = /\p{Nd}/u;
// Marks that turn the direction of writing, and spaces without width: they come along when a text is copied.
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;
const GROUPED = /^[+-]?\d{1,3}(?:([,'’_ \u00a0\u2009\u202f\u066c])\d{3})(?:\1\d{3})*$/;

/** A digit of any script as 0 to 9. The ten digits of a script stand one behind the other. */
function digit(/** @type {string} */ char) {
  const code = /** @type {number} */ (char.codePointAt(0));
  let value = 0;
  while (value < 9 && DIGIT.test(String.fromCodePoint(code - value - 1))) value++;
  return String(value);
}

/** "２２４" -> "224", "−٣" -> "-3": digits, letters and signs as an American keyboard writes them, without blanks at the ends. */
export function plain(/** @type {string} */ text) {
  return text
    .replace(INVISIBLE, "")
    .replace(/[\uff01-\uff5e]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0))
    .replace(/\p{Nd}/gu, (char) => (char >= "0" && char <= "9" ? char : digit(char)))
    .replace(/[\u2212\u2012\u2013\ufe63]/g, "-")
    .trim();
}

/** A plain text without the marks between its thousands: "25,557,032" and "25 557 032" -> "25557032". */
export function ungrouped(/** @type {string} */ text) {
  return GROUPED.test(text) ? text.replace(/[^\d+-]/g, "") : text;
}
