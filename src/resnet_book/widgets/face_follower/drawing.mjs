// How a face is painted, from the back to the front: data/drawn_faces/paint.py again, for one face.

import TABLE from "../../data/drawn_faces/face.json";
import { bits } from "./chance.mjs";
import { COSINES, SINES, View, depth, face_points, forehead, parameters, pupil } from "./head.mjs";
import { coverage, smooth, stroke } from "./raster.mjs";

export { face_points, parameters };

/** @typedef {import("./head.mjs").Face} Face */
/** @typedef {import("./head.mjs").Point} Point */
/** @typedef {import("./raster.mjs").Place} Place */
/** @typedef {import("./raster.mjs").Covered} Covered */
/** @typedef {{ canvas: Canvas, face: Face, view: View, colours: Record<string, number[]>, at: Place[] }} Scene */

const INKS = TABLE.inks;
const EIGHTHS = Array.from({ length: 8 }, (_, i) => 2 * i);
/** Sixteen directions, (cosine, sine). */
const ROUND = [...EIGHTHS.map((i) => [COSINES[i], -SINES[i]]), ...EIGHTHS.map((i) => [-COSINES[i], SINES[i]])];
const GRAINS = 1000; // the first place of the noise's chances, behind those of the parameters
const SIDES = [-1, 1];

/** The picture of a face: size x size pixels of red, green, blue and 255, as a canvas takes them. */
export function draw(/** @type {Face} */ face, /** @type {number} */ size) {
  if (!Number.isInteger(size) || size < 8 || size > 1024) throw new RangeError(`size: expected a whole number from 8 to 1024, got ${size}`);
  const colours = Object.fromEntries(Object.entries(TABLE.choices).map(([name, list]) => [name, list[face[name]]]));
  const scene = { canvas: new Canvas(size), face, view: new View(face), colours, at: face_points(face) };
  for (const part of [background, body, head, nose, eyes, brows, mouth, hair, glasses, light, noise]) part(scene);
  return scene.canvas.rounded();
}

class Canvas {
  constructor(/** @type {number} */ size) {
    this.size = size;
    this.pixels = new Float64Array(size * size * 3);
  }

  /** Lay one shape on, the picture's side being 1 for it. `within` is a mask that it is cut by. @returns {Covered} */
  fill(/** @type {Place[]} */ outline, /** @type {number[]} */ colour, opacity = 1, /** @type {Float64Array | null} */ within = null) {
    if (!opacity) return { upper: 0, height: 0, parts: new Float64Array(0) };
    const { size, pixels } = this;
    const covered = coverage(
      outline.map(([x, y]) => [x * size, y * size]),
      size,
    );
    const { upper, parts } = covered;
    for (let i = 0, at = upper * size; i < parts.length; i++, at++) {
      if (within) parts[i] *= within[at];
      const shown = parts[i] * opacity;
      if (shown) for (let k = 0; k < 3; k++) pixels[3 * at + k] += shown * (colour[k] - pixels[3 * at + k]);
    }
    return covered;
  }

  /** What a shape covers, of every pixel. */
  mask(/** @type {Covered} */ { upper, parts }) {
    const whole = new Float64Array(this.size * this.size);
    whole.set(parts, upper * this.size);
    return whole;
  }

  rounded() {
    const { size, pixels } = this;
    const whole = new Uint8ClampedArray(size * size * 4).fill(255);
    for (let i = 0; i < size * size; i++) for (let k = 0; k < 3; k++) whole[4 * i + k] = Math.floor(Math.min(Math.max(pixels[3 * i + k], 0), 255) + 0.5);
    return whole;
  }
}

const toned = (/** @type {number[]} */ colour, /** @type {number} */ tone) => colour.map((level) => level * tone);
const within = (/** @type {number} */ value) => Math.min(Math.max(value, -1), 1);

function background(/** @type {Scene} */ { canvas, face, colours }) {
  const { size, pixels } = canvas;
  const { back, far } = colours;
  for (let row = 0, at = 0; row < size; row++) {
    const down = (row + 0.5) / size;
    for (let column = 0; column < size; column++) for (let k = 0; k < 3; k++) pixels[at++] += back[k] + (far[k] - back[k]) * (0.5 * down);
  }
  for (const [k, opacity] of [[1, 0.55], [2, 0.4], [3, 0.55]]) {
    const radius = face[`back_${k}_radius`];
    canvas.fill(disc(face[`back_${k}_x`], face[`back_${k}_y`], radius, radius), far, opacity);
  } // prettier-ignore
}

/** Long hair behind, the neck, and what is worn: the shoulders do not turn with the head. */
function body(/** @type {Scene} */ { canvas, face, view, colours }) {
  const still = (/** @type {number[][]} */ points) =>
    points.map(([x, y]) => /** @type {Place} */ ([face.x + x * face.scale, face.y + y * face.scale]));
  const long = view.outline(TABLE.hair_long.map(([x, y]) => [x, y, -0.3]));
  canvas.fill(smooth(long, true), toned(colours.hair, 0.86), face.long * (1 - face.bald));
  const neck = [...view.see([[-0.42, 0.55, -0.25], [0.42, 0.55, -0.25]]), ...still([[0.5, 1.95], [-0.5, 1.95]])]; // prettier-ignore
  canvas.fill(neck, toned(colours.skin, 0.84));
  canvas.fill(smooth(still(TABLE.shoulders), true), colours.top);
}

function head(/** @type {Scene} */ { canvas, face, view, colours, at }) {
  const { skin } = colours;
  const { width } = face;
  for (const side of SIDES) {
    for (const [part, tone] of [[1, 0.95], [0.55, 0.8]]) {
      const ear = ROUND.map(([c, s]) => /** @type {Point} */ ([side * (width + 0.06 + 0.12 * part * c), 0.03 + 0.22 * part * s, -0.22]));
      canvas.fill(smooth(view.see(ear), true), toned(skin, tone));
    } // prettier-ignore
    const [[x, y]] = view.see([[side * (width + 0.08), 0.33, -0.2]]);
    const radius = face.scale * 0.06;
    canvas.fill(disc(x, y, radius, radius), INKS.gold, face.earrings);
  }
  const upper = view.outline(Array.from({ length: 13 }, (_, i) => forehead(face, i + 2)));
  const skull = canvas.mask(canvas.fill(smooth([...at.slice(0, 17), ...upper], true), skin));
  /** @type {Place[]} */
  const lip = [[0.62 * width, 0.35], [0.42, 0.42], [0.3, 0.5], [0, 0.44], [-0.3, 0.5], [-0.42, 0.42], [-0.62 * width, 0.35]]; // prettier-ignore
  canvas.fill(smooth([...at.slice(1, 16), ...view.skin(lip)], true), colours.hair, face.beard * 0.8, skull);
  for (const side of SIDES) {
    const cheek = view.skin(ROUND.map(([c, s]) => [side * (0.5 + 0.15 * c), 0.26 + 0.11 * s]));
    canvas.fill(smooth(cheek, true), INKS.blush, 0.18, skull);
  }
}

function nose(/** @type {Scene} */ { canvas, face, colours, at }) {
  for (const side of SIDES) {
    const shade = 0.3 - 0.25 * within(face.light * side); // the side away from the light lies in shade
    const outline = [27, 28, 29, 30, 33, side < 0 ? 31 : 35].map((i) => at[i]);
    canvas.fill(outline, toned(colours.skin, 0.72), shade);
  }
  canvas.fill(pen(smooth(at.slice(31, 36)), face.scale * 0.055, 0.5), toned(colours.skin, 0.55));
}

function eyes(/** @type {Scene} */ { canvas, face, view, colours, at }) {
  for (const side of SIDES) {
    const first = side < 0 ? 36 : 42;
    const upper = smooth(at.slice(first, first + 4));
    const lower = smooth([at[first + 3], at[first + 4], at[first + 5], at[first]]);
    const white = canvas.mask(canvas.fill([...upper, ...lower], INKS.white));
    const x = side * pupil(face) + face.gaze * face.eye_wide * 0.6;
    const y = -0.13 + face.look * 0.08;
    const put = (/** @type {number} */ right, /** @type {number} */ down, /** @type {number} */ radius, /** @type {number[]} */ colour, /** @type {number} */ opacity) => {
      const around = ROUND.map(([c, s]) => /** @type {Point} */ ([x + right + radius * c, y + down + radius * s, depth(x, y)]));
      canvas.fill(smooth(view.see(around), true), colour, opacity, white);
    };
    put(0, 0, 0.125, colours.iris, 1);
    put(0, 0, 0.065, INKS.pupil, 1);
    put(0.045, -0.05, 0.034, INKS.white, 0.95);
    canvas.fill(pen(upper, face.scale * 0.06, 0.6), INKS.lash);
    canvas.fill(pen(lower, face.scale * 0.025, 0.4), toned(colours.skin, 0.55));
  }
}

function brows(/** @type {Scene} */ { canvas, face, colours, at }) {
  for (const first of [17, 22]) {
    canvas.fill(pen(smooth(at.slice(first, first + 5)), face.scale * face.brow_thick, 0.35), toned(colours.hair, 0.8));
  }
}

function mouth(/** @type {Scene} */ { canvas, face, colours, at }) {
  const lips = [...smooth(at.slice(48, 55)), ...smooth([54, 55, 56, 57, 58, 59, 48].map((i) => at[i]))];
  canvas.fill(
    lips,
    colours.skin.map((level, k) => level * 0.4 + colours.lips[k] * 0.6),
  );
  const inside = [...smooth(at.slice(60, 65)), ...smooth([64, 65, 66, 67, 60].map((i) => at[i]))];
  const opening = canvas.mask(canvas.fill(inside, INKS.mouth));
  canvas.fill(disc(at[66][0], at[66][1], face.scale * 0.16, face.scale * 0.1), INKS.tongue, 1, opening);
  const [right, down] = [(at[66][0] - at[62][0]) * 0.3, (at[66][1] - at[62][1]) * 0.3];
  const under = [64, 63, 62, 61, 60].map((i) => /** @type {Place} */ ([at[i][0] + right, at[i][1] + down]));
  canvas.fill([...at.slice(60, 65), ...under], INKS.white, 1, opening);
}

/** Over the forehead, between the head's crown and the line where it begins. */
function hair(/** @type {Scene} */ { canvas, face, view, colours }) {
  const wide = ((1 - 2 * face.mirrored) * face.width) / 0.9;
  const { crown, line } = TABLE.hair_styles[face.style];
  const end = (/** @type {number[]} */ [x, y]) => view.outline([[x * wide, y, -0.05]]);
  const parts = [
    ...view.outline(crown.map(([x, y]) => [x * wide, y, 0.05])),
    ...end(line[0]),
    ...view.skin(line.slice(1, 6).map(([x, y]) => [x * wide, y])),
    ...end(line[6]),
  ];
  canvas.fill(smooth(parts, true), colours.hair, 1 - face.bald);
}

function glasses(/** @type {Scene} */ { canvas, face, view, colours }) {
  const [has, width] = [face.glasses, face.scale * 0.057];
  for (const side of SIDES) {
    const x = side * pupil(face);
    const z = 0.44 - 0.25 * x * x;
    const lens = smooth(view.see(ROUND.map(([c, s]) => [x + 0.29 * c, -0.1 + 0.24 * s, z])), true);
    canvas.fill(lens, INKS.white, has * 0.1);
    canvas.fill(pen([...lens, lens[0]], width, 1), colours.frame, has);
    const temple = view.see([[x + side * 0.28, -0.14, z - 0.1], [side * (face.width + 0.02), -0.16, -0.1]]); // prettier-ignore
    canvas.fill(pen(temple, width, 1), colours.frame, has);
  }
  const inner = 0.29 - pupil(face);
  const bridge = view.see([[inner, -0.13, 0.44], [0, -0.17, 0.5], [-inner, -0.13, 0.44]]); // prettier-ignore
  canvas.fill(pen(smooth(bridge), width, 1), colours.frame, has);
}

/** Bright towards the light, dark away from it. */
function light(/** @type {Scene} */ { canvas: { size, pixels }, face }) {
  const shades = Array.from({ length: size }, (_, column) => {
    let u = within(((column + 0.5) / size - face.x) / (face.scale * 1.2));
    u = u * (1.5 - 0.5 * u * u);
    return face.bright * (1 - 0.3 * (Math.abs(face.light) - face.light * u));
  });
  for (let i = 0; i < pixels.length; i++) pixels[i] *= shades[Math.floor(i / 3) % size];
}

/** Four bytes of chance added up are close to normal; 147.8 is the standard deviation of their sum. */
function noise(/** @type {Scene} */ { canvas: { pixels }, face }) {
  const height = face.noise * (40 / 147.8);
  if (!height) return;
  for (let i = 0; i < pixels.length; i++) {
    const chance = bits(face.seed, i + GRAINS);
    const total = (chance & 255) + ((chance >>> 8) & 255) + ((chance >>> 16) & 255) + (chance >>> 24);
    pixels[i] += (total - 510) * height;
  }
}

/** A circle or an ellipse in the picture. */
const disc = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ wide, /** @type {number} */ high) =>
  smooth(
    ROUND.map(([c, s]) => [x + wide * c, y + high * s]),
    true,
  );

/** A stroke that is as wide as given in its middle and, at its ends, this part of it. */
function pen(/** @type {Place[]} */ line, /** @type {number} */ width, /** @type {number} */ ends) {
  const last = line.length - 1;
  return stroke(line, (k) => width * (ends + ((1 - ends) * (4 * k * (last - k))) / (last * last)));
}
