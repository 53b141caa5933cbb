// The head of a drawn face: data/drawn_faces/head.py again, for one face.
//
// Its coordinates: x to the viewer's right, y down, z towards the viewer, the half width of the head about 0.9.

import TABLE from "../../data/drawn_faces/face.json";
import { uniform } from "./chance.mjs";

/** @typedef {Record<string, number>} Face a number for each name of `ranges`, `chances` and `choices`, "style", and "seed" */
/** @typedef {[number, number, number]} Point x, y, z */
/** @typedef {import("./raster.mjs").Place} Place */

const EARS = -0.12; // the height at which the jaw's line begins
const SLIDE = 0.45; // how far an outline slides over a head that turns: what is seen of it is another line then
const EYE = 6; // the viewer's distance

/** A face out of a seed, from 0, below 2**32. @returns {Face} */
export function parameters(/** @type {number} */ seed, hard = 1) {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) throw new RangeError(`seed: expected a whole number from 0, below 2**32, got ${seed}`);
  /** @type {Face} */
  const face = { seed };
  let place = 0;
  for (const [name, [plain, low, high]] of Object.entries(TABLE.ranges)) face[name] = plain + (low + uniform(seed, place++) * (high - low) - plain) * hard;
  for (const [name, part] of Object.entries(TABLE.chances)) face[name] = uniform(seed, place++) < part ? 1 : 0;
  for (const [name, colours] of Object.entries(TABLE.choices)) face[name] = Math.floor(uniform(seed, place++) * colours.length);
  face.style = Math.floor(uniform(seed, place) * TABLE.hair_styles.length);
  for (const name of ["mouth", "eyes", "noise"]) face[name] = Math.max(face[name], 0); // the mouth's range begins below 0: many are shut
  return face;
}

/** Of -pi/2 to pi/2, to eleven digits: a polynomial, as libraries differ in the last one. */
function sine(/** @type {number} */ x) {
  const y = x * x;
  let s = 1 - (y / 210) * (1 - y / 272);
  for (const k of [156, 110, 72, 42, 20, 6]) s = 1 - (y / k) * s;
  return x * s;
}

/** Of -pi/2 to pi/2, likewise. */
function cosine(/** @type {number} */ x) {
  const y = x * x;
  let s = 1 - (y / 240) * (1 - y / 306);
  for (const k of [182, 132, 90, 56, 30, 12, 2]) s = 1 - (y / k) * s;
  return s;
}

const HALF_TURN = Array.from({ length: 17 }, (_, i) => (Math.PI * i) / 16);
export const COSINES = HALF_TURN.map((a) => sine(Math.PI / 2 - a));
export const SINES = HALF_TURN.map((a) => cosine(a - Math.PI / 2));

/** How far the skin of the face stands out. */
export const depth = (/** @type {number} */ x, /** @type {number} */ y) => 0.4 - 0.5 * x * x - 0.18 * (y - 0.1) * (y - 0.1);

/** How a face is seen: points of the head to places in the picture, the picture's side being 1. */
export class View {
  constructor(/** @type {Face} */ face) {
    this.face = face;
    const turns = [face.turn, face.nod, face.tilt].map((degrees) => degrees * (Math.PI / 180));
    this.sines = turns.map(sine);
    this.cosines = turns.map(cosine);
  }

  /** @returns {Place[]} */
  see(/** @type {Point[]} */ points, slide = 0) {
    const { x: middle, y: height, scale } = this.face;
    const [[turn, nod, tilt], [c_turn, c_nod, c_tilt]] = [this.sines, this.cosines];
    return points.map(([x, y, z]) => {
      z = z - slide * x * turn + 0.1;
      [x, z] = [x * c_turn + z * turn, z * c_turn - x * turn];
      [y, z] = [y * c_nod + z * nod, z * c_nod - y * nod];
      [x, y] = [x * c_tilt - y * tilt, x * tilt + y * c_tilt];
      const near = (scale * EYE) / (EYE - z);
      return [middle + x * near, height + y * near];
    });
  }

  /** The same of an outline, which slides over the head as it turns. */
  outline(/** @type {Point[]} */ points) {
    return this.see(points, SLIDE);
  }

  /** The same of points (x, y) on the skin of the face. */
  skin(/** @type {Place[]} */ points) {
    return this.see(points.map(([x, y]) => [x, y, depth(x, y)]));
  }
}

/** The 68 points in the usual order, exactly where they are drawn, the picture's side being 1. @returns {Place[]} */
export function face_points(/** @type {Face} */ face) {
  const view = new View(face);
  const jaw = view.outline(HALF_TURN.map((_, i) => rim(face, i)));
  const right = eye(face, 1);
  const eyes = [...eye(face, -1), ...[3, 2, 1, 0, 5, 4].map((i) => right[i])];
  return [...jaw, ...view.see([...brow(face, -1), ...brow(face, 1).reverse(), ...nose(face), ...eyes, ...mouth(face)])];
}

/** The jaw's line from ear to ear; an open mouth takes the chin down. @returns {Point} */
function rim(/** @type {Face} */ face, /** @type {number} */ i) {
  const [c, s] = [COSINES[i], SINES[i]];
  const x = -face.width * c * (1 + face.square * (s * s));
  return [x, EARS + face.length * s + face.mouth * (0.14 * s * s * s), -0.05 + 0.25 * s * s];
}

/** The outline goes on from the right ear (i = 0) over the top to the left one (i = 16). @returns {Point} */
export function forehead(/** @type {Face} */ face, /** @type {number} */ i) {
  const [c, s] = [COSINES[i], SINES[i]];
  return [face.width * c * (1 + 0.3 * s * s), EARS - 1.02 * s, -0.05 + 0.15 * s];
}

/** From the outer end to the inner. @returns {Point[]} */
function brow(/** @type {Face} */ face, /** @type {number} */ side) {
  const up = side < 0 ? face.brow_left : face.brow_right;
  const parts = [[0.3, -0.5], [0.18, 0.6], [0.03, 1], [-0.11, 0.8], [-0.23, 0.2]]; // prettier-ignore
  return parts.map(([out, arch]) => {
    const [x, y] = [side * (pupil(face) + out), -0.42 - up - face.brow_arch * arch];
    return [x, y, depth(x, y) + 0.03];
  });
}

/** Down the bridge to the tip, then along its foot. @returns {Point[]} */
function nose(/** @type {Face} */ face) {
  /** @type {Point[]} */
  const bridge = [0, 1, 2, 3].map((k) => {
    const y = -0.14 + (face.nose_long * k) / 3;
    return [0, y, depth(0, y) + 0.04 + 0.07 * k];
  });
  const parts = [[-1, 0.08, 0.05], [-0.52, 0.12, 0.12], [0, 0.14, 0.16], [0.52, 0.12, 0.12], [1, 0.08, 0.05]]; // prettier-ignore
  return bridge.concat(
    parts.map(([out, low, near]) => {
      const [x, y] = [face.nose_wide * out, face.nose_long - 0.14 + low];
      return [x, y, depth(x, y) + near];
    }),
  );
}

/** How far an eye's middle lies from the middle of the face. */
export const pupil = (/** @type {Face} */ face) => face.eye_apart * face.width;

/** Outer corner, upper lid, inner corner, lower lid. @returns {Point[]} */
function eye(/** @type {Face} */ face, /** @type {number} */ side) {
  const parts = [[1, 0], [0.42, 1], [-0.42, 0.95], [-1, 0], [-0.4, -0.55], [0.42, -0.62]]; // prettier-ignore
  return parts.map(([out, up]) => {
    const x = side * (pupil(face) + face.eye_wide * out);
    const y = -0.12 - face.eyes * (0.17 * up) - face.eye_slant * out;
    return [x, y, depth(x, y)];
  });
}

/** Around the lips from the viewer's left corner, over the top; then around the opening likewise. @returns {Point[]} */
function mouth(/** @type {Face} */ face) {
  const wide = face.lips_wide * (1 + 0.12 * face.smile) * (1 - 0.12 * face.mouth);
  const [full, opening] = [face.lips_full, face.mouth * 0.26];
  const middle = 0.6 + (face.nose_long - 0.4) * 0.5 + (face.length - 1.16) * 0.4;
  const [up, down] = [full * 0.9, full * 1.15 + opening];
  const outer = [
    [-1, 0, 0], [-0.6, -0.75, 0], [-0.22, -1, 0], [0, -0.85, 0], [0.22, -1, 0], [0.6, -0.75, 0], [1, 0, 0],
    [0.62, 0, 0.72], [0.3, 0, 0.96], [0, 0, 1], [-0.3, 0, 0.96], [-0.62, 0, 0.72],
  ]; // prettier-ignore
  const inner = [[-0.86, 0, 0], [-0.32, 0, 0], [0, 0, 0], [0.32, 0, 0], [0.86, 0, 0], [0.32, 0, 0.92], [0, 0, 1], [-0.32, 0, 0.92]]; // prettier-ignore
  const around = (/** @type {number[][]} */ ring, /** @type {number} */ below) =>
    ring.map(([out, over, under]) => {
      const x = wide * out;
      const y = middle + up * over + below * under + face.smile * (0.05 - 0.13 * out * out);
      return /** @type {Point} */ ([x, y, depth(x, y) + 0.06]);
    });
  return [...around(outer, down), ...around(inner, opening + 0.012)];
}
