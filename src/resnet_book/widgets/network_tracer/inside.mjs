// What opens inside the picture: a stage into its blocks, a block into its layers.

import { svg } from "../shared/dom.mjs";
import { shape_text } from "../shared/format.mjs";
import { slab, slab_height, slab_width } from "../shared/slab.mjs";
import { groups } from "../shared/trace.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

/** @typedef {{ nodes: any[], height: number }} Part what was drawn, and how much room it took */

const CELL = 26; // points: the least a block takes, so that a finger meets it
const HEAD = 22;
const LINE = 30; // from one layer to the next

/** Something in the picture that opens: a button to the keyboard and to a screen reader, its whole ground a target. */
export function opener(/** @type {string} */ key, /** @type {string} */ label, /** @type {boolean} */ open, /** @type {(key: string) => void} */ toggle, /** @type {number[]} */ [x, y, width, height], /** @type {any[]} */ ...nodes) {
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" || event.key === " ") toggle(key);
    else if (step) move(/** @type {Element} */ (event.currentTarget), step);
    else return;
    event.preventDefault();
  };
  return svg(
    "g",
    {
      class: open ? "rn-opener rn-opened" : "rn-opener", role: "button", tabindex: 0, "aria-expanded": String(open), "aria-label": label,
      "data-key": key, "data-lm-suppress-shortcuts": "true", onclick: () => toggle(key), onkeydown: press,
    },
    svg("rect", { class: "rn-target", x, y, width, height, rx: 4 }),
    nodes,
  );
}

/** The arrow keys go along the openers of one level. */
function move(/** @type {Element} */ from, /** @type {number} */ step) {
  const all = /** @type {any[]} */ ([...(from.parentElement?.children ?? [])].filter((node) => node.classList.contains("rn-opener")));
  all[all.indexOf(from) + step]?.focus();
}

/** The blocks of a stage in their order, as many a line as there is room for, and below them the layers of those that are open. @returns {Part} */
export function stage_inside(/** @type {any} */ stage, /** @type {any[]} */ rows, /** @type {Set<string>} */ open, /** @type {number} */ width, /** @type {number} */ top, /** @type {(key: string) => void} */ toggle) {
  const found = groups(rows, 2);
  const room = width - 16;
  const cell = Math.max(CELL, Math.min(72, Math.floor(room / found.length)));
  const line = Math.max(1, Math.floor(room / cell));
  const nodes = [];
  let y = top + HEAD;
  found.forEach((block, index) => {
    const at = 8 + (index % line) * cell;
    if (index && index % line === 0) y += 50;
    const inside = rows.filter((row) => row.name.startsWith(`${block.name}.`));
    const skips = inside.some((row) => row.op === "add");
    const middle = y + 28;
    const label = fill(words.block, { name: block.name, count: inside.length, shape: shape_text(block.output_shape) });
    const number = block.name.slice(stage.name.length + 1);
    nodes.push(
      opener(
        block.name, label, open.has(block.name), toggle, [at, y, cell - 1, 46],
        index > 0 && svg("path", { class: "rn-flow", d: `M${at - 3} ${middle}h6` }),
        skips && svg("path", { class: "rn-arc", d: `M${at + 3} ${middle - 13}q0 -10 ${Math.min(10, cell / 2 - 3)} -10h${Math.max(0, cell - 26)}q${Math.min(10, cell / 2 - 3)} 0 ${Math.min(10, cell / 2 - 3)} 10` }),
        svg("rect", { class: "rn-node rn-learns", x: at + 3, y: middle - 12, width: cell - 7, height: 24, rx: 5 }),
        svg("text", { class: "rn-middle rn-small", x: at + (cell - 1) / 2, y: middle + 4 }, number),
      ),
    );
  });
  y += 54;
  for (const block of found) {
    if (!open.has(block.name)) continue;
    const part = block_inside(block.name, rows.filter((row) => row.name.startsWith(`${block.name}.`)), width - 16, 8, y);
    nodes.push(...part.nodes);
    y += part.height;
  }
  const many = `${found.length} block${found.length > 1 ? "s" : ""}`;
  const head = svg("text", { class: "rn-left", x: 10, y: top + 15 }, svg("tspan", { class: "rn-strong" }, stage.name), `: ${many}, to ${shape_text(stage.output_shape)}`);
  const frame = svg("rect", { class: "rn-inside", x: 1, y: top, width: width - 2, height: y - top, rx: 6 });
  return { nodes: [svg("g", { role: "group", "aria-label": fill(words.blocks_of, { name: stage.name }) }, frame, head, nodes)], height: y - top + 8 };
}

/** What an operation does, in a few words; the kernel is told by the number of weights. */
function label(/** @type {any} */ row, /** @type {boolean} */ narrow) {
  if (row.op !== "conv2d") {
    const [every, pad] = narrow ? [words.subsample, words.zero_pad] : [words.every, words.pad];
    const names = { batch_norm: words.batch_norm, relu: "ReLU", subsample: every, pad_channels: pad };
    return names[/** @type {keyof typeof names} */ (row.op)] ?? row.op;
  }
  const side = Math.max(1, Math.round(Math.sqrt(row.params / (row.input_shape[0] * row.output_shape[0]))));
  const stride = Math.round(row.input_shape[1] / row.output_shape[1]);
  return `${side}×${side}${stride > 1 ? fill(words.strided, { stride }) : ""}`;
}

/** Which rows of a block stand on the skip: those of its downsampling, or the one convolution that is added as it comes. */
export function on_skip(/** @type {any[]} */ rows) {
  return rows.map((row, index) => row.name.includes(".downsample") || (row.op === "conv2d" && rows[index + 1]?.op === "add"));
}

/** The layers of one block: the branch runs down, the skip beside it, and each layer has its shape. @returns {Part} */
function block_inside(/** @type {string} */ name, /** @type {any[]} */ rows, /** @type {number} */ width, /** @type {number} */ left, /** @type {number} */ top) {
  const aside = on_skip(rows);
  const skips = rows.some((row) => row.op === "add");
  const narrow = width < 420;
  const pill = narrow ? 76 : 124;
  const gap = skips ? pill + (narrow ? 16 : 26) : 12; // the skip runs on the left
  const middle = left + gap + pill / 2;
  const skip = left + pill / 2 + 8;
  const input = rows[0].input_shape;
  const shapes = [input, ...rows.map((row) => row.output_shape)];
  const pixel = 22 / Math.max(...shapes.map((shape) => shape[1] ?? 1));
  const channel = (narrow ? 22 : 30) / Math.max(...shapes.map((shape) => shape[0]));
  const nodes = [svg("text", { class: "rn-left", x: left + 4, y: top + 15 }, svg("tspan", { class: "rn-strong" }, name), `: ${rows.length} layers`)];
  let y = top + HEAD + 14;
  const tensor = (/** @type {number[]} */ shape) => {
    const x = middle + pill / 2 + (narrow ? 5 : 12);
    const thumb = width < 296 ? 0 : narrow ? 34 : 46; // on the narrowest screens the shape is in words alone
    if (thumb) nodes.push(slab(x + (thumb - 4 - slab_width(shape, pixel, channel)) / 2, y + slab_height(shape, pixel) / 2, shape, pixel, channel));
    nodes.push(svg("text", { class: "rn-left rn-small", x: x + thumb, y: y + 4 }, narrow ? shape.join("×") : shape_text(shape)));
  };
  const node = (/** @type {number} */ x, /** @type {number} */ at, /** @type {any} */ row) => [
    svg("rect", { class: row.params > 0 ? "rn-node rn-learns" : "rn-node", x: x - pill / 2, y: at - 11, width: pill, height: 22, rx: 6 }),
    svg("text", { class: "rn-middle rn-small", x, y: at + 4 }, label(row, narrow)),
  ];
  const start = y;
  nodes.push(svg("text", { class: "rn-middle rn-small", x: middle, y: y + 4 }, "input"));
  tensor(input);
  rows.forEach((row, index) => {
    if (aside[index]) return;
    y += LINE;
    const last = row.op === "add";
    nodes.push(svg("path", { class: "rn-flow", d: `M${middle} ${y - LINE + 11}v${LINE - (last ? 23 : 24)}m-3 -4l3 4l3 -4` }));
    if (last) {
      nodes.push(svg("path", { class: "rn-arc", d: `M${middle - 24} ${start}H${skip + 10}q-10 0 -10 10V${y - 10}q0 10 10 10H${middle - 16}` }));
      nodes.push(svg("path", { class: "rn-arc-head", d: `M${middle - 18} ${y - 5}l7 5l-7 5Z` }));
      const beside = rows.filter((_, at) => aside[at]);
      beside.forEach((other, at) => nodes.push(...node(skip, start + ((y - start) * (at + 1)) / (beside.length + 1), other)));
      nodes.push(svg("circle", { class: "rn-node rn-plus", cx: middle, cy: y, r: 11 }));
      nodes.push(svg("text", { class: "rn-middle rn-sign", x: middle, y: y + 6 }, "+"));
    } else nodes.push(...node(middle, y, row));
    tensor(row.output_shape);
  });
  return { nodes: [svg("g", { role: "group", "aria-label": fill(words.layers_of, { name }) }, nodes)], height: y - top + 24 };
}
