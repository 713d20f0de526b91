// The map of a result: items looked at, corrected and added, survey lines drawn; each with a key.

import { say } from "../js/app.js";
import { getJson, leaveAfterMouse, reveal } from "../scans/picture.js";
import { added, deleted, kept, makeEdits, newName } from "./edits.js";
import { Drawing } from "./drawing.js";
import { Cells, Ground, isIn } from "./ground.js";
import { fits, Items, questionOf } from "./items.js";
import { drawBox, drawLine, drawMark, GROUND, INK, looksOf } from "./looks.js";
import { boxOf, lengthOf, metres } from "./places.js";
import { allPictures, Stage } from "./stage.js";
import { digits, factsOf, listItem, placeInWords, statusOf, surveyItem, totalRow, whole } from "./telling.js";

const LISTED = 80;
const BOX_PX = 26;
const LABEL_PX = 80;
const NEAR_PX = 12;
const CROWD = 600;
const WAIT_MS = 180;
const root = document.getElementById("map");
const el = (id) => document.getElementById(id);
const { api, run, job } = root.dataset;
const classes = JSON.parse(root.dataset.classes);
const looks = looksOf(classes);
const unknownLook = { colour: "#43596f", shape: "ring" };
const lookOf = (name) => looks.get(name) ?? unknownLook;
const mayChange = Boolean(root.dataset.revises);
const state = { shown: [], chosen: null, survey: [], lengths: {}, density: [], isComplete: true, newClass: classes[0] ?? "" };
const filter = { without: new Set(), score: 0, status: "", counting: "counted", area: "", image: root.dataset.picture, areaOf: (one) => stage.places.get(one.image_id)?.picture.area_id };
const items = new Items(api, getJson);
const cells = new Cells();
const ground = new Ground(api, getJson, () => stage.repaint());
let stage = null;
let drawing = null;

// --- painting --------------------------------------------------------------------------------------------------------

function paint(drawn) {
  const { context, at, width, height, map } = drawn;
  if (!stage) return;
  if (el("with-ground").checked) {
    const seen = map.getBounds();
    const near = [...stage.places.values()].filter((place) => seen.intersects(place.bounds));
    ground.want(near);
    ground.paint(context, at, new Set(near.map((place) => place.picture.image_id)));
  }
  if (el("with-cells").checked) cells.paint(context, at, drawn);
  if (el("with-frames").checked) for (const place of stage.places.values()) drawLine(context, place.corners.map(at), { colour: "#43596f", dots: false });
  if (el("with-survey").checked) for (const one of state.survey) paintLine(context, at, one);
  if (el("with-items").checked) {
    const all = state.shown;
    const size = all.length > CROWD ? 3.5 : 5;
    for (const one of all) if (one !== state.chosen) paintItem(context, at, one, width, height, size);
  }
  if (el("with-cells").checked) cells.label(context, at, drawn);
  if (state.chosen) paintChosen(context, at, width, height);
  drawing?.paint(context, at);
}

const placeOf = (one) => stage.places.get(one.image_id);

/** The corners of an item on the map; reckoned once, since items do not move. */
const corners = new WeakMap();
function cornersOf(one) {
  if (!corners.has(one)) {
    const place = placeOf(one);
    corners.set(one, boxOf(one).map((point) => L.latLng(place.toLatLng(point))));
  }
  return corners.get(one);
}

function paintItem(context, at, one, width, height, size, wide = 0) {
  const points = cornersOf(one).map(at);
  const [x, y] = [(points[0][0] + points[2][0]) / 2, (points[0][1] + points[2][1]) / 2];
  const reach = Math.max(Math.hypot(points[1][0] - points[0][0], points[1][1] - points[0][1]), Math.hypot(points[3][0] - points[0][0], points[3][1] - points[0][1]));
  if (x < -reach || y < -reach || x > width + reach || y > height + reach) return;
  const told = { validated: one.status === "validated", faint: !one.counted, deleted: one.state === "deleted" };
  if (reach < BOX_PX) drawMark(context, [x, y], lookOf(one.item_class), { ...told, size });
  else drawBox(context, points, lookOf(one.item_class), { ...told, wide, label: reach > LABEL_PX ? one.item_class : "" });
}

function paintChosen(context, at, width, height) {
  const one = state.chosen;
  paintItem(context, at, one, width, height, 7, 1);
  const points = cornersOf(one).map(at);
  const [x, y] = [(points[0][0] + points[2][0]) / 2, (points[0][1] + points[2][1]) / 2];
  // A ring finds the eye where the item is small.
  const radius = Math.max(18, Math.hypot(points[2][0] - points[0][0], points[2][1] - points[0][1]) / 2 + 10);
  if (radius > 140) return;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  for (const [colour, wide] of [["#fff", 4], [INK, 2]]) {
    context.lineWidth = wide;
    context.strokeStyle = colour;
    context.stroke();
  }
}

const onMap = (line) => (line.image_id ? line.points.map((point) => stage.places.get(line.image_id).toLatLng(point)) : line.points).map((place) => L.latLng(place));
const isHere = (line) => (stage.lies ? !line.image_id : stage.places.has(line.image_id));

function paintLine(context, at, one) {
  if (!isHere(one)) return;
  drawLine(context, onMap(one).map(at), { closed: one.shape === "polygon", pending: one.pending });
}

// --- what is shown ---------------------------------------------------------------------------------------------------

const isOnMap = (one) => stage.places.has(one.image_id);

function showItems() {
  state.shown = items.all.filter((one) => isOnMap(one) && fits(one, filter)).sort((a, b) => (b.score ?? 2) - (a.score ?? 2));
  if (state.chosen && !state.shown.includes(state.chosen) && !items.byName.has(state.chosen.name)) choose(null);
  const more = state.isComplete ? "" : "; move nearer to see the others";
  el("number").textContent = state.shown.length ? `${whole(state.shown.length)} ${state.shown.length === 1 ? "item" : "items"}${items.isWhole ? "" : " where you look"}, the surest first${more}` : "No item is like that here.";
  listFrom(Math.max(0, state.shown.indexOf(state.chosen)));
  stage.repaint();
}

/** List as many as a page can carry, one of them among the first. */
function listFrom(at) {
  const first = Math.max(0, Math.min(at - LISTED / 4, state.shown.length - LISTED));
  el("list").replaceChildren(...state.shown.slice(first, first + LISTED).map((one) => listItem(one, lookOf(one.item_class), one === state.chosen)));
  reveal(el("list"), el("list").querySelector("[aria-current]"));
}

let waiting = 0;

/** Fetch what is looked at, where there are more items than the browser was given at first. */
function lookAround() {
  if (items.isWhole) return;
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const { map, lies } = stage;
    const seen = map.getBounds();
    const round = (value) => Number(value.toFixed(9));
    const where = lies ? { bounds: [seen.getSouth(), seen.getWest(), seen.getNorth(), seen.getEast()].map(round).join(",") }
      : { window: [-seen.getNorth(), seen.getWest(), seen.getNorth() - seen.getSouth(), seen.getEast() - seen.getWest()].map(round).join(",") };
    try {
      const found = await items.around(where, filter, classes);
      if (!found) return;
      state.isComplete = found.isComplete;
    } catch (error) {
      say(error.message);
      return;
    }
    if (state.chosen) state.chosen = items.byName.get(state.chosen.name) ?? state.chosen;
    showItems();
  }, WAIT_MS);
}

let counting = 0;
let counts = 0;

function countSoon() {
  clearTimeout(counting);
  counting = setTimeout(count, WAIT_MS);
}

async function count() {
  const mine = (counts += 1);
  let told;
  try {
    told = await getJson(`${api}/item-totals?${questionOf(filter, classes, { all: true })}`);
  } catch (error) {
    say(error.message);
    return;
  }
  if (mine !== counts) return;
  state.density = told.density;
  const focused = document.activeElement?.closest?.("#totals") ? document.activeElement.value : null;
  const areas = [...new Set(told.density.map((one) => one.area_id))].filter((name) => name !== "all");
  const area = filter.area || (areas.length === 1 ? areas[0] : "all");
  const densityOf = (name) => told.density.find((one) => one.area_id === area && !one.transect_id && one.item_class === name);
  const byName = new Map(told.classes.map((one) => [one.item_class, one]));
  const names = [...new Set([...classes.filter((name) => byName.has(name) || densityOf(name)?.items), ...byName.keys()])];
  const shown = told.classes.filter((one) => !filter.without.has(one.item_class));
  const sum = (field) => shown.reduce((total, one) => total + one[field], 0);
  const rows = names.map((name) => totalRow(name, lookOf(name), byName.get(name) ?? { predicted: 0, validated: 0 }, densityOf(name), !filter.without.has(name)));
  const all = totalRow("all", unknownLook, { predicted: sum("predicted"), validated: sum("validated") }, densityOf("all"), true);
  all.className = "sum";
  all.querySelector("th").textContent = filter.without.size ? "Shown" : "All";
  el("totals").replaceChildren(...rows, all);
  if (focused !== null) el("totals").querySelector(`input[value="${CSS.escape(focused)}"]`)?.focus();
  el("totals-number").textContent = `${whole(sum("items"))} ${sum("items") === 1 ? "item" : "items"}`;
  el("totals-told").textContent = `${whole(sum("predicted"))} predicted, ${whole(sum("validated"))} validated`;
  tellDensity(densityOf("all"));
  showChanges(told.pending);
  showSurvey();
}

function tellDensity(density) {
  const note = !density || density.items_per_100m === null
    ? "How many are on 100 m is not known: draw a survey line, or tell the length of beach below."
    : `On 100 m: all items that count in the latest result, on ${metres(density.length_m)} of beach, with 95 % intervals.`;
  el("totals-note").textContent = note;
}

function showChanges(number) {
  el("changes").hidden = !number;
  el("changes-told").textContent = `${whole(number)} ${number === 1 ? "change is" : "changes are"} not in the figures yet.`;
}

// --- one item --------------------------------------------------------------------------------------------------------

function choose(one, { near = false } = {}) {
  state.chosen = one;
  for (const button of el("list").querySelectorAll("[aria-current]")) button.removeAttribute("aria-current");
  if (one && !buttonOf(one) && state.shown.includes(one)) listFrom(state.shown.indexOf(one));
  buttonOf(one)?.setAttribute("aria-current", "true");
  reveal(el("list"), buttonOf(one));
  const address = new URL(location);
  if (one) address.searchParams.set("item", one.name);
  else address.searchParams.delete("item");
  history.replaceState(null, "", address);
  el("item").hidden = !one;
  for (const id of ["accept", "remove"]) el(id).disabled = !one || !mayChange;
  if (one) tellItem(one);
  if (one && near) stage.fit(cornersOf(one));
  else if (one && !stage.map.getBounds().pad(-0.05).contains(L.latLngBounds(cornersOf(one)).getCenter())) stage.map.panTo(L.latLngBounds(cornersOf(one)).getCenter());
  stage.repaint();
}

const buttonOf = (one) => [...el("list").querySelectorAll("button")].find((each) => each.dataset.name === one?.name);
const details = new Map();

async function tellItem(one) {
  el("item-name").textContent = `${one.item_class || "Without a class"}`;
  el("item-status").replaceChildren(...statusOf(one));
  fillClasses(one.item_class);
  el("class").disabled = !mayChange || one.state === "deleted";
  el("item-facts").replaceChildren(...factsOf(one));
  const image = el("item-image");
  // The box of an item that was added is told to the server first.
  const address = `${api}/items/${encodeURIComponent(one.name)}/vignette`;
  if (image.dataset.of !== one.name) {
    image.dataset.of = one.name;
    image.alt = `The item from near, ${one.item_class}`;
    image.hidden = true;
    await edits.settled();
    if (state.chosen !== one) return;
    image.src = address;
  }
  try {
    const detail = await getJson(`${api}/items/${encodeURIComponent(one.name)}`);
    details.set(one.name, detail);
    if (state.chosen?.name !== one.name) return;
    el("item-facts").replaceChildren(...factsOf({ ...detail, ...one }));
    el("item-status").replaceChildren(...statusOf({ ...detail, ...one }));
  } catch (error) {
    if (state.chosen?.name === one.name && !edits.state.unsaved) say(error.message);
  }
}
el("item-image").addEventListener("load", () => { el("item-image").hidden = false; });

function fillClasses(name) {
  const names = classes.includes(name) || !name ? classes : [name, ...classes];
  el("class").replaceChildren(...names.map((each, at) => new Option(at < 9 ? `${each}  (${at + 1})` : each, each, false, each === name)));
}

function step(by, { near = false } = {}) {
  const { shown } = state;
  if (!shown.length) return;
  const at = shown.indexOf(state.chosen);
  choose(shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length], { near });
}

/** The smallest item there: what lies within another is reached too. */
function itemAt(latLng) {
  if (!el("with-items").checked) return null;
  const { map } = stage;
  const point = map.latLngToContainerPoint(latLng);
  const near = state.shown.map((one) => {
    const points = cornersOf(one).map((place) => map.latLngToContainerPoint(place));
    const middle = points[0].add(points[2]).divideBy(2);
    const reach = Math.max(points[0].distanceTo(points[1]), points[0].distanceTo(points[3]));
    const away = middle.distanceTo(point);
    return { one, reach, hit: isIn(points.map(({ x, y }) => [x, y]), [point.x, point.y]), away };
  }).filter(({ hit, away }) => hit || away < NEAR_PX);
  near.sort((a, b) => Number(b.hit) - Number(a.hit) || a.reach - b.reach || a.away - b.away);
  return near[0]?.one ?? null;
}

// --- changing --------------------------------------------------------------------------------------------------------

const signed = el("signed");
if (signed) {
  signed.value = localStorage.getItem("pelagia-name") ?? "";
  signed.addEventListener("change", () => localStorage.setItem("pelagia-name", signed.value.trim()));
}

const edits = makeEdits({
  api,
  job,
  name: () => signed?.value.trim() ?? "",
  refused: async (message, edit) => {
    say(message);
    if (edit.kind === "item") await refresh(edit.subject);
    else await loadSurvey();
  },
  undone: async (kind, subject) => {
    if (kind === "item") await refresh(subject, { look: true });
    else await loadSurvey();
    tell("Undone");
  },
  saved: countSoon,
  changed: showSaving,
});

async function refresh(name, { look = false } = {}) {
  const one = await items.refresh(name);
  details.delete(name);
  showItems();
  if (one && (look || state.chosen?.name === name)) choose(one);
  else if (state.chosen?.name === name) choose(null);
}

function mine(one, more) {
  const changed = { ...one, status: "validated", validated_by: signed?.value.trim() || undefined, pending: true, ...more };
  items.byName.set(one.name, changed);
  return changed;
}

/** Keep an item as it is, or under another class. */
function keep(one, itemClass) {
  const isNew = one.name.startsWith("new:");
  const changed = mine(one, { item_class: itemClass, state: isNew ? "added" : "changed", counted: one.state === "deleted" ? true : one.counted });
  edits.add(isNew ? added(changed) : kept(changed, itemClass));
  return changed;
}

/** Do something with the chosen item, and go on to the next one. */
function settle(change, words) {
  const one = state.chosen;
  if (!one || !mayChange) return;
  const at = state.shown.indexOf(one);
  const next = state.shown[at + 1] ?? state.shown[at - 1] ?? null;
  change(one);
  tell(words);
  state.chosen = null;
  showItems();
  choose(next && items.byName.get(next.name));
}

function accept() {
  settle((one) => keep(one, one.item_class), "Confirmed");
}

function remove() {
  settle((one) => {
    edits.add(deleted(one));
    mine(one, { state: "deleted", counted: false });
    say(`Deleted: ${one.item_class}`, { undo: () => edits.undo() });
  }, "Deleted");
}

function rename(name) {
  const one = state.chosen;
  if (!one || !mayChange || !name || one.state === "deleted") return;
  const changed = keep(one, name);
  state.newClass = name;
  tell(`Now ${name}`);
  state.chosen = changed;
  showItems();
  choose(changed);
}

function addBox(image, [row, col, height, width]) {
  const one = {
    name: newName(), image_id: image, row, col, height, width, latitude: null, longitude: null, item_class: state.newClass, score: null,
    status: "validated", counted: true, duplicate_of: null, state: "added", pending: true,
  };
  const place = stage.places.get(image);
  if (stage.lies) [one.latitude, one.longitude] = place.toLatLng([row + height / 2, col + width / 2]);
  items.byName.set(one.name, one);
  edits.add(added(one));
  showItems();
  choose(one);
  tell(`Added: ${one.item_class}. Press a number for another class.`);
  say(`Added: ${one.item_class}. Keys 1 to 9 give it another class.`, { undo: () => edits.undo() });
}

function tell(text) {
  el("told").textContent = text;
}

function showSaving({ unsaved, failing, canUndo }) {
  el("saving").classList.toggle("warm", failing);
  el("saving").textContent = failing ? `${unsaved} not saved yet: no connection, trying again …` : unsaved ? "Saving …" : "";
  el("saving").dataset.unsaved = unsaved;
  el("undo").disabled = !canUndo || !mayChange;
}

// --- the survey ------------------------------------------------------------------------------------------------------

async function loadSurvey() {
  const told = await getJson(`${api}/survey`);
  state.survey = told.items;
  state.lengths = told.lengths_m;
  for (const input of document.querySelectorAll("[data-area]")) if (document.activeElement !== input) input.value = state.lengths[input.dataset.area] ?? "";
  showSurvey();
  stage.repaint();
}

function showSurvey() {
  const lines = state.survey;
  el("survey-told").textContent = lines.length ? "" : "No line was drawn or given. A line along the beach tells its length; an area says which ground counts.";
  const density = (one) => state.density.find((row) => row.transect_id === one.name && row.item_class === "all");
  el("survey").replaceChildren(...lines.map((one) => surveyItem(one, density(one), isHere(one) ? lengthOf(anyPlace(), onMap(one)) : NaN, mayChange)));
}

const anyPlace = () => [...stage.places.values()][0];

/** Keep a line or polygon that was drawn, once it has a name. */
async function nameLine(shape, places) {
  const length = lengthOf(anyPlace(), places);
  const taken = new Set(state.survey.map((one) => one.name));
  let number = 1;
  while (taken.has(`${shape} ${number}`)) number += 1;
  el("line-name").value = `${shape} ${number}`;
  el("naming-title").textContent = shape === "line" ? "Name the line" : "Name the area";
  el("naming-told").textContent = shape === "line" ? `It is ${metres(length)}${Number.isFinite(length) ? " long" : ""}.` : "What lies inside counts.";
  const under = [...stage.places.values()].find((place) => place.shows(places[0])) ?? anyPlace();
  el("line-area").value = filter.area || under.picture.area_id;
  el("naming").returnValue = "";
  el("naming").showModal();
  el("line-name").select();
  await new Promise((resolve) => { el("naming").addEventListener("close", resolve, { once: true }); });
  const name = el("line-name").value.trim();
  if (el("naming").returnValue !== "save" || !name) return;
  const image = stage.lies ? "" : under.picture.image_id;
  const points = places.map((place) => (stage.lies ? [place.lat, place.lng] : under.toPixel(place)).map((value) => Number(value.toFixed(stage.lies ? 9 : 2))));
  edits.add({ kind: "survey", subject: `${shape}:${name}`, value: { area_id: el("line-area").value, image_id: image, points } });
  state.survey = [...state.survey.filter((one) => one.name !== name), { name, area_id: el("line-area").value, image_id: image, shape, points, length_m: null, width_m: null, source: "person", pending: true }];
  el("survey-part").open = true;
  showSurvey();
  stage.repaint();
  tell(`Saved: ${name}`);
}

el("survey").addEventListener("click", (event) => {
  const { show, remove: gone } = event.target.closest("button")?.dataset ?? {};
  const one = state.survey.find((each) => each.name === (show ?? gone));
  if (one && show && isHere(one)) stage.map.fitBounds(L.latLngBounds(onMap(one)).pad(0.2));
  if (!one || !gone) return;
  edits.add({ kind: "survey", subject: `${one.shape}:${one.name}`, value: null });
  state.survey = state.survey.filter((each) => each !== one);
  showSurvey();
  stage.repaint();
  say(`Removed: ${one.name}`, { undo: () => edits.undo() });
});
for (const input of document.querySelectorAll("[data-area]")) {
  input.addEventListener("change", () => {
    if (!input.checkValidity()) {
      input.reportValidity();
      return;
    }
    edits.add({ kind: "area", subject: input.dataset.area, field: "length_m", value: input.value === "" ? null : Number(input.value) });
  });
}

// --- writing the result anew -----------------------------------------------------------------------------------------

el("anew")?.addEventListener("click", async () => {
  const button = el("anew");
  button.disabled = true;
  el("changes-more").textContent = "The result is being written anew …";
  await edits.settled();
  try {
    let now = await getJson(`${api}/revision`, { method: "POST" });
    while (now.state === "running") {
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
      now = await getJson(`${api}/revision`);
    }
    if (now.state === "failed") throw new Error([now.error.what, now.error.remedy].filter(Boolean).join(". "));
    location.reload();
  } catch (error) {
    el("changes-more").textContent = `The result could not be written anew. ${error.message}`;
    button.disabled = false;
  }
});

// --- keys and buttons ------------------------------------------------------------------------------------------------

const toggle = (id) => () => el(id).click();
const commands = {
  n: () => step(1), p: () => step(-1), a: accept, x: remove, z: () => edits.undo(), c: () => state.chosen && el("class").focus(),
  d: () => drawing.start("box"), r: () => drawing.start("line"), g: () => drawing.start("polygon"), o: toggle("with-items"), t: toggle("with-ground"), h: toggle("with-cells"),
  l: toggle("with-survey"), "?": () => el("keys").showModal(),
};
for (const digit of "123456789") commands[digit] = () => rename(classes[Number(digit) - 1]);

document.addEventListener("keydown", (event) => {
  if (event.altKey || el("keys").open || el("naming").open || !stage) return;
  const typing = event.target.matches("input:not([type=checkbox]):not([type=range]), select, textarea");
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Escape") {
    if (typing) el("stage").focus();
    else if (drawing.mode) drawing.stop();
    else choose(null);
    return;
  }
  if (typing) return;
  const onStage = el("stage").contains(event.target) || event.target === document.body;
  const inList = el("list").contains(event.target);
  if (event.ctrlKey || event.metaKey) {
    if (key !== "z" || !mayChange) return;
    edits.undo();
  } else if (onStage && !event.target.closest("button") && drawing.key(key)) tell(drawing.words);
  else if (inList && (key === "ArrowDown" || key === "ArrowUp")) {
    step(key === "ArrowDown" ? 1 : -1);
    buttonOf(state.chosen)?.focus();
  } else if (key === "Enter" && state.chosen && (onStage || inList) && !event.target.closest("#stage button")) stage.fit(cornersOf(state.chosen));
  else if (key in commands && (mayChange || !"axzdrg".includes(key))) commands[key]();
  else if (!stage.key(key, { arrows: onStage })) return;
  event.preventDefault();
});
for (const [id, does] of Object.entries({ accept, remove, undo: commands.z, previous: commands.p, next: commands.n, "draw-box": commands.d, "draw-line": commands.r, "draw-polygon": commands.g })) el(id).addEventListener("click", () => does());
for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => stage?.key(button.dataset.zoom, { arrows: false }));
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
el("show-keys").addEventListener("click", () => el("keys").showModal());
el("leave").addEventListener("click", () => choose(null));
el("list").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) choose(items.byName.get(button.dataset.name));
});
el("list").addEventListener("dblclick", () => state.chosen && stage.fit(cornersOf(state.chosen)));
el("class").addEventListener("change", () => {
  rename(el("class").value);
  el("stage").focus({ preventScroll: true });
});

function filtered() {
  showItems();
  lookAround();
  countSoon();
}

for (const id of ["counting", "status", "area"]) {
  if (!el(id)) continue;
  leaveAfterMouse(el(id), el("stage"));
  el(id).addEventListener("change", () => {
    filter[id] = el(id).value;
    filtered();
  });
}
el("score").addEventListener("input", () => {
  filter.score = Number(el("score").value);
  el("score-told").textContent = filter.score ? `${Math.round(filter.score * 100)} % or more` : "any";
  filtered();
});
el("totals").addEventListener("change", (event) => {
  if (event.target.checked) filter.without.delete(event.target.value);
  else filter.without.add(event.target.value);
  filtered();
});
el("picture")?.addEventListener("change", () => {
  const address = new URL(location);
  address.search = "";
  if (el("picture").value) address.searchParams.set("picture", el("picture").value);
  location.assign(address);
});
for (const id of ["with-items", "with-survey", "with-frames"]) el(id).addEventListener("change", () => stage?.repaint());
el("with-ground").addEventListener("change", () => {
  el("ground-legend").hidden = !el("with-ground").checked;
  stage?.repaint();
});
for (const box of document.querySelectorAll("[name=ground]")) {
  box.addEventListener("change", () => ground.show([...document.querySelectorAll("[name=ground]:checked")].map((one) => Number(one.value))));
}
el("opacity").addEventListener("input", () => {
  ground.opacity = Number(el("opacity").value);
  stage?.repaint();
});
el("with-cells").addEventListener("change", async () => {
  el("cells-legend").hidden = !el("with-cells").checked;
  if (el("with-cells").checked && !cells.items.length) {
    try {
      const told = await getJson(`${api}/cells`);
      cells.set(told.items);
      el("cells-most").textContent = cells.items.length ? `${digits(cells.most)}${told.complete ? "" : ` (the first ${whole(told.items.length)} of ${whole(told.total)} cells)`}` : "– no cell lies on the map";
    } catch (error) {
      say(error.message);
    }
  }
  stage?.repaint();
});
el("with-coast")?.addEventListener("change", () => {
  stage.noCoast = !el("with-coast").checked;
  stage.showCoast();
});

// --- begin -----------------------------------------------------------------------------------------------------------

function listen() {
  const { map } = stage;
  map.on("click", (event) => {
    if (drawing.mode || drawing.swallows) return;
    choose(itemAt(event.latlng));
  });
  map.on("dblclick", (event) => {
    if (drawing.mode) return;
    const one = itemAt(event.latlng);
    if (one) choose(one, { near: true });
    else map.setZoomAround(event.latlng, map.getZoom() + 1);
  });
  map.on("moveend", lookAround);
  map.on("mousemove", (event) => showReadout(event.latlng));
  map.on("mouseout", () => { el("readout").hidden = true; });
}

function showReadout(latLng) {
  const place = [...stage.places.values()].find((one) => one.shows(latLng));
  const where = stage.lies ? placeInWords(latLng.lat, latLng.lng) : place ? `row ${Math.round(-latLng.lat)}, column ${Math.round(latLng.lng)}` : "";
  const number = el("with-ground").checked && place ? ground.classAt(latLng, place.picture.image_id) : null;
  const kind = number === null ? "" : document.querySelector(`[name=ground][value="${number}"]`)?.parentElement.textContent.trim();
  el("readout").textContent = [kind, where].filter(Boolean).join(" · ");
  el("readout").hidden = !el("readout").textContent || GROUND.length === 0;
}

async function begin() {
  try {
    const [pictures] = await Promise.all([allPictures(api, getJson), items.load(filter.image)]);
    const here = filter.image ? pictures.filter((one) => one.image_id === filter.image) : pictures.filter((one) => one.lattice);
    if (!here.length) throw new Error("No picture of this result can be shown.");
    el("stage").querySelector("[data-waiting]").remove();
    stage = new Stage(el("stage"), api, here, paint);
  } catch (error) {
    const waitingText = el("stage").querySelector("[data-waiting]");
    if (waitingText) waitingText.textContent = error.message;
    say(error.message);
    return;
  } finally {
    el("stage").setAttribute("aria-busy", "false");
  }
  drawing = new Drawing({ stage, crosshair: el("crosshair"), bar: el("drawing"), told: el("drawing-told"), buttons: { box: el("draw-box"), line: el("draw-line"), polygon: el("draw-polygon") }, box: addBox, line: nameLine });
  for (const id of ["draw-box", "draw-line", "draw-polygon"]) el(id).disabled = !mayChange;
  el("finish-line").addEventListener("click", () => drawing.finish());
  el("leave-line").addEventListener("click", () => drawing.stop());
  listen();
  showItems();
  lookAround();
  showSaving(edits.state);
  await Promise.all([loadSurvey().catch((error) => say(error.message)), count()]);
  const wanted = new URL(location).searchParams.get("item");
  if (wanted && (items.byName.has(wanted) || (await items.refresh(wanted)))) choose(items.byName.get(wanted), { near: true });
  root.dataset.ready = "yes";
}

begin();
