// @ts-check
/** The sentences of the page's language, as the server wrote them into the page. */

/** @type {Record<string, string>} */
const sentences = JSON.parse(document.getElementById('words')?.textContent ?? '{}');

/**
 * @param {string} name
 * @param {Record<string, string | number>} [values] fills `{…}`
 */
export function say(name, values = {}) {
  return (sentences[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}

export const language = document.documentElement.lang || 'vi';
