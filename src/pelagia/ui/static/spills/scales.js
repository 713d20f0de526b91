// Scales of colour, their numbers, and how values are written.

/** viridis for amounts, cividis for probabilities: from least to most, told apart by colour-blind people. */
const MAPS = {
  viridis: [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]],
  cividis: [[0, 34, 78], [30, 54, 110], [65, 77, 107], [95, 100, 110], [124, 123, 120], [156, 148, 117], [188, 175, 108], [221, 203, 89], [254, 232, 56]],
};
/** Oil without water has about this density, kg/m³: what a film of so many kg/m² is thick. */
const DENSITY = 900;
const LEVELS = 255;

/** The colours of the 256 levels of a scale. */
export function coloursOf(name, isReversed = false) {
  const stops = isReversed ? [...MAPS[name]].reverse() : MAPS[name];
  return Array.from({ length: LEVELS + 1 }, (_, level) => {
    const at = Math.min(0.999999, level / LEVELS) * (stops.length - 1);
    const [one, other, part] = [stops[Math.floor(at)], stops[Math.floor(at) + 1], at - Math.floor(at)];
    return one.map((value, band) => Math.round(value + (other[band] - value) * part));
  });
}

export function valueAt({ low, high, scale }, level) {
  const share = level / LEVELS;
  return scale === "log" ? low * (high / low) ** share : low + (high - low) * share;
}

const SUPER = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

export function told(value, digits = 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 0.01 && size < 1e6) return Number(value.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 8 }).replaceAll(",", "\u202f");
  const power = Math.floor(Math.log10(size) + 1e-9);
  const factor = Number((value / 10 ** power).toPrecision(digits));
  const tens = `10${[...String(power)].map((sign) => SUPER[sign]).join("")}`;
  return factor === 1 ? tens : `${factor}\u202f×\u202f${tens}`;
}

export const percentOf = (share) => (share === null || share === undefined ? "–" : share > 0 && share < 0.005 ? "< 1 %" : share < 1 && share > 0.995 ? "> 99 %" : `${Math.round(share * 100)} %`);

/** Hours, no finer than a forecast knows them. */
export const hoursOf = (hours) => (hours === null || hours === undefined ? "–" : Math.abs(hours) < 0.1 ? "< 0.1" : Math.abs(hours) < 10 ? hours.toFixed(1) : String(Math.round(hours)));

/** How thick a film of oil is, in words. */
export function filmOf(kgM2) {
  const um = (kgM2 / DENSITY) * 1e6;
  return um >= 1000 ? `${told(um / 1000)} mm` : um < 0.1 ? `${told(um * 1000)} nm` : `${told(um)} µm`;
}

/** A value with its unit. */
export function withUnit(value, unit) {
  if (unit === "share") return percentOf(value);
  if (unit === "kg/m²") return `${told(value)} kg/m² (${filmOf(value)} thick)`;
  return `${told(value)} ${unit}`;
}

/** What is written at a scale: [share of its length, words]. */
export function ticksOf({ low, high, scale, unit }) {
  if (unit === "share") return [0, 0.25, 0.5, 0.75, 1].map((share) => [share, percentOf(share)]);
  if (scale === "log") {
    const [from, to] = [Math.log10(low), Math.log10(high)];
    const found = [];
    for (let power = Math.ceil(from - 1e-9); power <= to + 1e-9; power += 1) found.push([(power - from) / (to - from), told(10 ** power, 1), unit === "kg/m²" ? filmOf(10 ** power) : ""]);
    return found;
  }
  const step = [1, 2, 3, 6, 12, 24, 48, 96, 240].find((one) => (high - low) / one <= 5) ?? high;
  const found = [];
  for (let value = low; value <= high + 1e-9; value += step) found.push([(value - low) / (high - low), told(value)]);
  return found;
}

const NS = "http://www.w3.org/2000/svg";

function node(tag, attributes, text = "") {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

/** The legend of a scale: its colours, its numbers; for films of oil how thick they are below. */
export function legendOf(layer, colours, about) {
  const [wide, left, top] = [300, 28, 4];
  const ticks = ticksOf(layer);
  const isFilm = ticks.some(([, , film]) => film);
  const svg = node("svg", { viewBox: `0 0 ${wide + 2 * left} ${isFilm ? 52 : 36}`, role: "img", "aria-label": `${about}: ${ticks.map(([, words]) => words).join(", ")} ${layer.unit === "share" ? "" : layer.unit}` });
  for (let at = 0; at < 64; at += 1) {
    const [r, g, b] = colours[Math.round((at / 63) * LEVELS)];
    svg.append(node("rect", { x: left + (at * wide) / 64, y: top, width: wide / 64 + 0.5, height: 12, fill: `rgb(${r} ${g} ${b})`, "shape-rendering": "crispEdges" }));
  }
  for (const [share, words, film] of ticks) {
    const x = (left + share * wide).toFixed(1);
    svg.append(node("path", { class: "axis", d: `M${x} ${top + 12}v4` }), node("text", { x, y: top + 29, "text-anchor": "middle" }, words));
    if (film) svg.append(node("text", { class: "soft", x, y: top + 45, "text-anchor": "middle" }, film));
  }
  return svg;
}
