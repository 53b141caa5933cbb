// The exercises of the chapter on transfer learning: __init__.py again, under the same names.

import { architecture } from "../../widgets/shared/architectures.mjs";
import { trace } from "../../widgets/shared/trace.mjs";
import { choice, number } from "../kinds.mjs";
import words from "./words.json";

// ---------------------------------------------------------------- the head

const SIZE = 32;

/** Parameters of the last layer of `fashion-resnet20` for so many points. */
function head(/** @type {any} */ n, /** @type {number} */ pooled) {
  const arch = { ...architecture("fashion-resnet20", { num_classes: 2 * n.points }), pooled };
  return trace(arch, [1, SIZE, SIZE]).rows.find((/** @type {any} */ row) => row.name === "fc").params;
}

const HEAD_WEIGHTS = {
  kind: number(),
  first: { points: 68, pooled: 2 },
  draw: (d) => ({ points: d.pick(5, 21, 68, 98), pooled: d.pick(2, 4) }),
  right: (n) => head(n, n.pooled),
  mistakes: {
    "one-mean": (n) => head(n, 1),
    "no-bias": (n) => head(n, n.pooled) - 2 * n.points,
    "one-number": (n) => (32 * n.pooled * n.pooled + 1) * n.points,
    "one-side": (n) => (32 * n.pooled + 1) * 2 * n.points,
  },
  working: (n) => ({ features: 32 * n.pooled * n.pooled, outputs: 2 * n.points }),
};

// ---------------------------------------------------------------- an error of so many pixels

/** How far a point lies off. */
const distance = (/** @type {any} */ n) => Math.sqrt(n.right * n.right + n.down * n.down);

const NME_OF_A_SHIFT = {
  kind: number({ whole: false, tolerance: 0.01 }),
  first: { side: 224, eyes: 80, right: 3, down: 4 },
  draw: (d) => ({ side: d.pick(96, 224), eyes: d.whole(30, 60), right: 3 * d.whole(1, 2), down: 4 * d.whole(1, 2) }),
  right: (n) => (100 * distance(n)) / n.eyes,
  mistakes: {
    "over-side": (n) => (100 * distance(n)) / n.side,
    added: (n) => (100 * (n.right + n.down)) / n.eyes,
    part: (n) => distance(n) / n.eyes,
    "one-way": (n) => (100 * n.right) / n.eyes,
  },
  working: (n) => ({ distance: distance(n) }),
};

// ---------------------------------------------------------------- mirrored points

const down = (/** @type {number} */ from, /** @type {number} */ to) => Array.from({ length: from - to + 1 }, (_, i) => from - i);
/** The partner of each point in the mirror: jaw, brows, nose, eyes. */
const MIRRORED = [...down(16, 0), ...down(26, 17), 27, 28, 29, 30, ...down(35, 31), ...down(45, 42), 47, 46, ...down(39, 36), 41, 40];

const MIRROR_PARTNER = {
  kind: number(),
  first: { point: 37 },
  draw: (d) => ({ point: d.pick(0, 3, 17, 20, 31, 38, 39, 40) }),
  right: (n) => MIRRORED[n.point],
  mistakes: { itself: (n) => n.point, counted: (n) => 67 - n.point, next: (n) => MIRRORED[n.point] + 1 },
};

// ---------------------------------------------------------------- labels scaled twice

const SCALED_TWICE = {
  kind: number({ whole: false, tolerance: 0.01 }),
  first: { side: 224, x: 112 },
  draw: (d) => ({ side: d.pick(96, 224), x: d.pick(24, 48, 72) }),
  right: (n) => n.x / n.side,
  mistakes: { once: (n) => n.x, label: (n) => n.x / n.side / n.side, turned: (n) => n.side / n.x },
  working: (n) => ({ label: n.x / n.side / n.side }),
};

// ---------------------------------------------------------------- how much learns

/** Parameters of the last layer, and of all, of a network with so many outputs. */
function shares(/** @type {any} */ n, /** @type {number} */ outputs) {
  const { rows, params } = trace(architecture(n.network, { num_classes: outputs }), [3, 224, 224]);
  return [rows.find((/** @type {any} */ row) => row.name === "fc").params, params];
}

function share(/** @type {any} */ n, /** @type {number} */ outputs) {
  const [head, all] = shares(n, outputs);
  return (100 * head) / all;
}

const SHARE_THAT_LEARNS = {
  kind: number({ whole: false, tolerance: 0.02 }),
  first: { network: "resnet18" },
  draw: (d) => ({ network: d.pick("resnet34", "resnet50", "resnet101") }),
  right: (n) => share(n, 136),
  mistakes: {
    classes: (n) => share(n, 1000),
    trunk: (n) => 100 - share(n, 136),
    part: (n) => share(n, 136) / 100,
    points: (n) => share(n, 68),
  },
  working: (n) => ({ head: shares(n, 136)[0], all: shares(n, 136)[1] }),
};

// ---------------------------------------------------------------- thinking

const WHAT_STILL_MOVES = { kind: choice(), first: {}, right: () => "statistics" };

/** @type {import("../exercise.mjs").Chapter} */
export default {
  name: "transfer_learning",
  words,
  exercises: {
    "head-weights": HEAD_WEIGHTS,
    "nme-of-a-shift": NME_OF_A_SHIFT,
    "mirror-partner": MIRROR_PARTNER,
    "scaled-twice": SCALED_TWICE,
    "share-that-learns": SHARE_THAT_LEARNS,
    "what-still-moves": WHAT_STILL_MOVES,
  },
};
