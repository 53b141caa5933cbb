// The PyTorch program of what is shown, with its shapes in the comments.

import { width } from "../shared/architectures.mjs";
import { times } from "../shared/rules.mjs";
import { attempt } from "../shared/trace.mjs";
import words from "./words.json";

/** A module `Block` with no arguments; `block` as architectures.mjs checks it, `input` as (channels, height, width). */
export function code(/** @type {any} */ block, /** @type {number[]} */ input) {
  const { rows } = attempt(block, input).trace;
  const after = (/** @type {string} */ name) => times(rows.find((row) => row.name === name)?.output_shape ?? []);
  const lines = [
    "import torch",
    "from torch import nn",
    block.shortcut === "pad" ? "import torch.nn.functional as F" : null,
    "",
    "",
    "class Block(nn.Module):",
    "    def __init__(self):",
    "        super().__init__()",
    ...layers(block).map((line) => `        ${line}`),
    "",
    "    def forward(self, x):",
    ...forward(block, input, after),
    "",
    "",
    `x = torch.randn(1, ${input.join(", ")})`,
    "print(Block()(x).shape)",
  ];
  return lines.filter((line) => line !== null).join("\n");
}

function layers(/** @type {any} */ block) {
  const { kind, in_channels: c, out_channels: d, stride, shortcut } = block;
  const conv = (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ size, by = 1) =>
    `nn.Conv2d(${from}, ${to}, ${size}${by > 1 ? `, stride=${by}` : ""}${size > 1 ? `, padding=${(size - 1) / 2}` : ""}, bias=False)`;
  const inner = width(block);
  const plan = kind === "bottleneck" ? [[c, inner, 1, 1], [inner, inner, 3, stride], [inner, d, 1, 1]] : [[c, d, 3, stride], [d, d, 3, 1]];
  const out = plan.flatMap(([from, to, size, by], i) => [
    `self.conv${i + 1} = ${conv(from, to, size, by)}`,
    `self.bn${i + 1} = nn.BatchNorm2d(${to})`,
  ]);
  out.push("self.relu = nn.ReLU()");
  if (shortcut === "projection") out.push(`self.downsample = nn.Sequential(${conv(c, d, 1, stride)}, nn.BatchNorm2d(${d}))`);
  return out;
}

function forward(/** @type {any} */ block, /** @type {number[]} */ input, /** @type {(name: string) => string} */ after) {
  const { kind, in_channels: c, out_channels: d, stride, shortcut } = block;
  const last = kind === "bottleneck" ? 3 : 2;
  /** @type {[string, string][]} */
  const steps = [];
  for (let i = 1; i <= last; i++) {
    const inner = `self.bn${i}(self.conv${i}(${i === 1 ? "x" : "y"}))`;
    const bare = i === last && kind !== "plain";
    steps.push([`y = ${bare ? inner : `self.relu(${inner})`}`, after(`conv${i}`)]);
  }
  if (kind === "plain") {
    steps.push(["return y", after(`conv${last}`)]);
    return comment(steps);
  }
  let skip = "x";
  if (shortcut === "projection") skip = "self.downsample(x)";
  if (shortcut === "pad") {
    const extra = d - c;
    const taken = stride > 1 ? `x[:, :, ::${stride}, ::${stride}]` : "x";
    const before = Math.floor(extra / 2);
    steps.push([
      `skip = ${extra ? `F.pad(${taken}, (0, 0, 0, 0, ${before}, ${extra - before}))` : taken}`,
      after("downsample.pad_channels") || after("downsample.subsample") || times(input),
    ]);
    skip = "skip";
  }
  steps.push([`y = y + ${skip}`, after("add") || words.unmet], ["return self.relu(y)", ""]);
  return comment(steps);
}

/** Shapes as trailing comments, in one column. */
function comment(/** @type {[string, string][]} */ steps) {
  const wide = Math.max(...steps.map(([text]) => text.length));
  return steps.map(([text, note]) => `        ${note ? `${text.padEnd(wide)}  # ${note}` : text}`);
}
