// @ts-check
/** The chat page: joins composer, outbox, transcript and live news. */
import { Composer } from './composer.js';
import { Live } from './live.js';
import { Outbox } from './outbox.js';
import { fetchLines, renewSession } from './server.js';
import { element, state, Transcript } from './transcript.js';
import { say } from './words.js';

const log = byId('log');
const empty = byId('empty');
const toEnd = byId('to-end');
const notice = byId('notice');
const title = document.title;
const calm = matchMedia('(prefers-reduced-motion: reduce)');

const outbox = new Outbox();
const transcript = new Transcript(byId('lines'), byId('pending'), choose);
const composer = new Composer(/** @type {HTMLFormElement} */ (byId('composer')), {
  onText: (text) => utter(() => outbox.addMessage({ text })),
  onPhotos: (files) => utter(() => void outbox.addPhotos(files)),
  notice: (sentence) => inform(sentence, 8),
});

let first = true;
let expecting = false;
let unread = 0;
let focusNextChoice = false;
/** @type {number | undefined} */
let noticeTimer;

/** Takes a choice. @param {{label: string, payload: string}} choice @param {boolean} byKeyboard */
function choose(choice, byKeyboard) {
  utter(() => outbox.addMessage({ payload: choice.payload, label: choice.label }), byKeyboard);
  if (byKeyboard) log.focus();
}

/**
 * Says something and brings it into view. Who chose by keyboard finds the focus on the next choice; who types keeps it.
 * @param {() => void} what
 * @param {boolean} [byKeyboard]
 */
function utter(what, byKeyboard = false) {
  expecting = true;
  focusNextChoice = byKeyboard;
  what();
  scrollToEnd();
}

// --- what is on its way ---------------------------------------------------------------------------------------------

outbox.addEventListener('change', showPending);
outbox.addEventListener('notice', (event) => inform(/** @type {CustomEvent} */ (event).detail, 8));
outbox.addEventListener('accepted', (event) => {
  transcript.accept(/** @type {CustomEvent} */ (event).detail.id);
  void refresh();
});

function showPending() {
  const atEnd = nearEnd();
  transcript.showPending(outbox.entries, dress);
  empty.hidden = !transcript.empty || first;
  if (atEnd) scrollToEnd();
}

/**
 * @param {import('./outbox.js').Entry} entry
 * @param {HTMLElement} item
 */
function dress(entry, item) {
  const sending = outbox.sending === entry.id;
  const label = entry.failed ?? (outbox.troubled || !navigator.onLine ? say('waiting') : say('sending'));
  item.classList.toggle('line-failed', Boolean(entry.failed));
  const line = state(item);
  if (line.dataset.words !== label) {
    line.dataset.words = label;
    line.replaceChildren(label, ...(entry.failed ? failedButtons(entry.id) : []));
  }
  showProgress(item, sending ? outbox.progress.get(entry.id) : undefined);
}

/** @param {string} id */
function failedButtons(id) {
  return [
    textButton(say('retry'), () => outbox.retry(id)),
    textButton(say('discard'), () => outbox.discard(id)),
  ];
}

/**
 * @param {string} label
 * @param {() => void} onClick
 */
function textButton(label, onClick) {
  const button = /** @type {HTMLButtonElement} */ (element('button', 'text-button', label));
  button.type = 'button';
  button.addEventListener('click', () => {
    onClick();
    composer.focus();
  });
  return button;
}

/**
 * @param {HTMLElement} item
 * @param {number | undefined} share
 */
function showProgress(item, share) {
  let bar = item.querySelector('progress');
  if (share === undefined || share >= 1) {
    bar?.remove();
    return;
  }
  if (!bar) {
    bar = document.createElement('progress');
    bar.setAttribute('aria-label', say('progress'));
    state(item).before(bar);
  }
  bar.value = share;
}

outbox.addEventListener('session', () => renewSession() || inform(say('no_cookies')));

// --- what the server says -------------------------------------------------------------------------------------------

let refreshing = false;
let again = false;

/** Fetches new lines; a call during a fetch makes one more fetch. */
async function refresh() {
  again = true;
  if (refreshing) return;
  refreshing = true;
  while (again) {
    again = false;
    const lines = await fetchLines(transcript.settled);
    if (lines === 'session') {
      if (!renewSession()) inform(say('no_cookies'));
      break;
    }
    connected(lines !== null);
    if (lines) {
      showLines(lines);
      outbox.nudge();
    }
  }
  refreshing = false;
}

/** @param {import('./server.js').Line[]} lines */
function showLines(lines) {
  const atEnd = nearEnd();
  const added = transcript.add(lines);
  empty.hidden = !transcript.empty;
  const spoken = added.filter((item) => item.dataset.author !== 'consumer');
  if (first) {
    first = false;
    scrollToEnd('instant');
    setTimeout(startSpeaking, 500);
  } else if (added.length) {
    if (atEnd || expecting) scrollToStartOf(added[0]);
    else endButton(say('new'));
    if (spoken.length) announce(spoken);
  }
}

/** From here on a screen reader says what is added. */
function startSpeaking() {
  log.setAttribute('aria-live', 'polite');
  log.removeAttribute('aria-busy');
}

/** @param {HTMLElement[]} spoken */
function announce(spoken) {
  expecting = false;
  if (document.hidden) document.title = `(${(unread += spoken.length)}) ${title}`;
  const choice = spoken.map((item) => item.querySelector('.choice:enabled')).find(Boolean);
  if (focusNextChoice && choice) {
    focusNextChoice = false;
    /** @type {HTMLElement} */ (choice).focus({ preventScroll: true });
  }
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  unread = 0;
  document.title = title;
});

// --- the connection -------------------------------------------------------------------------------------------------

let online = true;

/** @param {boolean} now */
function connected(now) {
  if (now === online) return;
  online = now;
  if (now) {
    inform(say('online'), 3);
    void outbox.flush();
  } else inform(say('offline'));
}

addEventListener('offline', () => connected(false));
outbox.addEventListener('unreachable', () => connected(false));

/**
 * @param {string} sentence
 * @param {number} [seconds] how long it stays; without, until the next one
 */
function inform(sentence, seconds) {
  clearTimeout(noticeTimer);
  notice.textContent = sentence;
  notice.hidden = false;
  if (seconds) {
    noticeTimer = setTimeout(() => {
      if (online) notice.hidden = true;
      else inform(say('offline'));
    }, seconds * 1000);
  }
}

// --- scrolling ------------------------------------------------------------------------------------------------------

/** Pixels below what is in view. */
function left() {
  return log.scrollHeight - log.scrollTop - log.clientHeight;
}

function nearEnd() {
  return left() < 80;
}

/** By what is in view, less two lines to find one's place again. */
function scrollOn() {
  log.scrollBy({ top: log.clientHeight - 52, behavior: calm.matches ? 'instant' : 'smooth' });
}

/** @param {ScrollBehavior} [behavior] */
function scrollToEnd(behavior = calm.matches ? 'instant' : 'smooth') {
  log.scrollTo({ top: log.scrollHeight, behavior });
}

/** A long answer is read from its beginning. @param {HTMLElement} item */
function scrollToStartOf(item) {
  const end = log.scrollHeight - log.clientHeight;
  const top = Math.min(end, item.offsetTop - log.offsetTop - 12);
  log.scrollTo({ top, behavior: calm.matches ? 'instant' : 'smooth' });
}

/** @param {string} words */
function endButton(words) {
  toEnd.querySelector('.to-end-words')?.replaceChildren(words);
  toEnd.hidden = false;
}

/** Who pressed it last by keyboard goes on in the talk. */
function hideEndButton() {
  if (document.activeElement === toEnd) log.focus({ preventScroll: true });
  toEnd.hidden = true;
}

log.addEventListener('scroll', () => (nearEnd() ? hideEndButton() : toEnd.hidden && endButton(say('to_end'))), {
  passive: true,
});
toEnd.addEventListener('click', () => (left() > 3 * log.clientHeight ? scrollToEnd() : scrollOn()));

// --- beginning ------------------------------------------------------------------------------------------------------

for (const example of document.querySelectorAll('.example')) {
  example.addEventListener('click', () => {
    utter(() => outbox.addMessage({ text: example.textContent?.trim() }));
    composer.focus();
  });
}

if (location.search) history.replaceState(null, '', '/');
showPending();
void outbox.flush();
void refresh();
new Live(() => void refresh()).start();

/** @param {string} id */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
