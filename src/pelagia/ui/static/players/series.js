// Counts in time: bins as points with their intervals, gaps as gaps, nights shaded, the effort below.

import { say } from "../js/app.js";
import { made, percent, whole } from "../maps/telling.js";
import { getJson } from "../scans/picture.js";

const NS = "http://www.w3.org/2000/svg";
const WIDTH = 1080;
const HEIGHT = 420;
const AREA = { left: 56, right: WIDTH - 60, top: 16, bottom: HEIGHT - 96 };
const EFFORT = { top: HEIGHT - 62, bottom: HEIGHT - 34 };
const MEASURES = {
  max_n: { told: "MaxN", low: null, high: null }, mean_n: { told: "mean number", low: null, high: null },
  occupancy: { told: "share of the usable time", low: "occupancy_low", high: "occupancy_high" },
  tracks_per_h: { told: "tracks an hour", low: "tracks_per_h_low", high: "tracks_per_h_high" },
};
const MOST_ROWS = 1000;
const el = (id) => document.getElementById(id);
const root = el("series");

function node(tag, attributes = {}, text = "") {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, typeof value === "number" ? Number(value.toFixed(2)) : value);
  if (text) made.textContent = text;
  return made;
}

/** Round numbers to write at an axis. */
function ticks(most, wanted = 5) {
  if (!(most > 0)) return [0, 1];
  const raw = most / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, at) => Number((at * step).toPrecision(6)));
}

const STEPS_MS = [60e3, 5 * 60e3, 15 * 60e3, 3600e3, 3 * 3600e3, 6 * 3600e3, 12 * 3600e3, 86400e3, 2 * 86400e3, 7 * 86400e3, 30 * 86400e3, 91 * 86400e3, 365 * 86400e3];

function timeTicks(first, last) {
  const step = STEPS_MS.find((one) => (last - first) / one <= 9) ?? STEPS_MS.at(-1);
  const found = [];
  for (let at = Math.ceil(first / step) * step; at <= last; at += step) found.push(at);
  return { found, isDay: step >= 86400e3 };
}

const instant = (text) => (text.startsWith("+") ? Date.UTC(1970, 0, 1) + text.slice(1).split(":").reduce((sum, part) => sum * 60 + Number(part), 0) * 1000 : Date.parse(text));

function chart(told, measure, beside) {
  const { low, high } = MEASURES[measure];
  const bins = told.bins.map((one) => ({ ...one, start: instant(one.bin_start_utc), end: instant(one.bin_end_utc), value: one.is_gap ? null : one[measure] }));
  const [first, last] = [bins[0].start, Math.max(bins.at(-1).end, bins[0].start + 1)];
  const isRelative = told.bins[0].bin_start_utc.startsWith("+");
  const most = Math.max(0, ...bins.map((one) => Math.min(one[high] ?? one.value ?? 0, 3 * Math.max(one.value ?? 0, 1)) || (one.value ?? 0)));
  const marks = ticks(measure === "max_n" ? Math.max(1, most) : most || 1);
  const top = marks.at(-1);
  const x = (time) => AREA.left + ((time - first) / (last - first)) * (AREA.right - AREA.left);
  const y = (value) => AREA.bottom - (Math.min(value, top) / top) * (AREA.bottom - AREA.top);
  const svg = node("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-labelledby": "caption" });
  const hatch = node("pattern", { id: "gap-hatch", width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  hatch.append(node("line", { x1: 0, y1: 0, x2: 0, y2: 8, class: "gap-line" }));
  const defs = node("defs");
  defs.append(hatch);
  svg.append(defs);
  for (const one of stretches(bins, (each) => each.is_day === false)) svg.append(node("rect", { class: "night", x: x(one.start), y: AREA.top, width: x(one.end) - x(one.start) + 0.4, height: AREA.bottom - AREA.top }));
  for (const value of marks) {
    svg.append(node("line", { class: "grid", x1: AREA.left, x2: AREA.right, y1: y(value), y2: y(value) }));
    svg.append(node("text", { x: AREA.left - 8, y: y(value) + 4, "text-anchor": "end" }, measure === "occupancy" ? percent(value) : value.toLocaleString("en")));
  }
  const times = timeTicks(first, last);
  for (const time of times.found) {
    const at = new Date(time).toISOString();
    svg.append(node("line", { class: "axis", x1: x(time), x2: x(time), y1: AREA.bottom, y2: AREA.bottom + 5 }));
    svg.append(node("text", { x: x(time), y: AREA.bottom + 20, "text-anchor": "middle" }, isRelative ? sinceStart(time) : times.isDay ? at.slice(0, 10) : `${at.slice(5, 10)} ${at.slice(11, 16)}`));
  }
  for (const one of stretches(bins, (each) => each.is_gap)) svg.append(node("rect", { class: "gap", x: x(one.start), y: AREA.top, width: x(one.end) - x(one.start), height: AREA.bottom - AREA.top, opacity: 0.5 }));
  const middle = (one) => (one.start + one.end) / 2;
  if (low) {
    const known = bins.filter((one) => one.value !== null && one[low] !== null);
    const bars = known.map((one) => {
      const wide = Math.min(14, Math.max(Math.min(2, x(one.end) - x(one.start)), (x(one.end) - x(one.start)) * 0.5));
      return bar(x(middle(one)) - wide / 2, y(one[high]), wide, Math.max(1, y(one[low]) - y(one[high])));
    });
    svg.append(node("path", { class: "band", d: bars.join("") }));
  }
  for (const run of runsOf(bins, (one) => one.value)) svg.append(node("path", { class: "line", d: path(run.map((one) => [x(middle(one)), y(one.value)])) }));
  if (bins.length <= 400) {
    for (const one of bins) {
      if (one.value === null) continue;
      const dot = node("circle", { class: `dot${one.validated ? " validated" : ""}`, cx: x(middle(one)), cy: y(one.value), r: 3.5 });
      dot.append(node("title", {}, `${one.bin_start_utc.slice(0, 16).replace("T", " ")}: ${Number(one.value.toPrecision(3))}`));
      svg.append(dot);
    }
  }
  svg.append(node("path", { class: "axis", d: `M${AREA.left} ${AREA.top}V${AREA.bottom}H${AREA.right}` }));
  if (beside !== null) drawBeside(svg, bins, beside, told.environment[beside], x, middle);
  drawEffort(svg, bins, x);
  return svg;
}

const bar = (left, top, wide, high) => `M${left.toFixed(2)} ${top.toFixed(2)}h${wide.toFixed(2)}v${high.toFixed(2)}h${(-wide).toFixed(2)}z`;

/** From when to when bins that follow each other are like that: thousands are drawn as the few stretches they make. */
function stretches(bins, isSo) {
  const found = [];
  for (const one of bins) {
    if (!isSo(one)) continue;
    if (found.length && found.at(-1).end === one.start) found.at(-1).end = one.end;
    else found.push({ start: one.start, end: one.end });
  }
  return found;
}

/** Hours, minutes, seconds since the recording began, where nobody knows when that was. */
const sinceStart = (time) => `+${String(Math.floor(time / 3600e3)).padStart(2, "0")}:${new Date(time).toISOString().slice(14, 19)}`;

/** Bins that follow each other without a gap and have a value. */
function runsOf(bins, value) {
  const runs = [];
  let before = null;
  for (const one of bins) {
    const known = value(one) !== null && value(one) !== undefined;
    if (known && before && before.end === one.start) runs.at(-1).push(one);
    else if (known) runs.push([one]);
    before = known ? one : null;
  }
  return runs;
}

const path = (points) => points.map(([px, py], at) => `${at ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`).join("");

function drawBeside(svg, bins, number, name, x, middle) {
  const value = (one) => one.environment[number];
  const known = bins.map(value).filter((one) => one !== null);
  if (!known.length) return;
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const span = most - least || 1;
  const y = (one) => AREA.bottom - 8 - ((one - least) / span) * (AREA.bottom - AREA.top - 16);
  for (const run of runsOf(bins, value)) {
    if (run.length > 1) svg.append(node("path", { class: "beside-line", d: path(run.map((one) => [x(middle(one)), y(value(one))])) }));
    else svg.append(node("path", { class: "beside-line", d: `M${(x(middle(run[0])) - 5).toFixed(1)} ${y(value(run[0])).toFixed(1)}h10` }));
  }
  for (const one of [least, most]) svg.append(node("text", { x: AREA.right + 6, y: y(one) + 4 }, Number(one.toPrecision(4)).toLocaleString("en")));
  svg.append(node("text", { class: "soft", x: AREA.right + 52, y: AREA.top + (AREA.bottom - AREA.top) / 2, "text-anchor": "middle", transform: `rotate(90 ${AREA.right + 52} ${AREA.top + (AREA.bottom - AREA.top) / 2})` }, `- - ${name}`));
}

function drawEffort(svg, bins, x) {
  const most = Math.max(...bins.map((one) => one.usable_s ?? 0), 1);
  const bars = bins.map((one) => {
    const height = ((one.usable_s ?? 0) / most) * (EFFORT.bottom - EFFORT.top);
    const wide = x(one.end) - x(one.start);
    return height > 0 ? bar(x(one.start) + (wide > 3 ? 0.5 : 0), EFFORT.bottom - height, wide > 3 ? wide - 1 : Math.max(0.3, wide), height) : "";
  });
  svg.append(node("path", { class: "effort", d: bars.join("") }));
  svg.append(node("line", { class: "axis", x1: AREA.left, x2: AREA.right, y1: EFFORT.bottom, y2: EFFORT.bottom }));
  svg.append(node("text", { class: "soft", x: AREA.left, y: EFFORT.bottom + 18 }, `Effort: usable time looked at, at most ${spanOf(most)} a bin`));
}

const spanOf = (seconds) => (seconds >= 7200 ? `${(seconds / 3600).toFixed(1)} h` : seconds >= 120 ? `${(seconds / 60).toFixed(1)} min` : `${seconds.toFixed(0)} s`);

function showTable(bins) {
  el("rows-told").textContent = bins.length > MOST_ROWS ? `The counts as a table: the first ${whole(MOST_ROWS)}; the CSV has all` : "The counts as a table";
  const digits = (value) => (value === null ? "–" : String(Number(value.toPrecision(3))));
  el("rows").replaceChildren(...bins.slice(0, MOST_ROWS).map((one) => made("tr", "", "",
    made("th", "", one.bin_start_utc.slice(0, 19).replace("T", " ")), made("td", "n", one.is_gap ? "gap" : whole(one.max_n)), made("td", "n", digits(one.mean_n)),
    made("td", "n", one.occupancy === null ? "–" : `${percent(one.occupancy)} (${percent(one.occupancy_low ?? 0)} to ${percent(one.occupancy_high ?? 1)})`),
    made("td", "n", one.usable_s === null ? "–" : spanOf(one.usable_s)), made("td", "n", whole(one.validated)))));
  for (const head of el("rows").querySelectorAll("th")) head.scope = "row";
}

let asked = 0;

async function show() {
  const mine = (asked += 1);
  const camera = el("camera").selectedOptions[0].dataset;
  const query = new URLSearchParams({ site: camera.site, camera: camera.camera, deployment: camera.deployment, taxon: el("taxon").value });
  el("chart").setAttribute("aria-busy", "true");
  try {
    const told = await getJson(`${root.dataset.api}/series?${query}`);
    if (mine !== asked) return;
    const measure = el("measure").value;
    const beside = el("beside")?.value ? Number(el("beside").value) : null;
    if (!told.bins.length) {
      el("drawn").replaceChildren(made("p", "small", "This camera has no counts of this taxon."));
      return;
    }
    el("drawn").replaceChildren(chart(told, measure, beside));
    const gaps = told.bins.filter((one) => one.is_gap).length;
    const name = el("taxon").selectedOptions[0].textContent;
    const interval = MEASURES[measure].low ? " Bars are 95 % intervals, of counting alone." : measure === "max_n" ? " MaxN is a least number, without an interval." : "";
    el("caption").textContent = `${MEASURES[measure].told[0].toUpperCase()}${MEASURES[measure].told.slice(1)} of ${name} in ${whole(told.bins.length)} ${told.bins.length === 1 ? "bin" : "bins"}${gaps ? `, ${whole(gaps)} of them gaps (hatched)` : ""}.${interval} Filled points hold boxes that a person validated.${told.bins.some((one) => one.is_day === false) ? " Nights are shaded." : ""}`;
    showTable(told.bins);
    offer();
  } catch (error) {
    say(error.message);
  } finally {
    if (mine === asked) el("chart").setAttribute("aria-busy", "false");
  }
}

/** The chart as a file that stands alone: with the colours it has now. */
function alone() {
  const svg = el("drawn").querySelector("svg").cloneNode(true);
  const shown = el("drawn").querySelector("svg");
  const originals = [...shown.querySelectorAll("*")];
  [...svg.querySelectorAll("*")].forEach((one, at) => {
    const style = getComputedStyle(originals[at]);
    for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size"]) {
      if (name === "fill" && one.getAttribute("class") === "gap") continue;
      one.setAttribute(name, style.getPropertyValue(name));
    }
    if (one.getAttribute("class") === "gap") one.setAttribute("fill", "url(#gap-hatch)");
  });
  svg.setAttribute("xmlns", NS);
  svg.setAttribute("width", WIDTH);
  svg.setAttribute("height", HEIGHT);
  const ground = node("rect", { width: WIDTH, height: HEIGHT, fill: getComputedStyle(el("chart")).backgroundColor });
  svg.prepend(ground);
  return new XMLSerializer().serializeToString(svg);
}

function offer() {
  for (const id of ["save-svg", "save-png"]) el(id).hidden = false;
}

function download(blob, kind) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${root.dataset.name}-${el("measure").value}.${kind}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

if (root) {
  el("save-svg").addEventListener("click", (event) => {
    event.preventDefault();
    download(new Blob([alone()], { type: "image/svg+xml" }), "svg");
  });
  el("save-png").addEventListener("click", async (event) => {
    event.preventDefault();
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(alone())}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH * 2, height: HEIGHT * 2 });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => download(blob, "png"));
  });
  el("tools").addEventListener("submit", (event) => event.preventDefault());
  for (const id of ["camera", "taxon", "measure", "beside"]) el(id)?.addEventListener("change", show);
  show();
}
