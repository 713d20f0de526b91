// The survey: lines and areas on the map, their names and lengths, and the length of beach where no line tells it.

import { drawLine } from "./looks.js";
import { lengthOf, metres } from "./places.js";
import { surveyItem } from "./telling.js";

export class Survey {
  /**
   * @param {{api: string, el: (id: string) => HTMLElement, state: object, filter: object, mayChange: boolean, getJson: Function,
   *   say: Function, add: (edit: object) => void, undo: () => void}} options
   *   `state`: has the `stage` once it is there, and rows of `density`
   */
  constructor(options) {
    Object.assign(this, options);
    this.lines = [];
    this.el("survey").addEventListener("click", (event) => this.click(event.target.closest("button")?.dataset ?? {}));
    this.inputs = [...document.querySelectorAll("[data-area]")];
    for (const input of this.inputs) input.addEventListener("change", () => this.tellLength(input));
  }

  get stage() {
    return this.state.stage;
  }

  get anyPlace() {
    return [...this.stage.places.values()][0];
  }

  isHere(line) {
    return this.stage.lies ? !line.image_id : this.stage.places.has(line.image_id);
  }

  onMap(line) {
    const points = line.image_id ? line.points.map((point) => this.stage.places.get(line.image_id).toLatLng(point)) : line.points;
    return points.map((place) => L.latLng(place));
  }

  async load() {
    const told = await this.getJson(`${this.api}/survey`);
    this.lines = told.items;
    for (const input of this.inputs) if (document.activeElement !== input) input.value = told.lengths_m[input.dataset.area] ?? "";
    this.show();
  }

  show() {
    const { lines } = this;
    this.el("survey-told").textContent = lines.length ? "" : "No line was drawn or given. A line along the beach tells its length; an area says which ground counts.";
    const density = (one) => this.state.density.find((row) => row.transect_id === one.name && row.item_class === "all");
    const length = (one) => (this.isHere(one) ? lengthOf(this.anyPlace, this.onMap(one)) : NaN);
    this.el("survey").replaceChildren(...lines.map((one) => surveyItem(one, density(one), length(one), this.mayChange)));
    this.stage.repaint();
  }

  paint(context, at) {
    for (const one of this.lines) if (this.isHere(one)) drawLine(context, this.onMap(one).map(at), { closed: one.shape === "polygon", pending: one.pending });
  }

  /** Keep a line or area that was drawn, once it has a name. */
  async name(shape, places) {
    const { el, stage } = this;
    const length = lengthOf(this.anyPlace, places);
    const isLine = shape === "line";
    el("line-name").value = this.freeName(isLine ? "line" : "area");
    el("naming-title").textContent = isLine ? "Name the line" : "Name the area";
    el("naming-told").textContent = isLine ? `It is ${metres(length)}${Number.isFinite(length) ? " long" : ""}.` : "What lies inside counts.";
    el("line-length-field").hidden = isLine;
    el("line-length").value = "";
    const under = [...stage.places.values()].find((place) => place.shows(places[0])) ?? this.anyPlace;
    el("line-area").value = this.filter.area || under.picture.area_id;
    el("naming").returnValue = "";
    el("naming").showModal();
    el("line-name").select();
    await new Promise((resolve) => { el("naming").addEventListener("close", resolve, { once: true }); });
    const name = el("line-name").value.trim();
    if (el("naming").returnValue !== "save" || !name) return;
    const image = stage.lies ? "" : under.picture.image_id;
    const digits = stage.lies ? 9 : 2;
    const points = places.map((place) => (stage.lies ? [place.lat, place.lng] : under.toPixel(place)).map((value) => Number(value.toFixed(digits))));
    const value = { area_id: el("line-area").value, image_id: image, points };
    if (!isLine && el("line-length").value) value.length_m = Number(el("line-length").value);
    this.add({ kind: "survey", subject: `${shape}:${name}`, value });
    const line = { name, area_id: value.area_id, image_id: image, shape, points, length_m: value.length_m ?? null, width_m: null, source: "person", pending: true };
    this.lines = [...this.lines.filter((one) => one.name !== name || one.shape !== shape), line];
    el("survey-part").open = true;
    this.show();
  }

  freeName(word) {
    const taken = new Set(this.lines.map((one) => one.name));
    let number = 1;
    while (taken.has(`${word} ${number}`)) number += 1;
    return `${word} ${number}`;
  }

  click({ show, remove }) {
    const one = this.lines.find((each) => each.name === (show ?? remove));
    if (one && show && this.isHere(one)) this.stage.map.fitBounds(L.latLngBounds(this.onMap(one)).pad(0.2));
    if (!one || !remove) return;
    this.add({ kind: "survey", subject: `${one.shape}:${one.name}`, value: { state: "deleted" } });
    this.lines = this.lines.filter((each) => each !== one);
    this.show();
    this.say(`Removed: ${one.name}`, { undo: this.undo });
  }

  tellLength(input) {
    if (!input.checkValidity()) {
      input.reportValidity();
      return;
    }
    this.add({ kind: "area", subject: input.dataset.area, field: "length_m", value: input.value === "" ? null : Number(input.value) });
  }
}
