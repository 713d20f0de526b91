// The map of a result: items looked at, corrected and added, survey lines drawn; each with a key.

import { say } from "../js/app.js";
import { getJson, leaveAfterMouse, reveal } from "../scans/picture.js";
import { added, deleted, kept, makeEdits, newName } from "./edits.js";
import { Drawing } from "./drawing.js";
import { Cells, Ground, isIn } from "./ground.js";
import { fits, Items, questionOf } from "./items.js";
import { looksOf } from "./looks.js";
import { Painting } from "./painting.js";
import { metres } from "./places.js";
import { allPictures, Stage } from "./stage.js";
import { Survey } from "./survey.js";
import { digits, factsOf, listItem, placeInWords, statusOf, totalRow, whole } from "./telling.js";

const LISTED = 80;
const NEAR_PX = 12;
const WAIT_MS = 180;
const root = document.getElementById("map");
const el = (id) => document.getElementById(id);
const { api, job } = root.dataset;
const classes = JSON.parse(root.dataset.classes);
const looks = looksOf(classes);
const unknownLook = { colour: "#43596f", shape: "ring" };
const lookOf = (name) => looks.get(name) ?? unknownLook;
const mayChange = Boolean(root.dataset.revises);
const state = { stage: null, drawing: null, shown: [], chosen: null, density: [], isComplete: true, newClass: classes[0] ?? "" };
const filter = { without: new Set(), score: 0, status: "", counting: "counted", area: "", image: root.dataset.picture, areaOf: (one) => state.stage.places.get(one.image_id)?.picture.area_id };
const items = new Items(api, getJson);
const cells = new Cells();
const ground = new Ground(api, getJson, () => state.stage.repaint());
const survey = new Survey({ api, el, state, filter, mayChange, getJson, say, add: (edit) => edits.add(edit), undo: () => edits.undo() });
const painting = new Painting({ el, state, cells, ground, survey, lookOf });
const cornersOf = (one) => painting.cornersOf(one);

// --- what is shown ---------------------------------------------------------------------------------------------------

const isOnMap = (one) => state.stage.places.has(one.image_id);

function showItems() {
  state.shown = items.all.filter((one) => isOnMap(one) && fits(one, filter)).sort((a, b) => (b.score ?? 2) - (a.score ?? 2));
  if (state.chosen && !state.shown.includes(state.chosen) && !items.byName.has(state.chosen.name)) choose(null);
  const more = state.isComplete ? "" : "; move nearer to see the others";
  el("number").textContent = state.shown.length ? `${whole(state.shown.length)} ${state.shown.length === 1 ? "item" : "items"}${items.isWhole ? "" : " where you look"}, the surest first${more}` : "No item is like that here.";
  listFrom(Math.max(0, state.shown.indexOf(state.chosen)));
  state.stage.repaint();
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
    const { map, lies } = state.stage;
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
  survey.show();
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
  if (one && near) state.stage.fit(cornersOf(one));
  else if (one && !state.stage.map.getBounds().pad(-0.05).contains(L.latLngBounds(cornersOf(one)).getCenter())) state.stage.map.panTo(L.latLngBounds(cornersOf(one)).getCenter());
  state.stage.repaint();
}

const buttonOf = (one) => [...el("list").querySelectorAll("button")].find((each) => each.dataset.name === one?.name);

async function tellItem(one) {
  el("item-name").textContent = `${one.item_class || "Without a class"}`;
  el("item-status").replaceChildren(...statusOf(one));
  fillClasses(one.item_class);
  el("class").disabled = !mayChange || one.state === "deleted";
  el("item-facts").replaceChildren(...factsOf(one));
  const image = el("item-image");
  if (image.dataset.of !== one.name) image.hidden = true;
  el("item").ariaBusy = "false";
  // What the server is being told now, it is asked about afterwards.
  if (edits.state.unsaved) return;
  const address = `${api}/items/${encodeURIComponent(one.name)}`;
  el("item").ariaBusy = "true";
  if (image.dataset.of !== one.name) {
    Object.assign(image, { alt: `The item from near, ${one.item_class}`, hidden: true, src: `${address}/vignette` });
    image.dataset.of = one.name;
  }
  try {
    const detail = await getJson(address);
    if (state.chosen?.name !== one.name) return;
    const told = { ...detail, ...one, validated_by: detail.validated_by ?? one.validated_by };
    el("item-facts").replaceChildren(...factsOf(told));
    el("item-status").replaceChildren(...statusOf(told));
  } catch (error) {
    if (state.chosen?.name === one.name && !edits.state.unsaved) say(error.message);
  } finally {
    if (state.chosen?.name === one.name) el("item").ariaBusy = "false";
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
  const { map } = state.stage;
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
    else await survey.load();
  },
  undone: async (kind, subject) => {
    if (kind === "item") await refresh(subject, { look: true });
    else await survey.load();
    tell("Undone");
  },
  saved: ({ isUndone }) => {
    countSoon();
    if (!isUndone && state.chosen) setTimeout(() => state.chosen && tellItem(state.chosen));
  },
  changed: showSaving,
});

async function refresh(name, { look = false } = {}) {
  const one = await items.refresh(name);
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
  const place = state.stage.places.get(image);
  if (state.stage.lies) [one.latitude, one.longitude] = place.toLatLng([row + height / 2, col + width / 2]);
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
  d: () => state.drawing.start("box"), r: () => state.drawing.start("line"), g: () => state.drawing.start("polygon"), o: toggle("with-items"), t: toggle("with-ground"), h: toggle("with-cells"),
  l: toggle("with-survey"), "?": () => el("keys").showModal(),
};
for (const digit of "123456789") commands[digit] = () => rename(classes[Number(digit) - 1]);

document.addEventListener("keydown", (event) => {
  if (event.altKey || el("keys").open || el("naming").open || !state.stage) return;
  const typing = event.target.matches("input:not([type=checkbox]):not([type=range]), select, textarea");
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Escape") {
    if (typing) el("stage").focus();
    else if (state.drawing.mode) state.drawing.stop();
    else choose(null);
    return;
  }
  if (typing) return;
  const onStage = el("stage").contains(event.target) || event.target === document.body;
  const inList = el("list").contains(event.target);
  if (event.ctrlKey || event.metaKey) {
    if (key !== "z" || !mayChange) return;
    edits.undo();
  } else if (onStage && !event.target.closest("button") && state.drawing.key(key)) tell(state.drawing.words);
  else if (inList && (key === "ArrowDown" || key === "ArrowUp")) {
    step(key === "ArrowDown" ? 1 : -1);
    buttonOf(state.chosen)?.focus();
  } else if (key === "Enter" && state.chosen && (onStage || inList) && !event.target.closest("#stage button")) state.stage.fit(cornersOf(state.chosen));
  else if (key in commands && (mayChange || !"axzdrg".includes(key))) commands[key]();
  else if (!state.stage.key(key, { arrows: onStage })) return;
  event.preventDefault();
});
for (const [id, does] of Object.entries({ accept, remove, undo: commands.z, previous: commands.p, next: commands.n, "draw-box": commands.d, "draw-line": commands.r, "draw-polygon": commands.g })) el(id).addEventListener("click", () => does());
for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => state.stage?.key(button.dataset.zoom, { arrows: false }));
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
el("show-keys").addEventListener("click", () => el("keys").showModal());
el("leave").addEventListener("click", () => choose(null));
el("list").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) choose(items.byName.get(button.dataset.name));
});
el("list").addEventListener("dblclick", () => state.chosen && state.stage.fit(cornersOf(state.chosen)));
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
for (const id of ["with-items", "with-survey", "with-frames"]) el(id).addEventListener("change", () => state.stage?.repaint());
el("with-ground").addEventListener("change", () => {
  el("ground-legend").hidden = !el("with-ground").checked;
  state.stage?.repaint();
});
for (const box of document.querySelectorAll("[name=ground]")) {
  box.addEventListener("change", () => ground.show([...document.querySelectorAll("[name=ground]:checked")].map((one) => Number(one.value))));
}
el("opacity").addEventListener("input", () => {
  ground.opacity = Number(el("opacity").value);
  state.stage?.repaint();
});
el("with-cells").addEventListener("change", async () => {
  el("cells-legend").hidden = !el("with-cells").checked;
  if (el("with-cells").checked && !cells.items.length) {
    try {
      const told = await getJson(`${api}/cells`);
      cells.set(told.items, state.stage.places);
      el("cells-most").textContent = cells.items.length ? `${digits(cells.most)}${told.complete ? "" : ` (the first ${whole(told.items.length)} of ${whole(told.total)} cells)`}` : "– no cell lies on the map";
    } catch (error) {
      say(error.message);
    }
  }
  state.stage?.repaint();
});
el("with-coast")?.addEventListener("change", () => {
  state.stage.noCoast = !el("with-coast").checked;
  state.stage.showCoast();
});

// --- begin -----------------------------------------------------------------------------------------------------------

function listen() {
  const { map } = state.stage;
  map.on("click", (event) => {
    if (state.drawing.mode || state.drawing.swallows) return;
    choose(itemAt(event.latlng));
  });
  map.on("dblclick", (event) => {
    if (state.drawing.mode) return;
    const one = itemAt(event.latlng);
    if (one) choose(one, { near: true });
    else map.setZoomAround(event.latlng, map.getZoom() + 1);
  });
  map.on("moveend", lookAround);
  map.on("mousemove", (event) => showReadout(event.latlng));
  map.on("mouseout", () => { el("readout").hidden = true; });
}

function showReadout(latLng) {
  const place = [...state.stage.places.values()].find((one) => one.shows(latLng));
  const where = state.stage.lies ? placeInWords(latLng.lat, latLng.lng) : place ? `row ${Math.round(-latLng.lat)}, column ${Math.round(latLng.lng)}` : "";
  const number = el("with-ground").checked && place ? ground.classAt(latLng, place.picture.image_id) : null;
  const kind = number === null ? "" : document.querySelector(`[name=ground][value="${number}"]`)?.parentElement.textContent.trim();
  el("readout").textContent = [kind, where].filter(Boolean).join(" · ");
  el("readout").hidden = !el("readout").textContent;
}

async function begin() {
  try {
    const [pictures] = await Promise.all([allPictures(api, getJson), items.load(filter.image)]);
    const here = filter.image ? pictures.filter((one) => one.image_id === filter.image) : pictures.filter((one) => one.lattice);
    if (!here.length) throw new Error("No picture of this result can be shown.");
    el("stage").querySelector("[data-waiting]").remove();
    state.stage = new Stage(el("stage"), api, here, (drawn) => painting.paint(drawn));
  } catch (error) {
    const waitingText = el("stage").querySelector("[data-waiting]");
    if (waitingText) waitingText.textContent = error.message;
    say(error.message);
    return;
  } finally {
    el("stage").setAttribute("aria-busy", "false");
  }
  state.drawing = new Drawing({ stage: state.stage, crosshair: el("crosshair"), bar: el("drawing"), told: el("drawing-told"), buttons: { box: el("draw-box"), line: el("draw-line"), polygon: el("draw-polygon") }, box: addBox, line: (shape, places) => survey.name(shape, places) });
  for (const id of ["draw-box", "draw-line", "draw-polygon"]) el(id).disabled = !mayChange;
  el("finish-line").addEventListener("click", () => state.drawing.finish());
  el("leave-line").addEventListener("click", () => state.drawing.stop());
  listen();
  state.isComplete = items.isWhole;
  showItems();
  showSaving(edits.state);
  await Promise.all([survey.load().catch((error) => say(error.message)), count()]);
  const wanted = new URL(location).searchParams.get("item");
  if (wanted && (items.byName.has(wanted) || (await items.refresh(wanted)))) choose(items.byName.get(wanted), { near: true });
  root.dataset.ready = "yes";
}

begin();
