// A table whose values can be changed: a cursor, rows chosen, typing, pasting. It changes nothing on the server.

import { fieldOf, read, same } from "./values.js";

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class Sheet {
  /**
   * @param {HTMLTableElement} table
   * @param {{longest: number, moved: (sheet: Sheet) => void, changed: (before: object[]) => void}} options
   */
  constructor(table, options) {
    this.table = table;
    this.options = options;
    this.kind = table.dataset.kind;
    this.fields = [...table.tHead.querySelectorAll("th[data-field]")].map((head) => fieldOf(head, options.longest));
    this.all = [...table.tBodies[0].rows];
    this.cursor = this.all[0] ? this.cells(this.all[0])[0] : null;
    if (this.cursor) this.cursor.tabIndex = 0;
    this.everything = table.querySelector("[data-all]");
    this.everything.addEventListener("change", () => this.choose(this.rows, this.everything.checked));
    table.tBodies[0].addEventListener("change", (event) => event.target.type === "checkbox" && this.mark());
    table.addEventListener("click", (event) => this.clicked(event));
    table.addEventListener("dblclick", (event) => this.cellAt(event) && this.edit());
    table.addEventListener("focusin", (event) => this.cellAt(event) && this.moved(this.cellAt(event)));
    table.addEventListener("keydown", (event) => this.pressed(event));
    table.addEventListener("paste", (event) => this.pasted(event));
    table.addEventListener("copy", (event) => this.copied(event));
  }

  get rows() { return this.all.filter((row) => !row.hidden); }
  get chosen() { return this.rows.filter((row) => row.querySelector(".pick input").checked); }
  get column() { return this.cells(this.cursor.parentElement).indexOf(this.cursor); }
  get field() { return this.fields[this.column]; }
  /** The values that a change in bulk is about: the column of the cursor in the chosen rows, or in its own. */
  get targets() {
    if (!this.cursor || this.cursor.parentElement.hidden) return [];
    const rows = this.chosen.length ? this.chosen : [this.cursor.parentElement];
    return rows.map((row) => this.cells(row)[this.column]);
  }
  get drafts() { return this.all.flatMap((row) => this.cells(row)).filter((cell) => "draft" in cell.dataset); }

  cells(row) { return [...row.querySelectorAll("td[data-value]")]; }
  cellAt(event) { return event.target.closest("td[data-value]"); }
  fieldOf(cell) { return this.fields[this.cells(cell.parentElement).indexOf(cell)]; }
  current(cell) { return cell.dataset.draft ?? cell.dataset.value; }
  wrong(cell) { return read(this.fieldOf(cell), this.current(cell)).wrong; }

  /** Change values; tells what they were, so that it can be undone. */
  put(changes) {
    const before = changes.map(({ cell }) => ({ sheet: this, cell, draft: cell.dataset.draft }));
    for (const { cell, typed } of changes) {
      const field = this.fieldOf(cell);
      const { text } = read(field, typed);
      this.draft(cell, same(field, text, cell.dataset.value) ? undefined : text);
    }
    if (changes.length) this.options.changed(before);
  }

  draft(cell, text) {
    if (text === undefined) delete cell.dataset.draft;
    else cell.dataset.draft = text;
    this.show(cell);
  }

  show(cell) {
    const words = document.createElement("span");
    words.className = "text";
    words.textContent = this.current(cell);
    cell.replaceChildren(words);
    const wrong = this.wrong(cell);
    const isDraft = "draft" in cell.dataset;
    cell.classList.toggle("changed", isDraft);
    cell.removeAttribute("aria-invalid");
    if (wrong) {
      cell.setAttribute("aria-invalid", "true");
      this.note(cell, `${wrong.what}. ${wrong.remedy}`, "wrong");
    } else if (isDraft) this.note(cell, `was: ${cell.dataset.value || "nothing"}`);
    else if (cell.dataset.value !== cell.dataset.filed) this.note(cell, `files: ${cell.dataset.filed || "nothing"}`);
  }

  note(cell, text, kind = "") {
    const note = document.createElement("small");
    note.className = kind;
    note.textContent = text;
    cell.append(note);
  }

  moved(cell) {
    if (this.cursor) this.cursor.tabIndex = -1;
    this.cursor = cell;
    cell.tabIndex = 0;
    this.options.moved(this);
  }

  go(cell) {
    cell.tabIndex = 0;
    cell.focus();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  step(down, right) {
    const rows = this.rows;
    const row = rows[Math.min(Math.max(rows.indexOf(this.cursor.parentElement) + down, 0), rows.length - 1)];
    const column = Math.min(Math.max(this.column + right, 0), this.fields.length - 1);
    if (row) this.go(this.cells(row)[column]);
  }

  choose(rows, on) {
    for (const row of rows) row.querySelector(".pick input").checked = on;
    this.mark();
  }

  mark() {
    for (const row of this.all) row.setAttribute("aria-selected", row.querySelector(".pick input").checked);
    const chosen = this.chosen.length;
    this.everything.checked = chosen > 0 && chosen === this.rows.length;
    this.everything.indeterminate = chosen > 0 && chosen < this.rows.length;
    this.options.moved(this);
  }

  clicked(event) {
    const cell = this.cellAt(event);
    if (cell && !cell.querySelector("input")) this.go(cell);
  }

  /** Let the person type in the place of the value; `first` replaces it. */
  edit(first) {
    const cell = this.cursor;
    if (!cell || cell.querySelector("input")) return;
    const field = this.fieldOf(cell);
    const input = document.createElement("input");
    input.type = "text";
    input.autocomplete = "off";
    if (field.kind === "number") input.inputMode = "decimal";
    input.value = first ?? this.current(cell);
    input.setAttribute("aria-label", `${field.label}${field.unit ? ` (${field.unit})` : ""} of ${cell.parentElement.dataset.name}`);
    cell.replaceChildren(input);
    input.focus();
    if (first === undefined) input.select();
    let isDone = false;
    const end = (takes) => {
      if (isDone) return;
      isDone = true;
      if (takes && input.value !== this.current(cell)) this.put([{ cell, typed: input.value }]);
      else this.show(cell);
    };
    input.addEventListener("blur", () => end(true));
    input.addEventListener("keydown", (event) => {
      const step = { Enter: [event.shiftKey ? -1 : 1, 0], Tab: [0, event.shiftKey ? -1 : 1], Escape: [0, 0] }[event.key];
      event.stopPropagation();
      if (!step) return;
      event.preventDefault();
      end(event.key !== "Escape");
      this.step(...step);
    });
  }

  pressed(event) {
    if (!this.cellAt(event) || event.altKey) return;
    const isCommand = event.ctrlKey || event.metaKey;
    const key = event.key;
    if (MOVES[key] && !isCommand) {
      if (event.shiftKey && MOVES[key][0]) this.choose([this.cursor.parentElement], true);
      this.step(...MOVES[key]);
      if (event.shiftKey && MOVES[key][0]) this.choose([this.cursor.parentElement], true);
    } else if (key === "Home" || key === "End") {
      const far = key === "Home" ? -1e6 : 1e6;
      this.step(isCommand ? far : 0, far);
    } else if (key === " ") {
      this.choose([this.cursor.parentElement], !this.cursor.parentElement.querySelector(".pick input").checked);
    } else if (isCommand && key === "a") {
      this.choose(this.rows, this.chosen.length < this.rows.length);
    } else if (isCommand && key === "d") {
      this.put(this.targets.map((cell) => ({ cell, typed: this.current(this.cursor) })));
    } else if (key === "Enter" || key === "F2") {
      this.edit();
    } else if (key === "Delete" || key === "Backspace") {
      this.put([{ cell: this.cursor, typed: "" }]);
    } else if (key === "Escape") {
      this.choose(this.all, false);
    } else if (key.length === 1 && key !== "?" && !isCommand) {
      this.edit(key);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Take a block of a spreadsheet from the cursor on; a single value goes into all chosen rows. */
  pasted(event) {
    if (event.target.tagName === "INPUT" || !this.cursor) return;
    event.preventDefault();
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    const block = text.split("\n").map((line) => line.split("\t"));
    if (block.length === 1 && block[0].length === 1) {
      this.put(this.targets.map((cell) => ({ cell, typed: block[0][0] })));
      return;
    }
    const rows = this.rows.slice(this.rows.indexOf(this.cursor.parentElement));
    const changes = block.slice(0, rows.length).flatMap((line, down) => line
      .map((typed, right) => ({ cell: this.cells(rows[down])[this.column + right], typed }))
      .filter(({ cell }) => cell));
    this.put(changes);
    const over = block.length * block[0].length - changes.length;
    if (over > 0) globalThis.pelagia.say(`${over} pasted ${over === 1 ? "value has" : "values have"} no row or column here.`);
  }

  copied(event) {
    if (event.target.tagName === "INPUT" || !this.cursor) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", this.targets.map((cell) => this.current(cell)).join("\n"));
  }
}
