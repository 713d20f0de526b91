// A map of pictures: those that lie on the ground on the map of the world, any other alone in its own pixels.

import { makeOver } from "./over.js";
import { metres, Place, Sheet } from "./places.js";

const TILE_PX = 512;
const WORLD_M = 40_075_016.685578488;
const CLOSEST = 30;
const LARGER = 3;
const MOST_LAYERS = 40;
const LEAST_PX = 24;
const COAST_TO = 12;
const BAR_PX = 150;
const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** All pictures of a result, page after page. */
export async function allPictures(api, getJson) {
  const found = [];
  for (let after = 0; after !== null;) {
    const page = await getJson(`${api}/pictures?after=${after}`);
    found.push(...page.items);
    after = page.next;
  }
  return found;
}

export class Stage {
  /**
   * @param {HTMLElement} element with a [data-map] and a [data-scale] in it
   * @param {string} api address of the job
   * @param {object[]} pictures that lie on the ground, or one that lies nowhere
   * @param {(drawing: object) => void} paint
   */
  constructor(element, api, pictures, paint) {
    this.lies = Boolean(pictures[0]?.lattice);
    Object.assign(this, { element, api, places: new Map(pictures.map((one) => [one.image_id, this.lies ? new Place(one) : new Sheet(one)])) });
    this.bounds = [...this.places.values()].reduce((all, place) => all.extend(place.bounds), L.latLngBounds([]));
    this.closest = this.lies ? Math.max(...pictures.map((one) => this.nativeZoom(one))) : 0;
    this.map = L.map(element.querySelector("[data-map]"), {
      crs: this.lies ? L.CRS.EPSG3857 : L.CRS.Simple, zoomControl: false, attributionControl: false, keyboard: false, boxZoom: false,
      minZoom: this.lies ? 2 : -10, maxZoom: Math.min(CLOSEST, this.closest + LARGER), zoomSnap: 0.5, doubleClickZoom: false, worldCopyJump: false,
      fadeAnimation: !isCalm, zoomAnimation: !isCalm, inertia: !isCalm, markerZoomAnimation: false,
    });
    this.map.getContainer().removeAttribute("tabindex");
    this.layers = new Map();
    this.over = makeOver(paint);
    this.whole({ animate: false });
    this.over.addTo(this.map);
    this.map.on("moveend zoomend resize", () => this.choose());
    new ResizeObserver(() => this.map.invalidateSize({ animate: false })).observe(element);
    this.choose();
  }

  remove() {
    this.map.remove();
  }

  /** The zoom at which a pixel of a view is a pixel of the screen. */
  nativeZoom(picture) {
    const { lattice, view_scale: scale, height_px: height } = picture;
    if (!lattice) return -Math.round(Math.log2(scale));
    const place = new Place(picture);
    const [top, bottom] = [[0, 0], [height, 0]].map((point) => L.latLng(place.toLatLng(point)));
    const metre = place.length(top, bottom) / height;
    return Math.ceil(Math.log2((WORLD_M * Math.cos((top.lat * Math.PI) / 180)) / (256 * metre * scale)));
  }

  /** Have tiles of those pictures only that are seen, and are large enough. */
  choose() {
    const { map } = this;
    const seen = map.getBounds().pad(0.1);
    const middle = map.getCenter();
    const wanted = [...this.places.values()].filter((place) => place.picture.has_view && seen.intersects(place.bounds) && this.sizeOf(place) >= LEAST_PX)
      .sort((a, b) => this.far(a, middle) - this.far(b, middle)).slice(0, MOST_LAYERS);
    const names = new Set(wanted.map((place) => place.picture.image_id));
    for (const [name, layer] of this.layers) {
      if (names.has(name)) continue;
      layer.remove();
      this.layers.delete(name);
    }
    for (const place of wanted) {
      if (this.layers.has(place.picture.image_id)) continue;
      this.layers.set(place.picture.image_id, this.tiles(place).addTo(map));
    }
    this.showScale();
    this.showCoast();
  }

  far(place, middle) {
    const { lat, lng } = place.bounds.getCenter();
    return Math.hypot(lat - middle.lat, lng - middle.lng);
  }

  sizeOf(place) {
    const [one, other] = [place.bounds.getNorthWest(), place.bounds.getSouthEast()].map((corner) => this.map.latLngToContainerPoint(corner));
    return Math.max(Math.abs(other.x - one.x), Math.abs(other.y - one.y));
  }

  tiles(place) {
    const { picture } = place;
    const at = `${this.api}/pictures/${encodeURIComponent(picture.image_id)}`;
    const native = this.nativeZoom(picture);
    // A tile of 512 px stands for the four of 256 px that maps are reckoned in.
    const told = { tileSize: TILE_PX, bounds: place.bounds, noWrap: true, className: "tile", maxZoom: CLOSEST, minZoom: -20, maxNativeZoom: native };
    if (this.lies) return L.tileLayer(`${at}/tiles/{z}/{x}/{y}`, { ...told, zoomOffset: -1, minNativeZoom: 1 });
    const layer = L.tileLayer(`${at}/pixels/{z}/{x}/{y}`, told);
    layer.getTileUrl = (coords) => `${at}/pixels/${-coords.z}/${coords.x}/${coords.y}`;
    return layer;
  }

  /** The outline of the coasts, fetched when the world is seen from far. */
  async showCoast() {
    if (!this.lies || this.noCoast || this.map.getZoom() > COAST_TO) {
      this.coast?.remove();
      return;
    }
    if (this.coast) {
      this.coast.addTo(this.map);
      return;
    }
    this.noCoast = true;
    const response = await fetch(this.element.dataset.coast);
    if (!response.ok) return;
    const { transform, arcs } = await response.json();
    this.noCoast = false;
    this.coast = L.polyline(arcs.map((arc) => unfold(arc, transform)), { renderer: L.canvas(), color: "#72869a", weight: 1.2, interactive: false });
    this.showCoast();
  }

  showScale() {
    const bar = this.element.querySelector("[data-scale]");
    const { x, y } = this.map.getSize();
    const [left, right] = [[x / 2 - BAR_PX / 2, y / 2], [x / 2 + BAR_PX / 2, y / 2]].map((point) => this.map.containerPointToLatLng(point));
    const most = [...this.places.values()][0].length(left, right);
    bar.hidden = !Number.isFinite(most) || most <= 0;
    if (bar.hidden) return;
    const power = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].map((one) => one * power).find((one) => one <= most);
    const px = (BAR_PX * length) / most;
    bar.querySelector("svg").setAttribute("width", px);
    bar.querySelector("path").setAttribute("d", `M1 2v8M1 6H${px - 1}M${px - 1} 2v8`);
    bar.querySelector("span").textContent = length < 0.01 ? `${Math.round(length * 1000)} mm` : metres(length).replace(".0 ", " ");
  }

  repaint() {
    this.over.soon();
  }

  whole(options = {}) {
    this.map.fitBounds(this.bounds, { padding: [12, 12], animate: !isCalm, ...options });
  }

  /** Bring corners into view from near, no nearer than pixels are told apart. */
  fit(corners) {
    const bounds = L.latLngBounds(corners);
    this.map.fitBounds(bounds.pad(2.5), { maxZoom: this.closest + 1, animate: !isCalm });
  }

  /** Do what a key of the map says; returns whether it was one. */
  key(key, { arrows }) {
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

/** An arc of TopoJSON as places: each point is told by its distance from the one before, in steps of a grid. */
export function unfold(arc, { scale, translate }) {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]) => {
    x += dx;
    y += dy;
    return [y * scale[1] + translate[1], x * scale[0] + translate[0]];
  });
}
