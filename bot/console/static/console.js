// Small helps; every page works without them.
"use strict";

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.dataset.confirm && !window.confirm(button.dataset.confirm)) {
    event.preventDefault();
    return;
  }
  // A second click must not send the form again while the first is on its way.
  if (event.target.method === "post" && !event.target.hasAttribute("hx-post")) {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
    if (button) button.setAttribute("aria-busy", "true");
  }
});

// A page that comes back from the browser's memory may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const menu = document.querySelector("details.me[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = document.querySelector("details.me[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Copies the text that the button names; without https the browser's clipboard is closed to pages.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  let copied = false;
  try {
    await navigator.clipboard.writeText(field.value);
    copied = true;
  } catch {
    field.select();
    copied = document.execCommand("copy");
  }
  document.getElementById(button.getAttribute("aria-describedby")).textContent =
    copied ? button.dataset.done : button.dataset.failed;
});

// Labelling without the mouse: Ctrl+Enter saves, Alt+Enter skips.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".label-form");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey || event.altKey)) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector(event.altKey ? "button[formaction]" : "button:not([formaction])"));
});

// Where something was refused, that is what is read first.
document.querySelector(".refused")?.scrollIntoView({ block: "center" });

// Text that is typed but not sent: leaving the page asks first.
window.addEventListener("beforeunload", (event) => {
  for (const field of document.querySelectorAll("textarea")) {
    if (field.value !== field.defaultValue && !field.form.dataset.sent) {
      event.preventDefault();
      return;
    }
  }
});
