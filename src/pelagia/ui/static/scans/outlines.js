// Outlines of objects, fetched square by square where one looks, and only where they can be seen.

import { getJson } from "./picture.js";

const SQUARE_PX = 2048;
const LEAST_SCALE = 0.09;
const MOST_SQUARES = 48;
const AT_ONCE = 3;

export class Outlines {
  /**
   * @param {string} api address of the scan
   * @param {() => void} changed told when there are more
   */
  constructor(api, changed) {
    Object.assign(this, { api, changed, known: new Map(), asked: new Set(), waiting: [], busy: 0 });
  }

  /** The outline of an object, undefined where it has not come yet. */
  of(name) {
    return this.known.get(name);
  }

  /** Ask for those in a box of the scan, unless that was done. */
  want(box, scale) {
    if (!this.detail || scale < LEAST_SCALE) return;
    const within = (value, most) => Math.max(0, Math.min(Math.floor(value / SQUARE_PX), Math.floor((most - 1) / SQUARE_PX)));
    const rows = [within(box.row, this.detail.height_px), within(box.row + box.height, this.detail.height_px)];
    const cols = [within(box.col, this.detail.width_px), within(box.col + box.width, this.detail.width_px)];
    if ((rows[1] - rows[0] + 1) * (cols[1] - cols[0] + 1) > MOST_SQUARES) return;
    for (let row = rows[0]; row <= rows[1]; row += 1) {
      for (let col = cols[0]; col <= cols[1]; col += 1) {
        const key = `row=${row * SQUARE_PX}&col=${col * SQUARE_PX}`;
        if (this.asked.has(key)) continue;
        this.asked.add(key);
        this.waiting.push(key);
      }
    }
    this.work();
  }

  work() {
    // What was asked for last is where one looks now.
    while (this.busy < AT_ONCE && this.waiting.length) this.fetch(this.waiting.pop());
  }

  async fetch(key) {
    this.busy += 1;
    try {
      const { items } = await getJson(`${this.api}/outlines?${key}&height=${SQUARE_PX}&width=${SQUARE_PX}`);
      for (const { name, outline } of items) this.known.set(name, outline);
      if (items.length) this.changed();
    } catch {
      // Boxes are drawn instead; another look asks again.
      this.asked.delete(key);
    }
    this.busy -= 1;
    this.work();
  }
}
