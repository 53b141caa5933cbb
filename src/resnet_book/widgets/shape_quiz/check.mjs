// Reading an answer, and telling from a wrong one which mistake it probably was.

import { ShapeError } from "../shared/errors.mjs";
import { shape_text, thousands } from "../shared/format.mjs";
import { plain, ungrouped } from "../shared/numbers.mjs";
import { describe } from "../shared/rules.mjs";
import { trace_layers } from "../shared/trace.mjs";
import { text_of, truth } from "./questions.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

/** @typedef {import("./questions.mjs").Question} Question */

function whole(/** @type {string} */ text) {
  const digits = ungrouped(text);
  if (!/^(0|[1-9]\d*)$/.test(digits)) return null;
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : null;
}

/** The numbers in an answer; throws `ShapeError` that says which form is wanted. @returns {number[]} */
export function read(/** @type {Question} */ { form }, /** @type {string} */ text) {
  const bare = plain(text).replace(/^torch\.Size\s*\((.*)\)$/i, "$1").replace(/^[([{]\s*(.*?)\s*,?\s*[)\]}]$/, "$1").trim().replace(/^[([]\s*(.*?)\s*,?\s*[)\]]$/, "$1");
  const refuse = (/** @type {string} */ got) => {
    const [expected, fix] =
      form === "shape"
        ? [words.wanted.shape, words.wanted.shape_fix]
        : [words.wanted.number, words.wanted.number_fix];
    return new ShapeError(words.answer, got, expected, fix);
  };
  if (!bare) throw refuse(words.nothing);
  if (form === "number") {
    const value = whole(bare);
    if (value === null) throw refuse(describe(text.trim()));
    return [value];
  }
  const crossed = /[xх×✕*]/i.test(bare); // the second is Cyrillic
  const parts = bare.split(crossed ? /\s*[xх×✕*]\s*/i : /\s*[,;،、]\s*|\s+/);
  const values = parts.map((part) => whole(part.trim()));
  if (values.includes(null) || values.length < 2 || values.length > 5) throw refuse(values.length === 1 && values[0] !== null ? fill(words.one_number, { value: values[0] }) : describe(text.trim()));
  if (values.length === 2) throw refuse(fill(words.two_numbers, { values: values.join(" and ") }));
  return /** @type {number[]} */ (values);
}

// ---------------------------------------------------------------- well-known mistakes

/** The height and width after all windows, by a formula of a mistaken kind. */
function sizes(/** @type {Question} */ { layers, input }, /** @type {(n: number, k: number, s: number, p: number, d: number) => number} */ rule) {
  return [input[1], input[2]].map((size) =>
    layers.reduce((n, { kernel_size: k, stride: s = 1, padding: p = 0, dilation: d = 1 }) => rule(n, k, s, p, d), size),
  );
}

/** @type {[string, (n: number, k: number, s: number, p: number, d: number) => number][]} */
const WRONG_SIZES = [
  [words.sizes.no_padding, (n, k, s, _, d) => Math.floor((n - d * (k - 1) - 1) / s) + 1],
  [words.sizes.padding_once, (n, k, s, p, d) => Math.floor((n + p - d * (k - 1) - 1) / s) + 1],
  [words.sizes.no_stride, (n, k, _, p, d) => n + 2 * p - d * (k - 1)],
  [words.sizes.no_dilation, (n, k, s, p) => Math.floor((n + 2 * p - k) / s) + 1],
  [words.sizes.no_one, (n, k, s, p, d) => Math.floor((n + 2 * p - d * (k - 1) - 1) / s)],
  [words.sizes.rounded_up, (n, k, s, p, d) => Math.ceil((n + 2 * p - d * (k - 1) - 1) / s) + 1],
  [words.sizes.whole_kernel, (n, k, s, p, d) => Math.floor((n + 2 * p - d * k) / s)],
  [words.sizes.stride_alone, (n, _, s) => Math.floor(n / s)],
  [words.sizes.stride_alone, (n, _, s) => Math.ceil(n / s)],
  [words.sizes.unchanged, (n) => n],
];

/** Wrong answers with a name, and what to say to each. @returns {[number[], string][]} */
function mistakes(/** @type {Question} */ question) {
  const right = /** @type {any} */ (truth(question));
  return question.form === "shape" ? shape_mistakes(question, right) : number_mistakes(question, right);
}

function shape_mistakes(/** @type {Question} */ question, /** @type {number[]} */ [c, h, w]) {
  const { input, layers, block } = question;
  /** @type {[number[], string][]} */
  const out = [];
  out.push([[h, w, c], words.shapes.channels_last]);
  out.push([[c, w, h], words.shapes.width_first]);
  for (const [hint, rule] of WRONG_SIZES) out.push([[c, ...sizes(question, rule)], fill(words.shapes.channels_right, { hint })]);
  if (block) {
    const { kind, in_channels, out_channels, stride } = block;
    const strided = (/** @type {number[]} */ sides) => sides.map((n) => Math.ceil(n / stride));
    out.push([[c, ...strided(input.slice(1))], words.shapes.which_strides]);
    out.push([[c, ...strided([h, w])], words.shapes.one_strides]);
    if (kind === "bottleneck") {
      out.push([[out_channels, h, w], words.shapes.a_quarter]);
      out.push([[in_channels / 4, h, w], words.shapes.of_its_output]);
      out.push([[out_channels / 4, h, w], words.shapes.taken_up]);
    }
  }
  const convolution = layers.some(({ op }) => op === "conv2d");
  out.push([[input[0], h, w], convolution ? words.shapes.filters : ""]);
  if (layers.length > 1) out.push([trace_layers(layers.slice(0, 1), input).output_shape, words.shapes.after_the_first]);
  return out.filter(([, hint]) => hint);
}

function number_mistakes(/** @type {Question} */ question, /** @type {number} */ right) {
  const { input, layers, ask, at } = question;
  const found = trace_layers(layers, input);
  const rows = found.rows.map((row, i) => ({ ...row, layer: layers[i] }));
  const chosen = ask === "params" && at !== undefined ? [rows[Number(at)]] : rows;
  /** @type {[number, string][]} */
  const out = [];
  const sum = (/** @type {(row: any) => number} */ part) => chosen.reduce((total, row) => total + part(row), 0);
  if (ask === "activations") {
    out.push([input.reduce((a, b) => a * b), words.counts.not_pooled]);
    out.push([input[1] * input[2], words.counts.pixels]);
  }
  if (ask === "receptive_field") {
    const kernels = layers.map(({ kernel_size: k }) => k);
    const jumps = layers.map(({ stride }) => stride);
    const wrong_order = layers.reduce(([field, jump], { kernel_size: k, stride }) => [field + (k - 1) * jump * stride, jump * stride], [1, 1])[0];
    out.push([1 + kernels.reduce((a, k) => a + k - 1, 0), words.counts.strides_before]);
    out.push([kernels.reduce((a, k) => a + k, 0), words.counts.kernels_added]);
    out.push([kernels.reduce((a, k) => a * k, 1), words.counts.kernels_multiplied]);
    out.push([right - 1, words.counts.from_one]);
    out.push([wrong_order, words.counts.own_stride]);
    out.push([right * right, words.counts.one_side]);
    out.push([jumps.reduce((a, s) => a * s, 1), words.counts.whole_stride]);
  }
  if (ask === "params" || ask === "macs") {
    const pixels = (/** @type {any} */ row) => (ask === "macs" ? row.output_shape[1] * row.output_shape[2] : 1);
    const plain = (/** @type {any} */ row) => row.params - (row.layer.bias ? row.output_shape[0] : 0);
    const wide = (/** @type {any} */ row) => plain(row) * pixels(row);
    if (layers.length > 1) for (const [i, row] of rows.entries()) out.push([row[ask], fill(words.counts.alone, { number: i + 1 })]);
    if (at !== undefined) out.push([found[ask], words.counts.whole_block]);
    const area = (/** @type {any} */ row) => row.layer.kernel_size ** 2;
    out.push([sum(wide), words.counts.no_bias]);
    out.push([sum((row) => wide(row) + row.output_shape[0] * pixels(row)), words.counts.bias_counted]);
    if (layers.length === 1 && layers[0].bias) out.push([sum((row) => plain(row) + row.input_shape[0]), words.counts.bias_by_input]);
    out.push([sum((row) => wide(row) / area(row)), words.counts.no_kernel]);
    out.push([sum((row) => (wide(row) / area(row)) * row.layer.kernel_size), words.counts.kernel_once]);
    out.push([sum((row) => wide(row) * (row.layer.groups ?? 1)), words.counts.groups]);
    out.push([sum((row) => wide(row) / (row.layer.groups ?? 1)), words.counts.groups_twice]);
    out.push([sum((row) => row.output_shape[0] * area(row) * pixels(row)), words.counts.no_input]);
    if (layers.length > 1) {
      const c = input[0];
      const scale = ask === "macs" ? input[1] * input[2] : 1;
      const inner = layers[0].out_channels;
      if (inner < c) {
        if (at === undefined) {
          out.push([(3 * c * c * scale) / 4, words.counts.three_quarters]);
          out.push([6 * c * c * scale, words.counts.a_third]);
        }
        out.push([18 * c * c * scale, words.counts.basic_block]);
        out.push([9 * c * c * scale, words.counts.inner_channels]);
        out.push([(2 * c * inner + 9 * c * c) * scale, words.counts.inner_channels]);
        out.push([9 * inner * c * scale, words.counts.both_sides]);
        out.push([18 * inner * inner * scale, words.counts.inner_basic]);
      }
    }
    if (ask === "macs") {
      out.push([2 * right, words.counts.flops]);
      out.push([found.params, words.counts.weights]);
      out.push([sum((row) => row.params * row.input_shape[1] * row.input_shape[2]), words.counts.input_pixels]);
      out.push([sum((row) => row.params * row.output_shape[1]), words.counts.one_side_of_map]);
    } else {
      out.push([found.macs, words.counts.macs]);
    }
  }
  return /** @type {[number[], string][]} */ (out.map(([value, hint]) => [[value], hint]));
}

/** Every mistake that this question can tell from the truth, the likeliest first. */
export function known_mistakes(/** @type {Question} */ question) {
  const right = text_of(truth(question));
  const seen = new Set([right]);
  return mistakes(question).filter(([value]) => {
    const text = text_of(value);
    if (seen.has(text) || value.some((n) => !Number.isSafeInteger(n) || n < 0)) return false;
    seen.add(text);
    return true;
  });
}

/**
 * An answer, judged. Throws `ShapeError` for one that cannot be read.
 * @returns {{ right: boolean, given: string, hint: string }}
 */
export function check(/** @type {Question} */ question, /** @type {string} */ text) {
  const values = read(question, text);
  const answer = truth(question);
  const wanted = Array.isArray(answer) ? answer : [answer];
  const given = question.form === "shape" ? shape_text(values) : thousands(values[0]);
  if (text_of(values) === text_of(wanted)) return { right: true, given, hint: "" };
  return { right: false, given, hint: hint(question, values, wanted) };
}

function hint(/** @type {Question} */ question, /** @type {number[]} */ values, /** @type {number[]} */ wanted) {
  if (question.form === "shape" && values.length !== 3) {
    const tail = text_of(values.slice(-3)) === text_of(wanted) ? words.otherwise_right : "";
    return fill(words.batch, { tail });
  }
  const known = known_mistakes(question).find(([value]) => text_of(value) === text_of(values));
  if (known) return known[1];
  if (question.form === "number") {
    const [given, right] = [values[0], wanted[0]];
    return given > right ? words.less : words.more;
  }
  const sides = words.sides;
  const good = sides.good.filter((_, i) => values[i] === wanted[i]);
  const bad = sides.bad.filter((_, i) => values[i] !== wanted[i]);
  // the first of the three, the channels, are several by themselves
  const are = (/** @type {string[]} */ list, /** @type {string} */ several) => (list.length > 1 || list[0] === several ? sides.are : sides.is);
  const some = good.length ? fill(sides.right, { sides: list_of(good), are: are(good, sides.good[0]) }) : "";
  return fill(sides.look, { some, sides: list_of(bad), are: are(bad, sides.bad[0]) });
}

const list_of = (/** @type {string[]} */ list) => list.map((word, i) => (i ? word.toLowerCase() : word)).join(words.sides.and);
