// How fast the engine is: milliseconds a step of training and a picture of inference, by backend.

import { open_backend } from "../../src/resnet_book/widgets/engine/backends.mjs";
import { Network } from "../../src/resnet_book/widgets/engine/network.mjs";
import { Adam, Momentum, train_step } from "../../src/resnet_book/widgets/engine/optimizers.mjs";
import { picture_plan, point_plan } from "../../src/resnet_book/widgets/engine/plan.mjs";
import { normal, uniform } from "../../src/resnet_book/widgets/engine/random.mjs";
import { start } from "../../src/resnet_book/widgets/engine/starts.mjs";
import { architecture } from "../../src/resnet_book/widgets/shared/architectures.mjs";

const numbers = (/** @type {number} */ n) => Float32Array.from({ length: n }, normal(uniform(7)));

/** The shortest time of some calls, in ms: what the machine can do when nothing else asks for it. */
function shortest(/** @type {() => void} */ run, /** @type {number} */ calls) {
  for (let i = 0; i < 3; i++) run();
  const times = Array.from({ length: calls }, () => {
    const began = performance.now();
    run();
    return performance.now() - began;
  });
  return Math.min(...times);
}

export default async function answer({ kind, backend = "best", calls = 20, ...fields }) {
  const { kernels, name } = await open_backend(backend);
  if (kind === "points") {
    const { blocks, batch, skip = true } = fields;
    const net = new Network(kernels(), point_plan({ width: 8, blocks, classes: 2, skip }), { batch });
    start(net, "he", 0);
    net.load(numbers(2 * batch), Array.from({ length: batch }, (_, i) => i % 2));
    const optimizer = new Adam(net);
    return { name, ms: shortest(() => train_step(net, optimizer, 0.01), calls) };
  }
  const { network, side, batch, train = false, arch = architecture(network) } = fields;
  const net = new Network(kernels(), picture_plan(arch, side, train), { batch });
  start(net, "he", 0);
  net.load(numbers(batch * side * side * arch.in_channels), Array.from({ length: batch }, (_, i) => i % 10));
  const optimizer = new Momentum(net);
  return { name, ms: shortest(() => (train ? train_step(net, optimizer, 0.01) : net.evaluate()), calls) };
}
