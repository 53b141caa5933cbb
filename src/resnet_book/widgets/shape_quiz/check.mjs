// Reading an answer, and telling from a wrong one which mistake it probably was.

import { ShapeError } from "../shared/errors.mjs";
import { shape_text, thousands } from "../shared/format.mjs";
import { plain, ungrouped } from "../shared/numbers.mjs";
import { describe } from "../shared/rules.mjs";
import { trace_layers } from "../shared/trace.mjs";
import { text_of, truth } from "./questions.mjs";

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
        ? ["channels, height and width, three whole numbers", "write it as 64x28x28, 64 × 28 × 28 or (64, 28, 28)"]
        : ["one whole number", "write the digits, for example 36864 or 36,864"];
    return new ShapeError("Answer", got, expected, fix);
  };
  if (!bare) throw refuse("nothing");
  if (form === "number") {
    const value = whole(bare);
    if (value === null) throw refuse(describe(text.trim()));
    return [value];
  }
  const crossed = /[xх×✕*]/i.test(bare); // the second is Cyrillic
  const parts = bare.split(crossed ? /\s*[xх×✕*]\s*/i : /\s*[,;،、]\s*|\s+/);
  const values = parts.map((part) => whole(part.trim()));
  if (values.includes(null) || values.length < 2 || values.length > 5) throw refuse(values.length === 1 && values[0] !== null ? `one number, ${values[0]}` : describe(text.trim()));
  if (values.length === 2) throw refuse(`two numbers, ${values.join(" and ")}`);
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
  ["The padding is missing: it is added on both sides, + 2 × padding.", (n, k, s, _, d) => Math.floor((n - d * (k - 1) - 1) / s) + 1],
  ["The padding stands on both sides: + 2 × padding, not once.", (n, k, s, p, d) => Math.floor((n + p - d * (k - 1) - 1) / s) + 1],
  ["The stride is missing: the window takes only every stride-th place.", (n, k, _, p, d) => n + 2 * p - d * (k - 1)],
  ["The dilation is missing: a dilated kernel covers dilation × (kernel − 1) + 1 pixels.", (n, k, s, p) => Math.floor((n + 2 * p - k) / s) + 1],
  ["The + 1 is missing: the first place counts too.", (n, k, s, p, d) => Math.floor((n + 2 * p - d * (k - 1) - 1) / s)],
  ["Round down, not up: a window that does not fit whole is left out.", (n, k, s, p, d) => Math.ceil((n + 2 * p - d * (k - 1) - 1) / s) + 1],
  ["The kernel takes size − (kernel − 1) places, not size − kernel; the + 1 is missing.", (n, k, s, p, d) => Math.floor((n + 2 * p - d * k) / s)],
  ["A window at the border needs the whole kernel: not only the stride divides the size.", (n, _, s) => Math.floor(n / s)],
  ["A window at the border needs the whole kernel: not only the stride divides the size.", (n, _, s) => Math.ceil(n / s)],
  ["The size does change here: put the numbers into ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1.", (n) => n],
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
  out.push([[h, w, c], "Right numbers, other order: channels come first, then height, then width."]);
  out.push([[c, w, h], "Height comes before width."]);
  for (const [hint, rule] of WRONG_SIZES) out.push([[c, ...sizes(question, rule)], `Channels are right. ${hint}`]);
  if (block) {
    const { kind, in_channels, out_channels, stride } = block;
    const strided = (/** @type {number[]} */ sides) => sides.map((n) => Math.ceil(n / stride));
    out.push([[c, ...strided(input.slice(1))], "Look again which convolution carries the stride."]);
    out.push([[c, ...strided([h, w])], "Only one convolution of a branch carries the stride."]);
    if (kind === "bottleneck") {
      out.push([[out_channels, h, w], "Inside, a bottleneck works with a quarter of the channels it puts out."]);
      out.push([[in_channels / 4, h, w], "Inside, a bottleneck works with a quarter of its output, not of its input."]);
      out.push([[out_channels / 4, h, w], "So many channels it has inside: the last 1×1 convolution takes them up again."]);
    }
  }
  const convolution = layers.some(({ op }) => op === "conv2d");
  out.push([[input[0], h, w], convolution ? "A convolution puts out as many channels as it has filters, however many come in." : ""]);
  if (layers.length > 1) out.push([trace_layers(layers.slice(0, 1), input).output_shape, "That is the shape after the first of them."]);
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
    out.push([input.reduce((a, b) => a * b), "That is the map flattened without pooling: the averaging leaves one number a channel."]);
    out.push([input[1] * input[2], "That is the number of pixels; averaged over them, one number a channel is left."]);
  }
  if (ask === "receptive_field") {
    const kernels = layers.map(({ kernel_size: k }) => k);
    const jumps = layers.map(({ stride }) => stride);
    const wrong_order = layers.reduce(([field, jump], { kernel_size: k, stride }) => [field + (k - 1) * jump * stride, jump * stride], [1, 1])[0];
    out.push([1 + kernels.reduce((a, k) => a + k - 1, 0), "A stride of an earlier layer moves its outputs apart: each later kernel − 1 counts that many times."]);
    out.push([kernels.reduce((a, k) => a + k, 0), "Kernels do not simply add: each layer adds kernel − 1, times the strides before it."]);
    out.push([kernels.reduce((a, k) => a * k, 1), "Kernels do not multiply: each layer adds kernel − 1, times the strides before it."]);
    out.push([right - 1, "Start from 1: a single pixel sees itself."]);
    out.push([wrong_order, "Only strides before a layer count in it, not its own."]);
    out.push([right * right, "One side is asked for, not the area."]);
    out.push([jumps.reduce((a, s) => a * s, 1), "That is the stride of the whole, the distance between neighbours."]);
  }
  if (ask === "params" || ask === "macs") {
    const pixels = (/** @type {any} */ row) => (ask === "macs" ? row.output_shape[1] * row.output_shape[2] : 1);
    const plain = (/** @type {any} */ row) => row.params - (row.layer.bias ? row.output_shape[0] : 0);
    const wide = (/** @type {any} */ row) => plain(row) * pixels(row);
    if (layers.length > 1) for (const [i, row] of rows.entries()) out.push([row[ask], `That is conv${i + 1} alone.`]);
    if (at !== undefined) out.push([found[ask], "That is the whole block; one convolution is asked for."]);
    const area = (/** @type {any} */ row) => row.layer.kernel_size ** 2;
    out.push([sum(wide), "The bias is missing: one more for each output channel."]);
    out.push([sum((row) => wide(row) + row.output_shape[0] * pixels(row)), "There is no bias here; that counts one for each output channel."]);
    if (layers.length === 1 && layers[0].bias) out.push([sum((row) => plain(row) + row.input_shape[0]), "There is one bias for each output channel, not for each input channel."]);
    out.push([sum((row) => wide(row) / area(row)), "The kernel is missing: every weight count is multiplied by kernel × kernel."]);
    out.push([sum((row) => (wide(row) / area(row)) * row.layer.kernel_size), "The kernel has two sides: kernel × kernel, not kernel once."]);
    out.push([sum((row) => wide(row) * (row.layer.groups ?? 1)), "With groups, each filter sees only its own share of the input channels."]);
    out.push([sum((row) => wide(row) / (row.layer.groups ?? 1)), "Groups divide the input channels of a filter once, not twice."]);
    out.push([sum((row) => row.output_shape[0] * area(row) * pixels(row)), "Each filter sees all input channels: multiply by them too."]);
    if (layers.length > 1) {
      const c = input[0];
      const scale = ask === "macs" ? input[1] * input[2] : 1;
      const inner = layers[0].out_channels;
      if (inner < c) {
        if (at === undefined) {
          out.push([(3 * c * c * scale) / 4, "The popular 3/4 of C². The 3×3 between C/4 channels has 9/16 of it, not 1/4."]);
          out.push([6 * c * c * scale, "A third of a basic block is a popular claim; count the three convolutions one by one."]);
        }
        out.push([18 * c * c * scale, "That is a basic block of this width. A bottleneck's 3×3 works between far fewer channels."]);
        out.push([9 * c * c * scale, "The 3×3 works between the inner channels, not the outer ones."]);
        out.push([(2 * c * inner + 9 * c * c) * scale, "The 3×3 works between the inner channels, not the outer ones."]);
        out.push([9 * inner * c * scale, "Both sides of the 3×3 have the inner number of channels."]);
        out.push([18 * inner * inner * scale, "That is a basic block of the inner width."]);
      }
    }
    if (ask === "macs") {
      out.push([2 * right, "Those are FLOPs: a multiply-accumulate counts once here, not twice."]);
      out.push([found.params, "Those are the weights. Each is used once for every pixel of the output."]);
      out.push([sum((row) => row.params * row.input_shape[1] * row.input_shape[2]), "Count the pixels of the output, not of the input: the stride leaves fewer."]);
      out.push([sum((row) => row.params * row.output_shape[1]), "Multiply by both sides of the map, height × width."]);
    } else {
      out.push([found.macs, "Those are the MACs. Parameters do not depend on the size of the map."]);
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
    const tail = text_of(values.slice(-3)) === text_of(wanted) ? "Otherwise it is right. " : "";
    return `${tail}Leave the batch out: a shape here is channels × height × width, three numbers.`;
  }
  const known = known_mistakes(question).find(([value]) => text_of(value) === text_of(values));
  if (known) return known[1];
  if (question.form === "number") {
    const [given, right] = [values[0], wanted[0]];
    return `It is ${given > right ? "less" : "more"} than that. “Show the working” goes through it step by step.`;
  }
  const good = ["Channels", "Height", "Width"].filter((_, i) => values[i] === wanted[i]);
  const bad = ["channels", "height", "width"].filter((_, i) => values[i] !== wanted[i]);
  const is = (/** @type {string[]} */ list) => (list.length > 1 ? "are" : "is");
  const some = good.length ? `${list_of(good)} ${good.length > 1 || good[0] === "Channels" ? "are" : "is"} right. ` : "";
  return `${some}Look again at the ${list_of(bad)}, which ${bad[0] === "channels" ? "are" : is(bad)} not.`;
}

const list_of = (/** @type {string[]} */ words) => words.map((word, i) => (i ? word.toLowerCase() : word)).join(" and ");
