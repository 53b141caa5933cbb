// Folded code, results and sections: one switch for all code, and whatever is looked for opens what hides it.
(() => {
  "use strict";
  const KEPT = "resnet-book:all-code";
  const code = [...document.querySelectorAll("details.apparatus")];
  const box = document.querySelector(".code-switch input");

  if (box) {
    try {
      box.checked = localStorage.getItem(KEPT) === "true";
    } catch {
      // a browser may forbid to keep anything: the switch works, and is forgotten
    }
    const apply = () => {
      code.forEach((fold) => (fold.open = box.checked));
      document.documentElement.toggleAttribute("data-all-code", box.checked);
    };
    if (box.checked) apply();
    box.addEventListener("change", () => {
      apply();
      try {
        localStorage.setItem(KEPT, String(box.checked));
      } catch {
        // as above
      }
    });
  }

  /** Open everything that an element stands in; says whether anything was closed. */
  function uncover(element) {
    let closed = false;
    for (let at = element; at; at = at.parentElement) {
      if (at.localName === "details" && !at.open) closed = at.open = true;
      if (at.getAttribute("hidden") === "until-found") {
        at.dispatchEvent(new Event("beforematch", { bubbles: true }));
        at.removeAttribute("hidden");
        closed = true;
      }
    }
    return closed;
  }

  /** What a link of this page points at; a section of its own opens too. */
  function target(hash) {
    let id = hash.slice(1);
    try {
      id = decodeURIComponent(id);
    } catch {
      // not encoded
    }
    const found = id && document.getElementById(id);
    return found ? (found.querySelector(":scope > details.further-fold > summary") ?? found) : null;
  }

  function follow(hash) {
    const found = target(hash);
    if (found && uncover(found)) found.scrollIntoView({ block: "start" });
  }

  follow(location.hash);
  addEventListener("hashchange", () => follow(location.hash));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest('a[href^="#"]');
    if (link) follow(link.getAttribute("href"));
  });

  // The words of a search are marked once the page is there.
  const found_words = () => document.querySelectorAll(".bd-article span.highlighted").forEach(uncover);
  if (document.readyState === "complete") found_words();
  else addEventListener("load", found_words);

  // Paper shows everything, and afterwards the page is as it was.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll(".bd-article details:not([open])")];
    opened.forEach((fold) => (fold.open = true));
  });
  addEventListener("afterprint", () => opened.forEach((fold) => (fold.open = false)));
})();
