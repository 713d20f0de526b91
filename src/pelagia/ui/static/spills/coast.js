// The table of stretches of coast: sorted by the head of a column, each with a button that shows it on the map.

import { made } from "../maps/telling.js";
import { hoursOf, percentOf, told } from "./scales.js";
import { placeOf } from "./sea.js";
import { typeOf } from "./things.js";

const MOST_ROWS = 300;
/** Columns that begin with the largest value; others begin with the least. */
const FALLING = new Set(["length_km", "load_kg_m", "oil_t", "impact_probability"]);

const oil = (one) => (one.beached_t ?? 0) + (one.seeped_t ?? 0);
const valueOf = (one, column) => (column === "oil_t" ? oil(one) : one[column]);
const range = (low, high, write) => (low === null || high === null ? "" : `${write(low)} – ${write(high)}`);

export class CoastTable {
  /**
   * @param {{rows: HTMLElement, heads: Iterable<HTMLButtonElement>, coast: object, choose: (one: object) => void}} options
   */
  constructor(options) {
    Object.assign(this, options);
    this.heads = [...this.heads];
    const hasEnsemble = this.coast.items.some((one) => one.impact_probability !== null);
    Object.assign(this, { column: hasEnsemble ? "impact_probability" : "load_kg_m", isFalling: true, hasEnsemble });
    for (const head of this.heads) head.addEventListener("click", () => this.sort(head.dataset.sort));
    this.rows.addEventListener("click", (event) => this.pick(event.target.closest("tr")));
    this.show();
  }

  sort(column) {
    this.isFalling = column === this.column ? !this.isFalling : FALLING.has(column);
    this.column = column;
    this.show();
  }

  pick(row) {
    const one = this.coast.items.find((each) => each.stretch_id === row?.dataset.stretch);
    if (one) this.choose(one);
  }

  get sorted() {
    const sign = this.isFalling ? -1 : 1;
    return [...this.coast.items].sort((one, other) => {
      const [a, b] = [valueOf(one, this.column), valueOf(other, this.column)];
      // What is not known stands last, whichever way.
      if (a === null || b === null) return (a === null) - (b === null);
      return sign * (typeof a === "string" ? a.localeCompare(b) : a - b);
    });
  }

  show() {
    for (const head of this.heads) {
      const isMine = head.dataset.sort === this.column;
      if (isMine) head.parentElement.setAttribute("aria-sort", this.isFalling ? "descending" : "ascending");
      else head.parentElement.removeAttribute("aria-sort");
    }
    this.rows.replaceChildren(...this.sorted.slice(0, MOST_ROWS).map((one) => this.row(one)));
    this.mark(this.coast.chosen);
  }

  row(one) {
    const show = made("button", "link", one.stretch_id);
    show.type = "button";
    const head = made("th", "", "", show, made("span", "small", ` ${placeOf(one.lat, one.lon)}`));
    head.scope = "row";
    const arrival = made("td", "n", one.first_arrival_h === null ? "–" : `${hoursOf(one.first_arrival_h)} h`);
    if (one.first_arrival_utc) arrival.append(made("span", "range", one.first_arrival_utc.slice(5, 16).replace("T", " ")));
    const among = range(one.arrival_low_h, one.arrival_high_h, hoursOf);
    if (among) arrival.append(made("span", "range", `${among} h`));
    const cells = [head, made("td", "", typeOf(one)), made("td", "n", told(one.length_km)), made("td", "n", told(one.load_kg_m)), made("td", "n", told(oil(one))), arrival];
    if (this.hasEnsemble) {
      const chance = made("td", "n", percentOf(one.impact_probability));
      const bounds = range(one.impact_low, one.impact_high, percentOf);
      if (bounds) chance.append(made("span", "range", bounds));
      cells.push(chance);
    }
    const row = made("tr", "", "", ...cells);
    row.dataset.stretch = one.stretch_id;
    return row;
  }

  mark(chosen) {
    for (const row of this.rows.children) row.classList.toggle("chosen", row.dataset.stretch === chosen?.stretch_id);
  }
}
