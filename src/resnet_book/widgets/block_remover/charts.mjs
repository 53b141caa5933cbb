// Bars by block: two series side by side, told apart by filling, colour and label.

import { svg } from "../shared/dom.mjs";

const [TOP, BOTTOM, LEFT, RIGHT, HEIGHT] = [22, 22, 44, 6, 176];

/**
 * @typedef {object} Series
 * @property {string} look of `br-...`: a style
 * @property {string} name
 * @property {(number | null)[]} values one a block
 * @property {(number | null)[]} [dots] others of the same kind, drawn over the bars
 * @property {number} [line] what the bars are to be compared with
 */

/**
 * @param {object} chart
 * @param {number} chart.width
 * @param {string} chart.words what it shows, for who cannot see it
 * @param {string[]} chart.names of the blocks
 * @param {Series[]} chart.series
 * @param {number} [chart.most] the top of the scale
 * @param {(value: number) => string} chart.label
 */
export function bars({ width, words, names, series, most, label }) {
  const top = most ?? Math.max(1e-9, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const y = (/** @type {number} */ value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const group = (width - LEFT - RIGHT) / names.length;
  const wide = Math.min(22, (group * 0.8) / series.length);
  const x = (/** @type {number} */ i, /** @type {number} */ s) => LEFT + group * (i + 0.5) + wide * (s - series.length / 2);
  const grid = steps(top).map((level) => [
    svg("path", { class: "br-grid", d: `M${LEFT} ${y(level)}H${width - RIGHT}` }),
    svg("text", { class: "rn-small", x: LEFT - 6, y: y(level) + 4, "text-anchor": "end" }, label(level)),
  ]);
  const all = names.length * 34 <= width - LEFT; // else only the first of each stage
  const ticks = names.map((name, i) => (all || name.endsWith(".0")) && svg("text", { class: "rn-small rn-middle", x: LEFT + group * (i + 0.5), y: HEIGHT - 6 }, name.replace("layer", "")));
  const drawn = series.map(({ look, values, dots = [], line }, s) => [
    values.map((value, i) => value !== null && svg("rect", { class: `br-bar br-${look}`, x: x(i, s) + 0.5, width: Math.max(1, wide - 1), y: y(Math.min(value, top)), height: Math.max(0, y(0) - y(Math.min(value, top))) })),
    line !== undefined && svg("path", { class: `br-line br-${look}`, d: `M${LEFT} ${y(line)}H${width - RIGHT}` }),
    dots.map((value, i) => value !== null && svg("circle", { class: "br-dot", cx: x(i, s) + wide / 2, cy: y(value), r: 3.2 })),
  ]);
  let at = LEFT;
  const key = series.map(({ look, name }) => {
    const place = at;
    at += 26 + 6.6 * name.length;
    return [svg("rect", { class: `br-bar br-${look}`, x: place, y: 3, width: 11, height: 11 }), svg("text", { x: place + 16, y: 13, class: "rn-left" }, name)];
  });
  return svg("svg", { class: "rn-picture", role: "img", "aria-label": words, width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` },
    [...grid.flat(), ...drawn.flat(2), ...ticks, ...key.flat()]);
}

/** Where grid lines stand: three to six of them. */
function steps(/** @type {number} */ top) {
  const unit = 10 ** Math.floor(Math.log10(top / 3));
  const step = /** @type {number} */ ([1, 2, 2.5, 5, 10].find((factor) => top / (factor * unit) <= 5)) * unit;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => i * step);
}
