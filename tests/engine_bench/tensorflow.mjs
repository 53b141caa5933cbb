// A network, by its plan and its state, in TensorFlow.js: its fused convolutions, channels last, as it likes them best.

/**
 * @param {any} tf
 * @param {any} plan without batch norm, as `picture_plan(arch, side, false)` gives it
 * @param {Record<string, Float32Array>} state by torch's names
 * @returns {(x: Float32Array, n: number) => Promise<Float32Array>} logits of n pictures [n][side][side][channels]
 */
export function tensorflow(tf, plan, state) {
  const layers = new Map();
  const layer = (/** @type {any} */ { name, kernel, stride, inputs, outputs }) => {
    const weights = tf.tidy(() => tf.keep(tf.transpose(tf.tensor4d(state[`${name}.weight`], [outputs, inputs, kernel, kernel]), [2, 3, 1, 0])));
    layers.set(name, { filter: weights, bias: tf.tensor1d(state[`${name}.bias`]), strides: stride, pad: (kernel - 1) / 2 });
  };
  for (const { branch, shortcut } of plan.blocks) [...branch, ...(shortcut.name ? [shortcut] : [])].forEach(layer);
  layer(plan.stem);
  const features = plan.blocks.at(-1).branch.at(-1).outputs;
  const head = tf.tidy(() => tf.keep(tf.transpose(tf.tensor2d(state[`${plan.head}.weight`], [plan.classes, features]))));
  const head_bias = tf.tensor1d(state[`${plan.head}.bias`]);

  const conv = (/** @type {any} */ { name }, /** @type {any} */ x, activation = "linear") => tf.fused.conv2d({ x, ...layers.get(name), activation });

  /** Option A: every second pixel, and zeros for the new channels. */
  const padded = (/** @type {any} */ x, /** @type {any} */ { inputs, stride }, /** @type {number} */ outputs) => {
    const side = [(outputs - inputs) / 2, (outputs - inputs) / 2];
    return tf.pad(stride === 1 ? x : tf.maxPool(x, 1, stride, "valid"), [[0, 0], [0, 0], [0, 0], side]);
  };

  const logits = (/** @type {any} */ input) => tf.tidy(() => {
    let x = conv(plan.stem, input, "relu");
    for (const { branch: [one, two], shortcut, skip } of plan.blocks) {
      const first = conv(one, x, "relu");
      if (!skip) x = conv(two, first, "relu");
      else x = tf.relu(tf.add(conv(two, first), shortcut === "pad" ? padded(x, one, two.outputs) : shortcut === "identity" ? x : conv(shortcut, x)));
    }
    return tf.add(tf.matMul(tf.mean(x, [1, 2]), head), head_bias);
  });

  return async (x, n) => {
    const input = tf.tensor4d(x, [n, plan.side, plan.side, plan.inputs]);
    const found = logits(input);
    const values = await found.data();
    tf.dispose([input, found]);
    return values;
  };
}
