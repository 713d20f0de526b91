// Drawing on the map: a box around an item, a survey line, a survey area; by mouse, finger, pen, or by keys at a cross.

import { drawLine } from "./looks.js";
import { boxOf, lengthOf, metres } from "./places.js";

const LEAST_PX = 3;
const MOST_POINTS = 500;
const SWALLOW_MS = 80;

export class Drawing {
  /**
   * @param {{stage: object, crosshair: HTMLElement, bar: HTMLElement, told: HTMLElement, buttons: object,
   *   box: (image: string, box: number[]) => void, line: (shape: string, places: object[]) => void}} options
   */
  constructor(options) {
    Object.assign(this, options);
    Object.assign(this, { mode: "", points: [], first: null, end: null, pointer: null, words: "", swallows: false });
    const element = this.stage.element.querySelector("[data-map]");
    element.addEventListener("pointerdown", (event) => this.press(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, (event) => this.release(event, name === "pointercancel"));
    this.stage.map.on("click", (event) => {
      if (this.mode === "line" || this.mode === "polygon") this.point(event.latlng);
    });
    this.stage.map.on("dblclick", () => {
      // The second click of the two has put a second point where the first one is.
      if (this.mode === "line" || this.mode === "polygon") {
        this.points.pop();
        this.finish();
      }
    });
    this.stage.map.on("move", () => this.mode === "box" && this.first && !this.pointer && this.follow());
  }

  get place() {
    return [...this.stage.places.values()][0];
  }

  start(mode) {
    if (this.mode === mode) {
      this.stop();
      return;
    }
    this.stop();
    this.mode = mode;
    this.stage.element.classList.toggle("boxing", mode === "box");
    this.stage.element.classList.toggle("lining", mode !== "box");
    this.buttons[mode].setAttribute("aria-pressed", "true");
    if (mode === "box") this.stage.map.dragging.disable();
    this.show();
    this.stage.element.focus({ preventScroll: true });
  }

  stop() {
    if (this.mode) this.buttons[this.mode].setAttribute("aria-pressed", "false");
    Object.assign(this, { mode: "", points: [], first: null, end: null, pointer: null });
    this.stage.element.classList.remove("boxing", "lining");
    this.stage.map.dragging.enable();
    this.crosshair.hidden = true;
    this.bar.hidden = true;
    this.stage.repaint();
  }

  show() {
    this.bar.hidden = false;
    const { mode, points } = this;
    this.bar.querySelector(".primary").hidden = mode === "box" || points.length < (mode === "line" ? 2 : 3);
    if (mode === "box") this.told.textContent = "Draw a box around the item, or press Enter at two corners.";
    else if (mode === "line") this.told.textContent = points.length < 2 ? "Click along the beach: the line's first and next points." : `The line is ${metres(lengthOf(this.place, points))} long.`;
    else this.told.textContent = points.length < 3 ? "Click the corners of the ground that counts." : `${points.length} corners.`;
    this.words = this.told.textContent;
    this.stage.repaint();
  }

  point(latLng) {
    if (this.points.length >= MOST_POINTS) return;
    this.points.push(latLng);
    this.show();
  }

  finish() {
    const { mode, points } = this;
    const enough = { line: 2, polygon: 3 }[mode];
    if (!enough || points.length < enough) return;
    this.stop();
    this.line(mode, points);
  }

  /** Do what a key means while something is drawn; returns whether it was one. */
  key(key) {
    const { map } = this.stage;
    if (!this.mode) return false;
    if (key === "Enter" && this.mode === "box") {
      this.crosshair.hidden = false;
      if (!this.first) {
        this.first = map.getCenter();
        this.words = "The first corner is set. Move the map, and press Enter at the other one.";
        this.told.textContent = this.words;
      } else {
        this.end = map.getCenter();
        this.take();
      }
    } else if (key === "Enter") {
      // The line ends where it is entered twice.
      const [last, middle] = [this.points.at(-1), map.getCenter()];
      this.crosshair.hidden = false;
      if (last && map.latLngToContainerPoint(last).distanceTo(map.latLngToContainerPoint(middle)) < LEAST_PX) this.finish();
      else this.point(middle);
    } else if (key === "Backspace" && this.points.length) {
      this.points.pop();
      this.show();
    } else if (key.startsWith("Arrow")) {
      this.crosshair.hidden = false;
      return false;
    } else return false;
    return true;
  }

  follow() {
    this.end = this.stage.map.getCenter();
    this.stage.repaint();
  }

  at(event) {
    const { left, top } = this.stage.map.getContainer().getBoundingClientRect();
    return this.stage.map.containerPointToLatLng([event.clientX - left, event.clientY - top]);
  }

  press(event) {
    if (this.mode !== "box" || event.button > 0 || this.pointer) return;
    this.pointer = event.pointerId;
    this.first = this.at(event);
    this.end = this.first;
    event.currentTarget.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (this.pointer !== event.pointerId) return;
    this.end = this.at(event);
    this.stage.repaint();
  }

  release(event, isCancelled) {
    if (this.pointer !== event.pointerId) return;
    this.pointer = null;
    this.end = this.at(event);
    if (isCancelled) this.first = null;
    else this.take();
    // The click that a browser makes of it means nothing more.
    this.swallows = true;
    setTimeout(() => { this.swallows = false; }, SWALLOW_MS);
  }

  /** The box between two corners in pixels of the picture under the first one: its image, row, column, height, width. */
  found() {
    const { first: start, end } = this;
    if (!start || !end) return null;
    const place = [...this.stage.places.values()].filter((one) => one.shows(start)).sort((a, b) => this.far(a, start) - this.far(b, start))[0];
    if (!place) return null;
    const { height_px: tall, width_px: wide } = place.picture;
    const [a, b] = [place.toPixel(start), place.toPixel(end)];
    const inside = (value, most) => Math.min(most, Math.max(0, value));
    const [top, bottom] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])].map((value) => inside(value, tall));
    const [left, right] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])].map((value) => inside(value, wide));
    return { place, box: [top, left, bottom - top, right - left] };
  }

  far(place, latLng) {
    const { lat, lng } = place.bounds.getCenter();
    return Math.hypot(lat - latLng.lat, lng - latLng.lng);
  }

  take() {
    const found = this.found();
    const { map } = this.stage;
    const reach = this.first && this.end ? map.latLngToContainerPoint(this.first).subtract(map.latLngToContainerPoint(this.end)) : { x: 0, y: 0 };
    this.first = null;
    this.end = null;
    if (!found || Math.min(Math.abs(reach.x), Math.abs(reach.y)) < LEAST_PX) {
      this.told.textContent = found ? "That box is too small. Draw it from one corner to the other." : "There is no picture under that box.";
      this.words = this.told.textContent;
      this.stage.repaint();
      return;
    }
    this.stop();
    this.box(found.place.picture.image_id, found.box.map((value) => Number(value.toFixed(1))));
  }

  paint(context, at) {
    if (this.mode === "box") {
      const found = this.found();
      if (!found) return;
      const [row, col, height, width] = found.box;
      drawLine(context, boxOf({ row, col, height, width }).map((point) => at(L.latLng(found.place.toLatLng(point)))), { closed: true, dots: false });
    } else if (this.mode) drawLine(context, this.points.map(at), { closed: this.mode === "polygon" && this.points.length > 2, pending: true });
  }
}
