// Words with gaps: what stands in a widget's words.json, filled.

/** A text with `{name}` replaced by the value of that name, as it is; a name that there is not is a mistake of ours. */
export function fill(/** @type {string} */ text, /** @type {Record<string, any>} */ values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    if (!(name in values)) throw new TypeError(`"${text}" is given no ${name}`);
    return String(values[name]);
  });
}
