// Pictures and maps on canvases: in the theme's colours, a pixel a number.

/** A colour of the style sheet as three numbers. */
export function colour(/** @type {Element} */ element, /** @type {string} */ name) {
  const hex = getComputedStyle(element).getPropertyValue(name).trim().slice(1);
  const wide = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  return [0, 2, 4].map((i) => parseInt(wide.slice(i, i + 2), 16));
}

const COLUMNS = 8;
const GAP = 1; // between two channels, in their own pixels

/** How a feature map is laid out: channels a row, rows. */
export const layout = (/** @type {number} */ channels) => [Math.min(COLUMNS, channels), Math.ceil(channels / COLUMNS)];

/**
 * All channels of a map; numbers above 0 in one colour, below in another, paler toward 0.
 * @param {HTMLCanvasElement} canvas
 * @param {{ channels: number, side: number, values: Float32Array }} map
 * @param {number} limit what has the full colour
 */
export function draw_map(canvas, { channels, side, values }, limit) {
  const [across, down] = layout(channels);
  const step = side + GAP;
  canvas.width = across * step - GAP;
  canvas.height = down * step - GAP;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = pen.createImageData(canvas.width, canvas.height);
  const [zero, above, below] = ["--br-zero", "--br-above", "--br-below"].map((name) => colour(canvas, name));
  for (let i = 0; i < values.length; i++) {
    const [c, y, x] = [Math.floor(i / side / side), Math.floor(i / side) % side, i % side];
    const at = 4 * (((Math.floor(c / across) * step + y) * canvas.width) + (c % across) * step + x);
    const share = limit ? Math.max(-1, Math.min(1, values[i] / limit)) : 0;
    const to = share < 0 ? below : above;
    for (let k = 0; k < 3; k++) image.data[at + k] = zero[k] + (to[k] - zero[k]) * Math.abs(share);
    image.data[at + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}

/** One picture, in ink of the text's colour. */
export function draw_picture(/** @type {HTMLCanvasElement} */ canvas, /** @type {Uint8Array} */ pixels, /** @type {number} */ side) {
  canvas.width = canvas.height = side;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = pen.createImageData(side, side);
  ink(image, pixels, 0, side, 0, 0, colour(canvas, "--br-ink"), colour(canvas, "--br-paper"));
  pen.putImageData(image, 0, 0);
}

/**
 * All pictures small, a row a class; those that are taken for another class on the colour of mistakes.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} pixels
 * @param {number} side
 * @param {number} a_row
 * @param {number[] | null} predicted
 * @param {number} chosen the picture that is framed, -1 for none
 */
export function draw_all(canvas, pixels, side, a_row, predicted, chosen) {
  const count = pixels.length / side / side;
  const step = side + 2;
  canvas.width = a_row * step;
  canvas.height = (count / a_row) * step;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = pen.createImageData(canvas.width, canvas.height);
  const [dark, paper, wrong] = ["--br-ink", "--br-paper", "--br-wrong"].map((name) => colour(canvas, name));
  for (let k = 0; k < count; k++) {
    const [left, top] = [(k % a_row) * step + 1, Math.floor(k / a_row) * step + 1];
    const bad = predicted !== null && predicted[k] !== Math.floor(k / a_row);
    ink(image, pixels, k, side, left, top, dark, bad ? wrong : paper);
  }
  pen.putImageData(image, 0, 0);
  const style = getComputedStyle(canvas);
  pen.strokeStyle = style.getPropertyValue("--rn-bad"); // not by colour alone
  pen.lineWidth = 2;
  pen.beginPath();
  predicted?.forEach((found, k) => {
    if (found === Math.floor(k / a_row)) return;
    const [left, top] = [(k % a_row) * step, Math.floor(k / a_row) * step];
    pen.moveTo(left + 3, top + step - 3);
    pen.lineTo(left + step - 3, top + 3);
  });
  pen.stroke();
  if (chosen < 0) return;
  pen.strokeStyle = style.getPropertyValue("--rn-accent");
  pen.lineWidth = 5;
  pen.strokeRect((chosen % a_row) * step, Math.floor(chosen / a_row) * step, step, step);
}

function ink(/** @type {ImageData} */ image, /** @type {Uint8Array} */ pixels, /** @type {number} */ which, /** @type {number} */ side, /** @type {number} */ left, /** @type {number} */ top, /** @type {number[]} */ dark, /** @type {number[]} */ paper) {
  for (let i = 0; i < side * side; i++) {
    const at = 4 * ((top + Math.floor(i / side)) * image.width + left + (i % side));
    const share = pixels[which * side * side + i] / 255;
    for (let k = 0; k < 3; k++) image.data[at + k] = paper[k] + (dark[k] - paper[k]) * share;
    image.data[at + 3] = 255;
  }
}
