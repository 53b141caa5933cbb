// Before the theme marks what was searched for: a size is marked too as the book writes it, and that there are hits is remembered.
(() => {
  "use strict";
  const words = localStorage.getItem("sphinx_highlight_terms") || new URLSearchParams(location.search).get("highlight") || "";
  if (!words) return;
  const sizes = words.split(/\s+/).filter((word) => /^\d+(x\d+)+$/.test(word));
  if (sizes.length) localStorage.setItem("sphinx_highlight_terms", [words, ...sizes.map((size) => size.replaceAll("x", "×"))].join(" "));
  document.documentElement.dataset.searched = words;
})();
