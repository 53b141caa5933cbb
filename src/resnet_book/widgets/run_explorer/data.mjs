// Recorded runs as numbers and words: curves, tables, and how a number is written (as in __init__.py).

import { thousands } from "../shared/format.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const MISSING = "–";
const SOMETIMES = ["size", "rate"]; // columns that not each table has
const CURVES = ["test_accuracy", "train_accuracy", "test_loss", "train_loss", "lr", "rate"];
export const AXES = words.axes;

/** The names of the curves that there are: not each run tells its rate. */
export function curves(/** @type {any[]} */ runs) {
  return CURVES.filter((name) => name !== "rate" || runs.some((run) => run.rows.rate));
}

/** A curve in words: "test_loss" -> "validation loss" of a run that was scored so. */
export function curve_name(/** @type {string} */ curve, /** @type {any[]} */ runs) {
  if (curve === "lr") return words.curves.lr;
  if (curve === "rate") return words.curves.rate;
  const [set, what] = curve.split("_");
  return `${set === "train" ? words.curves.train : [...new Set(runs.map((run) => run.scored))].join(words.curves.or)} ${words.curves[what]}`;
}

// ---------------------------------------------------------------- numbers as text

const whole = (/** @type {number} */ value) => thousands(Math.round(value));

export const percent = (/** @type {number} */ value) => `${(100 * value).toFixed(2)} %`;

const loss = (/** @type {number} */ value) => (value < 1000 ? value.toFixed(value < 10 ? 4 : 2) : whole(value));

/** Four significant digits: 0.0375, 1.333e-5. */
function significant(/** @type {number} */ value) {
  const rounded = Number(value.toPrecision(4));
  return rounded && rounded < 1e-4 ? rounded.toExponential() : String(rounded);
}

/** 57.04 -> "57.0 s", 252 -> "4 min 12 s", 7380 -> "2 h 03 min". */
export function duration(/** @type {number} */ seconds) {
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const rounded = Math.floor(seconds + 0.5);
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${two(rounded % 60)} s`;
  const minutes = Math.floor((rounded + 30) / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

const WRITTEN = /** @type {Record<string, (value: number) => string>} */ ({ lr: significant, rate: whole, step: whole, size: whole, seconds: duration });

/** A value of a column as text. */
export function written(/** @type {string} */ column, /** @type {any} */ value) {
  if (value === null || value === undefined) return MISSING;
  return (WRITTEN[column] ?? (column.endsWith("loss") ? loss : percent))(value);
}

// ---------------------------------------------------------------- tables

/** The last epoch that there is a row of: a run that diverged has no more. */
export const last_epoch = (/** @type {any} */ run) => run.diverged?.epoch ?? run.epochs;

/** One line an epoch: { header, rows: [[text, value], ...][] }, a value null where none was recorded. */
export function epoch_table(/** @type {any} */ run) {
  const title = run.scored[0].toUpperCase() + run.scored.slice(1);
  const columns = /** @type {[string, string][]} */ (Object.entries(words.columns)).filter(([key]) => !SOMETIMES.includes(key) || run.rows[key]);
  const rows = Array.from({ length: last_epoch(run) }, (_, i) => [
    [String(i + 1), i + 1],
    ...columns.map(([key]) => [written(key, run.rows[key]?.[i]), run.rows[key]?.[i] ?? null]),
  ]);
  return { header: [words.epoch, ...columns.map(([, text]) => fill(text, { scored: title }))], rows };
}

/** The last epoch's score: what a run ends with. */
export const result = (/** @type {any} */ run) => run.rows.test_accuracy[last_epoch(run) - 1];

/** What fills the words on a run's end. */
export function end_of(/** @type {any} */ run) {
  const end = { accuracy: percent(result(run)), scored: run.scored };
  return run.diverged ? { ...end, ...run.diverged, step: whole(run.diverged.step) } : end;
}

const setting = (/** @type {string} */ key) => (key === "lr" ? words.curves.lr : key.replaceAll("_", " "));

/** The settings of a recipe, without those that are off: ["size 96", "flip"]. */
function settings(/** @type {any} */ run) {
  const on = Object.entries(run.settings).filter(([, value]) => value && value.length !== 0);
  return on.map(([key, value]) => (value === true ? setting(key) : `${setting(key)} ${[value].flat().join(" ")}`));
}

/**
 * Runs that differ in nothing but seed and machine, in order of their first. `name` is the recipe, `parts` what tells
 * a group from the others: what it was scored on and its budget, then whatever sets it apart from others of its recipe.
 */
export function groups(/** @type {any[]} */ runs) {
  const found = /** @type {Map<string, any>} */ (new Map());
  runs.forEach((run, index) => {
    const traits = [run.scored, run.budget, run.dataset, fill(words.facts.epochs, { count: run.epochs }), ...settings(run), ...(run.diverged ? [words.facts.apart] : [])];
    const key = JSON.stringify([run.recipe, traits]);
    if (!found.has(key)) found.set(key, { name: run.recipe, parts: [], members: [], traits });
    found.get(key).members.push(index);
  });
  const all = [...found.values()];
  for (const group of all) {
    let rivals = all;
    group.traits.forEach((/** @type {string} */ trait, /** @type {number} */ i) => {
      if (i === 2) rivals = rivals.filter((other) => other.name === group.name);
      const alike = rivals.filter((other) => other.traits.includes(trait));
      if (alike.length < rivals.length) group.parts.push(trait);
      rivals = alike;
    });
  }
  return all;
}

const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What the runs of each group end with: mean, lowest, highest, sample standard deviation (of 3 and more), mean time. */
export function spread(/** @type {any[]} */ runs) {
  return groups(runs).map(({ name, parts, members }) => {
    const own = members.map((/** @type {number} */ i) => runs[i]);
    const values = own.map(result);
    const middle = mean(values);
    const squares = values.map((/** @type {number} */ value) => (value - middle) ** 2);
    const machines = new Set(own.map((/** @type {any} */ { env }) => JSON.stringify([env.device, env.processor, env.cores, env.processes, env.arithmetic])));
    const times = own.map((/** @type {any} */ { env }) => env.seconds);
    return {
      name: [name, ...parts].join(", "),
      seeds: new Set(own.map((/** @type {any} */ { seed }) => seed)).size,
      mean: middle,
      low: values.length > 1 ? Math.min(...values) : null,
      high: values.length > 1 ? Math.max(...values) : null,
      deviation: values.length > 2 ? Math.sqrt(squares.reduce((a, b) => a + b) / (values.length - 1)) : null,
      seconds: machines.size === 1 && times.every(Number.isFinite) ? mean(times) : null,
    };
  });
}

/** Who ran it, on what, and what it ended with: [term, text]. */
export function facts(/** @type {any} */ run) {
  const { env } = run;
  const some = (/** @type {any[]} */ ...parts) => parts.filter(Boolean).join(", ") || words.facts.nothing;
  const device = env.device === "cpu" ? "CPU" : env.device;
  return [
    [words.facts.result, fill(run.diverged ? words.facts.diverged : words.facts.ends, end_of(run))],
    [words.facts.recipe, fill(words.facts.budget, { recipe: run.recipe, budget: run.budget, epochs: run.epochs })],
    [words.facts.seed, String(run.seed)],
    [words.facts.data, fill(words.facts.scored, { dataset: run.dataset, set: run.scored === "test" ? words.facts.test : words.facts.held_out })],
    [words.facts.computed_on, some(device, env.processor, env.cores && fill(words.facts.cores, { count: env.cores }), env.processes > 1 && fill(words.facts.processes, { count: env.processes }))],
    [words.facts.arithmetic, some(env.arithmetic)],
    [words.facts.time, env.seconds === undefined ? some() : duration(env.seconds)],
    [words.facts.versions, some(env.python && fill(words.facts.python, { version: env.python }), ...Object.entries(env.versions ?? {}).map(([name, version]) => version && `${name} ${version}`))],
    [words.facts.commit, some(env.commit?.replace("+", words.facts.changed))],
    [words.facts.settings, some(...settings(run))],
    ...(run.note ? [[words.facts.note, run.note]] : []),
  ];
}

// ---------------------------------------------------------------- curves

/** Points [x, y, index] of a run: at its epochs, and of its step curve where it has one. What was not recorded is left out. */
export function points(/** @type {any} */ run, /** @type {string} */ curve, /** @type {string} */ axis) {
  const { rows, steps } = run;
  const epochs = last_epoch(run);
  const trained = run.diverged ? rows.step.at(-1) / rows.step[0] : epochs; // in epochs: the one in which it diverged is none
  const numbers = (/** @type {string} */ column) => steps[column]?.split(" ").map(Number) ?? [];
  const fine = numbers(curve);
  const ends = fine.map((/** @type {number} */ _, /** @type {number} */ i) => Math.min((i + 1) * steps.every, steps.last));
  const [coarse_x, fine_x] = /** @type {any} */ ({
    epoch: [Array.from({ length: epochs }, (_, i) => i + 1), ends.map((/** @type {number} */ end) => (end * trained) / steps.last)],
    step: [rows.step, ends],
    seconds: [rows.seconds, numbers("seconds")],
  })[axis];
  const zip = (x = [], y = []) => y.map((value, i) => [x[i], value, i]).filter((point) => point.every(Number.isFinite));
  return { epochs: zip(coarse_x, rows[curve]), steps: zip(fine_x, fine) };
}
