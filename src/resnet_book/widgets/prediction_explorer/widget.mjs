// What a recorded run took for what, and the pictures that it took so.

import { h } from "../shared/dom.mjs";
import { tool } from "../shared/form.mjs";
import { compute } from "./counts.mjs";
import { gallery } from "./gallery.mjs";
import { matrix_table } from "./matrix.mjs";
import words from "./words.json";

/** @returns {import("../shared/form.mjs").Field[]} */
export function fields(/** @type {string[]} */ classes) {
  return [
    { key: "true_class", label: words.fields.true_class, options: classes },
    { key: "predicted_class", label: words.fields.predicted_class, options: classes },
  ];
}

export default {
  render({ model, el }) {
    const keys = ["classes", "matrix", "shown", "pictures", "scored", "title"];
    const data = Object.fromEntries(keys.map((key) => [key, model.get(key)]));
    const view = (/** @type {import("../shared/form.mjs").Frame} */ { set }) => {
      const { table, update } = matrix_table(data, (i, j) => set({ true_class: data.classes[i], predicted_class: data.classes[j] }));
      const pictures = gallery(data);
      const box = h("div", { class: "rn-table-box rn-matrix-box", role: "region", "aria-label": words.confusion }, table);
      return {
        nodes: [box, pictures.node],
        remove: pictures.remove,
        update(/** @type {any} */ result) {
          update(result);
          pictures.update(result);
        },
      };
    };
    return tool({ model, el, name: "prediction-explorer", fields: fields(data.classes), compute: (state) => compute(data, state), view, verifiable: false });
  },
};
