// A map of the sea: coasts of the world, degrees, a scale, and a canvas on which oil is painted.

import { makeOver } from "../maps/over.js";
import { distance, metres } from "../maps/places.js";
import { unfold } from "../maps/stage.js";

const BAR_PX = 150;
/** Leaflet gives all canvases 100. */
const OVER = 200;
const GRID_PX = 110;
/** Of the corner in which the scale stands. */
const CORNER_PX = 220;
/** Of the edge along which the buttons stand. */
const BUTTONS_PX = 160;
const STEPS = [30, 15, 10, 5, 2, 1, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
const FONT = '12px system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A longitude within half the Earth of another one, so that what lies east of the date line stays east. */
export const near = (lon, middle) => lon - 360 * Math.round((lon - middle) / 360);

/** A place in words: `37.50° N, 5.25° E`. */
export function placeOf(lat, lon, decimals = 2) {
  const east = near(lon, 0);
  return `${Math.abs(lat).toFixed(decimals)}° ${lat < 0 ? "S" : "N"}, ${Math.abs(east).toFixed(decimals)}° ${east < 0 ? "W" : "E"}`;
}

/** A line in pieces that do not jump from one side of the date line to the other. */
function parted(line) {
  const pieces = [[]];
  for (const place of line) {
    const before = pieces.at(-1).at(-1);
    if (before && Math.abs(before[1] - place[1]) > 180) pieces.push([]);
    pieces.at(-1).push(place);
  }
  return pieces.filter((piece) => piece.length > 1);
}

export class Sea {
  /**
   * @param {HTMLElement} element with a [data-map] and a [data-scale] in it; its data-coast is the address of the coasts
   * @param {L.LatLngBounds} bounds what is shown first
   * @param {(drawing: object) => void} paint areas
   * @param {(drawing: object) => void} outline lines and marks
   */
  constructor(element, bounds, paint, outline) {
    Object.assign(this, { element, bounds, paint, outline });
    this.map = L.map(element.querySelector("[data-map]"), {
      zoomControl: false, attributionControl: false, keyboard: false, boxZoom: false, doubleClickZoom: false, worldCopyJump: false,
      minZoom: 1, maxZoom: 18, zoomSnap: 0.25, zoomDelta: 1, fadeAnimation: !isCalm, zoomAnimation: !isCalm, inertia: !isCalm, markerZoomAnimation: false,
    });
    this.map.getContainer().removeAttribute("tabindex");
    this.renderer = L.canvas({ padding: 0.3 });
    this.whole({ animate: false });
    // What is painted lies below the shore, what is drawn above it.
    this.under = makeOver((drawn) => this.draw(drawn));
    this.over = makeOver((drawn) => this.outline(drawn));
    this.under.addTo(this.map);
    this.over.addTo(this.map);
    this.over.canvas.style.zIndex = OVER;
    this.map.on("moveend zoomend resize", () => this.showScale());
    new ResizeObserver(() => this.map.invalidateSize({ animate: false })).observe(element);
    for (const button of element.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => this.key(button.dataset.zoom, {}));
    this.showScale();
    this.loadCoast();
  }

  /** The longitude in the middle, from which others are told apart. */
  get middle() {
    return this.map.getCenter().lng;
  }

  draw(drawn) {
    this.isDark = getComputedStyle(this.element).colorScheme === "dark" || (getComputedStyle(document.documentElement).colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    this.degrees(drawn);
    this.paint(drawn);
  }

  async loadCoast() {
    const response = await fetch(this.element.dataset.coast);
    if (!response.ok) return;
    const { transform, arcs } = await response.json();
    this.coasts = arcs.flatMap((arc) => parted(unfold(arc, transform)));
    this.showCoast();
  }

  /** The coasts of the world, which goes on beyond the date line; left out where a finer shore is known. */
  showCoast() {
    if (!this.coasts) return;
    const turn = 360 * Math.round(this.middle / 360);
    const lines = [turn - 360, turn, turn + 360].flatMap((shift) => this.coasts.flatMap((line) => this.outside(line.map(([lat, lon]) => [lat, lon + shift]))));
    this.coast?.remove();
    this.coast = L.polyline(lines, { renderer: this.renderer, color: "#72869a", weight: 1.2, interactive: false }).addTo(this.map);
  }

  /** The pieces of a line outside of where a finer shore is known. */
  outside(line) {
    if (!this.known) return [line];
    const [south, west, north, east] = this.known;
    const pieces = [[]];
    for (const place of line) {
      if (place[0] >= south && place[0] <= north && place[1] >= west && place[1] <= east) pieces.push([]);
      else pieces.at(-1).push(place);
    }
    return pieces.filter((piece) => piece.length > 1);
  }

  /** Add lines of a finer shore, known within bounds: south, west, north, east. */
  addShore(lines, [south, west, north, east]) {
    const { middle } = this;
    const shifted = lines.map((line) => line.map(([lat, lon]) => [lat, near(lon, middle)]));
    if (lines.length) L.polyline(shifted, { renderer: this.renderer, color: "#43596f", weight: 1.4, interactive: false }).addTo(this.map);
    const isFirst = !this.known;
    const shift = near(west, middle) - west;
    this.known = [south, west + shift, north, east + shift];
    if (isFirst) this.showCoast();
  }

  /** Lines of whole degrees, or parts of them, with their numbers at the edge. */
  degrees({ context, map, width, height, at }) {
    const seen = map.getBounds();
    const step = [...STEPS].reverse().find((one) => at([seen.getCenter().lat, seen.getWest() + one])[0] > GRID_PX) ?? STEPS[0];
    const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9) + (step === 0.25 ? 1 : 0));
    const sign = (value, [plus, minus]) => `${Math.abs(value).toFixed(decimals)}°${value === 0 ? "" : value > 0 ? plus : minus}`;
    context.save();
    context.font = FONT;
    context.lineWidth = 1;
    context.strokeStyle = this.isDark ? "rgb(169 188 203 / .22)" : "rgb(67 89 111 / .2)";
    context.fillStyle = this.isDark ? "#a9bccb" : "#43596f";
    context.beginPath();
    for (let lon = Math.ceil(seen.getWest() / step) * step; lon <= seen.getEast(); lon += step) {
      const x = Math.round(at([0, lon])[0]) + 0.5;
      context.moveTo(x, 0);
      context.lineTo(x, height);
      if (x > CORNER_PX && x < width - 60) context.fillText(sign(near(Number(lon.toFixed(6)), 0), "EW"), x + 4, height - 6);
    }
    for (let lat = Math.ceil(Math.max(-85, seen.getSouth()) / step) * step; lat <= Math.min(85, seen.getNorth()); lat += step) {
      const y = Math.round(at([lat, 0])[1]) + 0.5;
      context.moveTo(0, y);
      context.lineTo(width, y);
      if (y > 18 && y < height - 24) context.fillText(sign(Number(lat.toFixed(6)), "NS"), y < BUTTONS_PX ? 62 : 6, y - 4);
    }
    context.stroke();
    context.restore();
  }

  showScale() {
    const bar = this.element.querySelector("[data-scale]");
    const { x, y } = this.map.getSize();
    const [left, right] = [[x / 2 - BAR_PX / 2, y / 2], [x / 2 + BAR_PX / 2, y / 2]].map((point) => this.map.containerPointToLatLng(point));
    const most = distance(left, right);
    bar.hidden = !(most > 0);
    if (bar.hidden) return;
    const power = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].map((one) => one * power).find((one) => one <= most);
    const px = (BAR_PX * length) / most;
    bar.querySelector("svg").setAttribute("width", px);
    bar.querySelector("path").setAttribute("d", `M1 2v8M1 6H${px - 1}M${px - 1} 2v8`);
    bar.querySelector("span").textContent = metres(length).replace(".0 ", " ");
  }

  repaint() {
    this.under.soon();
    this.over.soon();
  }

  whole(options = {}) {
    this.map.fitBounds(this.bounds, { padding: [24, 24], animate: !isCalm, maxZoom: 14, ...options });
  }

  fit(corners, maxZoom = 13) {
    this.map.fitBounds(L.latLngBounds(corners).pad(0.6), { maxZoom, animate: !isCalm });
  }

  /** Do what a key of the map says; returns whether it was one. */
  key(key, { arrows = false }) {
    const { map } = this;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    // At once: while one is moving, a map passes over further keys.
    const atOnce = { animate: false };
    if (key === "+" || key === "=") map.setZoom(map.getZoom() + 1, atOnce);
    else if (key === "-") map.setZoom(map.getZoom() - 1, atOnce);
    else if (key === "0") this.whole();
    else if (arrows && key in moves) {
      const { x, y } = map.getSize();
      map.panBy([moves[key][0] * x * 0.15, moves[key][1] * y * 0.15], atOnce);
    } else return false;
    return true;
  }
}
