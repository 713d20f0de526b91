// On every page: colours, times in the person's own zone, messages.

const THEMES = ["automatic", "light", "dark"];

function themeButton() {
  const button = document.getElementById("theme");
  const name = button.querySelector("[data-theme-name]");
  const stored = localStorage.getItem("theme");
  let now = THEMES.includes(stored) ? stored : "automatic";
  const show = () => {
    name.textContent = now;
    if (now === "automatic") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = now;
  };
  button.addEventListener("click", () => {
    now = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
    localStorage.setItem("theme", now);
    show();
  });
  button.hidden = false;
  show();
}

const SHOWN = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit",
});

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

function localTimes(root) {
  for (const time of root.querySelectorAll("time.instant:not([data-local])")) {
    const at = new Date(time.dateTime);
    time.title = `${SHOWN.format(at)} (${time.dateTime})`;
    time.textContent = ("clock" in time.dataset ? CLOCK : SHOWN).format(at);
    time.dataset.local = "";
  }
}

/**
 * Show a message at the lower edge; with `undo` it has a button and stays longer. Returns what takes it away.
 * @param {string} text
 * @param {{undo?: () => void, seconds?: number}} [options]
 * @returns {() => void}
 */
export function say(text, { undo, seconds = undo ? 12 : 6 } = {}) {
  const box = document.createElement("div");
  box.className = "message";
  const words = document.createElement("span");
  words.textContent = text;
  box.append(words);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Undo";
    button.addEventListener("click", () => {
      box.remove();
      undo();
    });
    box.append(button);
  }
  document.getElementById("messages").append(box);
  setTimeout(() => box.remove(), seconds * 1000);
  return () => box.remove();
}

// A pressed button says that it was, and is not pressed twice; it comes back if the page stays.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.defaultPrevented || event.target.method !== "post") return;
  const words = button.innerHTML;
  setTimeout(() => {
    button.disabled = true;
    if (button.dataset.busy) button.textContent = button.dataset.busy;
  });
  const back = () => {
    button.disabled = false;
    if (button.dataset.busy) button.innerHTML = words;
  };
  setTimeout(back, 30_000);
  addEventListener("pageshow", (shown) => shown.persisted && back(), { once: true });
});

let silent = false;
document.addEventListener("htmx:error", () => {
  if (silent) return;
  silent = true;
  setTimeout(() => { silent = false; }, 30_000);
  say("The server does not answer just now. This page goes on by itself when it does.");
});

globalThis.pelagia = { say };
themeButton();
localTimes(document);
document.addEventListener("htmx:after:swap", () => localTimes(document));
