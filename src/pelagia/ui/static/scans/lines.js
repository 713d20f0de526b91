// The lines on one object as they are being changed: drawn, erased, undone step by step.

import { distance, simplified } from "./shapes.js";

const MOST_POINTS = 400;
const AWAY_PX = 0.4;

export const MOST_LINES = 60;

export class Lines {
  /** @param {number[][][]} lines (row, column) each, in pixels of the scan */
  constructor(lines) {
    this.steps = [lines];
  }

  get now() {
    return this.steps.at(-1);
  }

  get isChanged() {
    return this.steps.length > 1;
  }

  /** Add what was drawn; says whether it was a line. */
  draw(points, leastLength) {
    const length = points.slice(1).reduce((sum, [row, col], at) => sum + Math.hypot(row - points[at][0], col - points[at][1]), 0);
    if (points.length < 2 || length < leastLength || this.now.length >= MOST_LINES) return false;
    let away = AWAY_PX;
    let line = simplified(points, away);
    while (line.length > MOST_POINTS) line = simplified(points, (away *= 2));
    this.steps.push([...this.now, line.map((point) => point.map((part) => Math.round(part * 100) / 100))]);
    return true;
  }

  /** Which line is within a distance of a point; -1 for none. */
  at(point, within) {
    const far = this.now.map((line) => distance(line, point));
    const nearest = far.indexOf(Math.min(...far));
    return far[nearest] <= within ? nearest : -1;
  }

  erase(number) {
    this.steps.push(this.now.filter((_, at) => at !== number));
  }

  undo() {
    if (this.isChanged) this.steps.pop();
  }
}
