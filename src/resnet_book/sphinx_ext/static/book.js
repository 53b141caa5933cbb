// Small repairs to the theme that need a script. It runs deferred, behind the theme's own.
(() => {
  "use strict";
  // A summary of a search result is fetched from its page, which a browser does not allow on file:// or in a closed frame.
  if (window.origin === "null") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  // A code block, a formula or a table that scrolls can be reached with the keyboard.
  const SCROLLING =
    "div.highlight pre, .output pre, div.math, .katex-html, .pst-scrollable-table-container, .bd-article table:not(.resnet-widget table)";
  const reachable = () => {
    for (const box of document.querySelectorAll(SCROLLING)) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  reachable();
  addEventListener("load", reachable);
  addEventListener("resize", reachable);
  addEventListener("toggle", reachable, true); // what a fold shows has a size only now
  // Paper is light.
  const page = document.documentElement.dataset;
  let theme;
  addEventListener("beforeprint", () => {
    theme = page.theme;
    page.theme = "light";
  });
  addEventListener("afterprint", () => {
    page.theme = theme;
  });
})();
