// Maps by time: fetched one at a time, kept, and painted as a raster whose rows follow the map's projection.

import { valueAt } from "./scales.js";

const KEPT = 80;
const KEPT_PX = 12_000_000;
const STRIP = 8;

/** A layer at one time, as a raster of one pixel a cell. */
class Frame {
  constructor(told, colours) {
    this.told = told;
    const cells = told.rows.flatMap(([, line]) => line.filter((_, at) => at % 2 === 0).map((col, at) => [col, line[2 * at + 1].length / 2]));
    this.isEmpty = !cells.length;
    if (this.isEmpty) return;
    this.row0 = told.rows[0][0];
    this.col0 = Math.min(...cells.map(([col]) => col));
    this.tall = told.rows.at(-1)[0] - this.row0 + 1;
    this.wide = Math.max(...cells.map(([col, length]) => col + length)) - this.col0;
    this.canvas = Object.assign(document.createElement("canvas"), { width: this.wide, height: this.tall });
    this.levels = new Int16Array(this.wide * this.tall).fill(-1);
    const context = this.canvas.getContext("2d");
    const pixels = context.createImageData(this.wide, this.tall);
    for (const [row, line] of told.rows) {
      // The first row of the raster is the northernmost.
      const up = this.tall - 1 - (row - this.row0);
      for (let at = 0; at < line.length; at += 2) {
        for (let cell = 0; cell < line[at + 1].length / 2; cell += 1) {
          const level = parseInt(line[at + 1].slice(2 * cell, 2 * cell + 2), 16);
          const place = up * this.wide + line[at] + cell - this.col0;
          pixels.data.set([...colours[level], 255], 4 * place);
          this.levels[place] = level;
        }
      }
    }
    context.putImageData(pixels, 0, 0);
  }

  /** South, west, north, east of rows of the raster, °. */
  edges(grid, from, to) {
    const { block } = this.told;
    const south = grid.south_lat + (this.row0 + this.tall - to) * block * grid.lat_step;
    const north = grid.south_lat + (this.row0 + this.tall - from) * block * grid.lat_step;
    const west = grid.west_lon + this.col0 * block * grid.lon_step;
    return [south, west, north, west + this.wide * block * grid.lon_step];
  }

  paint(context, at, grid) {
    if (this.isEmpty) return;
    context.save();
    context.imageSmoothingEnabled = false;
    for (let from = 0; from < this.tall; from += STRIP) {
      const to = Math.min(this.tall, from + STRIP);
      const [south, west, north, east] = this.edges(grid, from, to);
      const [[left, top], [right, bottom]] = [at([north, west]), at([south, east])];
      context.drawImage(this.canvas, 0, from, this.wide, to - from, left, Math.round(top), right - left, Math.round(bottom) - Math.round(top));
    }
    context.restore();
  }

  /** The value at a place, or null where there is none. */
  valueAt(grid, { lat, lng }) {
    if (this.isEmpty) return null;
    const { block } = this.told;
    const row = Math.floor((lat - grid.south_lat) / grid.lat_step / block) - this.row0;
    const col = Math.floor((lng - grid.west_lon) / grid.lon_step / block) - this.col0;
    if (row < 0 || col < 0 || row >= this.tall || col >= this.wide) return null;
    const level = this.levels[(this.tall - 1 - row) * this.wide + col];
    return level < 0 ? null : valueAt(this.told, level);
  }
}

/** All maps of a result; each is fetched when it is wanted, and those that were looked at lately are kept. */
export class Frames {
  constructor(api, getJson) {
    Object.assign(this, { api, getJson, kept: new Map(), most: KEPT });
  }

  /** A layer at a time; `null` for the whole run. */
  get(name, time, colours) {
    const key = `${name}:${time ?? ""}`;
    const found = this.kept.get(key) ?? this.fetch(name, time, colours);
    this.kept.delete(key);
    this.kept.set(key, found);
    while (this.kept.size > this.most) this.kept.delete(this.kept.keys().next().value);
    found.catch(() => this.kept.delete(key));
    return found;
  }

  async fetch(name, time, colours) {
    const query = time === null ? "" : `?time=${time}`;
    const frame = new Frame(await this.getJson(`${this.api}/layers/${name}${query}`), colours);
    // Of large maps fewer are kept.
    if (!frame.isEmpty) this.most = Math.max(4, Math.min(this.most, Math.floor(KEPT_PX / (frame.wide * frame.tall))));
    return frame;
  }
}
