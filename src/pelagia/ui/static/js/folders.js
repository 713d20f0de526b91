// Picks folders and files that are on the server: opens folders one by one, puts what is chosen into the field below.

class Picker {
  constructor(root) {
    this.list = root.querySelector("ul");
    this.place = root.querySelector("[data-part=place]");
    this.field = document.getElementById(root.dataset.field);
    root.closest("details").addEventListener("toggle", () => this.list.childElementCount || this.open(""), { once: true });
  }

  async open(path) {
    const answer = await fetch(`/v1/shared-folders?path=${encodeURIComponent(path)}`).catch(() => null);
    if (!answer?.ok) {
      this.place.textContent = "The folder cannot be opened.";
      return;
    }
    const folder = await answer.json();
    this.place.textContent = folder.path || "Shared folders";
    const rows = folder.items.map((item) => this.row(item));
    const parent = folder.path.replace(/\/[^/]+\/?$/, "");
    if (folder.path) rows.unshift(this.line(button("…", "Up, to the folder above", () => this.up(parent))));
    if (!folder.items.length) rows.push(this.line("There is nothing in it."));
    if (!folder.complete) rows.push(this.line("There is more in it than can be shown; type the address below."));
    this.list.replaceChildren(...rows);
    if (path) this.list.querySelector("button")?.focus();
  }

  // Above a shared folder there is only the list of them.
  async up(parent) {
    const answer = await fetch(`/v1/shared-folders?path=${encodeURIComponent(parent)}`).catch(() => null);
    this.open(answer?.ok ? parent : "");
  }

  row(item) {
    const use = button("Use", `Use ${item.name}`, () => this.use(item.address));
    const name = item.is_folder ? button(`${item.name}/`, `Open ${item.name}`, () => this.open(item.address)) : item.name;
    return this.line(name, use);
  }

  line(...parts) {
    const made = document.createElement("li");
    made.append(...parts);
    return made;
  }

  use(address) {
    const there = this.field.value.split("\n").filter(Boolean);
    if (!there.includes(address)) this.field.value = [...there, address].join("\n");
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function button(text, label, action) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: text, className: "button quiet", ariaLabel: label });
  made.addEventListener("click", action);
  return made;
}

for (const root of document.querySelectorAll("[data-picker]")) new Picker(root);
