// The padded input and the output as two grids on one scale; what does not fit is cut, with open edges.

import { h, svg } from "../shared/dom.mjs";
import { shape_text, signed, thousands } from "../shared/format.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

/** So many cells a side are drawn; of a larger map, those around the marked output. */
export const CELLS = 22;

const GAP = 54;
const LEFT = 34;
const TOP = 38;

/** The part of `total` cells that is drawn so that `reach` cells from `start` on are in its middle. @returns {[number, number]} */
export function part(/** @type {number} */ total, /** @type {number} */ start, /** @type {number} */ reach) {
  if (total <= CELLS) return [0, total];
  const from = Math.min(total - CELLS, Math.max(0, Math.floor(start + reach / 2 - CELLS / 2)));
  return [from, from + CELLS];
}

/** The picture as nodes, for a width in points; a click on an output cell marks it. */
export function grids(/** @type {any} */ state, /** @type {any} */ result, /** @type {number} */ width, /** @type {(patch: any) => void} */ set) {
  const cells = result.window <= CELLS;
  const { nodes, height, says } = cells ? drawn(state, result, width, set) : schematic(state, result, width, set);
  const { input_size: n, padding: p } = state;
  const text = fill(words.map, { n, zeros: p ? fill(words.zeros_around, { p }) : "", size: result.size });
  return [
    svg("svg", { class: "rn-picture rn-grids", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": text }, nodes),
    h("figcaption", {}, says),
  ];
}

/** How the two squares stand: side by side, or one above the other on a narrow page. */
function layout(/** @type {number} */ width, /** @type {number} */ first, /** @type {number} */ second, /** @type {number} */ most) {
  const wide = width >= 560;
  const room = wide ? (width - 2 * LEFT - GAP - 4) / (first + second) : (width - LEFT - 4) / Math.max(first, second);
  const scale = Math.min(most, room);
  const [x, y] = wide ? [2 * LEFT + GAP + first * scale, TOP] : [LEFT, 2 * TOP + 14 + first * scale];
  const height = wide ? TOP + Math.max(first, second) * scale + 10 : y + second * scale + 10;
  return { wide, scale, x, y, height };
}

const title = (/** @type {number} */ x, /** @type {number} */ y, /** @type {string} */ name, /** @type {string} */ text) =>
  svg("text", { x: f(x), y: f(y - 26), class: "rn-left" }, svg("tspan", { class: "rn-strong" }, name), ` ${text}`);

const titles = (/** @type {any} */ { input_size: n, padding: p }, /** @type {any} */ { size }) => [
  shape_text([n, n]) + (p ? fill(words.padding, { p }) : ""),
  shape_text([size, size]),
];

/** Cells as one path: a square at each [column, row], smaller by `inset` on all sides. */
const squares = (/** @type {number[][]} */ places, /** @type {number} */ cell, inset = 0) =>
  places.map(([x, y]) => `M${f(x * cell + inset)} ${f(y * cell + inset)}h${f(cell - 2 * inset)}v${f(cell - 2 * inset)}h${f(2 * inset - cell)}z`).join("");

/** Ellipses as one path: dots, or the digit zero. */
const ovals = (/** @type {number[][]} */ places, /** @type {number} */ cell, /** @type {number} */ rx, /** @type {number} */ ry) =>
  places.map(([x, y]) => `M${f((x + 0.5) * cell - rx)} ${f((y + 0.5) * cell)}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0z`).join("");

const crosses = (/** @type {number[][]} */ places, /** @type {number} */ cell, /** @type {number} */ arm) =>
  places.map(([x, y]) => `M${f((x + 0.5) * cell - arm)} ${f((y + 0.5) * cell - arm)}l${2 * arm} ${2 * arm}m0 ${-2 * arm}l${-2 * arm} ${2 * arm}`).join("");

const f = (/** @type {number} */ n) => n.toFixed(1);

/** All lines of a grid; at an edge where the map goes on, they stand out over it. */
function lines(/** @type {number} */ total, /** @type {[number, number]} */ across, /** @type {[number, number]} */ down, /** @type {number} */ cell) {
  const open = (/** @type {[number, number]} */ [from, to]) => [from > 0 ? -7 : 0, (to - from) * cell + (to < total ? 7 : 0)];
  const [x0, x1] = open(across);
  const [y0, y1] = open(down);
  let path = "";
  for (let i = 0; i <= across[1] - across[0]; i++) path += `M${f(i * cell)} ${f(y0)}V${f(y1)}`;
  for (let i = 0; i <= down[1] - down[0]; i++) path += `M${f(x0)} ${f(i * cell)}H${f(x1)}`;
  return svg("path", { class: "rn-lines", d: path });
}

/** The numbers of the lines and columns, counted from `zero`, as many as can be read. */
function ticks(/** @type {[number, number]} */ across, /** @type {[number, number]} */ down, /** @type {number} */ cell, /** @type {number} */ zero) {
  const digits = String(Math.max(across[1], down[1])).length;
  const every = [1, 2, 5, 10].find((step) => step * cell >= digits * 7 + 8) ?? 10;
  const text = (/** @type {number} */ i, props) => (i - zero) % every === 0 && svg("text", { class: "rn-small", ...props }, signed(i - zero));
  const range = (/** @type {[number, number]} */ [from, to]) => Array.from({ length: to - from }, (_, i) => from + i);
  return [
    range(across).map((i) => text(i, { x: f((i - across[0] + 0.5) * cell), y: -9, "text-anchor": "middle" })),
    range(down).map((i) => text(i, { x: -9, y: f((i - down[0] + 0.5) * cell + 4), "text-anchor": "end" })),
  ].flat();
}

/** The lines from the window to the output cell that it becomes. */
function beams(/** @type {boolean} */ wide, /** @type {number[]} */ [x, y, w, t], /** @type {number[]} */ [u, v, q]) {
  const path = wide ? `M${f(x + w)} ${f(y)}L${f(u)} ${f(v)}M${f(x + w)} ${f(y + t)}L${f(u)} ${f(v + q)}` : `M${f(x)} ${f(y + t)}L${f(u)} ${f(v)}M${f(x + w)} ${f(y + t)}L${f(u + q)} ${f(v)}`;
  return svg("path", { class: "rn-beam", d: path });
}

function drawn(/** @type {any} */ state, /** @type {any} */ result, /** @type {number} */ width, /** @type {any} */ set) {
  const { input_size: n, padding: p, dilation: d, kernel_size: k, row, column } = state;
  const total = n + 2 * p;
  const { size, window, counts, rows, columns } = result;
  const [top, left] = [rows.first + p, columns.first + p];
  const across = part(total, left, window);
  const down = part(total, top, window);
  const out_across = part(size, column, 1);
  const out_down = part(size, row, 1);
  const at = layout(width, across[1] - across[0], out_across[1] - out_across[0], 30);
  const cell = at.scale;
  const [pads, unseen, seen_pixels, seen_pads] = [[], [], [], []].map((list) => /** @type {number[][]} */ (list));
  const tap = (/** @type {number} */ i, /** @type {number} */ start) => i >= start && i < start + window && (i - start) % d === 0;
  const inside = (/** @type {number} */ i) => i >= p && i < p + n;
  for (let y = down[0]; y < down[1]; y++) {
    for (let x = across[0]; x < across[1]; x++) {
      const real = inside(x) && inside(y);
      const place = [x - across[0], y - down[0]];
      if (tap(x, left) && tap(y, top)) (real ? seen_pixels : seen_pads).push(place);
      else if (!real) pads.push(place);
      else if (!counts[x] || !counts[y]) unseen.push(place);
    }
  }
  const clip = (/** @type {[number, number]} */ [from, to]) => {
    const start = Math.min(to, Math.max(from, p)) - from;
    return [start * cell, Math.max(0, Math.min(to, p + n) - from - start) * cell];
  };
  const [ix, iw] = clip(across);
  const [iy, ih] = clip(down);
  const box = [(left - across[0]) * cell, (top - down[0]) * cell, window * cell, window * cell];
  const oval = [Math.max(1.6, cell * 0.13), Math.max(2.4, cell * 0.2)];
  const arm = Math.max(2, cell * 0.16);
  const [head, out_head] = titles(state, result);
  const input = svg(
    "g",
    { transform: `translate(${LEFT} ${TOP})` },
    svg("rect", { class: "rn-pixels", x: f(ix), y: f(iy), width: f(iw), height: f(ih) }),
    lines(total, across, down, cell),
    ticks(across, down, cell, p),
    svg("path", { class: "rn-zero", d: ovals(pads, cell, oval[0], oval[1]) }),
    svg("path", { class: "rn-unseen", d: crosses(unseen, cell, arm) }),
    svg("path", { class: "rn-seen", d: squares([...seen_pixels, ...seen_pads], cell, 1) }),
    svg("path", { class: "rn-seen-dot", d: ovals(seen_pixels, cell, Math.max(2.2, cell * 0.17), Math.max(2.2, cell * 0.17)) }),
    svg("path", { class: "rn-zero rn-seen-zero", d: ovals(seen_pads, cell, oval[0], oval[1]) }),
    k > 1 && svg("rect", { class: "rn-window", x: f(box[0]), y: f(box[1]), width: f(box[2]), height: f(box[3]) }),
  );
  const mark = [[column - out_across[0], row - out_down[0]]];
  const [ow, oh] = [(out_across[1] - out_across[0]) * cell, (out_down[1] - out_down[0]) * cell];
  const hit = (/** @type {any} */ event) => {
    const where = event.currentTarget.getBoundingClientRect();
    const pick = (/** @type {number} */ place, /** @type {[number, number]} */ [from, to]) => Math.min(to - 1, from + Math.floor(Math.max(0, place) * (to - from)));
    set({ column: pick((event.clientX - where.left) / where.width, out_across), row: pick((event.clientY - where.top) / where.height, out_down) });
  };
  const output = svg(
    "g",
    { transform: `translate(${f(at.x)} ${f(at.y)})` },
    svg("rect", { class: "rn-outputs", x: 0, y: 0, width: f(ow), height: f(oh) }),
    lines(size, out_across, out_down, cell),
    ticks(out_across, out_down, cell, 0),
    svg("path", { class: "rn-seen", d: squares(mark, cell, 1) }),
    svg("path", { class: "rn-seen-dot", d: ovals(mark, cell, Math.max(2.2, cell * 0.17), Math.max(2.2, cell * 0.17)) }),
    svg("rect", { class: "rn-hit", x: 0, y: 0, width: f(ow), height: f(oh), onclick: hit }),
  );
  const cut = [];
  if (total > CELLS) cut.push(fill(words.input_cut, { rows: span(down, p), columns: span(across, p), all: thousands(n) }));
  if (size > CELLS) cut.push(fill(words.output_cut, { rows: span(out_down, 0), columns: span(out_across, 0), all: thousands(size) }));
  const legend = [words.legend.seen, p ? words.legend.padding : "", result.never ? words.legend.never : ""].filter(Boolean).join("; ");
  return {
    nodes: [
      title(LEFT, TOP, words.input, head),
      title(at.x, at.y, words.output, out_head),
      input,
      output,
      beams(at.wide, [LEFT + box[0], TOP + box[1], box[2], box[3]], [at.x + mark[0][0] * cell, at.y + mark[0][1] * cell, cell]),
    ],
    height: Math.ceil(at.height),
    says: fill(words.drawn, { legend, cut: cut.length ? fill(words.cut, { parts: cut.join("; ") }) : "" }),
  };
}

const span = (/** @type {[number, number]} */ [from, to], /** @type {number} */ zero) => fill(words.to, { first: signed(from - zero), last: signed(to - 1 - zero) });

/** Squares to scale, without cells: for a window that is too large to be drawn cell by cell. */
function schematic(/** @type {any} */ state, /** @type {any} */ result, /** @type {number} */ width, /** @type {any} */ set) {
  const { input_size: n, padding: p, row, column } = state;
  const total = n + 2 * p;
  const { size, window, rows, columns } = result;
  const at = layout(width, total, size, 300 / total);
  const side = (/** @type {number} */ cells, least = 3) => Math.max(least, cells * at.scale);
  const box = [(columns.first + p) * at.scale, (rows.first + p) * at.scale, side(window), side(window)];
  const spot = [at.x + column * at.scale, at.y + row * at.scale, side(1, 5)];
  const rect = (/** @type {string} */ kind, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ wide, more = {}) =>
    svg("rect", { class: kind, x: f(x), y: f(y), width: f(wide), height: f(wide), ...more });
  const hit = (/** @type {any} */ event) => {
    const where = event.currentTarget.getBoundingClientRect();
    const pick = (/** @type {number} */ place) => Math.min(size - 1, Math.floor(Math.max(0, place) * size));
    set({ column: pick((event.clientX - where.left) / where.width), row: pick((event.clientY - where.top) / where.height) });
  };
  const [head, out_head] = titles(state, result);
  return {
    nodes: [
      title(LEFT, TOP, words.input, head),
      title(at.x, at.y, words.output, out_head),
      rect("rn-frame", LEFT, TOP, side(total)),
      rect("rn-pixels rn-edged", LEFT + p * at.scale, TOP + p * at.scale, side(n)),
      rect("rn-seen", LEFT + box[0], TOP + box[1], box[2]),
      rect("rn-outputs rn-edged", at.x, at.y, side(size)),
      rect("rn-seen", spot[0], spot[1], spot[2]),
      rect("rn-hit", at.x, at.y, side(size, 12), { onclick: hit }),
      beams(at.wide, [LEFT + box[0], TOP + box[1], box[2], box[3]], spot),
    ],
    height: Math.ceil(Math.max(at.height, at.y + 20)),
    says: fill(words.schematic, { window: shape_text([window, window]), frame: p ? words.frame : "" }),
  };
}
