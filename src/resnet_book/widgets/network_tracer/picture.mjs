// The network as a row of slabs (a column on a narrow page), all on one scale, with an arc for every skip.

import { h, svg } from "../shared/dom.mjs";
import { shape_text } from "../shared/format.mjs";
import { SLANT, scale_bars, slab, slab_height, slab_width } from "../shared/slab.mjs";
import { opener, stage_inside } from "./inside.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

/** The tensors worth a slab: the input, where the map or the channels change, the stages, the answer. */
export function stations(/** @type {any} */ result) {
  const found = [{ name: "input", shape: result.trace.input_shape, count: 0 }];
  for (const stage of result.stages) {
    const shown = ["conv1", "maxpool", "avgpool", "fc"].includes(stage.name) || stage.op === "group";
    if (shown) found.push({ name: stage.name, shape: stage.output_shape, count: 0 });
  }
  return found;
}

/** The picture as nodes, for a width in points: what is `open` is drawn inside, `toggle` opens or closes it. */
export function picture(/** @type {any} */ result, /** @type {number} */ width, /** @type {[string, any][]} */ blocks, /** @type {Set<string>} */ open, /** @type {(name: string) => void} */ toggle) {
  const found = stations(result);
  for (const station of found) station.count = blocks.filter(([name]) => name.startsWith(`${station.name}.`)).length;
  const skips = result.arch.block !== "plain";
  const draw = width < 600 ? column : row;
  const drawn = draw(found, width, skips, open, toggle);
  const nodes = drawn.nodes;
  let { height } = drawn;
  for (const stage of result.stages) {
    if (stage.op !== "group" || !open.has(stage.name)) continue;
    const part = stage_inside(stage, result.trace.rows.filter((/** @type {any} */ row) => row.name.startsWith(`${stage.name}.`)), open, width, height + 6, toggle);
    nodes.push(...part.nodes);
    height += part.height + 6;
  }
  const way = found.map(({ name, shape }) => `${name} ${shape_text(shape)}`).join(words.then);
  return [
    svg("svg", { class: "rn-picture", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": fill(words.on_their_way, { way }) }, nodes),
    h("figcaption", {}, fill(words.caption, { arcs: skips ? words.arc : words.no_arc })),
  ];
}

function scales(/** @type {any[]} */ found, /** @type {number} */ room, /** @type {number} */ tallest) {
  const largest = Math.max(...found.map(({ shape }) => (shape.length === 3 ? shape[1] : 1)));
  const pixel = tallest / largest;
  const faces = found.reduce((sum, { shape }) => sum + (shape.length === 3 ? shape[2] : 1) * pixel * SLANT, 0);
  const channels = found.reduce((sum, { shape }) => sum + shape[0], 0);
  return { pixel, channel: Math.max(1, room - faces) / channels };
}

function row(/** @type {any[]} */ found, /** @type {number} */ width, /** @type {boolean} */ skips, /** @type {Set<string>} */ open, /** @type {any} */ toggle) {
  const least = 62;
  const gap = 12;
  let { pixel, channel } = scales(found, width - gap * found.length, 120);
  const slots = () => found.map(({ shape }) => Math.max(least, slab_width(shape, pixel, channel) + gap));
  const total = () => slots().reduce((a, b) => a + b, 0);
  for (let i = 0; i < 30 && total() > width; i++) channel *= 0.93;
  const spare = Math.max(0, width - total()) / found.length;
  const floor = 34 + Math.max(...found.map(({ shape }) => slab_height(shape, pixel)));
  const nodes = [];
  let x = 0;
  slots().forEach((slot, index) => {
    const { name, shape, count } = found[index];
    const wide = slab_width(shape, pixel, channel);
    const left = x + (slot + spare - wide) / 2;
    const middle = x + (slot + spare) / 2;
    if (index) nodes.push(svg("path", { class: "rn-flow", d: `M${x - 4} ${floor - 3}h7m-3 -3l3 3l-3 3` }));
    const [first, second] = shape.length === 3 ? [`${shape[0]}`, `${shape[1]} × ${shape[2]}`] : [`${shape[0]}`, "vector"];
    const high = floor - slab_height(shape, pixel) - 4;
    const parts = [
      slab(left, floor, shape, pixel, channel),
      count ? arcs(middle, high, count, Math.min(slot - 8, 110), skips) : [],
      svg("text", { x: middle, y: floor + 16, class: "rn-name" }, name),
      svg("text", { x: middle, y: floor + 31, class: "rn-middle" }, first),
      svg("text", { x: middle, y: floor + 45, class: "rn-middle rn-small" }, second),
    ].flat();
    const box = [x + 2, Math.max(0, high - 22), slot + spare - 4, floor + 50 - Math.max(0, high - 22)];
    nodes.push(...(count ? [opener(name, words_of(name, count, shape), open.has(name), toggle, box, ...parts)] : parts));
    x += slot + spare;
  });
  nodes.push(scale_bars(4, floor + 72, pixel, channel));
  return { nodes, height: floor + 80 };
}

function column(/** @type {any[]} */ found, /** @type {number} */ width, /** @type {boolean} */ skips, /** @type {Set<string>} */ open, /** @type {any} */ toggle) {
  const text = 150;
  const room = width - text - 8;
  const widest = Math.max(...found.map(({ shape }) => shape[0]));
  const largest = Math.max(...found.map(({ shape }) => (shape.length === 3 ? shape[1] : 1)));
  const pixel = 84 / largest;
  const channel = Math.max(0.001, room - 24) / widest;
  const fits = Math.min(channel, ...found.map(({ shape }) => (room - (shape.length === 3 ? shape[2] : 1) * pixel * SLANT) / shape[0]));
  const nodes = [];
  let y = 4;
  found.forEach(({ name, shape, count }, index) => {
    const high = Math.max(slab_height(shape, pixel), 34) + 14;
    y += high;
    if (index) nodes.push(svg("path", { class: "rn-flow", d: `M${room + 8} ${y - high + 2}v8m-3 -3l3 3l3 -3` }));
    const parts = [
      slab(4, y, shape, pixel, fits),
      svg("text", { x: room + 20, y: y - 16, class: "rn-left rn-name" }, name),
      svg("text", { x: room + 20, y: y - 1, class: "rn-left rn-small" }, shape_text(shape)),
      count ? arcs(room + 100, y - 15, count, 56, skips) : [],
    ].flat();
    const box = [1, y - high + 8, width - 2, high - 3];
    nodes.push(...(count ? [opener(name, words_of(name, count, shape), open.has(name), toggle, box, ...parts)] : parts));
  });
  nodes.push(scale_bars(4, y + 26, pixel, fits));
  return { nodes, height: y + 34 };
}

const blocks_of = (/** @type {number} */ count) => fill(count > 1 ? words.many_blocks : words.one_block, { count });
const words_of = (/** @type {string} */ name, /** @type {number} */ count, /** @type {number[]} */ shape) => fill(words.stage, { name, blocks: blocks_of(count), shape: shape_text(shape) });

/** One arc a block, as many as can be told apart, and their number in words. */
function arcs(/** @type {number} */ middle, /** @type {number} */ y, /** @type {number} */ count, /** @type {number} */ room, /** @type {boolean} */ skips) {
  const step = Math.max(5, Math.min(12, room / count));
  const drawn = Math.min(count, Math.floor(room / step));
  const left = middle - (drawn * step) / 2;
  const nodes = [];
  for (let i = 0; i < drawn; i++) {
    const at = left + i * step;
    if (skips) nodes.push(svg("path", { class: "rn-arc", d: `M${at} ${y}a${step / 2} ${Math.min(step / 2, 6)} 0 0 1 ${step} 0` }));
    nodes.push(svg("circle", { class: "rn-dot", cx: at + step / 2, cy: y, r: 1.5 }));
  }
  nodes.push(svg("text", { x: middle, y: y - 9, class: "rn-middle rn-small" }, blocks_of(count)));
  return nodes;
}
