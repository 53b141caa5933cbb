// What the networks make of the plane, or of pictures they never saw, on a canvas.

const SIZE = 320; // pixels of a canvas a side
const MAP = 48; // places of a decision map a side, as in worker.mjs
const ACROSS = 8; // pictures a row
const DOWN = 6;

/** A colour of the style sheet as three numbers. */
function colour(/** @type {Element} */ element, /** @type {string} */ name) {
  const hex = getComputedStyle(element).getPropertyValue(name).trim().slice(1);
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

/**
 * The plane, coloured by the class a network gives each place, and the points over it.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array | null} map the probability of the second class, 0 to 255; null before a network was made
 * @param {{ x: Float32Array, classes: Uint8Array }} data
 * @param {number} reach
 * @param {[number, number] | null} [cross] where the next point would stand
 */
export function draw_map(canvas, map, { x, classes }, reach, cross = null) {
  canvas.width = canvas.height = SIZE;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const [ground, first, second] = ["--st-middle", "--st-first", "--st-second"].map((name) => colour(canvas, name));
  if (map) {
    const small = document.createElement("canvas");
    small.width = small.height = MAP;
    const brush = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d"));
    const image = brush.createImageData(MAP, MAP);
    map.forEach((value, i) => {
      const share = value / 127.5 - 1; // -1: surely the first class
      const to = share < 0 ? first : second;
      const row = MAP - 1 - Math.floor(i / MAP); // the plane's y points up
      const mixed = ground.map((from, c) => from + (to[c] - from) * Math.abs(share) * 0.55);
      image.data.set([...mixed, 255], 4 * (row * MAP + (i % MAP)));
    });
    brush.putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = true;
    pen.drawImage(small, 0, 0, SIZE, SIZE);
  } else {
    pen.fillStyle = `rgb(${ground})`;
    pen.fillRect(0, 0, SIZE, SIZE);
  }
  const edge = getComputedStyle(canvas).getPropertyValue("--rn-ground").trim();
  classes.forEach((k, i) => dot(pen, place(x[2 * i], reach), SIZE - place(x[2 * i + 1], reach), k, `rgb(${k ? second : first})`, edge));
  if (cross) {
    const [cx, cy] = [place(cross[0], reach), SIZE - place(cross[1], reach)];
    pen.strokeStyle = getComputedStyle(canvas).getPropertyValue("--rn-text");
    pen.lineWidth = 2;
    pen.beginPath();
    for (const [dx, dy] of [[9, 0], [0, 9]]) {
      pen.moveTo(cx - dx, cy - dy);
      pen.lineTo(cx + dx, cy + dy);
    }
    pen.stroke();
  }
}

const place = (/** @type {number} */ value, /** @type {number} */ reach) => ((value / reach + 1) / 2) * SIZE;

/** The plane's point under a place of the canvas, in its own pixels. */
export function under(/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ width, /** @type {number} */ reach) {
  const value = (/** @type {number} */ share) => Math.round(1000 * reach * Math.min(1, Math.max(-1, 2 * share - 1))) / 1000;
  return /** @type {[number, number]} */ ([value(x / width), -value(y / width) + 0]);
}

/** A circle for the first class, a diamond for the second. */
function dot(/** @type {CanvasRenderingContext2D} */ pen, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ k, /** @type {string} */ fill, /** @type {string} */ edge) {
  pen.beginPath();
  if (k) {
    pen.moveTo(x, y - 5.4);
    for (const [dx, dy] of [[5.4, 0], [0, 5.4], [-5.4, 0]]) pen.lineTo(x + dx, y + dy);
    pen.closePath();
  } else pen.arc(x, y, 4.2, 0, 7);
  pen.fillStyle = fill;
  pen.fill();
  pen.strokeStyle = edge;
  pen.lineWidth = 1.2;
  pen.stroke();
}

/**
 * Pictures that no network learned from; what a network takes for another class is crossed out.
 * @param {HTMLCanvasElement} canvas
 * @param {number[] | null} guesses
 * @param {{ x: Float32Array, classes: Uint8Array }} data
 * @param {number} side
 */
export function draw_pictures(canvas, guesses, { x, classes }, side) {
  const cell = SIZE / ACROSS;
  canvas.width = SIZE;
  canvas.height = cell * DOWN;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const [bad, text] = ["--rn-bad", "--rn-text"].map((name) => colour(canvas, name));
  const [low, high] = [x[0], Math.max(...x.subarray(0, 4000))]; // a corner is the empty ground
  const small = document.createElement("canvas");
  small.width = small.height = side;
  const brush = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d"));
  for (let k = 0; k < Math.min(ACROSS * DOWN, classes.length); k++) {
    const wrong = guesses !== null && guesses[k] !== classes[k];
    const image = brush.createImageData(side, side);
    for (let i = 0; i < side * side; i++) {
      const ink = Math.min(1, Math.max(0, (x[k * side * side + i] - low) / (high - low)));
      image.data.set([...text, Math.round(255 * ink * (wrong ? 0.45 : 1))], 4 * i);
    }
    brush.putImageData(image, 0, 0);
    const [left, top] = [cell * (k % ACROSS), cell * Math.floor(k / ACROSS)];
    pen.drawImage(small, left + 3, top + 3, cell - 6, cell - 6);
    if (!wrong) continue;
    pen.strokeStyle = `rgb(${bad})`;
    pen.lineWidth = 2.5;
    pen.beginPath();
    pen.moveTo(left + 5, top + 5);
    pen.lineTo(left + cell - 5, top + cell - 5);
    pen.moveTo(left + cell - 5, top + 5);
    pen.lineTo(left + 5, top + cell - 5);
    pen.stroke();
  }
}
