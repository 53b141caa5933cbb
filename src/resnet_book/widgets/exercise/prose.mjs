// Words with code in them, as nodes: what stands between backticks is code.

import { h } from "../shared/dom.mjs";

/** @returns {(Node | string)[]} */
export const prose = (/** @type {string} */ text) => text.split("`").map((piece, i) => (i % 2 ? h("code", {}, piece) : piece));
