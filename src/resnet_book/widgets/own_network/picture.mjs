// Tensors on their way as a row of slabs (a column on a narrow page), all on one scale, with an arc for every skip.

import { h, svg } from "../shared/dom.mjs";
import { shape_text } from "../shared/format.mjs";
import { SLANT, scale_bars, slab, slab_height, slab_width } from "../shared/slab.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

/**
 * @typedef {object} Station one tensor
 * @property {string} name
 * @property {number[]} shape as it is told
 * @property {number[]} [box] as it is drawn, (channels, height, width) or a vector; the shape unless given
 * @property {number} count how many arcs stand above it
 * @property {string} [label] what they are, for example "2 blocks"
 * @property {boolean} [broken] whether two shapes do not meet there
 */

/**
 * The picture as nodes, for a width in points.
 * @param {Station[]} found
 * @param {number} width
 */
export function tensors(found, width) {
  const stations = found.map((station) => ({ box: station.shape, label: fill(station.count > 1 ? words.many_blocks : words.one_block, { count: station.count }), ...station }));
  const draw = width < 600 ? column : row;
  const { nodes, height } = draw(stations, width);
  const way = stations.map(({ name, shape, broken }) => `${name} ${shape_text(shape)}${broken ? words.broken : ""}`).join(words.then);
  return [
    svg("svg", { class: "rn-picture", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": fill(words.on_their_way, { way }) }, nodes),
    h("figcaption", {}, words.caption),
  ];
}

/** A shape in two lines: the channels, then the map. */
function two_lines(/** @type {number[]} */ shape) {
  if (shape.length === 1) return [`${shape[0]}`, words.vector];
  if (shape.length < 1) return ["1", words.number];
  return [`${shape[0]}`, shape.slice(1).join(" × ")];
}

function scales(/** @type {any[]} */ found, /** @type {number} */ room, /** @type {number} */ tallest) {
  const largest = Math.max(...found.map(({ box }) => (box.length === 3 ? box[1] : 1)));
  const pixel = tallest / largest;
  const faces = found.reduce((sum, { box }) => sum + (box.length === 3 ? box[2] : 1) * pixel * SLANT, 0);
  const channels = found.reduce((sum, { box }) => sum + box[0], 0);
  return { pixel, channel: Math.max(1, room - faces) / channels };
}

function row(/** @type {any[]} */ found, /** @type {number} */ width) {
  const least = 62;
  const gap = 12;
  let { pixel, channel } = scales(found, width - gap * found.length, 120);
  const slots = () => found.map(({ box }) => Math.max(least, slab_width(box, pixel, channel) + gap));
  const total = () => slots().reduce((a, b) => a + b, 0);
  for (let i = 0; i < 30 && total() > width; i++) channel *= 0.93;
  const spare = Math.max(0, width - total()) / found.length;
  const floor = 34 + Math.max(...found.map(({ box }) => slab_height(box, pixel)));
  const nodes = [];
  let x = 0;
  slots().forEach((slot, index) => {
    const { name, shape, box, count, label, broken } = found[index];
    const wide = slab_width(box, pixel, channel);
    const left = x + (slot + spare - wide) / 2;
    const middle = x + (slot + spare) / 2;
    if (index) nodes.push(svg("path", { class: "rn-flow", d: `M${x - 4} ${floor - 3}h7m-3 -3l3 3l-3 3` }));
    nodes.push(slab(left, floor, box, pixel, channel));
    if (count) nodes.push(...arcs(middle, floor - slab_height(box, pixel) - 4, { count, label, broken }, Math.min(slot - 8, 110)));
    nodes.push(svg("text", { x: middle, y: floor + 16, class: "rn-name" }, name));
    const [first, second] = two_lines(shape);
    nodes.push(svg("text", { x: middle, y: floor + 31, class: "rn-middle" }, first));
    nodes.push(svg("text", { x: middle, y: floor + 45, class: "rn-middle rn-small" }, second));
    x += slot + spare;
  });
  nodes.push(scale_bars(4, floor + 72, pixel, channel));
  return { nodes, height: floor + 80 };
}

function column(/** @type {any[]} */ found, /** @type {number} */ width) {
  const beside = 150;
  const room = width - beside - 8;
  const widest = Math.max(...found.map(({ box }) => box[0]));
  const largest = Math.max(...found.map(({ box }) => (box.length === 3 ? box[1] : 1)));
  const pixel = 84 / largest;
  const channel = Math.max(0.001, room - 24) / widest;
  const fits = Math.min(channel, ...found.map(({ box }) => (room - (box.length === 3 ? box[2] : 1) * pixel * SLANT) / box[0]));
  const nodes = [];
  let y = 4;
  found.forEach(({ name, shape, box, count, label, broken }, index) => {
    const high = Math.max(slab_height(box, pixel), 34) + 14;
    y += high;
    if (index) nodes.push(svg("path", { class: "rn-flow", d: `M${room + 8} ${y - high + 2}v8m-3 -3l3 3l3 -3` }));
    nodes.push(slab(4, y, box, pixel, fits));
    nodes.push(svg("text", { x: room + 20, y: y - 16, class: "rn-left rn-name" }, name));
    nodes.push(svg("text", { x: room + 20, y: y - 1, class: "rn-left rn-small" }, shape_text(shape)));
    if (count) nodes.push(...arcs(room + 100, y - 15, { count, label, broken }, 56));
  });
  nodes.push(scale_bars(4, y + 26, pixel, fits));
  return { nodes, height: y + 34 };
}

/** One arc a block, as many as can be told apart, and their number in words. */
function arcs(/** @type {number} */ middle, /** @type {number} */ y, /** @type {any} */ { count, label, broken }, /** @type {number} */ room) {
  const step = Math.max(5, Math.min(12, room / count));
  const drawn = Math.min(count, Math.floor(room / step));
  const left = middle - (drawn * step) / 2;
  const nodes = [];
  for (let i = 0; i < drawn; i++) {
    const at = left + i * step;
    nodes.push(svg("path", { class: broken && i === drawn - 1 ? "rn-arc rn-broken" : "rn-arc", d: `M${at} ${y}a${step / 2} ${Math.min(step / 2, 6)} 0 0 1 ${step} 0` }));
    nodes.push(svg("circle", { class: "rn-dot", cx: at + step / 2, cy: y, r: 1.5 }));
  }
  nodes.push(svg("text", { x: middle, y: y - 9, class: broken ? "rn-middle rn-small rn-wrong-text" : "rn-middle rn-small" }, label));
  return nodes;
}
