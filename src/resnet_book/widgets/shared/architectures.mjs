// What a ResNet is, as data: architectures.py again. The named ones come from it as catalog.json.

import catalog from "./catalog.json";
import { ShapeError } from "./errors.mjs";
import { describe, integer } from "./rules.mjs";

/** @typedef {{ kind: string, in_channels: number, out_channels: number, stride: number, shortcut: string, version: string }} Block */

const BLOCK_KINDS = ["basic", "bottleneck", "plain", "d2l"];
const VERSIONS = ["v1", "v1.5"];
const EXPANSION = 4;

/** The value, if it is one of those allowed. */
export function choice(/** @type {any} */ value, /** @type {string[]} */ allowed, /** @type {string} */ where) {
  if (allowed.includes(value)) return value;
  const listed = allowed.map((name) => `"${name}"`).join(", ");
  throw new ShapeError(where, describe(value), `one of ${listed}`, `give ${where}="${allowed[0]}"`);
}

/** One residual block, checked. @returns {Block} */
export function block(/** @type {any} */ fields) {
  const { kind, in_channels, out_channels, stride = 1, shortcut = "identity", version = "v1.5" } = fields;
  choice(kind, BLOCK_KINDS, "kind");
  choice(version, VERSIONS, "version");
  const shortcuts = { plain: ["none"], d2l: ["identity", "projection"] }[/** @type {string} */ (kind)];
  choice(shortcut, shortcuts ?? ["identity", "projection", "pad"], "shortcut");
  integer(in_channels, "in_channels");
  integer(out_channels, "out_channels");
  integer(stride, "stride");
  if (kind === "bottleneck" && out_channels % EXPANSION) {
    throw new ShapeError(
      "out_channels",
      String(out_channels),
      `a multiple of ${EXPANSION}: a bottleneck works inside at a quarter of its output`,
      `give out_channels=${(Math.floor(out_channels / EXPANSION) + 1) * EXPANSION}`,
    );
  }
  return { kind, in_channels, out_channels, stride, shortcut, version };
}

/** Channels inside a block. */
export function width(/** @type {Block} */ { kind, out_channels }) {
  return kind === "bottleneck" ? out_channels / EXPANSION : out_channels;
}

/** The public names of all architectures. */
export const names = () => Object.keys(catalog);

/** The keywords that `architecture(name, ...)` takes. */
export const options = (/** @type {string} */ name) => catalog[name].options;

/** The [channels, height, width] that a named architecture was made for. @returns {[number, number, number]} */
export const usual_input = (/** @type {string} */ name) => catalog[name].usual_input;

/** A named architecture, its fields overridden; throws with the list of names or keywords there are. */
export function architecture(/** @type {string} */ name, /** @type {Record<string, any>} */ overrides = {}) {
  if (!Object.hasOwn(catalog, name)) {
    throw new Error(`unknown architecture ${describe(name)}. There is: ${names().join(", ")}`);
  }
  const { architecture: arch, options: keywords } = catalog[name];
  for (const keyword of Object.keys(overrides)) {
    if (!keywords.includes(keyword)) {
      throw new Error(`architecture("${name}") takes no "${keyword}"; it takes ${keywords.join(", ")}`);
    }
  }
  return checked_architecture({ ...arch, ...overrides });
}

/** The fields of an architecture, if they are possible. */
export function checked_architecture(/** @type {any} */ arch) {
  const shortcuts = { plain: ["none"], d2l: ["B", "C"] }[/** @type {string} */ (arch.block)];
  choice(arch.version, VERSIONS, "version");
  choice(arch.shortcut, shortcuts ?? ["A", "B", "C"], "shortcut");
  integer(arch.in_channels, "in_channels");
  integer(arch.num_classes, "num_classes");
  integer(arch.pooled ?? 1, "pooled");
  return arch;
}

/** Every block in the order they run, with its name. @returns {[string, Block][]} */
export function blocks(/** @type {any} */ arch) {
  const expansion = arch.block === "bottleneck" ? EXPANSION : 1;
  const found = /** @type {[string, Block][]} */ ([]);
  let channels = arch.stem.channels;
  arch.depths.forEach((/** @type {number} */ depth, /** @type {number} */ stage) => {
    const [out, stride] = [arch.widths[stage] * expansion, stage > 0 ? 2 : 1];
    const fields = { kind: arch.block, out_channels: out, version: arch.version };
    const first = stage_shortcut(arch.shortcut, stride !== 1 || channels !== out);
    found.push([`layer${stage + 1}.0`, block({ ...fields, in_channels: channels, stride, shortcut: first })]);
    if (depth > 1) {
      const same = block({ ...fields, in_channels: out, stride: 1, shortcut: stage_shortcut(arch.shortcut, false) });
      for (let index = 1; index < depth; index++) found.push([`layer${stage + 1}.${index}`, same]);
    }
    channels = out;
  });
  return found;
}

function stage_shortcut(/** @type {string} */ option, /** @type {boolean} */ changes) {
  if (option === "none") return "none";
  if (option === "C") return "projection";
  if (!changes) return "identity";
  return option === "A" ? "pad" : "projection";
}
