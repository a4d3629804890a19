// @ts-check
/**
 * Official addresses and hotlines of a text as links, built node by node: text never becomes markup.
 *
 * A complaint repeats what a scammer wrote, so only the state's own sites become links, and only numbers that no
 * private person has: hotlines, emergency numbers, fixed lines. An officer's message may name a mobile phone.
 */

const SITE = /(?:https?:\/\/)?(?:[a-z0-9-]+\.)+gov\.vn(?![\w.-]*\w)(?:[/?#][^\s<>"']*)?/gi;
const HOTLINE = /(?<![\d.,/-])(?:1[89]00(?:(?:[ .]?\d){6}|(?:[ .]?\d){4})|02\d(?:[ .]?\d){7,8})(?!\d|[.,-]\d)/g;
/** Emergency numbers are short: only where they are told to be called, or named as our content names them. */
const SHORT = new RegExp(
  [
    String.raw`(?<=(?:gọi|số|call|dial)(?:\sngay|\snow)?:?\s)(?:11[1-5]|156)(?![\d.,/]*\d)`,
    String.raw`(?!\s*(?:nghìn|ngàn|triệu|đồng|k\b|đ\b))`,
    String.raw`|(?<![\d.,/-])(?:11[1-5]|156)(?=\s\(\p{L})`,
  ].join(''),
  'giu',
);
const MOBILE = /(?<![\d.,/-])0[35789]\d{2}[ .]?\d{3}[ .]?\d{3}(?![\d]|[.,-]\d)/g;

/**
 * @param {string} text
 * @param {{mobile?: boolean}} [options]
 * @returns {DocumentFragment}
 */
export function linkify(text, { mobile = false } = {}) {
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const found of links(text, mobile)) {
    if (found.start < end) continue;
    fragment.append(text.slice(end, found.start), anchor(found.text, found.href));
    end = found.start + found.text.length;
  }
  fragment.append(text.slice(end));
  return fragment;
}

/**
 * @param {string} text
 * @param {boolean} mobile
 */
function links(text, mobile) {
  const found = [...text.matchAll(SITE)].filter(standsAlone).map(({ 0: whole, index }) => {
    const address = whole.replace(/[.,;:!?)\]]+$/, '');
    return { start: index, text: address, href: secure(address) };
  });
  for (const pattern of mobile ? [HOTLINE, SHORT, MOBILE] : [HOTLINE, SHORT]) {
    for (const { 0: number, index } of text.matchAll(pattern)) {
      found.push({ start: index, text: number, href: `tel:${number.replace(/\D/g, '')}` });
    }
  }
  return found.sort((one, other) => one.start - other.start);
}

/** Not the tail of another address: `evil-gov.vn`, `x@y.gov.vn` and `a.b/c.gov.vn` are not the state's sites.
 * @param {RegExpMatchArray} match */
function standsAlone({ input = '', index = 0 }) {
  return index === 0 || /[\s("'“:,;]/.test(input[index - 1]);
}

/** @param {string} address */
function secure(address) {
  return /^https?:/i.test(address) ? address : `https://${address}`;
}

/**
 * @param {string} text
 * @param {string} href
 */
function anchor(text, href) {
  const link = document.createElement('a');
  link.textContent = text;
  link.href = href;
  if (!href.startsWith('tel:')) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
  }
  return link;
}
