// Classes of ground and density as tints over the pictures.

import { GROUND, onScale } from "./looks.js";

const CHUNK = 64;
const PART = 1024;
const LEAST_LABELLED_PX = 44;

/** The classes of the tiles of one picture, as a picture of one pixel a tile. */
class Grid {
  constructor(place) {
    this.place = place;
    this.rows = [];
    this.tile = 1;
    this.canvas = document.createElement("canvas");
  }

  /** Take a part of the grid. */
  add({ tile_px: tile, first_row: first, first_col: left, classes }) {
    this.tile = tile;
    classes.forEach((line, at) => {
      const before = this.rows[first + at] ?? "";
      this.rows[first + at] = before.padEnd(left, ".") + line;
    });
  }

  /** Colour the tiles of those classes that are shown. */
  tint(shown) {
    const [height, width] = [this.rows.length, Math.max(1, ...this.rows.map((line) => line.length))];
    Object.assign(this.canvas, { height: Math.max(1, height), width });
    const context = this.canvas.getContext("2d");
    const pixels = context.createImageData(width, Math.max(1, height));
    const bytes = GROUND.map((colour) => [1, 3, 5].map((from) => parseInt(colour.slice(from, from + 2), 16)));
    this.rows.forEach((line, row) => {
      for (let col = 0; col < line.length; col += 1) {
        const number = line.charCodeAt(col) - 48;
        if (number >= 0 && shown.has(number)) pixels.data.set([...bytes[number], 255], 4 * (row * width + col));
      }
    });
    context.putImageData(pixels, 0, 0);
  }

  paint(context, at) {
    const { canvas, tile, place } = this;
    const { height_px: tall, width_px: wide } = place.picture;
    const corner = (row, col) => at(place.toLatLng([row * tile, col * tile]));
    for (let row = 0; row < canvas.height; row += CHUNK) {
      for (let col = 0; col < canvas.width; col += CHUNK) {
        const [rows, cols] = [Math.min(CHUNK, canvas.height - row), Math.min(CHUNK, canvas.width - col)];
        const [x, y] = corner(row, col);
        const [right, down] = [corner(row, col + cols), corner(row + rows, col)];
        context.save();
        context.transform((right[0] - x) / cols, (right[1] - y) / cols, (down[0] - x) / rows, (down[1] - y) / rows, x, y);
        context.imageSmoothingEnabled = false;
        // Tiles at the edge are cut off there.
        const [useRows, useCols] = [Math.min(rows, tall / tile - row), Math.min(cols, wide / tile - col)];
        context.drawImage(canvas, col, row, useCols, useRows, 0, 0, useCols, useRows);
        context.restore();
      }
    }
  }

  classAt(latLng) {
    const [row, col] = this.place.toPixel(latLng);
    const number = (this.rows[Math.floor(row / this.tile)] ?? "").charCodeAt(Math.floor(col / this.tile)) - 48;
    return number >= 0 ? number : null;
  }
}

/** The ground of all pictures; fetched for those that are looked at. */
export class Ground {
  constructor(api, getJson, changed) {
    Object.assign(this, { api, getJson, changed, grids: new Map(), shown: new Set([0, 1]), opacity: 0.55, isOn: false });
  }

  show(numbers) {
    this.shown = new Set(numbers);
    for (const grid of this.grids.values()) grid.tint(this.shown);
    this.changed();
  }

  want(places) {
    for (const place of places) if (!this.grids.has(place.picture.image_id)) this.load(place);
  }

  async load(place) {
    const grid = new Grid(place);
    const { image_id: image, height_px: tall, width_px: wide } = place.picture;
    this.grids.set(image, grid);
    const at = `${this.api}/pictures/${encodeURIComponent(image)}/tile-classes`;
    try {
      const first = await this.getJson(at);
      grid.add(first);
      const side = PART * first.tile_px;
      for (let row = 0; row < tall; row += side) for (let col = 0; col < wide; col += side) if (row || col) grid.add(await this.getJson(`${at}?window=${row},${col},${side},${side}`));
    } catch {
      // Fetched anew the next time it is looked at.
      this.grids.delete(image);
      return;
    }
    grid.tint(this.shown);
    this.changed();
  }

  paint(context, at, names) {
    context.save();
    context.globalAlpha = this.opacity;
    for (const [name, grid] of this.grids) if (names.has(name)) grid.paint(context, at);
    context.restore();
  }

  classAt(latLng, image) {
    return this.grids.get(image)?.classAt(latLng) ?? null;
  }
}

/** The cells of the density map: the more items, the brighter. */
export class Cells {
  constructor() {
    this.items = [];
    this.most = 0;
  }

  /** Take those of the map, or of the picture that is shown. */
  set(items, places) {
    const lies = (one) => (one.image_id ? places.has(one.image_id) : true) && one.outline.length > 0;
    const onMap = (one) => (one.image_id ? one.outline.map((point) => places.get(one.image_id).toLatLng(point)) : one.outline);
    this.items = items.filter(lies).map((one) => ({ ...one, outline: onMap(one).map((place) => L.latLng(place)) }));
    this.most = Math.max(0, ...this.items.map((one) => one.items_per_m2 ?? 0));
  }

  /** Call `use(cell, corners, left, right, top, bottom)` for the cells that are seen. */
  seen(at, { width, height }, use) {
    for (const one of this.items) {
      const points = one.outline.map(at);
      const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
      const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
      if (right > 0 && bottom > 0 && left < width && top < height) use(one, points, left, right, top, bottom);
    }
  }

  paint(context, at, size) {
    this.seen(at, size, (one, points) => {
      context.beginPath();
      points.forEach(([x, y], number) => context[number ? "lineTo" : "moveTo"](x, y));
      context.closePath();
      const [r, g, b] = onScale(this.most ? (one.items_per_m2 ?? 0) / this.most : 0);
      context.fillStyle = `rgb(${r} ${g} ${b} / .6)`;
      context.fill();
      context.lineWidth = 1;
      context.strokeStyle = "rgb(255 255 255 / .7)";
      context.stroke();
    });
  }

  /** Say how many items are in each cell, where there is room for it. */
  label(context, at, size) {
    context.font = '600 14px system-ui, "Liberation Sans", sans-serif';
    context.textAlign = "center";
    this.seen(at, size, (one, points, left, right, top, bottom) => {
      if (right - left < LEAST_LABELLED_PX) return;
      const [x, y] = [(left + right) / 2, (top + bottom) / 2 + 5];
      context.lineWidth = 4;
      context.strokeStyle = "rgb(11 34 57 / .9)";
      context.strokeText(String(one.items ?? 0), x, y);
      context.fillStyle = "#fff";
      context.fillText(String(one.items ?? 0), x, y);
    });
    context.textAlign = "start";
  }
}

export function isIn(points, [x, y]) {
  let inside = false;
  points.forEach(([ax, ay], at) => {
    const [bx, by] = points[(at + 1) % points.length];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}
