// A message of PyTorch is found whatever its numbers are: with them first, as Sphinx does it, then without.
(() => {
  "use strict";
  const NUMBER = /^\d+(x\d+)*$/;
  const FEWEST = 3; // words beside the numbers: a question of fewer is about its numbers

  /** A text with every run of numbers as one 0: "size of tensor a 0 must match 0". */
  const mould = (text) => splitQuery(text.toLowerCase()).map((word) => (NUMBER.test(word) ? "0" : word)).join(" ").replace(/\b0( 0)+\b/g, "0");
  const place = ([page, , anchor]) => page + anchor;
  const without = (results, others) => results.filter((one) => !others.some((other) => place(other) === place(one)));

  const exactly = Search._performSearch;
  // its results have the best one last
  Search._performSearch = (query, terms, ...rest) => {
    const found = exactly(query, terms, ...rest);
    const words = new Set([...terms].filter((word) => !NUMBER.test(word)));
    if (words.size < FEWEST || words.size === terms.size) return found;
    const asked = mould(query);
    const title = Object.keys(Search._index.alltitles).find((one) => {
      const known = mould(one);
      return known.includes("0") && (asked.includes(known) || known.includes(asked)); // a traceback holds more, a part less
    });
    const loose = exactly(title ?? query, words, ...rest);
    if (!title) return [...without(loose, found), ...found];
    const sections = loose.filter(([, name]) => name.endsWith(title));
    return [...without(found, loose), ...without(loose, sections), ...sections];
  };
})();
