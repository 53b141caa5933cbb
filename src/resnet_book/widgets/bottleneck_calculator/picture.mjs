// The two blocks as chains of slabs, and their terms as bars on one scale.

import { fresh_id, h, svg } from "../shared/dom.mjs";
import { short, shape_text } from "../shared/format.mjs";
import { scale_bars, slab, slab_height, slab_width } from "../shared/slab.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const LETTER = 6.6; // points a letter of 12 px takes, on average
const HIGH = 30; // of a bar

const fraction = (/** @type {[number, number]} */ [over, under]) => (under === 1 ? String(over) : `${over}/${under}`);

/** One block: slabs for the maps, nodes for the convolutions, the skip as an arc. Both blocks are drawn on one scale. */
export function chain(/** @type {any} */ result, /** @type {"basic" | "bottleneck"} */ kind, /** @type {any} */ { height, width: columns }, /** @type {number} */ room) {
  const { widths, terms } = result[kind];
  const shapes = widths.map((/** @type {number} */ c) => [c, height, columns]);
  const node = 34;
  const widest = Math.max(...result.basic.widths, ...result.bottleneck.widths);
  const lean = 11;
  // three nodes, four slabs: the longer chain decides for both
  const channel = Math.max(4, (room - 60 - 3 * (node + 18)) / 4 - lean) / widest;
  const pixel = Math.min(34 / height, lean / 0.3 / columns);
  const middle = 54;
  const meet = 13;
  const nodes = [];
  let x = 4;
  let skip_from = 0;
  shapes.forEach((/** @type {number[]} */ shape, /** @type {number} */ i) => {
    const wide = slab_width(shape, pixel, channel);
    nodes.push(slab(x, middle + slab_height(shape, pixel) / 2, shape, pixel, channel));
    nodes.push(svg("text", { class: "rn-middle rn-small", x: x + wide / 2, y: middle + 42 }, String(shape[0])));
    if (i === 0) skip_from = x + wide / 2;
    x += wide + 4;
    if (i === terms.length) return;
    const kernel = terms[i].kernel;
    nodes.push(svg("path", { class: "rn-flow", d: `M${x} ${middle}h${node + 14}m-5 -4l5 4l-5 4` }));
    nodes.push(svg("rect", { class: "rn-node rn-learns", x: x + 4, y: middle - 11, width: node, height: 22, rx: 6 }));
    nodes.push(svg("text", { class: "rn-middle", x: x + 4 + node / 2, y: middle + 4 }, `${kernel}×${kernel}`));
    x += node + 18;
  });
  const plus = x + 16;
  const rise = 12;
  nodes.push(svg("path", { class: "rn-flow", d: `M${x} ${middle}h${16 - meet + 1}` }));
  nodes.push(svg("circle", { class: "rn-node rn-plus", cx: plus + 2, cy: middle, r: meet - 2 }));
  nodes.push(svg("text", { class: "rn-middle rn-sign", x: plus + 2, y: middle + 6 }, "+"));
  const top = middle - Math.max(...shapes.map((/** @type {number[]} */ s) => slab_height(s, pixel))) / 2 - 4;
  nodes.push(svg("path", { class: "rn-arc", d: `M${skip_from} ${top}V${rise + 8}q0 -8 8 -8H${plus - 6}q8 0 8 8V${middle - meet - 3}` }));
  nodes.push(svg("path", { class: "rn-arc-head", d: `M${plus - 3} ${middle - meet - 5}l5 7l5 -7Z` }));
  nodes.push(scale_bars(4, middle + 66, pixel, channel));
  const kernels = terms.map((/** @type {any} */ t) => `${t.kernel}×${t.kernel}`).join(", ");
  const label = fill(words.chain, { kind, kernels, from: shape_text(shapes[0]), over: widths[1], to: widths[widths.length - 1] });
  const size = { width: room, height: middle + 72, viewBox: `0 0 ${room} ${middle + 72}` };
  return svg("svg", { class: "rn-picture", ...size, role: "img", "aria-label": label }, nodes);
}

/** Both blocks' terms as stacked bars, to one scale; a bar too short to read is drawn once more, enlarged. */
export function bars(/** @type {any} */ result, /** @type {number} */ width) {
  const hatch = fresh_id("hatch");
  const room = width - 2;
  const most = Math.max(result.basic.macs, result.bottleneck.macs);
  /** @type {any[]} */
  const nodes = [
    svg("defs", {}, svg("pattern", { id: hatch, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { class: "rn-hatch-ground", width: 7, height: 7 }),
      svg("path", { class: "rn-hatch", d: "M0 0V7" }))),
  ];
  const said = [];
  let y = 14;
  for (const kind of ["basic", "bottleneck"]) {
    const block = result[kind];
    const long = (room * block.macs) / most;
    const title = kind === "basic" ? words.basic : words.bottleneck;
    const sum = block.terms.map((/** @type {any} */ t) => fraction(t.multiple)).join(" + ");
    const text = `${sum} = ${fraction(block.multiple)} C²HW`;
    said.push(`${title}: ${text}`);
    nodes.push(svg("text", { x: 1, y, class: "rn-left rn-strong" }, title));
    nodes.push(svg("text", { x: 84, y, class: "rn-left" }, text));
    if (width > 480) nodes.push(svg("text", { x: width - 2, y, class: "rn-end rn-small" }, `${short(block.macs)} MACs`));
    y += 8;
    const readable = block.terms.every((/** @type {any} */ t) => (long * t.macs) / block.macs > label(t).length * LETTER + 6);
    const enlarge = !readable && long < room * 0.6;
    nodes.push(...bar(block, long, y, !enlarge));
    y += HIGH;
    if (enlarge) {
      const times = room / long;
      nodes.push(svg("path", { class: "rn-zoom", d: `M1 ${y}L1 ${y + 20}M${1 + long} ${y}L${1 + room} ${y + 20}` }));
      nodes.push(svg("text", { x: 8, y: y + 15, class: "rn-left rn-small rn-halo" }, fill(words.enlarged, { times: times < 10 ? times.toFixed(1) : Math.round(times) })));
      y += 20;
      nodes.push(...bar(block, room, y, true));
      y += HIGH;
    }
    y += 26;
  }
  y -= 20;

  function label(/** @type {any} */ term) {
    return `${term.kernel}×${term.kernel}`;
  }

  function bar(/** @type {any} */ block, /** @type {number} */ long, /** @type {number} */ top, /** @type {boolean} */ named) {
    let x = 1;
    return block.terms.flatMap((/** @type {any} */ term) => {
      const wide = (long * term.macs) / block.macs;
      const parts = [
        svg("rect", { class: `rn-term ${term.kernel === 3 ? "rn-learns" : ""}`, x, y: top, width: Math.max(0.5, wide), height: HIGH, fill: term.kernel === 1 ? `url(#${hatch})` : null }),
      ];
      const longer = `${term.name}, ${label(term)}: ${fraction(term.multiple)}`;
      const text = named && [longer, `${label(term)}: ${fraction(term.multiple)}`, label(term)].find((t) => t.length * LETTER + 6 <= wide);
      if (text && term.kernel === 1) {
        const plate = Math.min(wide - 2, text.length * LETTER + 4);
        parts.push(svg("rect", { class: "rn-hatch-ground", x: x + (wide - plate) / 2, y: top + 6, width: plate, height: HIGH - 12, rx: 4 }));
      }
      if (text) parts.push(svg("text", { class: "rn-middle", x: x + wide / 2, y: top + HIGH / 2 + 4 }, text));
      x += wide;
      return parts;
    });
  }

  const told = fill(words.bars, { sums: said.join(". ") });
  return [
    svg("svg", { class: "rn-picture", width, height: y, viewBox: `0 0 ${width} ${y}`, role: "img", "aria-label": told }, nodes),
    h("figcaption", {}, words.bars_caption),
  ];
}
