// @ts-check
/** The server's answers, sorted by what can be done about them. */

/**
 * @typedef {{id: number, author: 'consumer' | 'bot' | 'officer', text: string, at: string,
 *   choices: {label: string, payload: string}[], sender: string | null, attachments: string[], chosen: boolean,
 *   event_id: string | null}} Line
 * @typedef {{kind: 'taken'} | {kind: 'later', seconds?: number, sentence?: string} |
 *   {kind: 'refused', sentence?: string} | {kind: 'broken'} | {kind: 'session'}} Outcome
 *   taken: kept by the server. later: try again. refused: never. broken: the server stumbled over it.
 *   session: the cookie is no longer good.
 */

const HEADERS = { 'X-Ntd-Chat': '1' };
const PATIENCE = 30_000;

/**
 * The lines after `after`, in one or more portions; null without a connection, 'session' without a session.
 * @param {number} after
 * @returns {Promise<Line[] | null | 'session'>}
 */
export async function fetchLines(after) {
  /** @type {Line[]} */
  const lines = [];
  for (;;) {
    const last = lines.at(-1)?.id ?? after;
    const response = await request(`/chat/messages?after=${last}`, {});
    if (response?.status === 401) return 'session';
    if (!response?.ok) return null;
    const portion = await response.json();
    lines.push(...portion);
    if (portion.length < 200) return lines;
  }
}

/**
 * @param {{id: string, text?: string, payload?: string, label?: string}} message
 * @returns {Promise<Outcome>}
 */
export async function postMessage(message) {
  const headers = { ...HEADERS, 'Content-Type': 'application/json' };
  const response = await request('/chat/messages', { method: 'POST', headers, body: JSON.stringify(message) });
  if (!response) return { kind: 'later' };
  return outcome(response.status, await response.text(), response.headers.get('Retry-After'));
}

/**
 * Loads the page again, which brings a new session; the outbox stays.
 * @returns {boolean} false where that was just done in vain: the browser keeps no cookies
 */
export function renewSession() {
  const key = 'ntd-renewed';
  if (Date.now() - Number(sessionStorage.getItem(key)) < 60_000) return false;
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
  return true;
}

/**
 * By XMLHttpRequest, since fetch does not tell how far an upload is.
 * @param {string} id
 * @param {File[]} files
 * @param {(share: number) => void} onProgress share between 0 and 1
 * @returns {Promise<Outcome>}
 */
export function postPhotos(id, files, onProgress) {
  const form = new FormData();
  form.append('id', id);
  for (const file of files) form.append('files', file, file.name || 'photo');
  return new Promise((resolve) => {
    const upload = new XMLHttpRequest();
    upload.open('POST', '/chat/photos');
    for (const [name, value] of Object.entries(HEADERS)) upload.setRequestHeader(name, value);
    upload.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    upload.onload = () =>
      resolve(outcome(upload.status, upload.responseText, upload.getResponseHeader('Retry-After')));
    upload.onerror = upload.onabort = upload.ontimeout = () => resolve({ kind: 'later' });
    upload.send(form);
  });
}

/**
 * @param {string} url
 * @param {RequestInit} options
 */
async function request(url, options) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    return await fetch(url, { ...options, credentials: 'same-origin', cache: 'no-store', signal: patience.signal });
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {number} status
 * @param {string} body
 * @param {string | null} retryAfter
 * @returns {Outcome}
 */
function outcome(status, body, retryAfter) {
  if (status === 200) return { kind: 'taken' };
  if (status === 401) return { kind: 'session' };
  const sentence = errorSentence(body);
  if (status === 429 || status === 503 || status === 502 || status === 504 || status === 0) {
    return { kind: 'later', seconds: Number(retryAfter) || undefined, sentence };
  }
  return status >= 500 ? { kind: 'broken' } : { kind: 'refused', sentence };
}

/** @param {string} body */
function errorSentence(body) {
  try {
    return String(JSON.parse(body).error || '') || undefined;
  } catch {
    return undefined; // not our server's answer: a proxy's, perhaps
  }
}
