// What a message of PyTorch says, why it comes, and the repair with its numbers: reading.py again.

import { ShapeError } from "../shared/errors.mjs";
import messages from "./messages.json";
import words from "./words.json";

/** @typedef {{ key: string, message: string, says: string, causes: string[], repair: string }} Reading */

export const LONGEST = 20000;

/** All messages in a text, a whole traceback too, in the order in which they stand there. @returns {Reading[]} */
export function read(/** @type {string} */ text) {
  const characters = [...text].length;
  if (characters > LONGEST) throw new ShapeError("Error message", `${characters} characters`, `at most ${LONGEST}`, "paste its last lines");
  const plain = clean(text);
  const found = [];
  for (const kind of messages) {
    const match = new RegExp(kind.pattern).exec(plain);
    if (!match) continue;
    const groups = Object.fromEntries(Object.entries(match.groups ?? {}).filter(([, value]) => value !== undefined));
    const values = { ...groups, ...(SENTENCES[kind.key]?.(groups) ?? {}) };
    const fill = (/** @type {string} */ part) => filled(part, values);
    found.push({ at: match.index, reading: { key: kind.key, message: match[0], says: fill(kind.says), causes: kind.causes.map(fill), repair: fill(kind.repair) } });
  }
  return found.sort((a, b) => a.at - b.at).map(({ reading }) => reading);
}

/** A text as one line: no colours, no line breaks, straight quotes. */
function clean(/** @type {string} */ text) {
  const straight = text.replace(/\u001b\[[0-9;]*m/g, "").replace(/\u2019/g, "'").replace(/[\u201c\u201d]/g, '"');
  return straight.replace(/\s+/g, " ").trim();
}

/** The last line of a traceback that is the reader's own: "model.py, line 12"; "" where there is none. */
export function readers_place(/** @type {string} */ text) {
  const places = [...text.matchAll(/(?:File "([^"\n]+)"|(Cell In ?\[\d+\])), line (\d+)/g)];
  const own = places.filter(([, file]) => !/site-packages|dist-packages|<frozen/.test(file ?? ""));
  if (!own.length) return "";
  const [, file, cell, line] = own[own.length - 1];
  const name = (file ?? cell).split(/[/\\]/).pop();
  return filled(words.place, { name, line });
}

function filled(/** @type {string} */ template, /** @type {Record<string, any>} */ values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole)).trim();
}

const numbers = (/** @type {string} */ text) => (text.match(/-?\d+/g) ?? []).map(Number);
const product = (/** @type {number[]} */ list) => list.reduce((total, n) => total * n, 1);

/** A sentence of words.json with its numbers. */
const say = (/** @type {Exclude<keyof typeof words.sentences, "axes">} */ key, /** @type {any} */ values = {}) => filled(words.sentences[key], values);

function size_of_tensor(/** @type {any} */ { a, b, dim }) {
  const [left, right, place] = [a, b, dim].map(Number);
  const axis = words.sentences.axes[place] ?? say("another_axis");
  const [small, big] = left < right ? [left, right] : [right, left];
  const stride = small ? Math.ceil(big / small) : 1;
  if (place === 1 && small > 3 && big === small + 1) return { axis, skip: say("token", { left, right, small, big }) }; // 3 and 4 are RGB and RGBA
  if (place === 1) return { axis, skip: say("project", { left, right }) };
  if (place > 1 && stride > 1 && Math.floor((big - 1) / stride) + 1 === small) return { axis, skip: say("stride", { big, small, stride }) };
  return { axis, skip: place > 1 ? lost_on_the_way(big, small) : say("batches") };
}

/** What takes so much from a side, and what to write instead. */
function lost_on_the_way(/** @type {number} */ big, /** @type {number} */ small) {
  const lost = big - small;
  if (lost % 2) return say("lost_odd", { big, small, lost });
  return say("lost_even", { big, small, lost, kernel: lost + 1, padding: lost / 2 });
}

function mat1_and_mat2(/** @type {any} */ { rows, have, want, out }) {
  const [n, arrived, made] = [rows, have, want].map(Number);
  const side = made ? Math.floor(Math.sqrt(Math.floor(arrived / made))) : 0;
  if (side > 1 && made * side * side === arrived) return { features: say("flattened", { have, want, side, out }) };
  if (n > 1 && 0 < arrived && arrived < made && made % arrived ** 2 === 0 && (n * arrived) % made === 0) // maps are square, mostly
    return { features: say("not_flattened", { rows, have, all: n * arrived, want }) };
  return { features: say("features", { have, out }) };
}

/** A convolution as one writes it: nn.Conv2d(64, 64, 3, groups=64). */
function layer_of(/** @type {string} */ kind, /** @type {number | string} */ have, /** @type {number} */ out, /** @type {number[]} */ kernel, more = "") {
  const size = new Set(kernel).size === 1 ? String(kernel[0]) : `(${kernel.join(", ")})`;
  return `${kind}${kernel.length}d(${have}, ${out}, ${size}${more})`;
}

function given_groups(/** @type {any} */ { groups, weight, input, want, have }) {
  const [shape, arrived] = [numbers(weight), numbers(input)];
  const kernel = shape.slice(2);
  const layer = layer_of("nn.Conv", have, shape[0], kernel);
  if (arrived.length === 4 && arrived[3] === Number(want)) return { channels: say("channels_last") };
  if (Number(groups) > 1) return { channels: grouped(Number(groups), shape[0], kernel, Number(want), Number(have)) };
  if (have === "1" && want === "3") return { channels: say("grey", { layer }) };
  return { channels: say("channels", { layer, want }) };
}

function given_transposed(/** @type {any} */ { weight, have }) {
  const [, out, ...kernel] = numbers(weight);
  return { layer: layer_of("nn.ConvTranspose", have, out, kernel) };
}

function grouped(/** @type {number} */ groups, /** @type {number} */ out, /** @type {number[]} */ kernel, /** @type {number} */ want, /** @type {number} */ have) {
  const point = layer_of("nn.Conv", have, want, kernel.map(() => 1));
  if (groups === want && out % want === 0) {
    const wide = (out / want) * have;
    return say("depthwise", { layer: layer_of("nn.Conv", have, wide, kernel, `, groups=${have}`), wide, point, want });
  }
  if (have % groups === 0) return say("grouped", { layer: layer_of("nn.Conv", have, out, kernel, `, groups=${groups}`), point, want });
  return say("no_share", { have, groups, point, want });
}

function expected_4d(/** @type {any} */ { want, have }) {
  const n = new Map([["2", 1], ["3", 1], ["4", 2], ["5", 3]]).get(have);
  const unbatched = numbers(want).includes(Number(have) + 1) ? [say("unbatched")] : [];
  const fitting = n ? [say("norm_for", { have, n })] : [];
  return { norm: [...unbatched, ...fitting].join(" ") || say("norm_of_choice") };
}

function normalized_shape(/** @type {any} */ { made, input }) {
  const [count, arrived] = [numbers(made).length, numbers(input)];
  if (count === 1 && arrived.length === 4 && arrived[1] === Number(made)) return { norm: say("channels_second", { made }) };
  const last = arrived.slice(-count);
  return { norm: say("normalized", { last: last.length === 1 ? last[0] : `[${last.join(", ")}]` }) };
}

const gcd = (/** @type {number} */ a, /** @type {number} */ b) => (b ? gcd(b, a % b) : a);

function num_groups(/** @type {any} */ { channels, groups }) {
  if (!(channels && groups)) return { groups_that_fit: say("groups_of_choice") };
  return { groups_that_fit: say("groups_for", { most: gcd(Number(channels), Number(groups)), channels, groups }) };
}

function pad_at_most_half(/** @type {any} */ { kernel, dilation = "1" }) {
  const most = Math.floor((Number(dilation) * (Number(kernel) - 1) + 1) / 2);
  return { padding: (kernel ? `${say("pad_most", { kernel, most })} ` : "") + say("pad_halves") };
}

function kernel_size(/** @type {any} */ { size, kernel }) {
  const [have, covers] = [numbers(size), numbers(kernel)];
  const need = Math.max(...have.map((n, i) => Math.ceil((covers[i] - n) / 2)).filter((n) => !Number.isNaN(n)));
  return { padding: say("padding", { need }) };
}

function shape_is_invalid(/** @type {any} */ { sizes, size }) {
  const [asked, count] = [numbers(sizes), Number(size)];
  const rest = asked.slice(1).includes(-1) ? 0 : product(asked.slice(1));
  if (asked.length > 1 && asked[0] > 0 && rest && count % rest === 0) return { view: say("last_batch", { size, batch: count / rest, rest, asked: asked[0] }) };
  if (rest && asked[0] === -1) return { view: say("no_multiple", { size, rest }) };
  return { view: say("view", { size }) };
}

function batch_size(/** @type {any} */ { have, want }) {
  const [rows, pictures] = [Number(have), Number(want)];
  const folded = pictures && rows > pictures && rows % pictures === 0;
  return { fold: folded ? say("folded", { have, want, times: rows / pictures }) : "" };
}

function expected_3d_or_4d(/** @type {any} */ { shape }) {
  const sizes = numbers(shape);
  let dims = say("four_dims");
  if (sizes.length === 2) dims = say("two_dims", { height: sizes[0], width: sizes[1] });
  if (sizes.length === 5) dims = say("five_dims", { count: sizes[0] * sizes[1] });
  return { count: String(sizes.length), dims };
}

function missing_keys(/** @type {any} */ { names, more = "" }) {
  let keys = say("keys");
  if ((names + more).includes('"module.')) keys = say("prefix");
  else if (/"(?:state_dict|model|model_state_dict)"/.test(names + more)) keys = say("part");
  return { keys, names: names.length <= 120 ? names : `${names.slice(0, 120)}…` };
}

function input_type(/** @type {any} */ { have, want }) {
  if (have.startsWith("torch.cuda")) return { kinds: say("network_to_cuda") };
  if (want.startsWith("torch.cuda")) return { kinds: say("input_to_cuda") };
  if (have === "unsigned char") return { kinds: say("of_bytes") };
  return { kinds: say(have === "double" ? "of_doubles" : "kinds") };
}

function same_dtype(/** @type {any} */ { have, want }) {
  if (want.toLowerCase() === "double") return { kinds: say("to_float") };
  const kind = have.toLowerCase();
  if (kind === "byte" || kind === "unsigned char") return { kinds: say("of_bytes") };
  return { kinds: say(kind === "double" ? "of_doubles" : "kinds") };
}

function sizes_of_tensors(/** @type {any} */ { dim, a, b }) {
  const [small, big] = Number(a) < Number(b) ? [Number(a), Number(b)] : [Number(b), Number(a)];
  const other = dim === "1" ? "" : `${say("cat_channels", { dim })} `;
  return { cat: other + say("cat", { small, big, pad: big - small }) };
}

function broadcast_shape(/** @type {any} */ { a, b }) {
  const [left, right] = [numbers(a), numbers(b)];
  return { grey: say(right.length === 3 && left[0] === 1 && right[0] === 3 ? "normalize" : "in_place") };
}

function target_same_as_input(/** @type {any} */ { target, input }) {
  const [targets, scores] = [numbers(target), numbers(input)];
  const same = (/** @type {number[]} */ a, /** @type {number[]} */ b) => String(a) === String(b);
  if (!targets.length || !scores.length) return { same: say("one_shape") };
  if (same(scores, [targets[0], 1, ...targets.slice(1)])) return { same: say("one_score") };
  if (same(targets, [scores[0], 1, ...scores.slice(1)])) return { same: say("one_target") };
  if (same(scores.slice(0, -1), targets)) return { same: say("one_of_classes", { classes: scores.at(-1) }) };
  return { same: say("one_shape") };
}

function missing_forward(/** @type {any} */ { name }) {
  if (name === "ModuleList") return { forward: say("listed") };
  return { forward: name === "ModuleDict" ? say("by_name") : say("no_forward", { name }) };
}

function module_subclass(/** @type {any} */ { what }) {
  const name = what.split(".").at(-1);
  if (["list", "tuple", "<genexpr>"].includes(name)) return { module: say("star") };
  return { module: say(/^[A-Z]/.test(name) ? "parentheses" : "module_of_function") };
}

function target_class(/** @type {any} */ { target }) {
  if (Number(target) < 0) return { classes: say("ignored", { target }) };
  return { classes: say("classes", { needed: Number(target) + 1 }) };
}

function positional(/** @type {any} */ { want, have }) {
  const said = (/** @type {number} */ n) => say(n === 1 ? "argument" : "arguments", { count: n });
  return { given: said(Number(have) - 1), taken: said(Number(want) - 1) };
}

/** @type {Record<string, (groups: any) => Record<string, string>>} */
const SENTENCES = {
  "size-of-tensor": size_of_tensor,
  "mat1-and-mat2": mat1_and_mat2,
  "given-groups": given_groups,
  "given-transposed": given_transposed,
  "expected-4d": expected_4d,
  "normalized-shape": normalized_shape,
  "divisible-by-num-groups": num_groups,
  "pad-at-most-half": pad_at_most_half,
  "target-same-as-input": target_same_as_input,
  "same-dtype": same_dtype,
  "missing-forward": missing_forward,
  "module-subclass": module_subclass,
  "kernel-size": kernel_size,
  "shape-is-invalid": shape_is_invalid,
  "batch-size": batch_size,
  "expected-3d-or-4d": expected_3d_or_4d,
  "missing-keys": missing_keys,
  "input-type": input_type,
  "sizes-of-tensors": sizes_of_tensors,
  "broadcast-shape": broadcast_shape,
  "target-out-of-bounds": target_class,
  "positional-arguments": positional,
};
