// The exercises of the chapter on degradation: __init__.py again, under the same names.

import { choice, number, ordering } from "../kinds.mjs";
import words from "./words.json";

const sum = (/** @type {number[]} */ list) => list.reduce((a, b) => a + b, 0);

/** How many points a plain network of the recorded sweep got right. @returns {number} */
const got_right = (/** @type {any} */ n) => n.plain[String(n.blocks)][n.seed];

// ---------------------------------------------------------------- what the networks are

const LAYERS_OF_BLOCKS = {
  kind: number(),
  first: { blocks: 20 },
  draw: (d) => ({ blocks: d.whole(3, 60) }),
  right: (n) => 2 * n.blocks + 2,
  mistakes: {
    blocks: (n) => n.blocks,
    "no-ends": (n) => 2 * n.blocks,
    "one-end": (n) => 2 * n.blocks + 1,
    "one-each": (n) => n.blocks + 2,
  },
  working: (n) => ({ inside: 2 * n.blocks }),
};

const WEIGHTS_OF_BOTH = {
  kind: number(),
  first: { blocks: 20, width: 8 },
  draw: (d) => ({ blocks: d.whole(2, 50), width: d.pick(4, 6, 8, 10, 16) }),
  right: (n) => 4 * n.width + 2 * n.blocks * n.width * n.width,
  mistakes: {
    "one-layer": (n) => 4 * n.width + n.blocks * n.width * n.width,
    "no-ends": (n) => 2 * n.blocks * n.width * n.width,
    skips: (n) => 4 * n.width + 3 * n.blocks * n.width * n.width,
    "not-squared": (n) => 4 * n.width + 2 * n.blocks * n.width,
  },
  working: (n) => ({
    square: n.width * n.width,
    inside: 2 * n.blocks * n.width * n.width,
    layers: 2 * n.blocks,
    ends: 4 * n.width,
  }),
};

const PASSES_ON = {
  kind: number(),
  first: { blocks: 5, width: 8 },
  draw: (d) => ({ blocks: d.whole(2, 40), width: d.pick(4, 8, 16, 32) }),
  right: (n) => 2 * n.blocks * n.width,
  mistakes: {
    "one-layer": (n) => n.blocks * n.width,
    "one-block": (n) => 2 * n.width,
    all: (n) => 2 * n.blocks * n.width * n.width,
    zeros: (n) => 2 * n.blocks * n.width * (n.width - 1),
    none: () => 0,
  },
  working: (n) => ({ layers: 2 * n.blocks }),
};

// ---------------------------------------------------------------- what they did

const POINTS_WRONG = {
  kind: number(),
  first: { blocks: 20, seed: 2 },
  draw: (d) => ({ blocks: d.pick(20, 50), seed: d.whole(0, 2) }),
  right: (n) => n.points - got_right(n),
  mistakes: {
    right: got_right,
    "more-than-guessing": (n) => got_right(n) - n.points / 2,
    percent: (n) => Math.round((100 * (n.points - got_right(n))) / n.points),
    all: (n) => n.points,
  },
  working: (n) => ({
    share: (100 * got_right(n)) / n.points,
    wrong: (100 * (n.points - got_right(n))) / n.points,
    half: n.points / 2,
  }),
};

/** @type {Record<string, string>} */
const DEPTHS = { "plain-1": "1", "plain-10": "10", "plain-20": "20", "plain-50": "50" };

const BY_WHAT_THEY_LEARNED = {
  kind: ordering(),
  first: { items: ["plain-20", "plain-1", "plain-50"] },
  draw: (d) => ({ items: d.shuffled(["plain-1", "plain-10", "plain-20", "plain-50"]) }),
  right: (n) => {
    const learned = (/** @type {string} */ item) => sum(n.plain[DEPTHS[item]]);
    return [...n.items].sort((a, b) => learned(b) - learned(a));
  },
};

// ---------------------------------------------------------------- what it is called

/** Training and test accuracy of a shallow and of a deep network, in per cent: of one of four cases. */
function scenario(/** @type {import("../dice.mjs").Dice} */ d) {
  const [train, gap] = [d.whole(88, 94), d.whole(2, 5)];
  const which = d.whole(0, 3);
  const deep_train = [train - d.whole(3, 8), train + d.whole(3, 5), train + d.whole(2, 4), train][which];
  const test = train - gap;
  const deep_test = [test - d.whole(3, 8), test - d.whole(2, 5), test + d.whole(1, 3), test][which];
  return { train, test, deep_train, deep_test };
}

function called(/** @type {any} */ n) {
  if (n.deep_train < n.train) return "degradation";
  if (n.deep_test < n.test) return "overfitting";
  return n.deep_test > n.test ? "better" : "same";
}

const WHAT_IT_IS_CALLED = {
  kind: choice(),
  first: { train: 94, test: 90, deep_train: 89, deep_test: 86 },
  draw: scenario,
  right: called,
};

const WHICH_CAUSE = { kind: choice(), first: {}, right: () => "search" };

/** @type {import("../exercise.mjs").Chapter} */
export default {
  name: "degradation",
  words,
  exercises: {
    "layers-of-blocks": LAYERS_OF_BLOCKS,
    "weights-of-both": WEIGHTS_OF_BOTH,
    "points-wrong": POINTS_WRONG,
    "by-what-they-learned": BY_WHAT_THEY_LEARNED,
    "passes-on": PASSES_ON,
    "what-it-is-called": WHAT_IT_IS_CALLED,
    "which-cause": WHICH_CAUSE,
  },
};
