// Drawing slicks and points: by clicks, fingers, or keys at a cross; corners are moved by dragging.

import { near } from "./sea.js";

const CLOSE_PX = 12;
const MOST_CORNERS = 500;
const SAME_PX = 3;

export class Pen {
  /**
   * @param {{sea: object, crosshair: HTMLElement, changed: () => void, said: (words: string) => void}} options
   *   `changed`: a shape is done, moved or gone; `said`: what to do next, empty where nothing is drawn
   */
  constructor(options) {
    Object.assign(this, { shapes: [], mode: "", points: [], dragged: null, before: [], hover: null }, options);
    const { map } = this.sea;
    const element = map.getContainer();
    map.on("click", (event) => this.click(event));
    map.on("dblclick", () => this.mode === "slick" && this.finish());
    map.on("mousemove", ({ latlng }) => {
      this.hover = latlng;
      if (this.mode === "slick") this.sea.repaint();
    });
    element.addEventListener("pointerdown", (event) => this.press(event), { capture: true });
    element.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, () => this.release());
  }

  start(mode) {
    const isSame = this.mode === mode;
    this.stop();
    if (isSame) return;
    this.mode = mode;
    this.sea.element.classList.add("lining");
    this.tell();
    this.sea.element.focus({ preventScroll: true });
  }

  stop() {
    Object.assign(this, { mode: "", points: [] });
    this.sea.element.classList.remove("lining");
    this.crosshair.hidden = true;
    this.tell();
  }

  tell() {
    const count = this.points.length;
    const told = { "": "", point: "Click where the oil comes from, or move the map under the cross and press Enter.", slick: count < 3 ? `Click the corners of the slick one after the other${count ? `: ${count} so far` : ""}.` : `${count} corners. Go on, or finish: click the first one, press Finish, or double-click.` };
    this.said(told[this.mode]);
    this.sea.repaint();
  }

  keep() {
    this.before.push(this.shapes.map((points) => [...points]));
  }

  put(shapes) {
    this.keep();
    this.shapes = shapes;
    this.changed();
    this.sea.repaint();
  }

  /** Take back the last corner, or what was done last. */
  back() {
    if (this.points.length) {
      this.points.pop();
      this.tell();
    } else if (this.before.length) {
      this.shapes = this.before.pop();
      this.changed();
      this.sea.repaint();
    }
  }

  get canGoBack() {
    return this.points.length > 0 || this.before.length > 0;
  }

  px(place) {
    return this.sea.map.latLngToContainerPoint(place);
  }

  click({ latlng, containerPoint }) {
    if (!this.mode) {
      this.sea.element.focus({ preventScroll: true });
      return;
    }
    const [first] = this.points;
    if (first && this.points.length > 2 && this.px(first).distanceTo(containerPoint) < CLOSE_PX) this.finish();
    else this.point(latlng);
  }

  point({ lat, lng }) {
    if (Math.abs(lat) > 85) return;
    if (this.mode === "point") {
      this.stop();
      this.put([...this.shapes, [{ lat, lng }]]);
      return;
    }
    // The second click of a double one.
    const last = this.points.at(-1);
    if (this.points.length >= MOST_CORNERS || (last && this.px(last).distanceTo(this.px({ lat, lng })) < SAME_PX)) return;
    this.points.push({ lat, lng });
    this.tell();
  }

  finish() {
    if (this.points.length < 3) return;
    const { points } = this;
    this.stop();
    this.sea.element.focus({ preventScroll: true });
    this.put([...this.shapes, points]);
  }

  /** Do what a key means; returns whether it was one. */
  key(key) {
    if (key === "d" || key === "p") this.start(key === "d" ? "slick" : "point");
    else if (key === "z") this.back();
    else if (!this.mode) return false;
    else if (key === "Escape") this.stop();
    else if (key === "Backspace") this.back();
    else if (key === "Enter") {
      const middle = this.sea.map.getCenter();
      const last = this.points.at(-1);
      this.crosshair.hidden = false;
      // The outline ends where it is entered twice.
      if (last && this.px(last).distanceTo(this.px(middle)) < SAME_PX) this.finish();
      else this.point(middle);
    } else {
      if (key.startsWith("Arrow")) this.crosshair.hidden = false;
      return false;
    }
    return true;
  }

  placeOf(event) {
    const { left, top } = this.sea.map.getContainer().getBoundingClientRect();
    return this.sea.map.containerPointToLatLng([event.clientX - left, event.clientY - top]);
  }

  press(event) {
    if (this.mode || event.button > 0) return;
    const { left, top } = this.sea.map.getContainer().getBoundingClientRect();
    const here = L.point(event.clientX - left, event.clientY - top);
    for (const [number, points] of this.shapes.entries()) {
      const corner = points.findIndex((place) => this.px({ lat: place.lat, lng: near(place.lng, this.sea.middle) }).distanceTo(here) < CLOSE_PX);
      if (corner < 0) continue;
      this.dragged = [number, corner];
      this.keep();
      this.sea.map.dragging.disable();
      return;
    }
  }

  drag(event) {
    if (!this.dragged) return;
    const [number, corner] = this.dragged;
    const { lat, lng } = this.placeOf(event);
    this.shapes[number][corner] = { lat, lng };
    this.sea.repaint();
  }

  release() {
    if (!this.dragged) return;
    this.dragged = null;
    this.sea.map.dragging.enable();
    this.changed();
  }

  paint({ context, at }, shown) {
    const { middle } = this.sea;
    const on = ({ lat, lng }) => at([lat, near(lng, middle)]);
    for (const points of shown) outline(context, points.map(on), { colour: "#7b3fb5", dash: [8, 5], dots: points.length === 1 });
    for (const points of this.shapes) outline(context, points.map(on), { colour: "#e4572e", dots: true });
    if (!this.points.length) return;
    const line = this.points.map(on);
    const end = this.hover && this.crosshair.hidden ? [...line, on(this.hover)] : line;
    outline(context, end, { colour: "#e4572e", dash: [7, 5], dots: false, isOpen: true });
    outline(context, line, { colour: "#e4572e", dots: true, isOpen: true });
  }
}

function outline(context, points, { colour, dash = [], dots = false, isOpen = false }) {
  if (points.length > 1) {
    context.beginPath();
    points.forEach(([x, y], at) => context[at ? "lineTo" : "moveTo"](x, y));
    if (!isOpen) {
      context.closePath();
      context.fillStyle = `${colour}2e`;
      context.fill();
    }
    for (const [paint, width, dashes] of [["rgb(255 255 255 / .9)", 5, []], [colour, 2.5, dash]]) {
      context.setLineDash(dashes);
      context.lineWidth = width;
      context.strokeStyle = paint;
      context.stroke();
    }
    context.setLineDash([]);
  }
  if (!dots) return;
  for (const [x, y] of points) {
    context.beginPath();
    context.arc(x, y, points.length === 1 ? 7 : 4.5, 0, 2 * Math.PI);
    context.fillStyle = "#fff";
    context.fill();
    context.lineWidth = 2.5;
    context.strokeStyle = colour;
    context.stroke();
  }
}
