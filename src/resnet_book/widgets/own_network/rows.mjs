// What the trace's rows are shown as: a tree of modules, a cost for every line of the code, tensors on their way.

import { fill } from "../shared/words.mjs";
import words from "./words.json";

/** @typedef {{ name: string, op: string, input_shape: number[], output_shape: number[], params: number, macs: number, activations: number, receptive_field: number[] | null, stride: number[] | null, line: number | null, made: number | null }} Row */

/** The rows summed by the first `depth` parts of their names, neighbours only; each with the rows in it. */
export function groups(/** @type {Row[]} */ rows, /** @type {number} */ depth) {
  /** @type {(Row & { inside: Row[] | null })[]} */
  const out = [];
  for (const row of rows) {
    const parts = row.name.split(".");
    const name = parts.slice(0, depth).join(".");
    const last = out[out.length - 1];
    if (parts.length <= depth) out.push({ ...row, inside: null });
    else if (last?.inside && last.name === name) {
      last.inside.push(row);
      for (const key of /** @type {const} */ (["params", "macs", "activations"])) last[key] += row[key];
      for (const key of ["output_shape", "receptive_field", "stride"]) last[key] = row[key];
    } else out.push({ ...row, name, op: "group", inside: [row] });
  }
  return out;
}

/** The visible lines of the table: modules, and inside what is open their parts, down to the operations. */
export function lines(/** @type {Row[]} */ rows, /** @type {Set<string>} */ open, level = 0) {
  const out = [];
  for (const group of groups(rows, level + 1)) {
    const { inside, ...row } = group;
    out.push({ row, level, open: inside ? open.has(row.name) : null });
    if (inside && open.has(row.name)) out.push(...lines(inside, open, level + 1));
  }
  return out;
}

/** What every line of the code costs: line -> { params, macs, activations, count, output_shape of its last operation }. */
export function by_line(/** @type {Row[]} */ rows) {
  const found = new Map();
  for (const row of rows) {
    const line = row.made ?? row.line;
    if (!line) continue;
    const sum = found.get(line) ?? { line, params: 0, macs: 0, activations: 0, count: 0, output_shape: row.output_shape };
    for (const key of /** @type {const} */ (["params", "macs", "activations"])) sum[key] += row[key];
    sum.count += 1;
    sum.output_shape = row.output_shape;
    found.set(line, sum);
  }
  return [...found.values()].sort((a, b) => a.line - b.line);
}

/** Tensors of any rank as a box to draw: (channels, height, width), or a vector. */
function box(/** @type {number[]} */ shape) {
  if (shape.length < 2) return shape.length ? shape : [1];
  if (shape.length === 2) return [shape[0], 1, shape[1]];
  return [shape[0], ...shape.slice(-2)];
}

const JOINS = new Set(["add", "cat"]);

/** The tensors worth a slab: the input, and the modules that change the shape or in which two ways meet; at most `most`. */
export function stations(/** @type {any} */ trace, /** @type {number} */ most) {
  let parts = groups(trace.rows, 1);
  for (let depth = 2; parts.length < 4 && parts.some((part) => part.inside); depth++) {
    parts = parts.flatMap((part) => (part.inside ? groups(part.inside, depth) : [part]));
  }
  const wrong = trace.errors.map((/** @type {any} */ error) => error.where);
  const found = [];
  let before = "";
  parts.forEach((part, index) => {
    const count = (part.inside ?? [part]).filter((row) => JOINS.has(row.op)).length;
    const broken = wrong.some((/** @type {string} */ where) => where === part.name || where.startsWith(`${part.name}.`));
    const shape = part.output_shape;
    const changes = shape.join() !== before;
    before = shape.join();
    if (changes || count || broken || index === parts.length - 1) {
      const label = broken ? words.unmet : fill(count > 1 ? words.many_joins : words.one_join, { count });
      found.push({ name: part.name, shape, box: box(shape), count: count || Number(broken), label, broken, weight: part.macs });
    }
  });
  while (found.length > most) {
    const spare = found.slice(0, -1).filter((station) => !station.broken);
    if (!spare.length) break;
    const least = spare.reduce((a, b) => (b.weight < a.weight ? b : a));
    found.splice(found.indexOf(least), 1);
  }
  const input = trace.inputs[0] ?? [];
  return [{ name: words.input, shape: input, box: box(input), count: 0, label: "", broken: false }, ...found];
}

/** A shape as check tells it: a list of integers, or lists and dictionaries of them. */
export function answer_text(/** @type {any} */ shape) {
  if (shape === null || shape === undefined) return words.none;
  if (!Array.isArray(shape)) return Object.entries(shape).map(([key, value]) => `${key}: ${answer_text(value)}`).join(", ");
  if (shape.every((n) => typeof n === "number")) return shape.length ? shape.join(" × ") : words.a_number;
  return shape.map(answer_text).join(words.and);
}

/** A text after a change: [line, number of lines that go, lines that come], the lowest line first. */
export function changed(/** @type {string} */ text, /** @type {[number, number, string[]][]} */ edits) {
  const out = text.split("\n");
  for (const [line, gone, come] of [...edits].reverse()) out.splice(line - 1, gone, ...come);
  return out.join("\n");
}
