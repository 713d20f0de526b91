// What is drawn over the oil: outlines of slicks, ways of elements, stretches of coast.

import { coloursOf, hoursOf, percentOf, told } from "./scales.js";
import { near } from "./sea.js";

/** How slicks look by their role: a colour and a dash, since colour says nothing alone. */
export const ROLES = {
  start: { colour: "#e4572e", dash: [], told: "at the start" },
  observed: { colour: "#7b3fb5", dash: [9, 5], told: "seen later" },
  detected: { colour: "#0b6c75", dash: [2, 4], told: "detected" },
};
const NO_OIL = "#72869a";

function trace(context, line, at, middle) {
  line.forEach(([lat, lon], number) => context[number ? "lineTo" : "moveTo"](...at([lat, near(lon, middle)])));
}

/** Stroke what is traced twice: a light edge, then its colour. */
function stroke(context, colour, width, dash = []) {
  for (const [paint, wide, dashes] of [["rgb(255 255 255 / .85)", width + 2.5, []], [colour, width, dash]]) {
    context.setLineDash(dashes);
    context.lineWidth = wide;
    context.strokeStyle = paint;
    context.stroke();
  }
  context.setLineDash([]);
}

export function paintSlicks(context, at, slicks, roles, middle) {
  for (const one of slicks) {
    if (!roles.has(one.role)) continue;
    const { colour, dash } = ROLES[one.role] ?? ROLES.start;
    context.beginPath();
    for (const ring of one.areas.flat()) {
      trace(context, ring, at, middle);
      context.closePath();
    }
    stroke(context, colour, 2, dash);
    for (const [lat, lon] of one.points) {
      const [x, y] = at([lat, near(lon, middle)]);
      context.beginPath();
      context.moveTo(x - 8, y);
      context.lineTo(x + 8, y);
      context.moveTo(x, y - 8);
      context.lineTo(x, y + 8);
      stroke(context, colour, 2.5);
    }
  }
}

/** The ways of elements up to a time, with a dot where they are then. */
export function paintTracks(context, at, tracks, time, middle) {
  context.save();
  for (const { times, places, statuses } of tracks) {
    let last = times.length - 1;
    if (time) while (last >= 0 && times[last] > time) last -= 1;
    if (last < 0) continue;
    context.beginPath();
    trace(context, places.slice(0, last + 1), at, middle);
    context.lineWidth = 1.2;
    context.strokeStyle = "rgb(228 87 46 / .75)";
    context.stroke();
    const [x, y] = at([places[last][0], near(places[last][1], middle)]);
    context.beginPath();
    // A square is stranded, a circle still drifts.
    if (statuses[last] === "beached") context.rect(x - 3, y - 3, 6, 6);
    else context.arc(x, y, 3, 0, 2 * Math.PI);
    context.fillStyle = "#fff";
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = "#a83614";
    context.stroke();
  }
  context.restore();
}

/** Stretches of coast by what they bear, or by how probably oil reaches them. */
export class Coast {
  constructor() {
    Object.assign(this, { items: [], by: "load", most: 0, isWhole: true, chosen: null });
    this.colours = { load: coloursOf("viridis"), probability: coloursOf("cividis") };
  }

  set(items, total) {
    Object.assign(this, { items, isWhole: items.length === total, most: Math.max(0, ...items.map((one) => one.load_kg_m ?? 0)) });
  }

  get layer() {
    return this.by === "probability" ? { low: 0, high: 1, scale: "linear", unit: "share" } : { low: this.most / 1000, high: this.most, scale: "log", unit: "kg/m" };
  }

  levelOf(one) {
    const value = this.by === "probability" ? one.impact_probability : one.load_kg_m;
    if (!value || !this.layer.high) return null;
    const { low, high } = this.layer;
    const share = this.by === "probability" ? value : Math.log(value / low) / Math.log(high / low);
    return Math.round(255 * Math.min(1, Math.max(0, share)));
  }

  colourOf(one) {
    const level = this.levelOf(one);
    if (level === null) return NO_OIL;
    const [r, g, b] = this.colours[this.by][level];
    return `rgb(${r} ${g} ${b})`;
  }

  paint(context, at, middle) {
    context.save();
    context.lineCap = "round";
    // The worst last, so that it lies above.
    for (const one of [...this.items].reverse()) {
      context.beginPath();
      for (const line of [...one.lines, ...one.areas.flat()]) trace(context, line, at, middle);
      stroke(context, this.colourOf(one), one === this.chosen ? 8 : 5);
    }
    if (this.chosen) {
      const [x, y] = at([this.chosen.lat, near(this.chosen.lon, middle)]);
      context.beginPath();
      context.arc(x, y, 22, 0, 2 * Math.PI);
      stroke(context, "#0b2239", 2);
    }
    context.restore();
  }

  /** The stretch next to a point of the screen, within so many px. */
  under(point, at, middle, reach = 12) {
    let [found, least] = [null, reach];
    for (const one of this.items) {
      for (const line of one.lines) {
        for (const [lat, lon] of line) {
          const [x, y] = at([lat, near(lon, middle)]);
          const away = Math.hypot(x - point.x, y - point.y);
          if (away < least) [found, least] = [one, away];
        }
      }
    }
    return found;
  }
}

const TYPES = ["", "sand", "sand, gravel", "cobble", "rock", "seawall", "exposed headland", "sheltered sand", "sheltered rock", "marsh"];

export const typeOf = (one) => TYPES[one.coast_type ?? 0] || "–";

/** A stretch in words, for who hears instead of looking. */
export function stretchInWords(one) {
  const parts = [`${one.stretch_id}, ${typeOf(one)}`];
  if (one.load_kg_m) parts.push(`${told(one.load_kg_m)} kg/m`);
  if (one.impact_probability !== null) parts.push(`probability ${percentOf(one.impact_probability)} (${percentOf(one.impact_low)} to ${percentOf(one.impact_high)})`);
  if (one.first_arrival_h !== null) parts.push(`first oil after ${hoursOf(one.first_arrival_h)} h`);
  return parts.join(", ");
}
