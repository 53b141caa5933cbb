// All chapters that have exercises, by name; a page loads only its own.

import batch_normalization from "./batch_normalization/exercises.mjs";
import bottleneck_arithmetic from "./bottleneck_arithmetic/exercises.mjs";
import cifar_family from "./cifar_family/exercises.mjs";
import degradation from "./degradation/exercises.mjs";
import fashion_mnist from "./fashion_mnist/exercises.mjs";
import loss_surfaces from "./loss_surfaces/exercises.mjs";
import one_by_one from "./one_by_one/exercises.mjs";
import read_any_network from "./read_any_network/exercises.mjs";
import residual_learning from "./residual_learning/exercises.mjs";
import transfer_learning from "./transfer_learning/exercises.mjs";
import what_a_block_does from "./what_a_block_does/exercises.mjs";

/** @type {Record<string, import("./exercise.mjs").Chapter>} */
export default {
  residual_learning,
  one_by_one,
  bottleneck_arithmetic,
  fashion_mnist,
  degradation,
  cifar_family,
  batch_normalization,
  loss_surfaces,
  what_a_block_does,
  read_any_network,
  transfer_learning,
};
