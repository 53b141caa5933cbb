// Links that land: what an address names is brought to the top of the screen, and kept there until the page stands still.
(() => {
  "use strict";
  const QUIET = 1_000; // milliseconds without a change of layout, once everything is loaded, after which a page stands still
  const article = document.querySelector("main article") ?? document.body;
  let leave = () => {};

  /** Bring an element to the top, and back there when something above it grows, until the reader moves. */
  function land(target) {
    leave();
    reveal(target);
    const room = document.createElement("div"); // so that even the last heading can come to the top
    room.setAttribute("aria-hidden", "true");
    const put = () => {
      const header = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
      const missing = target.getBoundingClientRect().top + innerHeight - header - document.body.getBoundingClientRect().bottom + room.offsetHeight;
      room.style.height = `${Math.max(0, Math.ceil(missing))}px`;
      target.scrollIntoView({ block: "start", behavior: "instant" });
    };
    document.body.append(room);
    let timer = 0;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => (document.readyState === "complete" ? stop() : wait()), QUIET);
    };
    const observer = new ResizeObserver(() => {
      put();
      wait();
    });
    const stop = () => {
      observer.disconnect();
      clearTimeout(timer);
      for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) removeEventListener(kind, stop, true);
    };
    leave = () => {
      stop();
      room.remove();
    };
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(kind, stop, { capture: true, passive: true });
    observer.observe(article);
    document.fonts?.ready.then(() => room.isConnected && put());
    put();
    wait();
  }

  /** Open whatever the target lies in. */
  function reveal(target) {
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
      if (at.getAttribute?.("hidden") === "until-found") {
        at.dispatchEvent(new Event("beforematch", { bubbles: true }));
        at.removeAttribute("hidden");
      }
      if (at.classList.contains("toggle-hidden")) at.querySelector(":scope > .toggle-button, :scope > button.toggle-button")?.click();
    }
  }

  /** The place that the address names: an id, or a tool with its state behind an equals sign. */
  function named(hash) {
    let name;
    try {
      name = decodeURIComponent(hash.slice(1));
    } catch {
      name = hash.slice(1); // cut short in the middle of a character
    }
    const found = document.getElementById(name);
    if (found) return found;
    const [, tool, rest] = name.match(/^([a-z][a-z-]*)(?::([^=]*))?(?:=|$)/) ?? [];
    if (!tool) return null;
    const places = [...document.querySelectorAll("[data-mount]")];
    if (rest === undefined) return places.find((place) => place.dataset.mount === tool) ?? null;
    return places.find((place) => place.dataset.mount === `${tool}:${rest}`) ?? places.filter((place) => place.dataset.mount === tool)[Number(rest) - 1] ?? null;
  }

  /** A link to something that is not here says so where the reader looks: at the top of the page. */
  function say_lost(hash) {
    const note = document.createElement("p");
    note.className = "landing-note";
    note.setAttribute("role", "status");
    const text = hash.length > 60 ? `${hash.slice(0, 60)}…` : hash;
    note.textContent = `The link that led here names something that this page does not have: ${text} It may have been cut short, or the book has changed since; look for it in the list of contents, or with the search.`;
    article.prepend(note);
    land(note);
  }

  function follow() {
    document.querySelector(".landing-note")?.remove();
    const { hash } = location;
    if (hash.length < 2) return;
    const target = named(hash);
    if (target) land(target);
    else say_lost(hash);
  }

  // Back and forward return to where the reader was, which the browser knows best.
  let travelling = performance.getEntriesByType?.("navigation")[0]?.type === "back_forward";
  window.navigation?.addEventListener("navigate", (event) => {
    travelling = event.navigationType === "traverse";
  });
  const arrive = () => {
    if (!travelling) follow();
    travelling = false;
  };
  addEventListener("hashchange", arrive);
  // a second click on the same link changes no address
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (link && link.hash.length > 1 && link.href === location.href && !event.defaultPrevented && event.button === 0) setTimeout(follow);
  });
  if (location.hash.length > 1) arrive();
  // A hit of the search: the theme marks its words a moment after the page is there.
  else if (!travelling && document.documentElement.dataset.searched) {
    let tries = 60;
    const show = () => {
      const marks = [...article.querySelectorAll("span.highlighted")];
      const first = marks.find((mark) => mark.closest("h1, h2, h3, h4")) ?? marks[0];
      if (first) land(first.closest("h1, h2, h3, h4, p, li, tr, pre, dt, figure") ?? first);
      else if (tries--) requestAnimationFrame(show);
    };
    requestAnimationFrame(show);
  }
})();
