// @ts-check
/** The form at the foot of the page: a text that grows, photos with their previews. */
import { element } from './transcript.js';
import { say } from './words.js';

const DRAFT = 'ntd-draft';

export class Composer {
  #form;
  #text;
  #input;
  #tray;
  #limits;
  #notice;
  /** @type {File[]} */
  #files = [];

  /**
   * @param {HTMLFormElement} form
   * @param {{onText: (text: string) => void, onPhotos: (files: File[]) => void, notice: (sentence: string) => void}} to
   */
  constructor(form, to) {
    this.#form = form;
    this.#text = /** @type {HTMLTextAreaElement} */ (form.querySelector('textarea'));
    this.#input = /** @type {HTMLInputElement} */ (form.querySelector('input[type=file]'));
    this.#tray = /** @type {HTMLElement} */ (form.querySelector('.tray'));
    this.#notice = to.notice;
    const { maxPhotos, maxMb, maxText } = form.dataset;
    this.#limits = { photos: Number(maxPhotos), mb: Number(maxMb), text: Number(maxText) };
    this.#text.value = sessionStorage.getItem(DRAFT) ?? '';
    this.#listen(to);
    this.#grow();
  }

  /** Not on a phone, where the keyboard would hide half of the page. */
  focus() {
    if (!matchMedia('(pointer: coarse)').matches) this.#text.focus();
  }

  /** @param {{onText: (text: string) => void, onPhotos: (files: File[]) => void}} to */
  #listen({ onText, onPhotos }) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit(onText, onPhotos);
    });
    this.#text.addEventListener('input', () => this.#grow());
    this.#text.addEventListener('keydown', (event) => {
      // A Vietnamese keyboard composes letters: Enter that ends a composition sends nothing.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#text.addEventListener('paste', (event) => {
      if (event.clipboardData?.files.length) this.#take([...event.clipboardData.files]);
    });
    this.#input.addEventListener('change', () => {
      this.#take([...(this.#input.files ?? [])]);
      this.#input.value = '';
    });
  }

  /**
   * @param {(text: string) => void} onText
   * @param {(files: File[]) => void} onPhotos
   */
  #submit(onText, onPhotos) {
    const text = this.#text.value.trim();
    if (text.length > this.#limits.text) {
      this.#notice(say('long', { max: this.#limits.text }));
      return;
    }
    if (text) onText(text);
    if (this.#files.length) onPhotos(this.#files);
    this.#text.value = '';
    this.#files = [];
    this.#showTray();
    this.#grow();
    this.#text.focus();
  }

  #grow() {
    sessionStorage.setItem(DRAFT, this.#text.value);
    this.#text.style.height = 'auto';
    this.#text.style.height = `${Math.min(this.#text.scrollHeight + 2, 160)}px`;
  }

  /** @param {File[]} files */
  #take(files) {
    for (const file of files) {
      const trouble = this.#trouble(file);
      if (trouble) this.#notice(trouble);
      else this.#files.push(file);
    }
    this.#showTray();
    this.focus();
  }

  /** @param {File} file */
  #trouble(file) {
    const { photos, mb } = this.#limits;
    if (this.#files.length >= photos) return say('photo_many', { max: photos });
    if (file.size > mb * 2 ** 20) return say('photo_big', { name: file.name, max: mb });
    if (file.type && !/^image\/|^application\/pdf$/.test(file.type)) return say('photo_kind', { name: file.name });
    return null;
  }

  #showTray() {
    for (const image of this.#tray.querySelectorAll('img')) URL.revokeObjectURL(image.src);
    this.#tray.replaceChildren(...this.#files.map((file) => this.#preview(file)));
    this.#tray.hidden = this.#files.length === 0;
  }

  /** @param {File} file */
  #preview(file) {
    const item = element('li', 'tray-file');
    if (file.type.startsWith('image/')) {
      const image = document.createElement('img');
      image.src = URL.createObjectURL(file);
      image.alt = '';
      item.append(image);
    }
    item.append(element('span', 'tray-name', file.name));
    const remove = /** @type {HTMLButtonElement} */ (element('button', 'tray-remove', '×'));
    remove.type = 'button';
    remove.setAttribute('aria-label', say('photo_remove', { name: file.name }));
    remove.addEventListener('click', () => {
      this.#files = this.#files.filter((other) => other !== file);
      this.#showTray();
      this.focus();
    });
    item.append(remove);
    return item;
  }
}
