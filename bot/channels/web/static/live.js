// @ts-check
/**
 * Tells when to look for new lines: at once by a stream of events, and every few seconds as a safety net.
 * One tab holds the stream and tells the others, since a browser opens few connections to one server.
 */

const POLL = 10_000;
const POLL_WITH_STREAM = 30_000;
const SILENCE = 50_000;
const REOPEN = 10_000;

export class Live {
  #onNews;
  #heardAt = 0;
  #polledAt = 0;
  #channel = 'BroadcastChannel' in window ? new BroadcastChannel('ntd-live') : null;
  /** @type {EventSource | null} */
  #stream = null;

  /** @param {() => void} onNews */
  constructor(onNews) {
    this.#onNews = onNews;
  }

  start() {
    this.#channel?.addEventListener('message', ({ data }) => this.#heard(data === 'new'));
    for (const moment of ['online', 'focus', 'pageshow']) addEventListener(moment, () => this.#look());
    document.addEventListener('visibilitychange', () => document.hidden || this.#look());
    setInterval(() => this.#tick(), 2_000);
    if (navigator.locks) void navigator.locks.request('ntd-live', () => this.#lead());
    else void this.#lead();
  }

  /** Holds the stream for as long as this tab lives. */
  #lead() {
    this.#open();
    return new Promise(() => {});
  }

  #open() {
    this.#stream?.close();
    const stream = new EventSource('/chat/events');
    this.#stream = stream;
    const tell = (/** @type {boolean} */ news) => {
      this.#heard(news);
      this.#channel?.postMessage(news ? 'new' : 'ping');
    };
    stream.addEventListener('open', () => tell(true)); // something may have been missed before
    stream.addEventListener('new', () => tell(true));
    stream.addEventListener('ping', () => tell(false));
    stream.addEventListener('error', () => {
      this.#heardAt = 0;
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => this.#reopen(stream), REOPEN);
    });
  }

  /** @param {EventSource} closed */
  #reopen(closed) {
    if (this.#stream === closed) this.#open();
  }

  /** @param {boolean} news */
  #heard(news) {
    this.#heardAt = Date.now();
    if (news) this.#look();
  }

  #tick() {
    const now = Date.now();
    const silent = now - this.#heardAt > SILENCE;
    if (silent && this.#heardAt && this.#stream) {
      this.#heardAt = 0;
      this.#open();
    }
    if (!document.hidden && now - this.#polledAt >= (silent ? POLL : POLL_WITH_STREAM)) this.#look();
  }

  #look() {
    this.#polledAt = Date.now();
    this.#onNews();
  }
}
