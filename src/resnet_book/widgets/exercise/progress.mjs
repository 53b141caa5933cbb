// How far a reader has come in a chapter: kept in the reader's own browser, in memory where that forbids it.

const NEWS = "resnet-book:progress";
/** @type {Map<string, string>} where storage is refused */
const memory = new Map();

/** @typedef {{ solved?: boolean, shown?: number[] }} Entry by exercise; `shown` has the seeds whose answer was seen */

/** @param {string} chapter */
export function progress(chapter) {
  const place = `resnet-book:exercises:${chapter}`;

  /** @returns {Record<string, Entry>} */
  function read() {
    try {
      const found = JSON.parse(stored(place) ?? "{}");
      return found && typeof found === "object" && !Array.isArray(found) ? found : {};
    } catch {
      return {}; // something else has written there
    }
  }

  function update(/** @type {string} */ key, /** @type {(entry: Entry) => Entry} */ change) {
    const all = read();
    const entry = all[key] && typeof all[key] === "object" ? all[key] : {};
    store(place, JSON.stringify({ ...all, [key]: change(entry) }));
  }

  return {
    solved: (/** @type {string} */ key) => read()[key]?.solved === true,
    seen: (/** @type {string} */ key, /** @type {number} */ seed) => seen_of(read()[key]).includes(seed),
    solve: (/** @type {string} */ key) => update(key, (entry) => ({ ...entry, solved: true })),
    see: (/** @type {string} */ key, /** @type {number} */ seed) => update(key, (entry) => ({ ...entry, shown: [...new Set([...seen_of(entry), seed])].slice(-100) })),
    clear: () => store(place, null),
    /** Call back after each change, in this page or another; returns the way to stop it. */
    follow(/** @type {() => void} */ changed) {
      addEventListener(NEWS, changed);
      addEventListener("storage", changed);
      return () => {
        removeEventListener(NEWS, changed);
        removeEventListener("storage", changed);
      };
    },
  };
}

const seen_of = (/** @type {Entry | undefined} */ entry) => (Array.isArray(entry?.shown) ? entry.shown : []);

/** Whether this browser lets a page keep something. */
export function keeps() {
  try {
    localStorage.setItem("resnet-book:probe", "1");
    localStorage.removeItem("resnet-book:probe");
    return localStorage instanceof Storage; // and no stand-in of the page's, which lives as long as the page
  } catch {
    return false;
  }
}

function stored(/** @type {string} */ place) {
  try {
    return localStorage.getItem(place) ?? memory.get(place);
  } catch {
    return memory.get(place);
  }
}

function store(/** @type {string} */ place, /** @type {string | null} */ text) {
  try {
    if (text === null) localStorage.removeItem(place);
    else localStorage.setItem(place, text);
    memory.delete(place);
  } catch {
    if (text === null) memory.delete(place);
    else memory.set(place, text);
  }
  dispatchEvent(new Event(NEWS));
}
