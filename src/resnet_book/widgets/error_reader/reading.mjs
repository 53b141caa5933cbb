// What a message of PyTorch says, why it comes, and the repair with its numbers: reading.py again.

import { ShapeError } from "../shared/errors.mjs";
import messages from "./messages.json";

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
  return `${name}, line ${line}`;
}

function filled(/** @type {string} */ template, /** @type {Record<string, string>} */ values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? values[name] : whole)).trim();
}

const numbers = (/** @type {string} */ text) => (text.match(/-?\d+/g) ?? []).map(Number);
const product = (/** @type {number[]} */ list) => list.reduce((total, n) => total * n, 1);

function size_of_tensor(/** @type {any} */ { a, b, dim }) {
  const [left, right, place] = [a, b, dim].map(Number);
  const axis = ["the batch", "the channels, if these are maps", "the height", "the width"][place] ?? "counted from 0";
  const [small, big] = left < right ? [left, right] : [right, left];
  const stride = small ? Math.ceil(big / small) : 1;
  let skip = "Give both sides the same number of pictures.";
  if (place === 1) skip = `If the left side is the branch, the skip needs a projection: nn.Conv2d(${right}, ${left}, 1).`;
  else if (place > 1 && stride > 1 && Math.floor((big - 1) / stride) + 1 === small)
    skip = `A projection on the side that has ${big}: nn.Conv2d(C_in, C_out, 1, stride=${stride}) takes ${big} to ${small}.`;
  else if (place > 1)
    skip = `No stride takes ${big} to ${small}: give the branch the padding that keeps the size (1 for a 3×3, 2 for a 5×5), or the skip the same kernel and padding.`;
  return { axis, skip };
}

function mat1_and_mat2(/** @type {any} */ { rows, have, want, out }) {
  const [n, arrived, made] = [rows, have, want].map(Number);
  const side = made ? Math.floor(Math.sqrt(Math.floor(arrived / made))) : 0;
  if (side > 1 && made * side * side === arrived)
    return { features: `${have} = ${want} × ${side} × ${side}: a map of ${side}×${side} pixels was flattened. Put AdaptiveAvgPool2d(1) before the flatten, or make the layer nn.Linear(${have}, ${out}).` };
  if (n > 1 && 1 < arrived && arrived < made && made % arrived ** 2 === 0 && (n * arrived) % made === 0) // maps are square, mostly
    return { features: `${rows} × ${have} = ${n * arrived}, a multiple of ${want}: the map was not flattened. Put x.flatten(1) before the layer.` };
  return { features: `Make the layer for what arrives, nn.Linear(${have}, ${out}); or look where ${have} comes from: print(x.shape) before the flatten.` };
}

function given_groups(/** @type {any} */ { weight, input, want, have }) {
  const [shape, arrived] = [numbers(weight), numbers(input)];
  const kernel = shape.slice(2);
  const size = new Set(kernel).size === 1 ? String(kernel[0]) : `(${kernel.join(", ")})`;
  const layer = `nn.Conv${kernel.length}d(${have}, ${shape[0]}, ${size})`;
  if (arrived.length === 4 && arrived[3] === Number(want)) return { channels: "The channels come last: x.permute(0, 3, 1, 2) brings them to the front." };
  if (have === "1" && want === "3") return { channels: `A grey picture: x.expand(-1, 3, -1, -1) repeats it three times, or make the layer ${layer}.` };
  return { channels: `Make the layer for what arrives, ${layer}, or give the one before it ${want} output channels.` };
}

function kernel_size(/** @type {any} */ { size, kernel }) {
  const [have, covers] = [numbers(size), numbers(kernel)];
  const need = Math.max(...have.map((n, i) => Math.ceil((covers[i] - n) / 2)).filter((n) => !Number.isNaN(n)));
  return { padding: `padding=${need} more makes it fit; or give a larger picture, or take a halving before it out.` };
}

function shape_is_invalid(/** @type {any} */ { sizes, size }) {
  const [asked, count] = [numbers(sizes), Number(size)];
  const rest = asked.slice(1).includes(-1) ? 0 : product(asked.slice(1));
  if (asked.length > 1 && asked[0] > 0 && rest && count % rest === 0)
    return { view: `${size} = ${count / rest} × ${rest}: the batch is ${count / rest} and not ${asked[0]}. Write x.size(0) in place of ${asked[0]}.` };
  if (rest && asked[0] === -1)
    return { view: `${size} is no multiple of ${rest}. x.flatten(1) gives one vector a picture; print its shape, and make the next layer for that.` };
  return { view: `x.flatten(1) gives one vector a picture, whatever its size; or choose sizes whose product is ${size}.` };
}

function batch_size(/** @type {any} */ { have, want }) {
  const [rows, pictures] = [Number(have), Number(want)];
  const folded = pictures && rows > pictures && rows % pictures === 0;
  return { fold: folded ? `${have} = ${rows / pictures} × ${want}: each picture became ${rows / pictures} rows.` : "" };
}

function expected_3d_or_4d(/** @type {any} */ { shape }) {
  const sizes = numbers(shape);
  let dims = "Give (batch, channels, height, width).";
  if (sizes.length === 2) dims = `A grey picture: x[None, None] makes it [1, 1, ${sizes[0]}, ${sizes[1]}]. A flattened batch: put this layer before the flatten.`;
  if (sizes.length === 5) dims = `x.flatten(0, 1) makes ${sizes[0] * sizes[1]} pictures of it; or leave out the unsqueeze(0), or take a Conv3d.`;
  return { count: String(sizes.length), dims };
}

function missing_keys(/** @type {any} */ { names, more = "" }) {
  let keys = "Build the network that was saved; compare net.state_dict().keys() with those of the file. strict=False skips what does not fit, without a word.";
  if ((names + more).includes('"module.')) keys = 'Take the prefix away: {k.removeprefix("module."): v for k, v in state.items()}.';
  else if (/"(?:state_dict|model|model_state_dict)"/.test(names + more)) keys = 'Load the part that holds the weights: state["state_dict"], or what it is called there.';
  return { keys, names: names.length <= 120 ? names : `${names.slice(0, 120)}…` };
}

function input_type(/** @type {any} */ { have, want }) {
  if (have.startsWith("torch.cuda")) return { kinds: 'Move the network too: net.to("cuda").' };
  if (want.startsWith("torch.cuda")) return { kinds: 'Move the input too: x = x.to("cuda").' };
  if (have === "unsigned char") return { kinds: "x.float() / 255 makes numbers from 0 to 1 of bytes." };
  if (have === "double") return { kinds: 'x.float(), or from numpy at once, array.astype("float32").' };
  return { kinds: "x.to(weight.dtype), or run the network under autocast." };
}

function sizes_of_tensors(/** @type {any} */ { a, b }) {
  const [small, big] = Number(a) < Number(b) ? [Number(a), Number(b)] : [Number(b), Number(a)];
  const pad = big - small;
  return { cat: `F.interpolate(x, size=...) brings ${small} to ${big}; F.pad(x, (0, ${pad}, 0, ${pad})) adds ${pad} on two sides. Or give pictures whose sides are multiples of 32.` };
}

function broadcast_shape(/** @type {any} */ { a, b }) {
  const [left, right] = [numbers(a), numbers(b)];
  if (right.length === 3 && left[0] === 1 && right[0] === 3)
    return { grey: 'One mean and one deviation for a grey picture, Normalize((0.5,), (0.5,)); or image.convert("RGB") before.' };
  return { grey: "Write out = out + x; and if shapes should be equal, give the narrower side a projection." };
}

function target_class(/** @type {any} */ { target }) {
  if (Number(target) < 0) return { classes: `ignore_index=${target} for what is to be left out; else count the classes from 0.` };
  return { classes: `Count the classes from 0 (target - 1), or give the head at least ${Number(target) + 1} outputs.` };
}

function positional(/** @type {any} */ { want, have }) {
  const said = (/** @type {number} */ n) => (n === 1 ? `${n} argument` : `${n} arguments`);
  return { given: said(Number(have) - 1), taken: said(Number(want) - 1) };
}

/** @type {Record<string, (groups: any) => Record<string, string>>} */
const SENTENCES = {
  "size-of-tensor": size_of_tensor,
  "mat1-and-mat2": mat1_and_mat2,
  "given-groups": given_groups,
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
