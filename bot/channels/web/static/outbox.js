// @ts-check
/**
 * What was written and is not yet with the server. Kept in localStorage, one key per message, so that it survives a
 * reload and every tab sees it; sent in order, one at a time, always with the same id, so that the server can tell a
 * repeat from a new message.
 */
import { dropPhotos, keepPhotos, readPhotos } from './photos.js';
import { postMessage, postPhotos } from './server.js';
import { say } from './words.js';

/**
 * @typedef {{id: string, at: number, kind: 'message' | 'photos', text?: string, payload?: string, label?: string,
 *   count?: number, failed?: string}} Entry
 */

const PREFIX = 'ntd-outbox:';
const PAUSES = [1, 2, 4, 8, 15, 30];
const MOST_STUMBLES = 4;

/**
 * Events: `change` (look at `entries` again), `accepted` (detail: entry), `notice` (detail: sentence),
 * `unreachable` (no answer), `session` (the cookie is no longer good).
 */
export class Outbox extends EventTarget {
  /** @type {Map<string, Entry>} entries that localStorage has no room for */
  #homeless = new Map();
  /** @type {Map<string, number>} id -> share that is uploaded */
  progress = new Map();
  /** @type {string | null} id of what is on its way */
  sending = null;
  #failures = 0;
  #stumbles = 0;
  #running = false;
  #again = false;
  /** @type {number | undefined} */
  #timer;

  constructor() {
    super();
    addEventListener('storage', (event) => {
      if (event.key === null || event.key.startsWith(PREFIX)) this.#changed();
    });
    addEventListener('online', () => this.flush());
  }

  /** @returns {Entry[]} oldest first */
  get entries() {
    const kept = Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => parse(localStorage.getItem(key)))
      .filter((entry) => entry !== null);
    return [...kept, ...this.#homeless.values()].sort((one, other) => one.at - other.at);
  }

  /** The last try did not work. */
  get troubled() {
    return this.#failures > 0;
  }

  /** @param {{text?: string, payload?: string, label?: string}} message */
  addMessage(message) {
    this.#add({ id: newId(), at: Date.now(), kind: 'message', ...message });
  }

  /** @param {File[]} files */
  async addPhotos(files) {
    const id = newId();
    await keepPhotos(id, files);
    this.#add({ id, at: Date.now(), kind: 'photos', count: files.length });
  }

  /** @param {string} id */
  retry(id) {
    const entry = this.entries.find((candidate) => candidate.id === id);
    if (!entry) return;
    delete entry.failed;
    this.#stumbles = 0;
    this.#write(entry);
    this.flush();
  }

  /** @param {string} id */
  discard(id) {
    localStorage.removeItem(PREFIX + id);
    this.#homeless.delete(id);
    this.progress.delete(id);
    void dropPhotos(id);
    this.#changed();
  }

  /** Sends what waits, unless another tab is doing so. Safe to call at any time. */
  async flush() {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      do {
        this.#again = false;
        await exclusively('ntd-outbox', () => this.#drain());
      } while (this.#again);
    } finally {
      this.#running = false;
      this.sending = null;
      this.#changed();
    }
  }

  /** Takes over what a closed tab has left behind. */
  nudge() {
    if (!this.#running && !this.#timer && this.entries.some((entry) => !entry.failed)) void this.flush();
  }

  async #drain() {
    for (;;) {
      const entry = this.entries.find((candidate) => !candidate.failed);
      if (!entry) return;
      this.sending = entry.id;
      this.#changed();
      const seconds = this.#settle(entry, await this.#send(entry));
      this.sending = null;
      if (seconds) {
        this.#timer = setTimeout(() => this.flush(), seconds * 1000);
        return;
      }
    }
  }

  /** @param {Entry} entry */
  async #send(entry) {
    if (entry.kind === 'message') {
      const { id, text, payload, label } = entry;
      return postMessage({ id, text, payload, label });
    }
    const files = await readPhotos(entry.id);
    if (!files) return /** @type {const} */ ({ kind: 'refused', sentence: say('photo_lost') });
    return postPhotos(entry.id, files, (share) => {
      this.progress.set(entry.id, share);
      this.#changed();
    });
  }

  /**
   * @param {Entry} entry
   * @param {import('./server.js').Outcome} outcome
   * @returns {number} seconds to wait before the next try, 0 to go on at once
   */
  #settle(entry, outcome) {
    if (outcome.kind === 'taken') {
      this.#failures = this.#stumbles = 0;
      this.dispatchEvent(new CustomEvent('accepted', { detail: entry }));
      this.discard(entry.id);
      return 0;
    }
    if (outcome.kind === 'session') {
      this.dispatchEvent(new Event('session'));
      return 60;
    }
    if (outcome.kind === 'refused' || (outcome.kind === 'broken' && ++this.#stumbles >= MOST_STUMBLES)) {
      this.#stumbles = 0;
      this.#write({ ...entry, failed: ('sentence' in outcome && outcome.sentence) || say('failed') });
      return 0;
    }
    if (outcome.kind === 'later' && outcome.sentence) this.#notice(outcome.sentence);
    else if (outcome.kind === 'later') this.dispatchEvent(new Event('unreachable'));
    const pause = PAUSES[Math.min(this.#failures++, PAUSES.length - 1)];
    return ('seconds' in outcome && outcome.seconds) || pause;
  }

  /** @param {Entry} entry */
  #add(entry) {
    this.#write(entry);
    this.flush();
  }

  /** @param {Entry} entry */
  #write(entry) {
    try {
      localStorage.setItem(PREFIX + entry.id, JSON.stringify(entry));
    } catch {
      this.#homeless.set(entry.id, entry);
      this.#notice(say('storage_full'));
    }
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }

  /** @param {string} sentence */
  #notice(sentence) {
    this.dispatchEvent(new CustomEvent('notice', { detail: sentence }));
  }
}

/**
 * @param {string | null} value
 * @returns {Entry | null}
 */
function parse(value) {
  try {
    const entry = JSON.parse(value ?? 'null');
    return entry && typeof entry.id === 'string' ? entry : null;
  } catch {
    return null;
  }
}

/**
 * One tab at a time, where the browser can say so; elsewhere the server's deduplication is enough.
 * @param {string} name
 * @param {() => Promise<void>} work
 */
async function exclusively(name, work) {
  if (navigator.locks) await navigator.locks.request(name, work);
  else await work();
}

/** A random UUID also where `crypto.randomUUID` is missing (pages without https). */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}
