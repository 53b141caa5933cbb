// The face with its points: drawn large, true points as rings and found ones as crosses, and pulled by the pointer.

import { draw, face_points } from "./drawing.mjs";

/** @typedef {import("./drawing.mjs").Face} Face */

const DRAWN = 192; // pixels of the face as it is painted
const SHOWN = 480; // of the canvas that it is shown on
const [TRUE, FOUND, HALO] = ["#ffffff", "#ffd400", "#12161c"]; // on skin of any kind, with a dark edge: a picture has its own colours
const STEP = 2; // degrees an arrow key
const REACH = 0.07; // around the mouth's middle, of the picture's side: there it is taken hold of

/** Paint pixels as `draw` gives them. */
export function put(/** @type {HTMLCanvasElement} */ canvas, /** @type {Uint8ClampedArray} */ pixels, /** @type {number} */ size) {
  canvas.width = canvas.height = size;
  canvas.getContext("2d")?.putImageData(new ImageData(/** @type {any} */ (pixels), size, size), 0, 0);
}

const last_painted = /** @type {WeakMap<HTMLCanvasElement, { key: string, picture: HTMLCanvasElement }>} */ (new WeakMap());

/** The picture of a face: it is shown once without and once with the points that were found, and drawn for the first alone. */
function painted(/** @type {HTMLCanvasElement} */ canvas, /** @type {Face} */ face) {
  const key = JSON.stringify(face);
  const last = last_painted.get(canvas);
  if (last?.key === key) return last.picture;
  const picture = last?.picture ?? document.createElement("canvas");
  put(picture, draw(face, DRAWN), DRAWN);
  last_painted.set(canvas, { key, picture });
  return picture;
}

/** Paint a face, its points, and those that were found (x and y, the side being 1), if any. */
export function show(/** @type {HTMLCanvasElement} */ canvas, /** @type {Face} */ face, /** @type {ArrayLike<number> | null} */ found) {
  const pen = canvas.getContext("2d");
  if (!pen) return;
  if (canvas.width !== SHOWN) canvas.width = canvas.height = SHOWN;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(painted(canvas, face), 0, 0, SHOWN, SHOWN);
  const points = face_points(face).map(([x, y]) => [x * SHOWN, y * SHOWN]);
  if (found) {
    const lines = new Path2D();
    points.forEach(([x, y], i) => {
      lines.moveTo(x, y);
      lines.lineTo(found[2 * i] * SHOWN, found[2 * i + 1] * SHOWN);
    });
    stroke(pen, lines, FOUND, 1);
  }
  const rings = new Path2D();
  for (const [x, y] of points) {
    rings.moveTo(x + 4, y);
    rings.arc(x, y, 4, 0, 2 * Math.PI);
  }
  stroke(pen, rings, TRUE, 1.5);
  if (!found) return;
  const crosses = new Path2D();
  for (let i = 0; i < found.length; i += 2) {
    const [x, y] = [found[i] * SHOWN, found[i + 1] * SHOWN];
    for (const side of [-1, 1]) {
      crosses.moveTo(x - 4, y - 4 * side);
      crosses.lineTo(x + 4, y + 4 * side);
    }
  }
  stroke(pen, crosses, FOUND, 2);
}

function stroke(/** @type {CanvasRenderingContext2D} */ pen, /** @type {Path2D} */ path, /** @type {string} */ colour, /** @type {number} */ width) {
  for (const [style, wide] of /** @type {[string, number][]} */ ([[HALO, width + 2], [colour, width]])) {
    [pen.strokeStyle, pen.lineWidth] = [style, wide];
    pen.stroke(path);
  }
}

/**
 * Let a face be pulled: sideways it turns, up and down it nods, with Shift it tilts, by the mouth that opens.
 * @param {HTMLCanvasElement} canvas
 * @param {{ face: () => Face, move: (by: Record<string, number>) => void }} host `move`: sliders, by so much
 */
export function pullable(canvas, { face, move }) {
  let last = /** @type {[number, number] | null} */ (null);
  let by_mouth = false;
  let rest = /** @type {Record<string, number>} */ ({}); // parts of a step that were not taken yet

  function pull(/** @type {Record<string, number>} */ by) {
    const whole = /** @type {Record<string, number>} */ ({});
    for (const [name, step] of Object.entries(by)) {
      const sum = (rest[name] ?? 0) + step;
      whole[name] = Math.trunc(sum);
      rest[name] = sum - whole[name];
    }
    if (Object.values(whole).some(Boolean)) move(whole);
  }

  const place = (/** @type {PointerEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    return /** @type {[number, number]} */ ([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    last = place(event);
    rest = {};
    const points = face_points(face()).slice(48);
    const [x, y] = [0, 1].map((k) => points.reduce((sum, point) => sum + point[k], 0) / points.length);
    by_mouth = Math.hypot(last[0] - x, last[1] - y) < REACH;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const now = place(event);
    const [dx, dy] = [now[0] - last[0], now[1] - last[1]];
    last = now;
    if (by_mouth) pull({ mouth: 800 * dy });
    else if (event.shiftKey) pull({ tilt: 120 * dx });
    else pull({ turn: 150 * dx, nod: 120 * dy });
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (last = null));
  canvas.addEventListener("keydown", (event) => {
    const [dx, dy] = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key] ?? [0, 0];
    if (!dx && !dy) return;
    event.preventDefault();
    move(event.shiftKey ? { tilt: dx || dy } : { turn: dx, nod: dy });
  });
}
