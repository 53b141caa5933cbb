// What the tests ask of the face follower: its worker as the page drives it, its errors, and what its sliders make.

import { draw } from "../../src/resnet_book/widgets/face_follower/drawing.mjs";
import { errors } from "../../src/resnet_book/widgets/face_follower/errors.mjs";
import { FIELDS, another, face_of, moved, outside, seed, trained } from "../../src/resnet_book/widgets/face_follower/pose.mjs";
import { plan_of } from "../../src/resnet_book/widgets/face_follower/runner.mjs";
import { told_outside, told_says } from "../../src/resnet_book/widgets/face_follower/telling.mjs";
import worker from "../../src/resnet_book/widgets/face_follower/worker.mjs";
import { taken } from "../../src/resnet_book/widgets/face_follower/worker.mjs";

const told = /** @type {any[]} */ ([]);
const scope = /** @type {any} */ ({ postMessage: (/** @type {any} */ message) => told.push(message), onmessage: null });
worker(scope);

const api = {
  /** The worker, given its networks: what it says to that. */
  async open({ networks, record }) {
    told.length = 0;
    const plan = plan_of(record);
    for (const data of [{ kind: "open" }, ...networks.map((/** @type {any} */ fields) => ({ kind: "network", plan, ...fields }))]) await scope.onmessage({ data });
    return [...told];
  },

  /** The points that every network finds in the faces of states, and how long each face took. */
  async find({ states, record: { faces, normalize } }) {
    const found = [];
    for (const state of states) {
      told.length = 0;
      await scope.onmessage({ data: { kind: "find", turn: 7, pixels: draw(face_of(state), faces.size), normalize } });
      const { places, turn, ms } = told[0];
      found.push({ turn, ms, places: Object.fromEntries(Object.entries(places).map(([name, list]) => [name, [.../** @type {any} */ (list)]])) });
    }
    return found;
  },

  fields: () => FIELDS.map(({ key, label, min, max, options }) => ({ key, label, min, max, options })),
  faces: ({ states }) => states.map(face_of),
  input: ({ state, record: { faces, normalize } }) => [...taken(draw(face_of(state), faces.size), normalize)],
  errors: ({ found, points }) => errors(found, points),
  trained: ({ names }) => names.map(trained),
  outside: ({ state }) => ({ names: outside(state), text: told_outside(state) }),
  moved: ({ state, by }) => moved(state, by),
  another: ({ list, faces }) => list.map((/** @type {number} */ one) => another(one, faces)),
  says: ({ network, off, record }) => told_says(network, off, record),
  seed: ({ value }) => seed(value),
};

export default async function answer({ kind, ...question }) {
  try {
    return { ok: await api[kind](question) };
  } catch (error) {
    const { where, got, expected, fix, message } = error;
    return { error: { where, got, expected, fix, message } };
  }
}
