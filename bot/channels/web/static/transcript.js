// @ts-check
/** Draws the conversation: the server's lines, and below them what is still on its way. */
import { rows } from './rows.js';
import { language, say } from './words.js';

/**
 * @typedef {import('./server.js').Line} Line
 * @typedef {import('./outbox.js').Entry} Entry
 */

const SETTLED_AFTER = 60_000;
const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const calendar = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'numeric' });

export class Transcript {
  #lines;
  #pending;
  #onChoice;
  /** @type {Map<number, {line: Line, item: HTMLElement}>} */
  #shown = new Map();
  #newest = 0;

  /**
   * @param {HTMLElement} lines
   * @param {HTMLElement} pending
   * @param {(choice: {label: string, payload: string}, byKeyboard: boolean) => void} onChoice
   */
  constructor(lines, pending, onChoice) {
    this.#lines = lines;
    this.#pending = pending;
    this.#onChoice = onChoice;
  }

  get empty() {
    return this.#shown.size === 0 && this.#pending.childElementCount === 0 && this.#lines.childElementCount === 0;
  }

  /**
   * From where to ask again. Lines are numbered when they are written and seen when they are committed, so a line
   * of the last minute may come after one with a higher number.
   */
  get settled() {
    let settled = 0;
    for (const { line } of this.#shown.values()) {
      if (Date.parse(line.at) <= this.#newest - SETTLED_AFTER) settled = Math.max(settled, line.id);
    }
    return settled;
  }

  /**
   * @param {Line[]} lines
   * @returns {HTMLElement[]} what is new and was not written in this tab
   */
  add(lines) {
    const added = [];
    for (const line of lines) {
      if (this.#shown.has(line.id)) continue;
      const draft = line.event_id ? this.#find(line.event_id) : null;
      const item = drawLine(line, this.#onChoice);
      if (draft) draft.remove();
      else added.push(item);
      this.#place(line.id, item);
      this.#shown.set(line.id, { line, item });
      this.#newest = Math.max(this.#newest, Date.parse(line.at));
    }
    if (lines.length) this.#tidy();
    return added;
  }

  /**
   * @param {Entry[]} entries
   * @param {(entry: Entry, item: HTMLElement) => void} dress fills in state and buttons
   */
  showPending(entries, dress) {
    const wanted = new Set(entries.map((entry) => entry.id));
    for (const item of [...this.#pending.children]) {
      if (!wanted.has(/** @type {HTMLElement} */ (item).dataset.event ?? '')) item.remove();
    }
    for (const entry of entries) {
      let item = this.#find(entry.id);
      if (!item) {
        item = drawEntry(entry);
        this.#pending.append(item);
      }
      dress(entry, item);
    }
    this.#tidy();
  }

  /** What the server has taken stands in the conversation until its own line comes. @param {string} id */
  accept(id) {
    const item = this.#find(id);
    if (!item) return;
    state(item).textContent = say('sent');
    item.querySelector('progress')?.remove();
    this.#lines.append(item);
  }

  /** @param {string} event */
  #find(event) {
    const here = [...this.#pending.children, ...this.#lines.children];
    return /** @type {HTMLElement | undefined} */ (
      here.find((item) => /** @type {HTMLElement} */ (item).dataset.event === event)
    );
  }

  /**
   * @param {number} id
   * @param {HTMLElement} item
   */
  #place(id, item) {
    const later = [...this.#lines.children].find((other) => Number(other.getAttribute('data-id')) > id);
    this.#lines.insertBefore(item, later ?? null);
  }

  /** Days get a heading, messages of one minute one time; only the choices after the last word of the consumer can be taken. */
  #tidy() {
    const waiting = this.#pending.childElementCount > 0;
    let open = !waiting;
    let day = '';
    const items = /** @type {HTMLElement[]} */ ([...this.#lines.children]);
    for (const item of items) {
      const own = item.dataset.day ?? day;
      item.dataset.heading = own === day ? '' : own;
      day = own;
    }
    items.forEach((item, place) => {
      const [time, next] = [item, items[place + 1]].map((one) => one?.querySelector('time'));
      const together = items[place + 1]?.dataset.author === item.dataset.author;
      if (time) time.hidden = together && time.textContent === next?.textContent;
    });
    for (const item of items.reverse()) {
      if (item.dataset.author === 'consumer') open = false;
      for (const button of item.querySelectorAll('button')) button.disabled = !open;
      item.classList.toggle('line-open', open);
    }
  }
}

/**
 * @param {Line} line
 * @param {(choice: {label: string, payload: string}, byKeyboard: boolean) => void} onChoice
 */
function drawLine(line, onChoice) {
  const item = bubbleItem(line.author, line.sender);
  const at = new Date(line.at);
  item.dataset.id = String(line.id);
  item.dataset.day = dayName(at);
  const text = element('div', 'text');
  text.id = `line-${line.id}`;
  if (line.author === 'consumer') text.textContent = line.text;
  else text.append(rows(line.text, { mobile: line.author === 'officer' }));
  const bubble = /** @type {HTMLElement} */ (item.querySelector('.bubble'));
  if (line.text) bubble.append(text);
  for (const id of line.attachments) bubble.append(drawAttachment(id));
  if (!line.text && !line.attachments.length) item.hidden = true;
  const time = element('time', 'time', clock.format(at));
  time.setAttribute('datetime', line.at);
  item.append(time);
  if (line.choices.length) item.append(drawChoices(line, text.id, onChoice));
  return item;
}

/**
 * @param {Line} line
 * @param {string} labelledBy
 * @param {(choice: {label: string, payload: string}, byKeyboard: boolean) => void} onChoice
 */
function drawChoices(line, labelledBy, onChoice) {
  const group = element('div', 'choices');
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', say('choices'));
  group.setAttribute('aria-describedby', labelledBy);
  for (const choice of line.choices) {
    const button = /** @type {HTMLButtonElement} */ (element('button', 'choice', choice.label));
    button.type = 'button';
    button.addEventListener('click', (event) => onChoice(choice, event.detail === 0));
    group.append(button);
  }
  return group;
}

/** A photo, or a link where it is none. @param {string} id */
function drawAttachment(id) {
  const link = /** @type {HTMLAnchorElement} */ (element('a', 'attachment'));
  const image = document.createElement('img');
  link.href = image.src = `/chat/evidence/${encodeURIComponent(id)}`;
  link.target = '_blank';
  image.alt = say('photo_sent');
  image.loading = 'lazy';
  image.addEventListener('error', () => link.replaceChildren(say('photo_sent')));
  link.append(image);
  return link;
}

/** @param {Entry} entry */
function drawEntry(entry) {
  const item = bubbleItem('consumer', null);
  item.dataset.event = entry.id;
  const text = entry.kind === 'photos' ? say('photos_count', { count: entry.count ?? 1 }) : entry.label || entry.text;
  item.querySelector('.bubble')?.append(element('div', 'text', text));
  item.append(element('div', 'state'));
  return item;
}

/**
 * @param {'consumer' | 'bot' | 'officer'} author
 * @param {string | null} sender
 */
function bubbleItem(author, sender) {
  const item = element('li', `line line-${author}`);
  item.dataset.author = author;
  const who = { consumer: say('you'), bot: say('bot'), officer: sender || say('officer') }[author];
  const bubble = element('div', 'bubble');
  bubble.append(element('span', author === 'officer' ? 'sender' : 'unseen', `${who}${author === 'officer' ? '' : ': '}`));
  item.append(bubble);
  return item;
}

/** @param {HTMLElement} item */
export function state(item) {
  return /** @type {HTMLElement} */ (item.querySelector('.state'));
}

/** @param {Date} at */
function dayName(at) {
  const days = Math.round((midnight(new Date()) - midnight(at)) / 86_400_000);
  return days === 0 ? say('today') : days === 1 ? say('yesterday') : calendar.format(at);
}

/** @param {Date} at */
function midnight(at) {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/**
 * @param {string} tag
 * @param {string} name
 * @param {string} [text]
 */
export function element(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}
