// @ts-check
/** What we say, row by row: steps and bullets hang, so that their numbers stand out; capitals and codes are bold. */
import { linkify } from './linkify.js';

const STEP = /^\d{1,2}[.)] /;
const BULLET = /^• /;
const LABEL = /^• [^:]{2,40}:(?= )/;
const LOUD = /^\p{Lu}+ \p{Lu}{2,}(?!\p{Ll})/u;
/** "Mã phản ánh: TN-26-000001" */
const CODE = /^[^:]{3,24}: (?=.*[A-Z])[A-Z\d-]{5,}$/;

/**
 * @param {string} text
 * @param {{mobile?: boolean}} [options] see linkify
 * @returns {DocumentFragment}
 */
export function rows(text, options) {
  const fragment = document.createDocumentFragment();
  for (const line of text.split('\n')) {
    const row = document.createElement('div');
    row.className = `row${kind(line)}`;
    row.append(linkify(line, options));
    emphasise(row, line.match(LABEL)?.[0]);
    fragment.append(row);
  }
  return fragment;
}

/** @param {string} line */
function kind(line) {
  if (!line.trim()) return ' row-gap';
  if (STEP.test(line)) return ' row-step';
  if (BULLET.test(line)) return ' row-bullet';
  return LOUD.test(line) || CODE.test(line) ? ' row-loud' : '';
}

/**
 * "• Số tiền: 450.000 đ": the name of what follows is bold.
 * @param {HTMLElement} row
 * @param {string | undefined} label
 */
function emphasise(row, label) {
  const first = row.firstChild;
  if (!label || !(first instanceof Text) || !first.data.startsWith(label)) return;
  const name = document.createElement('strong');
  first.splitText(label.length);
  const bullet = first.splitText(2);
  bullet.replaceWith(name);
  name.append(bullet);
}
