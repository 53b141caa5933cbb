// A network, by its plan and its state, as an ONNX model: a protocol buffer, written by hand.

/** @typedef {number[]} Bytes */

const varint = (/** @type {number} */ n) => {
  const bytes = [];
  for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) | 128);
  return [...bytes, n];
};
const number = (/** @type {number} */ field, /** @type {number} */ value) => [...varint(8 * field), ...varint(value)];
/** Bytes that say how many they are; appended one by one, since weights are too many for a spread in a call. */
const bytes = (/** @type {number} */ field, /** @type {ArrayLike<number>} */ value) => varint(8 * field + 2).concat(varint(value.length), Array.from(value));
const text = (/** @type {number} */ field, /** @type {string} */ value) => bytes(field, new TextEncoder().encode(value));
const message = (/** @type {number} */ field, /** @type {Bytes[]} */ ...parts) => bytes(field, /** @type {Bytes} */ ([]).concat(...parts));

const [FLOAT, INT64] = [1, 7]; // TensorProto.DataType
const [INT, INTS] = [2, 7]; // AttributeProto.AttributeType

const tensor = (/** @type {string} */ name, /** @type {number[]} */ dims, /** @type {number} */ type, /** @type {Float32Array | BigInt64Array} */ values) =>
  message(5, ...dims.map((dim) => number(1, dim)), number(2, type), text(8, name), bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));

function attribute(/** @type {[string, number | number[]]} */ [name, value]) {
  const said = Array.isArray(value) ? [...value.map((one) => number(8, one)), number(20, INTS)] : [number(3, value), number(20, INT)];
  return message(5, text(1, name), ...said);
}

const value_info = (/** @type {number} */ field, /** @type {string} */ name, /** @type {(number | string)[]} */ shape) => {
  const dims = shape.map((dim) => message(1, typeof dim === "string" ? text(2, dim) : number(1, dim)));
  return message(field, text(1, name), message(2, message(1, number(1, FLOAT), message(2, ...dims))));
};

/**
 * @param {any} plan without batch norm, as `picture_plan(arch, side, false)` gives it
 * @param {Record<string, Float32Array>} state by torch's names
 * @returns {Uint8Array} a model from "x", (n, channels, side, side), to "logits", (n, classes)
 */
export function onnx_model(plan, state) {
  /** @type {Bytes[]} */
  const [nodes, tensors] = [[], []];
  let made = 0;
  const node = (/** @type {string} */ op, /** @type {string[]} */ inputs, attributes = {}, output = `t${++made}`) => {
    nodes.push(message(1, ...inputs.map((input) => text(1, input)), text(2, output), text(4, op), ...Object.entries(attributes).map(attribute)));
    return output;
  };
  const floats = (/** @type {string} */ name, /** @type {number[]} */ shape) => {
    tensors.push(tensor(name, shape, FLOAT, state[name]));
    return name;
  };
  const conv = (/** @type {any} */ { name, kernel, stride, inputs, outputs }, /** @type {string} */ x) =>
    node("Conv", [x, floats(`${name}.weight`, [outputs, inputs, kernel, kernel]), floats(`${name}.bias`, [outputs])],
      { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: Array(4).fill((kernel - 1) / 2) });
  const relu = (/** @type {string} */ x) => node("Relu", [x]);

  /** Option A: every second pixel, and zeros for the new channels. */
  const padded = (/** @type {string} */ x, /** @type {any} */ { inputs, stride }, /** @type {number} */ outputs) => {
    const fewer = stride === 1 ? x : node("MaxPool", [x], { kernel_shape: [1, 1], strides: [stride, stride] });
    const before = (outputs - inputs) / 2;
    const name = `pads ${++made}`;
    tensors.push(tensor(name, [8], INT64, BigInt64Array.from([0, before, 0, 0, 0, before, 0, 0], BigInt)));
    return node("Pad", [fewer, name]);
  };

  let x = relu(conv(plan.stem, "x"));
  for (const { branch: [one, two], shortcut, skip } of plan.blocks) {
    const inside = conv(two, relu(conv(one, x)));
    const passed = () => (shortcut === "pad" ? padded(x, one, two.outputs) : shortcut === "identity" ? x : conv(shortcut, x));
    x = relu(skip ? node("Add", [inside, passed()]) : inside);
  }
  const features = plan.blocks.at(-1).branch.at(-1).outputs;
  const head = [floats(`${plan.head}.weight`, [plan.classes, features]), floats(`${plan.head}.bias`, [plan.classes])];
  node("Gemm", [node("Flatten", [node("GlobalAveragePool", [x])]), ...head], { transB: 1 }, "logits");
  const graph = message(7, ...nodes, text(2, "network"), ...tensors, value_info(11, "x", ["n", plan.inputs, plan.side, plan.side]), value_info(12, "logits", ["n", plan.classes]));
  return Uint8Array.from([number(1, 8), graph, message(8, number(2, 17))].flat());
}
