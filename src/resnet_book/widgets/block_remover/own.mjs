// A picture of the reader's own: drawn, or a file made small. It stays in the page.

import { h, set_text } from "../shared/dom.mjs";
import { SIDE } from "./routes.mjs";
import words from "./words.json";

const MOST = 50; // megapixels of a file's picture: more would fill a phone's memory
const BRUSH = 1.3; // pixels

/** Pixels as a trait holds them, and back; null for what is none. */
export const as_text = (/** @type {Uint8Array} */ pixels) => btoa(String.fromCharCode(...pixels));
export function from_text(/** @type {string} */ text) {
  try {
    const pixels = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return pixels.length === SIDE * SIDE ? pixels : null;
  } catch {
    return null;
  }
}

/** A dab of the brush at (x, y), in pixels: what is there already stays at least as bright. */
export function dab(/** @type {Uint8Array} */ pixels, /** @type {number} */ x, /** @type {number} */ y, add = true) {
  for (let i = 0; i < pixels.length; i++) {
    const far = Math.hypot((i % SIDE) + 0.5 - x, Math.floor(i / SIDE) + 0.5 - y);
    const light = Math.max(0, Math.min(1, BRUSH + 0.5 - far));
    pixels[i] = add ? Math.max(pixels[i], Math.round(230 * light)) : Math.min(pixels[i], Math.round(255 * (1 - light)));
  }
}

/** Grey pixels of a picture from its RGBA; on a bright ground, bright and dark change places: the networks know bright things on black. */
export function greys(/** @type {Uint8ClampedArray} */ rgba) {
  const out = new Uint8Array(rgba.length / 4);
  for (let i = 0; i < out.length; i++) out[i] = Math.round(0.299 * rgba[4 * i] + 0.587 * rgba[4 * i + 1] + 0.114 * rgba[4 * i + 2]);
  const border = out.filter((_, i) => i % SIDE === 0 || i % SIDE === SIDE - 1 || i < SIDE || i >= out.length - SIDE);
  const bright = border.reduce((sum, value) => sum + value, 0) / border.length > 127;
  return bright ? out.map((value) => 255 - value) : out;
}

/**
 * A file as 28 x 28 grey pixels. Throws, in words, what is wrong with it.
 * @param {Blob} file
 * @returns {Promise<Uint8Array>}
 */
async function read_file(file) {
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = () => reject(new Error(words.own.no_picture));
      image.src = address;
    });
    const { naturalWidth: width, naturalHeight: height } = image;
    if (!width || !height) throw new Error(words.own.no_picture);
    const mega = (width * height) / 1e6;
    if (mega > MOST) throw new Error(words.own.too_large.replace("{mega}", mega.toFixed(0)).replace("{most}", String(MOST)));
    await image.decode().catch(() => { // a head without a body
      throw new Error(words.own.no_picture);
    });
    return greys(shrunk(image, width, height));
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Fitted into a square, halved until it is small: a browser's single large step leaves pixels out. */
function shrunk(/** @type {CanvasImageSource} */ source, /** @type {number} */ width, /** @type {number} */ height) {
  const canvas = () => {
    const made = document.createElement("canvas");
    const pen = /** @type {CanvasRenderingContext2D} */ (made.getContext("2d", { willReadFrequently: true }));
    return { made, pen };
  };
  let size = Math.min(1024, Math.max(SIDE, Math.max(width, height)));
  let { made, pen } = canvas();
  made.width = made.height = size;
  const scale = size / Math.max(width, height);
  const [w, h] = [width * scale, height * scale];
  const ground = canvas();
  ground.made.width = ground.made.height = 1;
  ground.pen.drawImage(source, 0, 0, 1, 1, 0, 0, 1, 1); // the picture's corner, around it
  const [r, g, b, a] = ground.pen.getImageData(0, 0, 1, 1).data;
  pen.fillStyle = a < 128 ? "#000" : `rgb(${r}, ${g}, ${b})`;
  pen.fillRect(0, 0, size, size);
  pen.drawImage(source, (size - w) / 2, (size - h) / 2, w, h);
  while (size > SIDE) {
    const next = canvas();
    const half = Math.max(SIDE, Math.ceil(size / 2));
    next.made.width = next.made.height = half;
    next.pen.imageSmoothingQuality = "high";
    next.pen.drawImage(made, 0, 0, size, size, 0, 0, half, half);
    [made, pen, size] = [next.made, next.pen, half];
  }
  return pen.getImageData(0, 0, SIDE, SIDE).data;
}

/**
 * The controls for a picture of one's own, and the field that is drawn on.
 * @param {HTMLCanvasElement} canvas the picture as it is shown
 * @param {{ current: () => Uint8Array | null, changed: (pixels: Uint8Array, ready: boolean) => void }} host `current`: the pixels shown;
 *   `changed`: these are the reader's now
 */
export function own_picture(canvas, { current, changed }) {
  const told = h("p", { class: "rn-note", role: "status" });
  const file = h("input", { type: "file", accept: "image/*", class: "br-file", "aria-label": words.own.file, onchange: () => take(file.files?.[0]) });
  const pick = h("button", { type: "button", onclick: () => file.click() }, words.own.file_button);
  const clear = h("button", { type: "button", onclick: () => changed(new Uint8Array(SIDE * SIDE), true) }, words.own.clear);
  let cursor = /** @type {[number, number]} */ ([SIDE / 2, SIDE / 2]);
  let drawing = false;

  async function take(/** @type {Blob | undefined} */ chosen) {
    if (!chosen) return;
    set_text(told, "");
    try {
      changed(await read_file(chosen), true);
    } catch (error) {
      set_text(told, `⚠ ${/** @type {Error} */ (error).message}`);
    }
    file.value = "";
  }

  function paint(/** @type {number} */ x, /** @type {number} */ y, /** @type {boolean} */ add) {
    const pixels = Uint8Array.from(current() ?? new Uint8Array(SIDE * SIDE));
    dab(pixels, x, y, add);
    changed(pixels, false);
  }

  function stroke(/** @type {PointerEvent} */ event) {
    const box = canvas.getBoundingClientRect();
    paint(((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE, !event.shiftKey);
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    stroke(event);
  });
  canvas.addEventListener("pointermove", (event) => drawing && stroke(event));
  const lift = () => {
    drawing = false;
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) cursor = /** @type {[number, number]} */ (cursor.map((value, i) => Math.max(0.5, Math.min(SIDE - 0.5, value + move[i]))));
    else if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (move && !event.shiftKey) return set_text(told, words.own.at.replace("{x}", String(Math.ceil(cursor[0]))).replace("{y}", String(Math.ceil(cursor[1]))));
    paint(...cursor, true);
  });
  /** Where a file may be dropped. */
  function droppable(/** @type {HTMLElement} */ root) {
    root.addEventListener("dragover", (event) => event.preventDefault());
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      const dropped = event.dataTransfer?.files[0];
      if (dropped) take(dropped);
      else set_text(told, words.own.no_file);
    });
  }

  return { nodes: [pick, clear, file], told, droppable };
}
