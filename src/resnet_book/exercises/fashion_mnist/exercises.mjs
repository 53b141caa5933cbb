// The exercises of the chapter on ResNet-18 and Fashion-MNIST: __init__.py again, under the same names.

import { architecture } from "../../widgets/shared/architectures.mjs";
import { trace } from "../../widgets/shared/trace.mjs";
import { number, parts } from "../kinds.mjs";
import words from "./words.json";

const PICTURES = 60_000;

/** @type {Map<number, number>} */
const MACS = new Map();

/** Of the textbook's ResNet-18, for one picture, forward. @returns {number} */
function macs(/** @type {number} */ size) {
  if (!MACS.has(size)) MACS.set(size, trace(architecture("resnet18-d2l"), [1, size, size]).macs);
  return /** @type {number} */ (MACS.get(size));
}

const total = (/** @type {number[]} */ list) => list.reduce((a, b) => a + b, 0);

// ---------------------------------------------------------------- steps

const STEPS = {
  kind: number(),
  first: { epochs: 10, batch: 112 },
  draw: (d) => ({ epochs: d.whole(3, 20), batch: d.pick(48, 64, 128, 256, 512) }),
  right: (n) => n.epochs * Math.ceil(PICTURES / n.batch),
  mistakes: {
    "last-batch": (n) => n.epochs * Math.floor(PICTURES / n.batch),
    "in-one-go": (n) => Math.ceil((n.epochs * PICTURES) / n.batch),
    "one-epoch": (n) => Math.ceil(PICTURES / n.batch),
    pictures: (n) => n.epochs * PICTURES,
  },
  working: (n) => ({ pictures: PICTURES, whole: Math.floor(PICTURES / n.batch), rest: PICTURES % n.batch, each: Math.ceil(PICTURES / n.batch) }),
};

// ---------------------------------------------------------------- the rate at a step

function rate_at(/** @type {any} */ n) {
  const peak = n.hundredths / 100;
  return n.done <= n.warm ? (peak * n.done) / n.warm : (peak * (100 - n.done)) / (100 - n.warm);
}

const RATE_AT_A_STEP = {
  kind: number({ whole: false, tolerance: 0.005 }),
  first: { hundredths: 5, warm: 20, done: 80 },
  draw: (d) => ({ hundredths: d.pick(5, 10, 20), warm: d.pick(20, 25, 40), done: d.pick(5, 15, 55, 65, 80, 90) }),
  right: rate_at,
  mistakes: {
    constant: (n) => n.hundredths / 100,
    "no-way-up": (n) => ((n.hundredths / 100) * (100 - n.done)) / 100,
    "what-is-gone": (n) => n.hundredths / 100 - rate_at(n),
    "still-up": (n) => ((n.hundredths / 100) * n.done) / 100,
  },
  working: (n) => ({
    peak: n.hundredths / 100,
    fall: 100 - n.warm,
    part: n.done <= n.warm ? n.done : 100 - n.done,
    whole: n.done <= n.warm ? n.warm : 100 - n.warm,
  }),
};

// ---------------------------------------------------------------- a smoothed answer

const part = (/** @type {any} */ n) => n.percent / 100;

const SMOOTHED_TARGET = {
  kind: number({ whole: false, tolerance: 0.001 }),
  first: { percent: 20, classes: 10 },
  draw: (d) => ({ percent: d.pick(5, 10, 15, 30), classes: d.pick(5, 20, 100) }),
  right: (n) => 1 - part(n) + part(n) / n.classes,
  mistakes: {
    "others-alone": (n) => 1 - part(n),
    "a-wrong-class": (n) => part(n) / n.classes,
    spread: part,
    "among-the-rest": (n) => 1 - part(n) / (n.classes - 1),
  },
  working: (n) => ({ part: part(n), each: part(n) / n.classes, kept: 1 - part(n) }),
};

// ---------------------------------------------------------------- the cost of small pictures

const grown = (/** @type {any} */ n) => n.small * macs(48) + n.middle * macs(64) + n.large * macs(96);
const epochs = (/** @type {any} */ n) => n.small + n.middle + n.large;

const GROWING_PICTURES = {
  kind: number({ whole: false, tolerance: 0.01 }),
  first: { small: 6, middle: 2, large: 2 },
  draw: (d) => ({ small: d.whole(2, 8), middle: d.whole(1, 5), large: d.whole(1, 4) }),
  right: (n) => (100 * grown(n)) / (epochs(n) * macs(96)),
  mistakes: {
    side: (n) => (100 * (48 * n.small + 64 * n.middle + 96 * n.large)) / (96 * epochs(n)),
    saved: (n) => 100 - (100 * grown(n)) / (epochs(n) * macs(96)),
    "large-alone": (n) => (100 * n.large) / epochs(n),
    "no-epochs": () => (100 * (macs(48) + macs(64) + macs(96))) / (3 * macs(96)),
  },
  working: (n) => ({ epochs: epochs(n), at48: macs(48), at64: macs(64), at96: macs(96), sum: grown(n) }),
};

// ---------------------------------------------------------------- the least time

const least_minutes = (/** @type {any} */ n) => (3 * macs(n.size) * PICTURES * n.epochs) / n.rate / 60;

const LEAST_TIME = {
  kind: number({ whole: false, tolerance: 0.01 }),
  first: { epochs: 5, size: 224 },
  draw: (d) => ({ epochs: d.whole(3, 20), size: d.pick(28, 48, 64, 128, 160) }),
  right: least_minutes,
  mistakes: {
    forward: (n) => least_minutes(n) / 3,
    seconds: (n) => 60 * least_minutes(n),
    flops: (n) => 2 * least_minutes(n),
    "one-epoch": (n) => least_minutes(n) / n.epochs,
    "backward-once": (n) => (least_minutes(n) * 2) / 3,
  },
  working: (n) => ({ each: macs(n.size), pictures: PICTURES, seconds: 60 * least_minutes(n) }),
};

// ---------------------------------------------------------------- which result

const last = (/** @type {any} */ n) => n.scores.at(-1);
const best = (/** @type {any} */ n) => Math.max(...n.scores);

const LAST_OR_BEST = {
  kind: parts(number({ whole: false, tolerance: 0.001 }), number({ whole: false, tolerance: 0.01 })),
  first: {},
  right: (n) => [last(n) / 100, (best(n) - last(n)) / 100],
  mistakes: {
    best: (n) => [best(n) / 100, null],
    mean: (n) => [total(n.scores) / n.scores.length / 100, null],
    spread: (n) => [null, (best(n) - Math.min(...n.scores)) / 100],
  },
  working: (n) => ({ best: best(n) / 100, last: last(n) / 100 }),
};

// ---------------------------------------------------------------- precision and recall

const PRECISION_AND_RECALL = {
  kind: parts(number({ whole: false, tolerance: 0.005 }), number({ whole: false, tolerance: 0.005 })),
  first: { members: 1000, called: 950, hits: 800 },
  draw: (d) => ({ members: d.pick(500, 1000), called: d.pick(440, 480, 520, 800), hits: d.whole(301, 430) }),
  right: (n) => [(100 * n.hits) / n.called, (100 * n.hits) / n.members],
  mistakes: {
    exchanged: (n) => [(100 * n.hits) / n.members, (100 * n.hits) / n.called],
    missed: (n) => [(100 * (n.called - n.hits)) / n.called, (100 * (n.members - n.hits)) / n.members],
    "how-many": (n) => [(100 * n.called) / n.members, (100 * n.called) / n.members],
  },
};

// ---------------------------------------------------------------- by chance

/** In points. */
const standard_error = (/** @type {any} */ n) => Math.sqrt((n.percent * (100 - n.percent)) / n.pictures);

const STANDARD_ERROR = {
  kind: number({ whole: false, tolerance: 0.02 }),
  first: { percent: 90, pictures: 5000 },
  draw: (d) => ({ percent: d.pick(70, 85, 95, 98), pictures: d.pick(500, 1000, 2000, 10_000, 50_000) }),
  right: standard_error,
  mistakes: {
    "no-root": (n) => (n.percent * (100 - n.percent)) / n.pictures,
    "right-alone": (n) => Math.sqrt((100 * n.percent) / n.pictures),
    half: (n) => 50 / Math.sqrt(n.pictures),
    two: (n) => 2 * standard_error(n),
    "not-divided": (n) => Math.sqrt(n.percent * (100 - n.percent)),
  },
  working: (n) => ({ wrong: 100 - n.percent, product: n.percent * (100 - n.percent) }),
};

// ---------------------------------------------------------------- better, or lucky

const BETTER_OR_LUCKY = {
  kind: number({ whole: false, tolerance: 0.02 }),
  first: { a: 60, b: 90 },
  draw: (d) => ({ a: d.whole(40, 90), b: d.whole(95, 160) }),
  right: (n) => (n.b - n.a) / Math.sqrt(n.a + n.b),
  mistakes: {
    heads: (n) => (n.b - n.a) / 2,
    "no-half": (n) => (n.b - n.a) / 2 / Math.sqrt(n.a + n.b),
    "whole-gap": (n) => (2 * (n.b - n.a)) / Math.sqrt(n.a + n.b),
    "no-root": (n) => (n.b - n.a) / (n.a + n.b),
  },
  working: (n) => ({ all: n.a + n.b, off: (n.b - n.a) / 2, deviation: Math.sqrt(n.a + n.b) / 2 }),
};

/** @type {import("../exercise.mjs").Chapter} */
export default {
  name: "fashion_mnist",
  words,
  exercises: {
    "steps-of-a-run": STEPS,
    "smoothed-target": SMOOTHED_TARGET,
    "rate-at-a-step": RATE_AT_A_STEP,
    "growing-pictures": GROWING_PICTURES,
    "precision-and-recall": PRECISION_AND_RECALL,
    "last-or-best": LAST_OR_BEST,
    "least-time": LEAST_TIME,
    "standard-error": STANDARD_ERROR,
    "better-or-lucky": BETTER_OR_LUCKY,
  },
};
