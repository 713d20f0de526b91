// Choosing a name by typing a few letters of it.

const SHOWN = 12;

/** How well a name fits what was typed: smaller is better, -1 not at all. */
export function fit(name, typed) {
  const [full, text] = [name.toLowerCase(), typed.toLowerCase()];
  if (full.startsWith(text)) return 0;
  if (full.split(/[\s_\-/.<>]+/).some((word) => word.startsWith(text))) return 1;
  return full.includes(text) ? 2 : -1;
}

/** The dialog; `names` gives {name, count} in the order they are to be offered. */
export class Picker {
  constructor(dialog, names) {
    this.dialog = dialog;
    this.names = names;
    this.input = dialog.querySelector("input");
    this.list = dialog.querySelector("ul");
    this.input.addEventListener("input", () => this.show());
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  /** Open it; calls back with the name that was chosen. */
  open(chosen, typed = "") {
    this.chosen = chosen;
    this.input.value = typed;
    this.show();
    this.dialog.showModal();
    this.input.focus();
  }

  show() {
    const typed = this.input.value.trim();
    const fitting = this.names()
      .map((one, place) => ({ ...one, place, fit: typed ? fit(one.name, typed) : 0 }))
      .filter((one) => one.fit >= 0)
      .sort((a, b) => a.fit - b.fit || a.place - b.place)
      .slice(0, SHOWN);
    const isKnown = fitting.some((one) => one.name.toLowerCase() === typed.toLowerCase());
    if (typed && !isKnown) fitting.push({ name: typed, isNew: true });
    this.list.replaceChildren(...fitting.map((one, at) => this.option(one, at)));
    this.move(0);
  }

  option(one, at) {
    const item = document.createElement("li");
    item.setAttribute("role", "option");
    item.id = `pick-${at}`;
    item.dataset.name = one.name;
    const name = document.createElement("span");
    name.textContent = one.isNew ? `New name: ${one.name}` : one.name;
    item.append(name);
    if (one.count) {
      const count = document.createElement("span");
      count.className = "small";
      count.textContent = one.count.toLocaleString();
      item.append(count);
    }
    item.addEventListener("click", () => this.take(one.name));
    return item;
  }

  move(to) {
    const items = [...this.list.children];
    this.at = Math.max(0, Math.min(to, items.length - 1));
    items.forEach((item, at) => item.setAttribute("aria-selected", String(at === this.at)));
    if (items.length) {
      this.input.setAttribute("aria-activedescendant", items[this.at].id);
      items[this.at].scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      this.move(this.at + steps[event.key]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const item = this.list.children[this.at];
      if (item) this.take(item.dataset.name);
    }
    event.stopPropagation();
  }

  take(name) {
    this.dialog.close();
    this.chosen(name);
  }
}
