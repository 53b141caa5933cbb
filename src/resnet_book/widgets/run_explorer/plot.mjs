// The curves as a line chart: where everything stands, then the picture.

import { svg } from "../shared/dom.mjs";
import { thousands } from "../shared/format.mjs";
import { curve_name, last_epoch, written } from "./data.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const LINE = 14; // from one line of a label to the next
const TOP = 30;
const BOTTOM = 40;
const REACH = 60; // of the pointer
const LOOKS = 6; // colors, dashes and marks
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "12 4", "5 2 1 2 1 2"];

// ---------------------------------------------------------------- ticks

/** Round numbers from `low` to `high`, about `most` of them: a multiple of 1, 2 or 5 times a power of ten apart. */
export function ticks(/** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ most, least = 0) {
  const raw = Math.max((high - low) / most, least);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Number(([1, 2, 5, 10].find((m) => m * power >= raw * (1 - 1e-9)) * power).toPrecision(6));
  const from = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - from + 1;
  return { step, values: Array.from({ length: count }, (_, i) => Number(((from + i) * step).toPrecision(12))) };
}

/** Numbers of one axis as text, all with the same number of decimals. */
export function tick_texts(/** @type {number[]} */ values, /** @type {number} */ step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return values.map((value) => (digits ? value.toFixed(digits) : thousands(value)));
}

/** The range of a vertical axis: round, from zero for what is counted from there; powers of ten for losses far apart. */
export function vertical(/** @type {number[]} */ values, /** @type {string} */ curve) {
  const share = curve.endsWith("accuracy");
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (curve.endsWith("loss") && least > 0 && most > 30 * least) {
    const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
    const powers = Array.from({ length: to - from + 1 }, (_, i) => Number(`1e${from + i}`));
    return { log: true, scale: 1, low: powers[0], high: powers[to - from], values: powers, texts: powers.map((power) => (power < 1 ? String(power) : thousands(power))) };
  }
  let [low, high, scale] = share ? [100 * least, 100 * most, 100] : [0, most || 1, 1];
  if (low === high) [low, high] = [Math.max(0, low - 1), Math.min(100, high + 1)];
  const { step } = ticks(low, high, 5);
  const round = (/** @type {number} */ steps) => Number((steps * step).toPrecision(12));
  low = round(Math.floor(low / step + 1e-9));
  high = round(Math.ceil(high / step - 1e-9));
  const shown = ticks(low, high, Math.round((high - low) / step)).values;
  return { log: false, scale, low, high, values: shown, texts: tick_texts(shown, step) };
}

/** The range of a horizontal axis, from zero; wall time in the unit that fits. */
export function horizontal(/** @type {number} */ most, /** @type {string} */ axis, /** @type {number} */ count) {
  const [unit, scale] = axis !== "seconds" ? ["", 1] : most <= 180 ? ["seconds", 1] : most <= 3 * 3600 ? ["minutes", 60] : ["hours", 3600];
  const high = most / scale || 1;
  const { step, values } = ticks(0, high, count, axis === "seconds" ? 0 : 1);
  return { high: high * scale, values: values.map((value) => value * scale), texts: tick_texts(values, step), title: unit ? fill(words.time_in, { unit }) : axis };
}

// ---------------------------------------------------------------- labels

/** Words at the line ends: of the chosen one, of the others of its group, and of each other group. */
export function end_labels(/** @type {any} */ { chosen, curve, groups, lines, runs }) {
  const labels = /** @type {any[]} */ ([]);
  const shared = groups.every((/** @type {any} */ { name, parts }) => name === groups[0].name && parts.length);
  for (const { name, parts, members } of groups) {
    const titles = shared ? parts : [name, ...parts]; // a recipe that all have tells none from another
    const drawn = members.filter((/** @type {number} */ i) => lines[i].drawn.length);
    const strong = drawn.filter((/** @type {number} */ i) => i === chosen);
    const others = drawn.filter((/** @type {number} */ i) => i !== chosen);
    if (strong.length) {
      const { rows, seed } = runs[chosen];
      labels.push({ members: strong, strong: true, texts: [...titles, `seed ${seed}: ${written(curve, rows[curve]?.[last_epoch(runs[chosen]) - 1])}`] });
    }
    const seeds = [...new Set(others.map((/** @type {number} */ i) => runs[i].seed))];
    const said = seeds.length > 3 ? `${seeds.length} seeds` : `${seeds.length > 1 ? "seeds" : "seed"} ${seeds.join(", ")}`;
    if (others.length) labels.push({ members: others, strong: false, texts: [...titles, ...(drawn.length > 1 ? [said] : [])] });
  }
  return labels;
}

/** Move labels { x, y, width, height } up or down: off each other in the order of their lines' ends, then off the points [x, y], and not far. */
export function settle(/** @type {any[]} */ labels, /** @type {number[][]} */ points, /** @type {number} */ top, /** @type {number} */ bottom) {
  labels.sort((a, b) => a.y - b.y);
  labels.forEach((label, place) => {
    const { x, width, height } = label;
    const right = x + width;
    const near = points.filter(([a]) => a >= x && a <= right);
    const beside = labels.slice(0, place).filter((other) => x < other.x + other.width && other.x < right);
    const from = Math.max(top, ...beside.map((other) => other.y + other.height));
    const below = labels.slice(place + 1).reduce((sum, other) => sum + other.height, 0); // room for those that come
    let best = { cost: Infinity, y: from };
    for (let y = from; y <= bottom - below - height; y += 2) {
      const crossed = near.filter((point) => point[1] > y && point[1] < y + height).length;
      const cost = 20 * crossed + Math.abs(y - label.y);
      if (cost < best.cost) best = { cost, y };
    }
    label.y = best.y;
  });
  return labels;
}

// ---------------------------------------------------------------- where everything stands

const f = (/** @type {number} */ n) => Number(n.toFixed(1));
const path = (/** @type {number[][]} */ points) => points.map(([x, y], i) => `${i ? "L" : "M"}${f(x)} ${f(y)}`).join("");

/** Everything in points, for a width and a way to measure text: no elements yet. Null where nothing was recorded. */
export function layout(/** @type {any} */ result, /** @type {number} */ width, /** @type {(text: string) => number} */ measure) {
  const { axis, chosen, curve, groups, lines, runs } = result;
  const wide = (/** @type {string[]} */ texts) => Math.max(...texts.map(measure));
  const training = curve.startsWith("train");
  const all = lines.flatMap((/** @type {any} */ { drawn, epochs, steps }) => [...drawn, ...epochs, ...(training ? steps : [])]);
  if (!all.length) return null;
  const y_axis = vertical(all.map((/** @type {number[]} */ point) => point[1]), curve);
  const left = 10 + wide(y_axis.texts);
  const most = Math.max(...all.map((/** @type {number[]} */ point) => point[0]));
  const last = (/** @type {any} */ label) => label.members.map((/** @type {number} */ i) => lines[i].drawn[lines[i].drawn.length - 1]);

  const labels = end_labels(result);
  for (const label of labels) Object.assign(label, { width: wide(label.texts) * (label.strong ? 1.15 : 1) + 2, height: LINE * label.texts.length + 3 });
  // the plot is as wide as the labels at the line ends let it be
  const room = width - left - 13;
  const fit = labels.map((label) => ((room - label.width) * most) / Math.max(...last(label).map((/** @type {number[]} */ end) => end[0])));
  const plot_width = Math.max(0.4 * room, Math.min(room, ...fit));
  const plot_height = Math.max(width < 480 ? 210 : 260, 1.6 * labels.reduce((sum, label) => sum + label.height, 0));

  const x_axis = horizontal(most, axis, Math.max(3, Math.floor(plot_width / 60)));
  const flat = y_axis.log ? Math.log : (/** @type {number} */ value) => value;
  const [low, high] = [flat(y_axis.low), flat(y_axis.high)];
  const x = (/** @type {number} */ value) => left + (plot_width * value) / x_axis.high;
  const y = (/** @type {number} */ value) => TOP + (plot_height * (high - flat(value))) / (high - low);
  const place = (/** @type {number[][]} */ points) => points.map(([a, b, epoch]) => [x(a), y(b * y_axis.scale), epoch]);

  const placed = lines.map((/** @type {any} */ { drawn, epochs, steps }, /** @type {number} */ index) => ({
    index,
    group: groups.findIndex((/** @type {any} */ { members }) => members.includes(index)),
    strong: index === chosen,
    points: place(drawn),
    marks: place(epochs),
    marked: index === chosen || curve !== "lr",
    behind: index === chosen && training ? place(steps) : [],
  }));
  for (const label of labels) {
    const ends = place(last(label));
    label.point = [Math.max(...ends.map((end) => end[0])), ends.reduce((sum, end) => sum + end[1], 0) / ends.length];
    label.x = Math.min(label.point[0] + 11, width - label.width);
    label.y = label.point[1] - LINE / 2;
  }
  const covered = placed.flatMap(({ points }) => {
    const between = points.length > 30 ? [0] : [0, 0.25, 0.5, 0.75, 1];
    return points.slice(1).flatMap(([a, b], i) => between.map((part) => [a + (points[i][0] - a) * part, b + (points[i][1] - b) * part]));
  });
  settle(labels, covered, TOP - LINE, TOP + plot_height - 2);
  const at = (/** @type {any} */ { values, texts }, /** @type {(value: number) => number} */ to) => values.map((/** @type {number} */ value, /** @type {number} */ i) => ({ at: to(value), text: texts[i] }));
  const unit = y_axis.log ? words.logarithmic : y_axis.scale === 100 ? " (%)" : "";
  return {
    width, height: TOP + plot_height + BOTTOM, left, top: TOP, plot_width, plot_height, labels,
    lines: [...placed.filter(({ strong }) => !strong), placed[chosen]],
    x_ticks: at(x_axis, x),
    y_ticks: at(y_axis, y),
    title_x: x_axis.title,
    title_y: curve_name(curve, runs) + unit,
  };
}

/** The mark that is nearest to a place, and not far from it: { index, epoch, x, y }, or null. */
export function nearest(/** @type {any} */ plan, /** @type {number} */ x, /** @type {number} */ y) {
  let best = /** @type {any} */ (null);
  let least = REACH;
  for (const { index, marks } of plan.lines) {
    for (const [a, b, epoch] of marks) {
      const far = Math.hypot(a - x, b - y);
      if (far <= least) [least, best] = [far, { index, epoch, x: a, y: b }];
    }
  }
  return best;
}

// ---------------------------------------------------------------- the picture

/** The mark of a group around a place: circle, square, triangle, diamond, triangle on its head, cross. */
function mark(/** @type {number} */ group, /** @type {number[]} */ [x, y], /** @type {number} */ r) {
  const at = `M${f(x)} ${f(y)}`;
  const d = 0.9 * r;
  return [
    `${at}m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
    `${at}m${-d} ${-d}h${2 * d}v${2 * d}h${-2 * d}z`,
    `${at}m0 ${-1.2 * r}l${1.2 * r} ${2 * r}h${-2.4 * r}z`,
    `${at}m0 ${-1.3 * r}l${1.3 * r} ${1.3 * r}l${-1.3 * r} ${1.3 * r}l${-1.3 * r} ${-1.3 * r}z`,
    `${at}m0 ${1.2 * r}l${1.2 * r} ${-2 * r}h${-2.4 * r}z`,
    `${at}m${-d} ${-d}l${2 * d} ${2 * d}m0 ${-2 * d}l${-2 * d} ${2 * d}`,
  ][group % LOOKS];
}

/** The picture of a plan, and the empty group that a cursor goes into. */
export function draw(/** @type {any} */ plan, /** @type {string} */ label) {
  const { width, height, left, top, plot_width, plot_height } = plan;
  const bottom = top + plot_height;
  const nodes = [svg("text", { x: 0, y: 13, class: "rn-left" }, plan.title_y)];
  for (const { at, text } of plan.y_ticks) {
    nodes.push(svg("path", { class: "rn-grid", d: `M${f(left)} ${f(at)}h${f(plot_width)}` }));
    nodes.push(svg("text", { x: f(left - 6), y: f(at + 4), class: "rn-end rn-small" }, text));
  }
  for (const { at, text } of plan.x_ticks) {
    nodes.push(svg("path", { class: "rn-flow", d: `M${f(at)} ${bottom}v4` }));
    nodes.push(svg("text", { x: f(at), y: bottom + 17, class: "rn-middle rn-small" }, text));
  }
  nodes.push(svg("path", { class: "rn-flow", d: `M${f(left)} ${bottom}h${f(plot_width)}` }));
  nodes.push(svg("text", { x: f(left + plot_width / 2), y: bottom + 34, class: "rn-middle" }, plan.title_x));
  for (const { group, strong, points, marks, marked, behind } of plan.lines) {
    const dash = DASHES[(group + Math.floor(group / LOOKS)) % LOOKS];
    const shape = `rn-look-${group % LOOKS}`;
    if (behind.length) nodes.push(svg("path", { class: `rn-line rn-steps ${shape}`, d: path(behind) }));
    nodes.push(svg("path", { class: `rn-line ${strong ? "rn-chosen" : ""} ${shape}`, d: path(points), "stroke-dasharray": dash || null }));
    const dots = marked ? marks.map((/** @type {number[]} */ at) => mark(group, at, strong ? 4 : 2.5)).join("") : "";
    nodes.push(svg("path", { class: `rn-marks ${strong ? "rn-chosen" : ""} ${shape}`, d: dots }));
  }
  for (const { x, y, point, texts, strong, height: high } of plan.labels) {
    const middle = y + (high - 3) / 2;
    if (Math.abs(middle - point[1]) > high / 2) nodes.push(svg("path", { class: "rn-leader", d: `M${f(point[0] + 5)} ${f(point[1])}L${f(x - 2)} ${f(middle)}` }));
    texts.forEach((/** @type {string} */ text, /** @type {number} */ i) => {
      const kind = `rn-left rn-halo ${i ? "rn-small" : ""} ${strong ? "rn-strong" : ""}`;
      nodes.push(svg("text", { x: f(x), y: f(y + LINE * (i + 1) - 3), class: kind }, text));
    });
  }
  const cursor = svg("g", { class: "rn-cursor" });
  const size = { width, height, viewBox: `0 0 ${width} ${height}` };
  return { picture: svg("svg", { class: "rn-picture", ...size, role: "img", "aria-label": label }, nodes, cursor), cursor };
}

/** A cursor on a mark: a line down to the axis, and a ring. */
export function cursor_nodes(/** @type {any} */ plan, /** @type {any} */ { x, y }) {
  return [
    svg("path", { class: "rn-guide", d: `M${f(x)} ${plan.top}V${f(y - 7)}M${f(x)} ${f(y + 7)}V${plan.top + plan.plot_height}` }),
    svg("circle", { class: "rn-ring", cx: f(x), cy: f(y), r: 7 }),
  ];
}
