// The block as a picture: the branch runs down, the skip runs beside it, and they meet at the addition.

import { width as inner_width } from "../shared/architectures.mjs";
import { h, svg } from "../shared/dom.mjs";
import { shape_text, thousands } from "../shared/format.mjs";
import { times } from "../shared/rules.mjs";
import { scale_bars, slab, slab_height, slab_width } from "../shared/slab.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const STEP = 42;

/** What an operation does, in a few words. */
export function label(/** @type {any} */ row, /** @type {any} */ block) {
  const name = row.name.split(".").pop();
  if (row.op === "conv2d") {
    const kernel = row.name.startsWith("downsample") || (block.kind === "bottleneck" && name !== "conv2") ? 1 : 3;
    const jump = row.output_shape[1] < row.input_shape[1] || row.output_shape[2] < row.input_shape[2];
    const strided = block.stride > 1 && (jump || carries_stride(row, block));
    return `${kernel}×${kernel} ${strided ? fill(words.strided, { stride: block.stride }) : words.conv}`;
  }
  return { batch_norm: words.batch_norm, relu: "ReLU", subsample: fill(words.every, { stride: block.stride, th: ordinal(block.stride) }), pad_channels: words.pad }[row.op] ?? name;
}

function carries_stride(/** @type {any} */ row, /** @type {any} */ block) {
  return row.name === "downsample.0" || row.name === (block.kind === "bottleneck" ? "conv2" : "conv1");
}

function ordinal(/** @type {number} */ n) {
  if (n % 100 >= 11 && n % 100 <= 13) return words.ordinals[0];
  return words.ordinals[n % 10] ?? words.ordinals[0];
}

/** The picture as nodes, for a width in points. */
export function diagram(/** @type {any} */ result, /** @type {number} */ width) {
  const { branch, shortcut, after, error, block, input } = result;
  const narrow = width < 430;
  const slabs = narrow ? 46 : 66;
  const pill = narrow ? 104 : 128;
  const main = slabs + 8 + pill / 2;
  const skip = width - (narrow ? 46 : 62);
  const skip_pill = narrow ? 88 : 118;
  const shapes = [input, ...branch.map((/** @type {any} */ row) => row.output_shape)];
  const pixel = 30 / Math.max(...shapes.flatMap((shape) => shape.slice(1)));
  const widest = Math.max(...shapes.map((shape) => shape[0]));
  const channel = Math.max(2, slabs - 14 - 30 * 0.3) / widest;
  const y = (/** @type {number} */ line) => 30 + line * STEP;
  const meet = branch.length + 1;
  const ends = block.kind === "plain" || error ? meet : meet + 1;
  const nodes = [];

  const tensor = (/** @type {number[]} */ shape, /** @type {number} */ line) => {
    const left = (slabs - slab_width(shape, pixel, channel)) / 2;
    nodes.push(slab(left, y(line) + slab_height(shape, pixel) / 2, shape, pixel, channel));
  };
  const shape_at = (/** @type {number[]} */ shape, /** @type {number} */ line, lift = 0) =>
    nodes.push(svg("text", { class: "rn-left rn-shape-text", x: main + pill / 2 + 7, y: y(line) + 4 - lift }, narrow ? shape.join("×") : shape_text(shape)));
  const arrow = (/** @type {number} */ from, /** @type {number} */ to) =>
    nodes.push(svg("path", { class: "rn-flow", d: `M${main} ${from}V${to - 2}m-4 -5l4 5l4 -5` }));
  const node = (/** @type {number} */ x, /** @type {number} */ at, /** @type {number} */ wide, /** @type {string} */ text, learns = false) => [
    svg("rect", { class: learns ? "rn-node rn-learns" : "rn-node", x: x - wide / 2, y: at - 12, width: wide, height: 24, rx: 6 }),
    svg("text", { class: "rn-middle", x, y: at + 4 }, text),
  ];

  tensor(input, 0);
  nodes.push(svg("text", { class: "rn-middle rn-name", x: main, y: y(0) + 5 }, words.input));
  shape_at(input, 0);
  branch.forEach((/** @type {any} */ row, /** @type {number} */ index) => {
    const line = index + 1;
    arrow(y(line - 1) + 12, y(line) - 12);
    nodes.push(...node(main, y(line), pill, label(row, block), row.params > 0));
    tensor(row.output_shape, line);
    shape_at(row.output_shape, line);
  });

  if (block.kind !== "plain") {
    nodes.push(...skip_path());
    arrow(y(meet - 1) + 12, y(meet) - 13);
    nodes.push(svg("circle", { class: error ? "rn-node rn-wrong" : "rn-node rn-plus", cx: main, cy: y(meet), r: 13 }));
    nodes.push(svg("text", { class: "rn-middle rn-sign", x: main, y: y(meet) + 6 }, error ? "≠" : "+"));
  }
  const output = after[after.length - 1];
  if (output) {
    if (block.kind !== "plain") shape_at(output.output_shape, meet, 11); // above the skip that comes in here
    arrow(y(ends - 1) + (block.kind === "plain" ? 12 : 13), y(ends) - 12);
    nodes.push(...node(main, y(ends), pill, "ReLU"));
    tensor(output.output_shape, ends);
    shape_at(output.output_shape, ends);
  }
  const bottom = y(ends) + (error ? 60 : 44);
  nodes.push(scale_bars(4, bottom, pixel, channel));

  function skip_path() {
    const [top, low, turn] = [y(0), y(meet), 14];
    const from = main + pill / 2 + (narrow ? 78 : 98);
    const broken = error && !after.length;
    const target = broken ? main + 13 + (narrow ? 60 : 80) : main + 13;
    const out = [
      svg("path", {
        class: broken ? "rn-arc rn-broken" : "rn-arc",
        d: `M${from} ${top}H${skip - turn}q${turn} 0 ${turn} ${turn}V${low - turn}q0 ${turn} ${-turn} ${turn}H${target + 6}`,
      }),
    ];
    if (broken) {
      const last = shortcut.length ? shortcut[shortcut.length - 1].output_shape : input;
      const sum = `${times(shapes[shapes.length - 1])} ≠ ${times(last)}`;
      out.push(svg("text", { class: "rn-wrong-sign", x: target - 4, y: low + 6 }, "✕"));
      out.push(svg("text", { class: "rn-wrong-text rn-left", x: main - 13, y: low + 32 }, sum));
    } else {
      out.push(svg("path", { class: "rn-arc-head", d: `M${target + 8} ${low - 5}L${target + 1} ${low}L${target + 8} ${low + 5}Z` }));
    }
    const room = (low - top) / (shortcut.length + 1);
    shortcut.forEach((/** @type {any} */ row, /** @type {number} */ index) => {
      const at = top + room * (index + 1);
      out.push(...node(skip, at, skip_pill, label(row, block), row.params > 0));
      out.push(svg("text", { class: "rn-middle rn-small rn-halo", x: skip, y: at + 27 }, row.output_shape.join("×")));
    });
    if (!shortcut.length) {
      out.push(svg("text", { class: "rn-middle rn-small rn-halo", x: skip, y: (top + low) / 2 }, words.identity));
      out.push(svg("text", { class: "rn-middle rn-small rn-halo", x: skip, y: (top + low) / 2 + 15 }, input.join("×")));
    }
    return out;
  }

  return [
    svg("svg", { class: "rn-picture", width, height: bottom + 8, viewBox: `0 0 ${width} ${bottom + 8}`, role: "img", "aria-label": in_words(result) }, nodes),
    h("figcaption", {}, caption(block)),
  ];
}

function caption(/** @type {any} */ block) {
  const inside = block.kind === "bottleneck" ? fill(words.inside, { channels: thousands(inner_width(block)) }) : "";
  return fill(words.caption, { inside });
}

/** The picture in words. The names of the controls are kept out, so that each stays findable by its own. */
function in_words(/** @type {any} */ { branch, after, error, input }) {
  const end = branch.length ? times(branch[branch.length - 1].output_shape) : "";
  const met = error ? fill(words.do_not_meet, { got: error.got }) : after.length ? fill(words.meet, { shape: times(after[after.length - 1].output_shape) }) : "";
  return fill(words.leads, { input: times(input), end, met }).replace(/\b(block|height|width|stride|shortcut)/gi, "skip");
}
