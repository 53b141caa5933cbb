// What the tests ask of the browser's side, as one object; bundled in the way a widget is.

import { architecture, block, names } from "../../src/resnet_book/widgets/shared/architectures.mjs";
import { ShapeError } from "../../src/resnet_book/widgets/shared/errors.mjs";
import { groups, trace, trace_layers } from "../../src/resnet_book/widgets/shared/trace.mjs";

const api = {
  names: () => names(),
  named: ({ name, options, shape }) => trace(architecture(name, options), shape),
  network: ({ network, shape }) => trace(network, shape),
  block: ({ fields, shape }) => trace(block(fields), shape),
  chain: ({ layers, shape }) => trace_layers(layers, shape),
  groups: ({ name, shape, depth }) => groups(trace(architecture(name), shape).rows, depth),
};

export default function answer({ kind, ...question }) {
  try {
    return { ok: api[kind](question) };
  } catch (error) {
    const { where, got, expected, fix, message } = error;
    return { error: { shape: error instanceof ShapeError, where, got, expected, fix, message } };
  }
}
