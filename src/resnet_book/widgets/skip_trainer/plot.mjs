// Small line charts, one kind for losses, layers and depths: two series, told apart by colour, dash and label.

import { svg } from "../shared/dom.mjs";
import { thousands } from "../shared/format.mjs";

const [TOP, BOTTOM, LEFT, RIGHT] = [10, 34, 44, 72];

/**
 * @typedef {object} Series
 * @property {"plain" | "residual"} look
 * @property {string} name
 * @property {[number, number][]} line
 * @property {[number, number][]} [dots]
 * @property {boolean} [pale] behind the others, without a label
 */

/**
 * @param {object} chart
 * @param {number} chart.width
 * @param {string} chart.words what it shows, for who cannot see it
 * @param {string} chart.across the name of the horizontal axis
 * @param {Series[]} chart.series
 * @param {boolean} [chart.log] the vertical axis, by powers of ten
 * @param {[number, number]} [chart.range] of the vertical axis
 * @param {(value: number) => string} [chart.label]
 * @param {number[]} [chart.marks] of the horizontal axis, evenly apart; else it is a scale from 0
 */
export function draw({ width, words, across, series, log = false, range, label = String, marks }) {
  const height = Math.round(Math.min(210, Math.max(150, 0.62 * width)));
  const real = series.map((each) => ({ ...each, line: each.line.filter(([, y]) => Number.isFinite(y) && (!log || y > 0)) }));
  const all = real.flatMap(({ line, dots = [] }) => [...line, ...dots]);
  const values = all.map(([, y]) => (log ? Math.log10(y) : y));
  let [low, high] = range ?? (log ? [Math.floor(Math.min(...values)), Math.ceil(Math.max(...values))] : [0, Math.max(...values)]);
  if (!Number.isFinite(low) || !Number.isFinite(high)) [low, high] = [0, 1];
  if (high <= low) high = low + 1;
  const most = Math.max(1, ...all.map(([x]) => x));
  const step = (width - LEFT - RIGHT) / (marks ? Math.max(1, marks.length - 1) : most);
  const at_x = (/** @type {number} */ x) => LEFT + step * (marks ? marks.indexOf(x) : x);
  const at_y = (/** @type {number} */ y) => TOP + (height - TOP - BOTTOM) * (1 - ((log ? Math.log10(y) : y) - low) / (high - low));

  const grid = levels(low, high, log).map((level) => {
    const y = at_y(log ? 10 ** level : level);
    return [
      svg("path", { class: "st-grid", d: `M${LEFT} ${y}H${width - RIGHT}` }),
      svg("text", { class: "rn-small", x: LEFT - 6, y: y + 4, "text-anchor": "end" }, log ? power(level) : label(level)),
    ];
  });
  const foot = height - BOTTOM + 16;
  const ticks = (marks ?? [0, most]).map((x) => svg("text", { class: "rn-small rn-middle", x: at_x(x), y: foot }, thousands(x)));
  const title = svg("text", { class: "rn-small rn-middle", x: LEFT + (width - LEFT - RIGHT) / 2, y: height - 3 }, across);

  let last = -Infinity; // labels at the lines' ends, the lower one moved down where they meet
  const ends = real.filter(({ line, pale }) => line.length && !pale).map((each) => ({ ...each, y: at_y(/** @type {any} */ (each.line.at(-1))[1]) }));
  ends.sort((a, b) => a.y - b.y);
  const labels = ends.map(({ name, look, line, y }) => {
    last = Math.max(y, last + 14);
    const x = at_x(/** @type {any} */ (line.at(-1))[0]) + 7;
    return svg("text", { class: `st-label st-${look}`, x, y: Math.min(height - BOTTOM, last) + 4 }, name);
  });
  const lines = real.map(({ look, line, pale, dots = [] }) => [
    svg("path", { class: `st-line st-${look}${pale ? " st-pale" : ""}`, d: line.map(([x, y], i) => `${i ? "L" : "M"}${at_x(x).toFixed(1)} ${at_y(y).toFixed(1)}`).join("") }),
    dots.map(([x, y]) => mark(look, at_x(x), at_y(y))),
  ]);
  return svg("svg", { class: "rn-picture", role: "img", "aria-label": words, width, height, viewBox: `0 0 ${width} ${height}` },
    grid.flat(), ticks, title, lines.flat(2), labels);
}

/** A ring for plain, a filled dot for residual. */
const mark = (/** @type {string} */ look, /** @type {number} */ cx, /** @type {number} */ cy) =>
  svg("circle", { class: `st-mark st-${look}`, cx, cy, r: 3.4 });

/** Where grid lines stand: three to five of them. */
function levels(/** @type {number} */ low, /** @type {number} */ high, /** @type {boolean} */ log) {
  if (log) {
    const step = Math.max(1, Math.ceil((high - low) / 4));
    return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => low + i * step);
  }
  const rough = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = /** @type {number} */ ([1, 2, 2.5, 5, 10].find((factor) => factor * unit >= rough * 0.999)) * unit;
  return Array.from({ length: Math.floor((high - low) / step + 1e-9) + 1 }, (_, i) => low + i * step);
}

const DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** -3 -> "10⁻³". */
function power(/** @type {number} */ exponent) {
  if (exponent === 0) return "1";
  return `10${String(exponent).replace("-", "⁻").replace(/\d/g, (digit) => DIGITS[Number(digit)])}`;
}
