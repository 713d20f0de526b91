// The field of the oil: part of a name is typed, an oil of the table is chosen; by mouse or keys.

import { made } from "../maps/telling.js";
import { getJson } from "../scans/picture.js";
import { told } from "./scales.js";

const WAIT_MS = 200;

export class OilField {
  /** @param {{input: HTMLInputElement, list: HTMLElement, told: HTMLElement, api: HTMLInputElement}} options */
  constructor(options) {
    Object.assign(this, { found: [], at: -1, waiting: 0, asked: 0 }, options);
    const { input, list } = this;
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" })) input.setAttribute(name, value);
    input.addEventListener("input", () => this.soon());
    input.addEventListener("focus", () => this.soon(0));
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.api.addEventListener("input", () => this.api.value && this.input.value && this.clear());
    list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const item = event.target.closest("[role=option]");
      if (item) this.choose(this.found[item.dataset.at]);
    });
  }

  /** An oil is told by its name or by its gravity, not by both. */
  clear() {
    this.input.value = "";
    this.told.textContent = "";
  }

  soon(wait = WAIT_MS) {
    this.told.textContent = "";
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.look().catch((error) => { this.told.textContent = error.message; }), wait);
  }

  async look() {
    const mine = (this.asked += 1);
    const { items } = await getJson(`/v1/oils?${new URLSearchParams({ query: this.input.value.trim(), limit: 12 })}`);
    if (mine !== this.asked || document.activeElement !== this.input) return;
    this.found = items;
    this.at = -1;
    this.show();
    if (!items.length && this.input.value.trim()) this.told.textContent = "No oil of the table is called like that. Give its API gravity instead, or your own oil as a file.";
  }

  show() {
    this.list.replaceChildren(...this.found.map((one, at) => {
      const item = made("li", "", "", made("span", "", one.name, made("span", "small", [one.location, one.product_type].filter(Boolean).join(", "))), made("span", "small", `${told(one.api, 3)} °API`));
      Object.assign(item, { id: `oil-${at}`, role: "option" });
      item.dataset.at = at;
      item.setAttribute("aria-selected", String(at === this.at));
      return item;
    }));
    this.list.hidden = !this.found.length;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    if (this.at >= 0) {
      this.input.setAttribute("aria-activedescendant", `oil-${this.at}`);
      this.list.children[this.at].scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  choose(one) {
    if (!one) return;
    this.input.value = one.choice;
    this.api.value = "";
    const guessed = one.estimated ? `; ${one.estimated} of its values are from relations` : "";
    this.told.textContent = `${one.name}: ${told(one.api, 3)} °API, ${Math.round(one.density_kg_m3)} kg/m³ at 15 °C${guessed}.`;
    this.asked += 1;
    clearTimeout(this.waiting);
    this.close();
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  key(event) {
    const isOpen = !this.list.hidden;
    const count = this.found.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!isOpen) this.soon(0);
      else {
        this.at = (this.at + (event.key === "ArrowDown" ? 1 : -1) + count + (this.at < 0 && event.key === "ArrowUp" ? 1 : 0)) % count;
        this.show();
      }
    } else if (event.key === "Enter" && isOpen) this.choose(this.found[Math.max(0, this.at)]);
    else if (event.key === "Escape" && isOpen) this.close();
    else return;
    event.preventDefault();
  }
}
