// The page of a spill: the map of the oil, time after time; coast, slicks, ways of elements; where the oil is.

import { say } from "../js/app.js";
import { made } from "../maps/telling.js";
import { getJson } from "../scans/picture.js";
import { CoastTable } from "./coast.js";
import { Frames } from "./frames.js";
import { coloursOf, legendOf, percentOf, told, withUnit } from "./scales.js";
import { near, placeOf, Sea } from "./sea.js";
import { Coast, paintSlicks, paintTracks, ROLES, stretchInWords } from "./things.js";

const STEP_MS = 350;
const MOST_STRETCHES = 1500;
const WORLD = [[-60, -170], [70, 170]];
/** What the keys of the layers stand for, beside pages.py: layer, whether of the whole run, colours. */
const LAYERS = {
  surface: { name: "surface", colours: coloursOf("viridis"), told: "Oil at the surface, without water" },
  dispersed: { name: "dispersed", colours: coloursOf("viridis"), told: "Oil in the water below, all depths" },
  beached: { name: "beached", colours: coloursOf("viridis"), told: "Oil on and in the shore, a cell" },
  likely: { name: "probability", isWhole: true, colours: coloursOf("cividis"), told: "Probability that oil is at the surface at any time of the run" },
  probability: { name: "probability", colours: coloursOf("cividis"), told: "Probability that oil is at the surface then" },
  mean: { name: "mean", colours: coloursOf("viridis"), told: "Oil at the surface, mean of all forecasts" },
  arrival: { name: "arrival", isWhole: true, colours: coloursOf("viridis", true), told: "When oil first comes, median of the forecasts in which it does" },
};
const FATES = { surface: "at the surface", evaporated: "evaporated", dispersed: "dispersed in the water", beached: "on the shore", seeped: "seeped into the shore", sedimented: "on the bottom", outside: "left the area", unreleased: "not yet released" };

const el = (id) => document.getElementById(id);
const root = el("spill");
const { api } = root.dataset;
const state = { key: root.dataset.first, at: 0, frame: null, slicks: [], tracks: [], roles: new Set(), playing: 0, sea: null, told: null, pointer: null };
const frames = new Frames(api, getJson);
const coast = new Coast();
let table = null;
let asked = 0;

const clock = (time) => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
const look = () => LAYERS[state.key];
const layerOf = (key) => state.told.layers.find((one) => one.name === LAYERS[key]?.name);
const times = () => (look()?.isWhole ? [] : layerOf(state.key)?.times ?? []);
/** The time that is shown; where the whole run is, its end. */
const timeNow = () => times()[state.at] ?? state.told.balance.at(-1)?.time_utc ?? "";
const isOn = (id) => el(id)?.checked ?? false;

function paint({ context, at }) {
  if (!state.frame || !state.told?.grid) return;
  context.save();
  context.globalAlpha = 0.85;
  state.frame.paint(context, at, state.told.grid);
  context.restore();
}

function outline({ context, at }) {
  const { sea } = state;
  if (!sea) return;
  if (isOn("with-coast")) coast.paint(context, at, sea.middle);
  if (isOn("with-tracks")) paintTracks(context, at, state.tracks, timeNow(), sea.middle);
  if (isOn("with-slicks")) paintSlicks(context, at, state.slicks, state.roles, sea.middle);
}

/** Show a layer at a time; what was asked for before and comes later is not shown. */
async function show() {
  if (!look()) return;
  const mine = (asked += 1);
  const number = look().isWhole ? null : state.at;
  try {
    const frame = await frames.get(look().name, number, look().colours);
    if (mine !== asked) return;
    state.frame = frame;
  } catch (error) {
    say(error.message);
    stop();
    return;
  }
  tellTime();
  state.sea.repaint();
  if (number !== null && number + 1 < times().length) frames.get(look().name, number + 1, look().colours).catch(() => {});
}

function tellTime() {
  const [time, all] = [timeNow(), times()];
  const moment = momentAt(time);
  const hours = moment ? ` (${moment.hours >= 0 ? "+" : ""}${told(moment.hours, 3)} h)` : "";
  el("stamp").hidden = !all.length;
  el("stamp").textContent = all.length ? clock(time) : "";
  el("time-told").textContent = all.length ? `${clock(time)}${hours}` : "";
  el("time").value = state.at;
  el("time").setAttribute("aria-valuetext", el("time-told").textContent);
  const empty = state.frame?.isEmpty ? " Nothing of this layer is there at this time." : "";
  el("whole-told").hidden = Boolean(all.length) && !empty;
  el("whole-told").textContent = all.length ? empty : `The whole run, ${clock(state.told.balance[0]?.time_utc ?? "")} to ${clock(time)}.${empty}`;
  tellBalance(moment, all.length > 0);
  readOut();
}

function momentAt(time) {
  const { balance } = state.told;
  if (!balance.length || !time) return null;
  const wanted = Date.parse(time);
  return balance.reduce((best, one) => (Math.abs(Date.parse(one.time_utc) - wanted) < Math.abs(Date.parse(best.time_utc) - wanted) ? one : best));
}

function tellBalance(moment, isAtTime) {
  if (!moment || !el("now")) return;
  const spilled = state.told.spilled_t ?? 0;
  el("now-time").textContent = isAtTime ? clock(moment.time_utc) : `at the end, ${clock(moment.time_utc)}`;
  el("now").replaceChildren(...Object.entries(moment.fractions).map(([fate, share]) => {
    const head = made("th", "", FATES[fate] ?? fate);
    head.scope = "row";
    return made("tr", "", "", head, made("td", "n", percentOf(share)), made("td", "n", told(share * spilled, 3)));
  }));
  const parts = [];
  if (moment.centre_lat !== null) parts.push(`Centre at the surface: ${placeOf(moment.centre_lat, moment.centre_lon)}.`);
  if (moment.water_fraction) parts.push(`Water in the emulsion: ${percentOf(moment.water_fraction)}, viscosity ${told(moment.viscosity_mm2_s)} mm²/s.`);
  el("now-more").textContent = parts.join(" ");
  moveCursor(moment.hours);
}

/** A line in the chart of the mass balance at the time that the map shows. */
function moveCursor(hours) {
  const plot = document.querySelector("#balance [data-plot]");
  const { balance } = state.told;
  if (!plot || balance.length < 2) return;
  let line = plot.querySelector(".cursor");
  if (!line) {
    line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    line.setAttribute("class", "cursor");
    plot.append(line);
  }
  const { left, right, top, bottom } = plot.dataset;
  const x = Number(left) + ((hours - balance[0].hours) / (balance.at(-1).hours - balance[0].hours)) * (right - left);
  for (const [name, value] of Object.entries({ x1: x, x2: x, y1: top, y2: bottom })) line.setAttribute(name, value);
}

function readOut() {
  const { pointer, frame, told: about } = state;
  const box = el("readout");
  box.hidden = !pointer;
  if (!pointer) return;
  const value = frame && about.grid ? frame.valueAt(about.grid, { lat: pointer.lat, lng: near(pointer.lng, about.grid.west_lon + (about.grid.cols * about.grid.lon_step) / 2) }) : null;
  box.textContent = `${placeOf(pointer.lat, pointer.lng, 3)}${value === null ? "" : ` · ${withUnit(value, frame.told.unit)}`}`;
}

function chooseLayer(key) {
  const before = times()[state.at];
  state.key = key;
  const all = times();
  if (look()?.isWhole || !all.length) stop();
  // The same moment in what is shown now, or the one next to it.
  if (all.length) state.at = before ? all.reduce((best, time, at) => (Math.abs(Date.parse(time) - Date.parse(before)) < Math.abs(Date.parse(all[best]) - Date.parse(before)) ? at : best), 0) : all.length - 1;
  el("player").hidden = all.length < 2;
  Object.assign(el("time"), { max: Math.max(0, all.length - 1) });
  const layer = layerOf(key);
  el("legend").replaceChildren(legendOf(layer, look().colours, look().told));
  el("legend-told").textContent = `${look().told}${layer.unit === "kg/m²" ? ": kg/m², and how thick such a film is" : layer.unit === "share" ? "" : `, ${layer.unit}`}. Most at any time: ${layer.unit === "share" ? percentOf(layer.most) : `${told(layer.most)} ${layer.unit}`}.`;
  return show();
}

function step(by) {
  const wanted = Math.min(times().length - 1, Math.max(0, state.at + by));
  if (!times().length || wanted === state.at) return;
  state.at = wanted;
  show();
}

function stop() {
  clearTimeout(state.playing);
  state.playing = 0;
  el("play").setAttribute("aria-pressed", "false");
  el("play-told").textContent = "Play";
}

/** Show time after time; the next one waits for the one before, so that slow links show all of them. */
async function play() {
  if (state.playing) {
    stop();
    el("told").textContent = el("time-told").textContent;
    return;
  }
  if (times().length < 2) return;
  if (state.at >= times().length - 1) state.at = -1;
  el("play").setAttribute("aria-pressed", "true");
  el("play-told").textContent = "Stop";
  const on = async () => {
    state.at += 1;
    await show();
    if (!state.playing) return;
    if (state.at >= times().length - 1) stop();
    else state.playing = setTimeout(on, STEP_MS);
  };
  state.playing = setTimeout(on, 0);
}

function showCoastLegend() {
  if (!el("coast-legend")) return;
  const { layer } = coast;
  el("coast-legend").replaceChildren(...(layer.high > 0 ? [legendOf(layer, coast.colours[coast.by], coast.by === "load" ? "Oil on the coast, kg/m" : "Probability that oil reaches the coast")] : []));
  if (coast.by === "load") el("coast-legend").append(made("p", "small", "kg of oil on a metre of coast at the end"));
}

function choose(stretch, { near: isNear = true, from = "" } = {}) {
  coast.chosen = stretch;
  table?.mark(stretch);
  if (stretch && isNear) state.sea.fit(stretch.lines.flat().map(([lat, lon]) => [lat, near(lon, state.sea.middle)]));
  if (stretch) el("told").textContent = stretchInWords(stretch);
  if (stretch && from === "table") el("stage").scrollIntoView({ block: "nearest" });
  state.sea.repaint();
}

async function loadCoast() {
  const items = [];
  let total = 0;
  for (let after = 0; after !== null && items.length < MOST_STRETCHES;) {
    const page = await getJson(`${api}/coast?after=${after}`);
    items.push(...page.items);
    total = page.total;
    after = page.next;
  }
  coast.set(items, total);
  table = new CoastTable({ rows: el("coast-rows"), heads: document.querySelectorAll("[data-sort]"), coast, choose: (one) => choose(one, { from: "table" }) });
  if (!coast.isWhole) el("coast-told").textContent = `The ${items.length} stretches with most oil of ${total}; the CSV has all.`;
  showCoastLegend();
}

async function loadSlicks() {
  for (let after = 0; after !== null;) {
    const page = await getJson(`${api}/slicks?after=${after}`);
    state.slicks.push(...page.items);
    after = page.next;
  }
  const roles = [...new Set(state.slicks.map((one) => one.role))];
  state.roles = new Set(roles);
  el("roles").replaceChildren(...roles.map((role) => roleItem(role)));
}

function roleItem(role) {
  const { colour, dash, told: words } = ROLES[role] ?? ROLES.start;
  const mine = state.slicks.filter((one) => one.role === role);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  line.setAttribute("viewBox", "0 0 32 8");
  line.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [name, value] of Object.entries({ d: "M1 4h30", stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash.join(" ") })) path.setAttribute(name, value);
  line.append(path);
  const box = made("input");
  Object.assign(box, { type: "checkbox", checked: true, value: role });
  box.addEventListener("change", () => {
    state.roles[box.checked ? "add" : "delete"](role);
    state.sea.repaint();
  });
  const when = [...new Set(mine.map((one) => (one.observed_utc ? clock(one.observed_utc) : "")))].filter(Boolean);
  return made("li", "", "", made("label", "switch", "", box, line, made("span", "", `${words}: ${mine.length}`), made("span", "small", when.length === 1 ? when[0] : "")));
}

async function loadTracks() {
  if (state.tracks.length) return;
  state.tracks = (await getJson(`${api}/tracks`)).items;
  state.sea.repaint();
}

/** The shore as the run had it, finer than the coasts of the world. */
async function loadShore() {
  for (let after = 0; after !== null;) {
    const page = await getJson(`${api}/shore?after=${after}`);
    if (page.bounds) state.sea.addShore(page.lines, page.bounds);
    after = page.next;
  }
}

function boundsOf(about) {
  const places = [];
  if (about.grid?.bounds) places.push([about.grid.bounds[0], about.grid.bounds[1]], [about.grid.bounds[2], about.grid.bounds[3]]);
  const middle = places.length ? places[0][1] : state.slicks[0]?.areas[0]?.[0][0][1] ?? state.slicks[0]?.points[0]?.[1] ?? 0;
  for (const one of state.slicks) for (const [lat, lon] of [...one.areas.flat(2), ...one.points]) places.push([lat, near(lon, middle)]);
  return L.latLngBounds(places.length ? places : WORLD);
}

function listen() {
  const { sea } = state;
  el("play").addEventListener("click", play);
  el("earlier").addEventListener("click", () => step(-1));
  el("later").addEventListener("click", () => step(1));
  el("time").addEventListener("input", () => {
    stop();
    state.at = Number(el("time").value);
    show();
  });
  for (const one of document.querySelectorAll("[name=layer]")) one.addEventListener("change", () => chooseLayer(one.value));
  for (const one of document.querySelectorAll("[name=coast-by]")) {
    one.addEventListener("change", () => {
      coast.by = one.value;
      showCoastLegend();
      sea.repaint();
    });
  }
  for (const id of ["with-slicks", "with-coast"]) el(id)?.addEventListener("change", () => sea.repaint());
  el("with-tracks")?.addEventListener("change", () => {
    loadTracks().catch((error) => say(error.message));
    sea.repaint();
  });
  sea.map.on("mousemove", ({ latlng }) => {
    state.pointer = latlng;
    readOut();
  });
  sea.map.on("mouseout", () => {
    state.pointer = null;
    readOut();
  });
  sea.map.on("click", ({ containerPoint }) => {
    el("stage").focus({ preventScroll: true });
    const at = (place) => {
      const { x, y } = sea.map.latLngToContainerPoint(place);
      return [x, y];
    };
    if (isOn("with-coast")) choose(coast.under(containerPoint, at, sea.middle), { near: false });
  });
  el("show-keys").addEventListener("click", () => el("keys").showModal());
  el("close-keys").addEventListener("click", () => el("keys").close());
  document.addEventListener("keydown", key);
}

function toggle(id) {
  const box = el(id);
  if (!box) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change"));
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const isStage = document.activeElement === el("stage");
  const isField = event.target.matches("input, select, textarea, button, a, summary");
  const layers = [...document.querySelectorAll("[name=layer]")];
  const keys = {
    ",": () => step(-1), ".": () => step(1), s: () => toggle("with-slicks"), t: () => toggle("with-tracks"), c: () => toggle("with-coast"),
    "?": () => el("keys").showModal(), Escape: () => choose(null),
  };
  if (event.key === " " && !isField) play();
  else if ((event.key === "Home" || event.key === "End") && isStage) step(event.key === "Home" ? -Infinity : Infinity);
  else if (event.key in keys && !(isField && event.target.matches("input:not([type=checkbox], [type=radio], [type=range])"))) keys[event.key]();
  else if (/^[1-9]$/.test(event.key) && layers[event.key - 1]) layers[event.key - 1].click();
  else if (!state.sea.key(event.key, { arrows: isStage })) return;
  event.preventDefault();
}

async function begin() {
  try {
    state.told = await getJson(api);
    if (state.told.slicks) await loadSlicks();
  } catch (error) {
    el("stage").querySelector("[data-waiting]").textContent = error.message;
    say(error.message);
    return;
  } finally {
    el("stage").setAttribute("aria-busy", "false");
  }
  el("stage").querySelector("[data-waiting]").remove();
  state.sea = new Sea(el("stage"), boundsOf(state.told), paint, outline);
  listen();
  if (state.told.stretches && el("coast-rows")) await loadCoast().catch((error) => say(error.message));
  if (look()) await chooseLayer(state.key);
  await loadShore().catch((error) => say(error.message));
  root.dataset.ready = "yes";
}

begin();
