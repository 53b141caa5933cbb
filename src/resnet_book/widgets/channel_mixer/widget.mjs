// A 1x1 convolution as a mix of three colours at each pixel, on a real picture.

import { flash, h, set_text } from "../shared/dom.mjs";
import { tool } from "../shared/form.mjs";
import { signed, thousands } from "../shared/format.mjs";
import { program_panel } from "../shared/program.mjs";
import { HEIGHT, PLANES, SOURCE, WIDTH } from "./picture.mjs";
import { fill } from "../shared/words.mjs";
import words from "./words.json";

const COLOURS = /** @type {const} */ (["red", "green", "blue"]);
const weight = (/** @type {"red" | "green" | "blue"} */ key) => ({ key, label: fill(words.weight_of, { colour: words.names[key] }), min: -2, max: 2, step: 0.25, usual: 1, slider: true });

/** @type {import("../shared/form.mjs").Field[]} */
export const FIELDS = [
  ...COLOURS.map(weight),
  { key: "bias", label: words.bias, min: -255, max: 255, usual: 0, slider: true },
  { key: "column", label: words.column, min: 0, max: WIDTH - 1, usual: 0 },
  { key: "row", label: words.row, min: 0, max: HEIGHT - 1, usual: 0 },
  { key: "brightness", label: words.brightness, options: ["stretched", "clamped"] },
];

/** Mixes worth a look: [text, red, green, blue, bias]. */
export const PRESETS = /** @type {[string, number, number, number, number][]} */ ([
  ["R + 2G − B", 1, 2, -1, 0],
  [words.presets.gray, 0.25, 0.5, 0.25, 0],
  [words.presets.copy, 1, 0, 0, 0],
  ["R − B", 1, 0, -1, 0],
  ["2G − R − B", -1, 2, -1, 0],
  [words.presets.negative, -0.25, -0.5, -0.25, 255],
  [words.presets.zero, 0, 0, 0, 0],
]);

/** The output channel: at each pixel the weighted sum of its three numbers, and the bias. Exact: all weights are quarters. */
export function compute(/** @type {any} */ state) {
  const [red, green, blue] = PLANES;
  const weights = COLOURS.map((key) => state[key]);
  const [r, g, b] = weights;
  const map = new Float64Array(red.length);
  let [min, max, outside] = [Infinity, -Infinity, 0];
  for (let i = 0; i < map.length; i++) {
    const sum = r * red[i] + g * green[i] + b * blue[i] + state.bias;
    map[i] = sum;
    if (sum < min) min = sum;
    if (sum > max) max = sum;
    if (sum < 0 || sum > 255) outside++;
  }
  const at = state.row * WIDTH + state.column;
  const inputs = PLANES.map((plane) => plane[at]);
  return { map, min, max, outside, inputs, weights, products: inputs.map((n, i) => n * weights[i] + 0), sum: map[at] };
}

/** The gray that a value is drawn with: [what is black, what is white]. */
export function ends(/** @type {any} */ { min, max }, /** @type {string} */ brightness) {
  return brightness === "clamped" ? [0, 255] : [min, max];
}

/** The same in PyTorch. */
export function code(/** @type {any} */ { red, green, blue, bias }) {
  const float = (/** @type {number} */ n) => (Number.isInteger(n) ? `${n}.0` : String(n));
  return [
    "import torch",
    "import torch.nn.functional as F",
    "",
    `x = torch.rand(1, 3, ${HEIGHT}, ${WIDTH})`,
    `w = torch.tensor([${[red, green, blue].map(float).join(", ")}])`,
    `b = torch.tensor([${float(bias)}])`,
    `y = F.conv2d(x, w.view(1, 3, 1, 1), b)`,
  ].join("\n");
}

/** A picture of the size of ours, with a mark on the chosen pixel. */
function canvas(/** @type {string} */ label, /** @type {(event: MouseEvent) => void} */ pick) {
  const screen = h("canvas", { width: WIDTH, height: HEIGHT, role: "img", "aria-label": label, onclick: pick });
  const mark = h("span", { class: "rn-pixel" });
  const context = screen.getContext("2d");
  const image = context.createImageData(WIDTH, HEIGHT);
  return {
    node: h("div", { class: "rn-canvas" }, screen, mark),
    /** Three bytes a pixel from three functions of its index. */
    paint(/** @type {ArrayLike<number>} */ r, g = r, b = r) {
      for (let i = 0; i < r.length; i++) {
        image.data[4 * i] = r[i];
        image.data[4 * i + 1] = g[i];
        image.data[4 * i + 2] = b[i];
        image.data[4 * i + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    },
    point(/** @type {number} */ column, /** @type {number} */ row) {
      mark.style.left = `${((column + 0.5) / WIDTH) * 100}%`;
      mark.style.top = `${((row + 0.5) / HEIGHT) * 100}%`;
    },
  };
}

function values() {
  const cells = (/** @type {string} */ name, /** @type {string} */ tag) => {
    const found = [0, 1, 2].map(() => h("td", { class: "rn-number" }));
    return { tr: h("tr", {}, h(tag, { scope: "row" }, name), found), found };
  };
  const lines = [...COLOURS.map((key) => words.colours[key]), words.bias].map((name) => cells(name, "th"));
  const total = cells(words.output, "th");
  const title = h("caption");
  const heads = words.columns.map((text) => h("th", { scope: "col" }, text));
  const table = h("table", { class: "rn-table rn-values" }, title, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, lines.map(({ tr }) => tr)), h("tfoot", {}, total.tr));
  let first = true;
  return {
    table,
    update(/** @type {any} */ result, /** @type {any} */ state) {
      const changed = /** @type {Element[]} */ ([]);
      const put = (/** @type {any} */ cell, /** @type {number} */ n) => {
        if (!set_text(cell, signed(n))) return;
        cell.dataset.value = String(n);
        changed.push(cell);
      };
      set_text(title, fill(words.at_pixel, { column: state.column, row: state.row }));
      COLOURS.forEach((_, i) => {
        put(lines[i].found[0], result.inputs[i]);
        put(lines[i].found[1], result.weights[i]);
        put(lines[i].found[2], result.products[i]);
      });
      put(lines[3].found[2], state.bias);
      put(total.found[2], result.sum);
      if (!first) flash(changed);
      first = false;
    },
  };
}

function view(/** @type {import("../shared/form.mjs").Frame} */ { set, copy }) {
  const pick = (/** @type {any} */ event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const part = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ n) => Math.min(n - 1, Math.max(0, Math.floor((at / size) * n)));
    set({ column: part(event.clientX - box.left, box.width, WIDTH), row: part(event.clientY - box.top, box.height, HEIGHT) });
  };
  const names = [words.portrait, ...COLOURS.map((name) => fill(words.channel, { name: words.names[name] })), words.output_channel];
  const screens = names.map((text) => canvas(text, pick));
  screens[0].paint(PLANES[0], PLANES[1], PLANES[2]);
  PLANES.forEach((plane, i) => screens[i + 1].paint(plane));
  const output = screens[4];
  const gray = new Uint8ClampedArray(WIDTH * HEIGHT);
  const factors = COLOURS.map(() => h("span", { class: "rn-factor" }));
  const [black, white] = [h("span"), h("span")];
  const part = (/** @type {string} */ area, /** @type {any} */ screen, /** @type {any[]} */ ...caption) =>
    h("figure", { class: `rn-figure rn-${area}` }, screen.node, h("figcaption", {}, caption));
  const pictures = h(
    "div",
    { class: "rn-mixer" },
    part("whole", screens[0], words.input_caption),
    COLOURS.map((name, i) => part(name, screens[i + 1], factors[i], ` · ${words.names[name]}`)),
    part("output", output, h("span", { class: "rn-ramp" }, black, h("span", { class: "rn-grays" }), white), words.output_caption),
  );
  const range = h("p", { class: "rn-summary" });
  const presets = PRESETS.map(([text, red, green, blue, bias]) => h("button", { type: "button", onclick: () => set({ red, green, blue, bias }) }, text));
  const program = program_panel(copy);
  const table = values();
  const box = h("div", { class: "rn-table-box", tabindex: 0, role: "region", "aria-label": words.numbers }, table.table);
  return {
    nodes: [
      h("div", { class: "rn-presets" }, presets),
      pictures,
      range,
      h("p", { class: "rn-note" }, fill(words.no_neighbours, { source: SOURCE })),
      h("div", { class: "rn-side-by-side" }, box, program.node),
    ],
    update(/** @type {any} */ result, /** @type {any} */ state) {
      const { map, min, max, outside, weights } = result;
      const [low, high] = ends(result, state.brightness);
      for (let i = 0; i < gray.length; i++) gray[i] = high > low ? (255 * (map[i] - low)) / (high - low) : 127;
      output.paint(gray);
      screens.forEach((screen) => screen.point(state.column, state.row));
      factors.forEach((factor, i) => set_text(factor, signed(weights[i])));
      set_text(black, signed(low));
      set_text(white, signed(high));
      set_text(range, fill(words.range, { low: signed(min), high: signed(max), drawn: drawn(state.brightness, min, max, outside) }));
      table.update(result, state);
      program.update(code(state));
    },
  };
}

function drawn(/** @type {string} */ brightness, /** @type {number} */ min, /** @type {number} */ max, /** @type {number} */ outside) {
  if (brightness === "stretched") {
    return min === max ? words.same : words.stretched;
  }
  return fill(words.clamped, { outside: thousands(outside), all: thousands(WIDTH * HEIGHT) });
}

export default {
  render({ model, el }) {
    return tool({ model, el, name: "channel-mixer", fields: FIELDS, compute, view, verifiable: false });
  },
};
