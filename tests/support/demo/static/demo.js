// Shows the phones as the server tells them, and tells the server what thumbs do. Every text is set as text.

const ACTS = {
  start: "Bắt đầu", sample_photo: "Ảnh mẫu", share_phone: "Chia sẻ số", share_place: "Gửi vị trí", sticker: "Sticker",
  follow: "Theo dõi", unfollow: "Bỏ theo dõi", block: "Chặn", unblock: "Bỏ chặn",
};
const WHILE_GONE = new Set(["unblock", "follow"]);
const PEOPLE = ["Trần Thị Lan", "Phạm Văn Minh", "Lê Thị Hoa", "Nguyễn Văn Bình", "Hoàng Thị Mai"];

const phones = new Map();
const byId = (id) => document.getElementById(id);

function made(tag, words = "", name = "") {
  const element = document.createElement(tag);
  element.textContent = words;
  if (name) element.className = name;
  return element;
}

class Phone {
  constructor(key) {
    this.key = key;
    this.root = byId("phone").content.firstElementChild.cloneNode(true);
    this.root.dataset.phone = key;
    this.part = (selector) => this.root.querySelector(selector);
    this.bubbles = "";
    this.before = Promise.resolve();
    this.listen();
    byId("phones").append(this.root);
  }

  listen() {
    const written = this.part("textarea");
    this.part("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = written.value.trim();
      if (!text) return;
      written.value = "";
      this.act("say", text);
    });
    written.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.part("form").requestSubmit();
    });
    this.part("input[type=file]").addEventListener("change", (event) => this.photo(event.target));
    this.part(".person-next").addEventListener("click", () => {
      const next = PEOPLE[(PEOPLE.indexOf(this.part(".person").textContent) + 1) % PEOPLE.length];
      this.act("new_person", next);
    });
  }

  async act(what, text = "") {
    const body = JSON.stringify({ do: what, text });
    await this.post(`act/${this.key}`, body, "application/json");
  }

  async photo(input) {
    const [file] = input.files;
    input.value = "";
    if (file) await this.post(`photo/${this.key}`, file, file.type);
  }

  /** One after another, in the order of the thumbs. */
  post(path, body, type) {
    this.before = this.before.then(() => this.sent(path, body, type));
    return this.before;
  }

  async sent(path, body, type) {
    let why = "";
    try {
      const answer = await fetch(path, { method: "POST", body, headers: { "Content-Type": type } });
      if (answer.status === 409) why = (await answer.json()).why;
      else if (!answer.ok) why = `Lỗi ${answer.status}`;
    } catch {
      why = "Không gửi được.";
    }
    this.part(".problem").textContent = why;
    this.part(".problem").hidden = !why;
  }

  show(state) {
    this.part("h2").textContent = state.title;
    this.part(".chat").setAttribute("aria-label", `Tin nhắn trên ${state.title}`);
    this.part("textarea").setAttribute("aria-label", `Nhắn tin trên ${state.title}`);
    this.part(".person").textContent = state.person;
    this.root.classList.toggle("gone", state.gone);
    this.showBubbles(state.bubbles);
    this.showKeyboard(state.keyboard);
    this.showActs(state);
  }

  showBubbles(bubbles) {
    const told = JSON.stringify(bubbles);
    if (told === this.bubbles) return;
    this.bubbles = told;
    const chat = this.part(".chat");
    const kept = new Map([...chat.children].map((item) => [item.dataset.told, item]));
    const items = bubbles.map((bubble) => {
      const words = JSON.stringify(bubble);
      return kept.get(words) ?? this.bubble(bubble, words);
    });
    chat.replaceChildren(...items);
    this.toTheEnd();
  }

  toTheEnd() {
    this.part(".chat").scrollTop = this.part(".chat").scrollHeight;
  }

  bubble({ mine, text, buttons, picture }, told) {
    const item = made("li", "", mine ? "mine" : "theirs");
    item.dataset.told = told;
    const bubble = made("div", text, "bubble");
    if (picture) {
      const image = made("img");
      image.src = `picture/${this.key}/${encodeURIComponent(picture)}`;
      image.alt = mine ? "Ảnh bạn gửi" : "Ảnh";
      image.addEventListener("load", () => this.toTheEnd());
      bubble.prepend(image);
    }
    item.append(bubble);
    if (buttons.length) item.append(this.row("buttons", buttons));
    return item;
  }

  row(name, labels) {
    const row = made("div", "", name);
    row.append(...labels.map((label) => this.button(label, () => this.act("press", label))));
    return row;
  }

  button(label, press) {
    const button = made("button", label);
    button.type = "button";
    button.addEventListener("click", press);
    return button;
  }

  showKeyboard(labels) {
    const keyboard = this.part(".keyboard");
    if (keyboard.dataset.told === labels.join("\n")) return;
    keyboard.dataset.told = labels.join("\n");
    keyboard.hidden = !labels.length;
    keyboard.replaceChildren(...this.row("", labels).children);
  }

  showActs({ acts, gone }) {
    const shown = Object.keys(ACTS).filter((act) => acts.includes(act) && (gone ? WHILE_GONE.has(act) : act !== "unblock"));
    const row = this.part(".acts");
    if (row.dataset.told === shown.join()) return;
    row.dataset.told = shown.join();
    row.replaceChildren(...shown.map((act) => this.button(ACTS[act], () => this.act(act))));
  }
}

async function showAbout() {
  const about = await (await fetch("about")).json();
  byId("chat").href = about.chat;
  byId("console").href = about.console;
  byId("login").hidden = !about.password;
  byId("login-name").textContent = about.login;
  byId("login-password").textContent = about.password;
}

addEventListener("resize", () => phones.forEach((phone) => phone.toTheEnd()));

const news = new EventSource("events");
news.addEventListener("open", () => { byId("away").hidden = true; });
news.addEventListener("error", () => { byId("away").hidden = false; });
news.addEventListener("message", ({ data }) => {
  const state = JSON.parse(data);
  if (!phones.has(state.phone)) phones.set(state.phone, new Phone(state.phone));
  phones.get(state.phone).show(state);
});
showAbout();
