// The page on which an analysis of a spill is started: the slick is drawn, its oil and time are picked.

import { say } from "../js/app.js";
import { made } from "../maps/telling.js";
import { OilField } from "./oils.js";
import { Pen } from "./pen.js";
import { areaOf, centreOf, crossing, geoJson, placeFrom, shapesFrom, shapesIn, textOf } from "./places.js";
import { told } from "./scales.js";
import { near, placeOf, Sea } from "./sea.js";

const KEY = "drawn:oilspill";
const FILE = "drawn-slick.geojson";
const WAIT_MS = 600;
const WORLD = [[-55, -150], [68, 160]];
const LARGEST_SHOWN = 4_000_000;

const el = (id) => document.getElementById(id);
const slot = document.querySelector('[data-slot="slick"]');
const form = el("order");
/** Outlines of files that were given, to be seen. */
let shown = [];
let sending = 0;
let isSent = false;

el("drawing-map").hidden = false;
const sea = new Sea(el("stage"), L.latLngBounds(WORLD), () => {}, (drawn) => pen?.paint(drawn, shown));
const pen = new Pen({ sea, crosshair: el("crosshair"), changed, said });

function said(words) {
  el("draw-told").hidden = !words;
  el("draw-told").textContent = words;
  el("draw-slick").setAttribute("aria-pressed", String(pen?.mode === "slick"));
  el("draw-point").setAttribute("aria-pressed", String(pen?.mode === "point"));
  el("finish").hidden = pen?.mode !== "slick" || pen.points.length < 3;
  el("take-back").disabled = !pen?.canGoBack;
}

/** What is drawn has changed: it is told, remembered, and sent once it stands still. */
function changed() {
  said("");
  if (document.activeElement !== el("corners")) el("corners").value = textOf(pen.shapes);
  tell();
  name();
  sessionStorage.setItem(KEY, JSON.stringify(pen.shapes));
  clearTimeout(sending);
  sending = setTimeout(send, WAIT_MS);
}

function tell() {
  const bad = pen.shapes.map((points) => (points.length > 2 ? crossing(points) : null));
  el("drawn").replaceChildren(...pen.shapes.map((points, at) => {
    const { lat, lng } = centreOf(points);
    const words = points.length === 1 ? `Point at ${placeOf(lat, lng, 3)}` : `Slick of ${told(areaOf(points))} km² around ${placeOf(lat, lng)}, ${points.length} corners`;
    const remove = made("button", "button quiet", "Remove");
    remove.type = "button";
    remove.append(made("span", "sr", ` ${at + 1}`));
    remove.addEventListener("click", () => pen.put(pen.shapes.filter((_, number) => number !== at)));
    const line = made("p", "", "", made("span", "", `${at + 1}. ${words}. `));
    if (bad[at]) line.append(made("b", "warm", `Its outline crosses itself: the sides after corner ${bad[at][0]} and corner ${bad[at][1]}. Move a corner. `));
    line.append(remove);
    return line;
  }));
}

/** The run is called after where the slick is, unless the person called it something. */
function name() {
  const title = form.elements.title;
  const { lat, lng } = pen.shapes.length ? centreOf(pen.shapes[0]) : {};
  const words = pen.shapes.length ? `Oil at ${placeOf(lat, lng)}` : "";
  if (["", title.dataset.given].includes(title.value)) title.value = title.dataset.given = words;
}

function send() {
  const state = slot.dataset.state;
  if (state === "sending") {
    sending = setTimeout(send, WAIT_MS);
    return;
  }
  if (pen.shapes.length) {
    const file = new File([JSON.stringify(geoJson(pen.shapes))], FILE, { type: "application/geo+json" });
    slot.dispatchEvent(new CustomEvent("give", { detail: [{ path: FILE, file }] }));
    isSent = true;
  } else if (isSent && state === "sent") {
    isSent = false;
    slot.querySelector('[data-part="remove"]').click();
  }
}

/** Outlines of a GeoJSON file that was given are shown on the map, beside what is drawn. */
async function look(found) {
  for (const { file } of found) {
    if (!/\.(geo)?json$/i.test(file.name) || file.size > LARGEST_SHOWN) continue;
    try {
      shown.push(...shapesIn(JSON.parse(await file.text())));
    } catch {
      // What is wrong with the file is told by the check.
    }
  }
  if (shown.length) sea.fit(shown.flat().map(({ lat, lng }) => [lat, near(lng, shown[0][0].lng)]), 12);
  sea.repaint();
}

function tellTime() {
  const field = el("f-param.start");
  const found = field.value.trim().match(/^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*(?:Z|UTC)?$/i);
  const parts = found?.slice(1).map((part) => Number(part ?? 0));
  const date = parts ? new Date(Date.UTC(parts[0], parts[1] - 1, ...parts.slice(2))) : null;
  const isDate = date && date.getUTCMonth() === parts[1] - 1 && date.getUTCDate() === parts[2] && parts[3] < 24 && parts[4] < 60;
  const box = el("start-told");
  box.classList.toggle("warm", Boolean(field.value.trim()) && !isDate);
  if (!field.value.trim()) box.textContent = "Empty: the time that the slick or the scene tells.";
  else if (!isDate) box.textContent = "Write it as 2008-08-06 09:51: year, month, day, hour and minute.";
  else {
    field.value = date.toISOString().slice(0, 16);
    box.textContent = date.toLocaleString("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "UTC" }) + " UTC";
  }
}

function goTo() {
  const place = placeFrom(el("goto-place").value);
  if (!place) {
    say("Write a place as latitude, longitude: 37.5, 5.2 or 37°30'N 5°12'E.");
    return;
  }
  sea.map.setView(place, Math.max(9, sea.map.getZoom()), { animate: false });
  el("stage").focus({ preventScroll: true });
}

function typed() {
  try {
    const shapes = shapesFrom(el("corners").value);
    el("corners-error").hidden = true;
    pen.put(shapes);
    if (shapes.length) sea.fit(shapes.flat().map(({ lat, lng }) => [lat, near(lng, shapes[0][0].lng)]), 12);
  } catch (error) {
    el("corners-error").hidden = false;
    el("corners-error").textContent = error.message;
  }
}

function restore() {
  try {
    const shapes = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    // What was sent with it is restored by the slot itself.
    if (!shapes.length || !Object.keys(sessionStorage).includes("upload:oilspill:slick")) return;
    pen.shapes = shapes;
    isSent = true;
    el("corners").value = textOf(shapes);
    tell();
    sea.fit(shapes.flat().map(({ lat, lng }) => [lat, near(lng, shapes[0][0].lng)]), 12);
  } catch {
    sessionStorage.removeItem(KEY);
  }
}

el("draw-slick").addEventListener("click", () => pen.start("slick"));
el("draw-point").addEventListener("click", () => pen.start("point"));
el("finish").addEventListener("click", () => pen.finish());
el("take-back").addEventListener("click", () => pen.back());
el("goto").addEventListener("click", goTo);
el("goto-place").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  goTo();
});
el("corners").addEventListener("change", typed);
// These say nothing to the check: what they change is sent as a file.
for (const id of ["corners", "goto-place"]) el(id).addEventListener("change", (event) => event.stopPropagation());
el("stage").addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target !== el("stage")) return;
  const isDone = pen.key(event.key) || sea.key(event.key, { arrows: true });
  el("take-back").disabled = !pen.canGoBack;
  if (isDone) event.preventDefault();
});
sea.map.on("mousemove", ({ latlng }) => {
  el("readout").hidden = false;
  el("readout").textContent = placeOf(latlng.lat, latlng.lng, 3);
});
sea.map.on("mouseout", () => { el("readout").hidden = true; });
slot.addEventListener("taken", ({ detail }) => look(detail));
slot.querySelector('[data-part="remove"]').addEventListener("click", () => {
  shown = [];
  if (isSent) {
    isSent = false;
    clearTimeout(sending);
    pen.shapes = [];
    el("corners").value = "";
    sessionStorage.removeItem(KEY);
    tell();
  }
  sea.repaint();
});
// A drop beside the fields would leave the page.
for (const name of ["dragover", "drop"]) {
  addEventListener(name, (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    if (name === "drop") say("Drop it on the field it belongs to: slick, scene, currents or wind.");
  });
}
form.addEventListener("submit", () => sessionStorage.removeItem(KEY));
el("f-param.start").addEventListener("change", tellTime);
el("start-now").hidden = false;
el("start-now").addEventListener("click", () => {
  el("f-param.start").value = new Date().toISOString().slice(0, 16);
  tellTime();
  el("f-param.start").dispatchEvent(new Event("change", { bubbles: true }));
});
new OilField({ input: el("f-param.oil"), list: el("oils"), told: el("oil-told"), api: el("f-param.api") });
tellTime();
restore();
el("drawing-map").dataset.ready = "yes";
