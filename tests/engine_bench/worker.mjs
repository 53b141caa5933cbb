// In the worker: a plain and a residual network of width 8 that learn from the same points, as fast as they can.

import { open_backend } from "../../src/resnet_book/widgets/engine/backends.mjs";
import { Network } from "../../src/resnet_book/widgets/engine/network.mjs";
import { Adam, train_step } from "../../src/resnet_book/widgets/engine/optimizers.mjs";
import { point_plan } from "../../src/resnet_book/widgets/engine/plan.mjs";
import { normal, uniform } from "../../src/resnet_book/widgets/engine/random.mjs";
import { start } from "../../src/resnet_book/widgets/engine/starts.mjs";
import { serve } from "../../src/resnet_book/widgets/engine/worker.mjs";

const CALLS = 20; // steps between two looks at the clock

export default (/** @type {any} */ scope) => serve(scope, {
  async steps({ blocks, points, seconds }) {
    const { kernels } = await open_backend();
    const x = Float32Array.from({ length: 2 * points }, normal(uniform(7)));
    const learners = [false, true].map((skip) => {
      const network = new Network(kernels(), point_plan({ width: 8, blocks, classes: 2, skip }), { batch: points });
      start(network, "he", 0);
      network.load(x, Array.from({ length: points }, (_, i) => i % 2));
      return { network, optimizer: new Adam(network), ms: 0 };
    });
    const round = () => {
      for (const learner of learners) {
        const began = performance.now();
        for (let i = 0; i < CALLS; i++) train_step(learner.network, learner.optimizer, 0.001);
        learner.ms += performance.now() - began;
      }
    };
    round(); // until it is compiled well
    for (const learner of learners) learner.ms = 0;
    scope.postMessage({ kind: "begun" });
    const end = performance.now() + 1000 * seconds;
    let rounds = 0;
    for (; performance.now() < end; rounds++) round();
    scope.postMessage({ kind: "done", ms: learners.map(({ ms }) => ms / rounds / CALLS) });
  },
});
