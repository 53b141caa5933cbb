// The network as a row of slabs, all on one scale, with an arc for every skip.

import { tensors } from "../shared/tensors.mjs";

/** The tensors worth a slab: the input, where the map or the channels change, the stages, the answer. */
export function stations(/** @type {any} */ result) {
  const found = [{ name: "input", shape: result.trace.input_shape, count: 0 }];
  for (const stage of result.stages) {
    const shown = ["conv1", "maxpool", "avgpool", "fc"].includes(stage.name) || stage.op === "group";
    if (shown) found.push({ name: stage.name, shape: stage.output_shape, count: 0 });
  }
  return found;
}

/** The picture as nodes, for a width in points; `toggle` opens a stage in the table. */
export function picture(/** @type {any} */ result, /** @type {number} */ width, /** @type {[string, any][]} */ blocks, /** @type {(name: string) => void} */ toggle) {
  const found = stations(result);
  for (const station of found) station.count = blocks.filter(([name]) => name.startsWith(`${station.name}.`)).length;
  const skips = result.arch.block !== "plain";
  const caption = `A slab is a tensor: its face is the map, its depth the channels. ${skips ? "An arc is the skip around one block." : "No block has a skip."} A stage opens with a click.`;
  return tensors(found, width, { skips, caption, toggle });
}
