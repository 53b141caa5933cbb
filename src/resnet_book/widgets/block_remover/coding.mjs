// The pictures that ship as text (pictures.py), read again.

const LETTERS = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter((letter) => !"\"\\<&'`".includes(letter));
const ONE = 86; // values around 0 that take one letter

/** Pixels as letters: what each differs from Paeth's guess by. @returns {Uint8Array} [n][side][side] */
export function read_pictures(/** @type {string} */ text, /** @type {number} */ side, /** @type {number} */ count) {
  const place = new Int16Array(128).fill(-1);
  LETTERS.forEach((letter, i) => (place[letter.charCodeAt(0)] = i));
  const out = new Uint8Array(count * side * side);
  let at = 0;
  const next = () => place[text.charCodeAt(at++)] ?? -1;
  for (let i = 0; i < out.length; i++) {
    const first = next();
    const value = first < ONE ? first - ONE / 2 : (first - ONE) * ONE + next() - 128;
    const [column, row] = [i % side, Math.floor(i / side) % side];
    const left = column ? out[i - 1] : 0;
    const above = row ? out[i - side] : 0;
    const corner = column && row ? out[i - side - 1] : 0;
    const guess = left + above - corner;
    const [l, a, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
    out[i] = value + (l <= a && l <= c ? left : a <= c ? above : corner);
  }
  if (at !== text.length) throw new Error("the file of pictures was cut short or altered; load the page again");
  return out;
}
