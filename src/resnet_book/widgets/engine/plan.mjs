// What a network consists of: every layer by its name, from an Architecture of the book or from a few fields for points.

import { blocks } from "../shared/architectures.mjs";
import { ShapeError } from "../shared/errors.mjs";
import { describe, integer } from "../shared/rules.mjs";

/**
 * @typedef {{ name: string, norm: string, kernel: number, stride: number, inputs: number, outputs: number }} LayerPlan
 *   one convolution (a linear layer is one of kernel 1) and the batch norm behind it
 * @typedef {{ name: string, branch: LayerPlan[], shortcut: "identity" | "pad" | LayerPlan, skip: boolean }} BlockPlan
 *   `skip` false: the block of a plain net; its shortcut is only used by who asks for it
 * @typedef {{ inputs: number, classes: number, side: number, norm: boolean, stem: LayerPlan, blocks: BlockPlan[], head: string, pooled?: number }} Plan
 *   `side` 0 for points; `norm` false: biases in place of batch norm; `pooled`: the side of the map that the head sees, 1 unless given
 */

/**
 * The plan of an `Architecture`, on square pictures.
 * @param {any} arch as the rest of the book describes it
 * @param {number} side of a picture, in pixels
 * @param {boolean} [norm]
 * @returns {Plan}
 */
export function picture_plan(arch, side, norm = true) {
  integer(side, "side");
  const { channels, kernel_size, stride, padding, pool } = arch.stem;
  if (pool || stride !== 1 || ![1, 3].includes(kernel_size) || 2 * padding + 1 !== kernel_size) {
    const got = `a convolution of ${kernel_size}x${kernel_size}, stride ${stride}${pool ? ", and a max pooling" : ""}`;
    throw new ShapeError("stem", got, "3x3 or 1x1, stride 1, no pooling", "choose a network with a CIFAR stem");
  }
  if (arch.block === "d2l") {
    throw new ShapeError("block", '"d2l"', '"basic", "bottleneck" or "plain"', 'give block="basic"');
  }
  const [pooled, last] = [arch.pooled ?? 1, arch.widths.reduce((/** @type {number} */ size) => Math.ceil(size / 2), 2 * side)];
  if (last % pooled) {
    throw new ShapeError("pooled", `a map of ${last}x${last} for ${pooled}x${pooled} means`, "tiles of one size", "give pooled=1, or pictures of a side that fits");
  }
  const layer = (/** @type {string} */ name, /** @type {number} */ kernel, /** @type {number} */ inputs, /** @type {number} */ outputs, stride = 1) =>
    ({ name, norm: name.replace("conv", "bn").replace("downsample.0", "downsample.1"), kernel, stride, inputs, outputs });
  return {
    inputs: arch.in_channels,
    classes: arch.num_classes,
    side,
    norm,
    pooled,
    stem: layer("conv1", kernel_size, arch.in_channels, channels),
    head: "fc",
    blocks: blocks(arch).map(([name, { kind, in_channels, out_channels, stride, shortcut, version }]) => {
      const inner = out_channels / 4;
      const branch = kind === "bottleneck"
        ? [
            layer(`${name}.conv1`, 1, in_channels, inner, version === "v1" ? stride : 1),
            layer(`${name}.conv2`, 3, inner, inner, version === "v1" ? 1 : stride),
            layer(`${name}.conv3`, 1, inner, out_channels),
          ]
        : [layer(`${name}.conv1`, 3, in_channels, out_channels, stride), layer(`${name}.conv2`, 3, out_channels, out_channels)];
      const changes = stride !== 1 || in_channels !== out_channels;
      return {
        name,
        branch,
        skip: kind !== "plain",
        shortcut: shortcut === "projection" ? layer(`${name}.downsample.0`, 1, in_channels, out_channels, stride) : changes ? "pad" : "identity",
      };
    }),
  };
}

/**
 * The plan of a network on points: linear layers of one width, two a block.
 * @param {{ inputs?: number, width: number, blocks: number, classes: number, skip: boolean, norm?: boolean }} fields
 * @returns {Plan}
 */
export function point_plan({ inputs = 2, width, blocks: count, classes, skip, norm = true }) {
  Object.entries({ inputs, width, blocks: count, classes }).forEach(([name, value]) => integer(value, name));
  if (typeof skip !== "boolean") throw new ShapeError("skip", describe(skip), "true or false", "give skip=true");
  const layer = (/** @type {string} */ name, /** @type {number} */ from) =>
    ({ name, norm: name.replace("linear", "bn"), kernel: 1, stride: 1, inputs: from, outputs: width });
  return {
    inputs,
    classes,
    side: 0,
    norm,
    stem: layer("linear", inputs),
    head: "fc",
    blocks: Array.from({ length: count }, (_, i) => {
      const name = `blocks.${i}`;
      return { name, branch: [layer(`${name}.linear1`, width), layer(`${name}.linear2`, width)], shortcut: "identity", skip };
    }),
  };
}
