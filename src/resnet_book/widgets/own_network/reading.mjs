// A file of the reader's as text: Python as it stands, of a notebook the cells of code.

import { ShapeError } from "../shared/errors.mjs";
import { thousands } from "../shared/format.mjs";

const OTHER_LANGUAGES = /^%%(?!(?:time|timeit|capture|prun)\b)/;

/** The text of a file; throws `ShapeError` for what is no text or too long. */
export async function read_file(/** @type {File} */ file, /** @type {number} */ most) {
  if (file.size > 8 * most) throw new ShapeError("file", `${thousands(file.size)} bytes`, `at most ${thousands(most)} characters of code`, "give the file with the network alone");
  const text = await file.text();
  const code = /\.ipynb$/i.test(file.name) ? from_notebook(text) : text;
  if (code.includes("\0")) throw new ShapeError("file", `${file.name}, which holds no text`, "a Python file or a notebook", "choose a .py or .ipynb file");
  if (code.length > most) throw new ShapeError("file", `${thousands(code.length)} characters of code`, `at most ${thousands(most)}`, "give the file with the network alone");
  return code;
}

/** The code cells of a notebook, one empty line between two; cells of other languages are left out. */
export function from_notebook(/** @type {string} */ text) {
  let cells;
  try {
    ({ cells } = JSON.parse(text));
  } catch {
    cells = null;
  }
  if (!Array.isArray(cells)) throw new ShapeError("file", "a notebook without cells", "a notebook's JSON", "save the notebook again");
  const sources = cells.filter((cell) => cell?.cell_type === "code").map((cell) => [cell.source ?? ""].flat().join(""));
  return sources.filter((source) => !OTHER_LANGUAGES.test(source.trimStart())).join("\n\n");
}
