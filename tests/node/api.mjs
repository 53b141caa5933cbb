// What the tests ask of the browser's side, as one object; bundled in the way a widget is.

import { Dice } from "../../src/resnet_book/exercises/dice.mjs";
import { Asked } from "../../src/resnet_book/exercises/exercise.mjs";
import chapters from "../../src/resnet_book/exercises/index.mjs";
import { read_number, read_order, read_shape } from "../../src/resnet_book/exercises/reading.mjs";
import { compute as calculate } from "../../src/resnet_book/widgets/bottleneck_calculator/widget.mjs";
import { architecture, block, names } from "../../src/resnet_book/widgets/shared/architectures.mjs";
import { compute as mix } from "../../src/resnet_book/widgets/channel_mixer/widget.mjs";
import { compute as convolve } from "../../src/resnet_book/widgets/conv_arithmetic/widget.mjs";
import { compute as explore, margins, note, percent, summary } from "../../src/resnet_book/widgets/prediction_explorer/counts.mjs";
import { facts, groups as alike, points, spread } from "../../src/resnet_book/widgets/run_explorer/data.mjs";
import { horizontal, layout, nearest, settle, ticks, vertical } from "../../src/resnet_book/widgets/run_explorer/plot.mjs";
import { compute as replay, fields } from "../../src/resnet_book/widgets/run_explorer/widget.mjs";
import { read as read_message, readers_place } from "../../src/resnet_book/widgets/error_reader/reading.mjs";
import { ShapeError } from "../../src/resnet_book/widgets/shared/errors.mjs";
import { groups, trace, trace_layers } from "../../src/resnet_book/widgets/shared/trace.mjs";
import { check, known_mistakes } from "../../src/resnet_book/widgets/shape_quiz/check.mjs";
import { question, truth } from "../../src/resnet_book/widgets/shape_quiz/questions.mjs";
import { working } from "../../src/resnet_book/widgets/shape_quiz/working.mjs";

const PARTS_OF_A_QUESTION = ["numbers", "right", "mistakes", "question", "hint", "answer", "typed", "options", "items", "parts", "wanted", "start"];
import { points as draw_points } from "../../src/resnet_book/widgets/skip_trainer/points.mjs";
import { clothes_architecture } from "../../src/resnet_book/widgets/skip_trainer/task.mjs";

const api = {
  spirals: ({ n, noise, seed }) => {
    const { x, classes } = draw_points("spirals", n, noise, seed);
    return { x: [...x], classes: [...classes] };
  },
  clothes: ({ blocks, width, skip }) => clothes_architecture(blocks, width, skip),
  names: () => names(),
  named: ({ name, options, shape }) => trace(architecture(name, options), shape),
  network: ({ network, shape }) => trace(network, shape),
  block: ({ fields, shape }) => trace(block(fields), shape),
  chain: ({ layers, shape }) => trace_layers(layers, shape),
  convolve: ({ counts = false, ...state }) => {
    const found = convolve(state);
    return { ...found, counts: counts ? [...found.counts] : [] };
  },
  mix: (state) => {
    const found = mix(state);
    return { ...found, map: [...found.map] };
  },
  replay: ({ runs, state }) => ({ ...replay(runs, state), facts: runs.map(facts), fields: fields(runs) }),
  alike: ({ runs }) => ({ groups: alike(runs), spread: spread(runs) }),
  points: ({ run, curve, axis }) => points(run, curve, axis),
  plan: ({ runs, state, width }) => layout(replay(runs, state), width, (text) => 6.5 * text.length),
  nearest: ({ plan, x, y }) => nearest(plan, x, y),
  ticks: ({ low, high, most }) => ticks(low, high, most),
  vertical: ({ values, curve }) => vertical(values, curve),
  horizontal: ({ most, axis, count }) => horizontal(most, axis, count),
  settle: ({ labels, points, top, bottom }) => settle(labels, points, top, bottom),
  groups: ({ name, shape, depth }) => groups(trace(architecture(name), shape).rows, depth),
  calculate: ({ state }) => calculate(state),
  question(state) {
    const asked = question(state);
    return { question: asked, truth: truth(asked), working: working(asked), mistakes: known_mistakes(asked) };
  },
  check: ({ state, text }) => check(question(state), text),
  explore({ data, true_class, predicted_class }) {
    const found = explore(data, { true_class, predicted_class });
    return { ...found, summary: summary(data, found), note: note(data, found), margins: margins(data.matrix) };
  },
  exercises: () => Object.fromEntries(Object.values(chapters).map((chapter) => [chapter.name, Object.keys(chapter.exercises)])),
  dice: ({ name, seed, count }) => {
    const dice = new Dice(name, seed);
    return Array.from({ length: count }, (_, i) => (i % 3 ? dice.whole(-i, 7 * i) : dice.shuffled(["a", "b", "c", "d", "e"])));
  },
  asked: ({ list }) => list.map(({ chapter, key, seed, facts, texts = [], traces = [] }) => {
    const asked = new Asked(chapters[chapter], key, seed, facts);
    const found = Object.fromEntries(PARTS_OF_A_QUESTION.map((name) => [name, asked[name]]));
    return { ...found, options: Object.entries(found.options), items: Object.entries(found.items), verdicts: texts.map((text, i) => asked.check(text, traces[i])) };
  }),
  read: ({ list }) => list.map(({ form, text, unit, whole, count }) => {
    try {
      if (form === "number") return read_number(text, unit, whole).map(String);
      return form === "shape" ? read_shape(text) : read_order(text, count);
    } catch (error) {
      if (!error.why) throw error;
      return error.why;
    }
  }),
  messages: ({ list }) => list.map((text) => ({ found: read_message(text), place: readers_place(text) })),
  message: ({ text }) => read_message(text),
  percent: ({ part, whole }) => percent(part, whole),
};

export default function answer({ kind, ...question }) {
  try {
    return { ok: api[kind](question) };
  } catch (error) {
    const { where, got, expected, fix, message } = error;
    return { error: { shape: error instanceof ShapeError, where, got, expected, fix, message } };
  }
}
