// One object large: its image pixel for pixel, what the model thinks, what people decided.

import { named, percent } from "./cells.js";

const MOST_ZOOM = 12;
const FACTS = {
  object_id: ["Name of the object", ""], sample_id: ["Sample", ""], esd_um: ["Diameter (ESD)", "µm"], abd_um: ["Diameter (ABD)", "µm"],
  length_um: ["Length", "µm"], width_um: ["Width", "µm"], acquired_at_utc: ["Time", "UTC"], source_file: ["File", ""],
};

export class CloseUp {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {string} api address of the job
   * @param {(taxon: string) => void} give gives the object shown a name
   */
  constructor(dialog, api, give) {
    this.dialog = dialog;
    this.api = api;
    this.give = give;
    this.image = dialog.querySelector("img");
    this.image.addEventListener("load", () => this.fit());
  }

  get isOpen() {
    return this.dialog.open;
  }

  async show(card) {
    this.row = card.row;
    this.dialog.querySelector("h2").textContent = named(card);
    this.image.removeAttribute("style");
    this.image.src = `${this.api}/objects/${card.row}/vignette`;
    this.image.alt = `The image of ${card.object_id}`;
    const status = this.dialog.querySelector("[data-status]");
    status.replaceChildren(mark(card));
    for (const name of ["[data-top]", "[data-facts]", "[data-history]"]) this.dialog.querySelector(name).replaceChildren();
    if (!this.isOpen) this.dialog.showModal();
    const response = await fetch(`${this.api}/objects/${card.row}`);
    if (!response.ok || this.row !== card.row) return;
    this.fill(await response.json());
  }

  fit() {
    const box = this.image.parentElement.getBoundingClientRect();
    const zoom = Math.min(MOST_ZOOM, (box.width - 16) / this.image.naturalWidth, 480 / this.image.naturalHeight);
    this.image.style.width = `${Math.max(1, Math.floor(this.image.naturalWidth * zoom))}px`;
    this.image.classList.toggle("enlarged", zoom >= 2);
  }

  fill({ top, values, history }) {
    this.dialog.querySelector("[data-top]").replaceChildren(...top.slice(0, 5).map(([taxon, share], at) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "choice";
      const key = document.createElement("kbd");
      key.textContent = String(at + 1);
      const name = document.createElement("span");
      name.textContent = taxon;
      const bar = document.createElement("progress");
      bar.max = 1;
      bar.value = share;
      bar.setAttribute("aria-label", `${taxon}: ${percent(share)}`);
      const told = document.createElement("span");
      told.className = "n";
      told.textContent = percent(share);
      button.append(key, name, bar, told);
      button.addEventListener("click", () => this.give(taxon));
      item.append(button);
      return item;
    }));
    this.top = top.slice(0, 5).map(([taxon]) => taxon);
    const facts = Object.entries(FACTS).filter(([name]) => values[name] !== undefined && values[name] !== null);
    this.dialog.querySelector("[data-facts]").replaceChildren(...facts.map(([name, [label, unit]]) => {
      let value = values[name];
      if (typeof value === "number") value = Number(value.toPrecision(4));
      else if (unit === "UTC") value = value.replace("T", " ").replace(/(\.\d+)?(\+00:00|Z)$/, "");
      return pair(label, `${value} ${unit}`.trim());
    }));
    this.dialog.querySelector("[data-history]").replaceChildren(...told(history));
  }
}

function mark(card) {
  const made = document.createElement("span");
  const kind = { predicted: "predicted", validated: "validated" }[card.status] ?? "undecided";
  made.className = `mark ${kind}`;
  const who = card.decided_by.map((vote) => (card.disputed ? `${vote.name}: ${vote.taxon}` : vote.name)).join(", ");
  made.textContent = { predicted: "predicted by the model", validated: `validated by ${who || "a person"}`,
    unknown: "the model declined to name it", unclassified: "without a name" }[card.status];
  return made;
}

function pair(label, value) {
  const row = document.createElement("div");
  const [term, told] = [document.createElement("dt"), document.createElement("dd")];
  term.textContent = label;
  told.textContent = value;
  row.append(term, told);
  return row;
}

function told(history) {
  if (!history.length) return [];
  const head = document.createElement("h3");
  head.textContent = "What people decided";
  const list = document.createElement("ol");
  list.className = "history small";
  list.append(...history.map((one) => {
    const item = document.createElement("li");
    item.textContent = `${new Date(one.at).toLocaleString()}: ${one.by} ${one.taxon === null ? "took it back" : `gave ${one.taxon}`}`;
    return item;
  }));
  return [head, list];
}
