// The editor of touching organisms: one object at a time with its lines, decided with a key.

import { say } from "../js/app.js";
import { makeEdits } from "./edits.js";
import { Lines, MOST_LINES } from "./lines.js";
import { getJson, leaveAfterMouse, Picture, reveal } from "./picture.js";
import { drawLine, drawNumber, drawOutline, PIECES, roomiest } from "./shapes.js";
import { lineItem, pieceItem, queueItem, stateOf, verdictOf } from "./telling.js";

const LISTED = 40;
const WAIT_MS = 60;
const NEAR_PX = 12;
const root = document.getElementById("editor");
const el = (id) => document.getElementById(id);
const { api, run, job } = root.dataset;
const state = { queue: [], shown: [], at: 0, lines: new Lines([]), mode: "look", stroke: null, result: null, hovered: -1 };
const previews = new Map();
// Lines that were changed and not accepted yet: they are there when one comes back to the object.
const drafts = new Map();
const now = () => state.shown[state.at] ?? null;
const linesOf = (one) => one.drawn ?? one.proposed;

// --- drawing ---------------------------------------------------------------------------------------------------------

const picture = new Picture(el("stage"), api, paint);

function paint({ context, width, height }) {
  const { result } = state;
  if (!now() || picture.detail.scan_id !== now().scan_id) return;
  if (result) {
    shade(context, result.whole.outline, width, height);
    drawOutline(context, picture, result.whole.outline, { colour: "#0b2239", width: 1.5, dash: [5, 4] });
    if (result.divided) result.pieces.forEach((piece, at) => drawOutline(context, picture, piece.outline, { colour: PIECES[at % PIECES.length], width: 2, fill: `${PIECES[at % PIECES.length]}2e` }));
  }
  state.lines.now.forEach((line, at) => drawLine(context, picture, line, at === state.hovered ? { width: 6, dash: [6, 5] } : {}));
  if (state.stroke?.length > 1) drawLine(context, picture, state.stroke);
  if (result?.divided) result.pieces.forEach((piece, at) => drawNumber(context, picture.toScreen(placeOf(piece)), at + 1, PIECES[at % PIECES.length]));
}

/** Whiten what is not this object. */
function shade(context, outline, width, height) {
  context.beginPath();
  context.rect(0, 0, width, height);
  outline.forEach((point, at) => context[at ? "lineTo" : "moveTo"](...picture.toScreen(point)));
  context.closePath();
  context.fillStyle = "rgb(247 250 252 / .55)";
  context.fill("evenodd");
}

const places = new WeakMap();

/** Where the number of a piece stands. */
function placeOf(piece) {
  if (!places.has(piece)) places.set(piece, roomiest(piece, piece.outline, state.lines.now));
  return places.get(piece);
}

// --- the queue -------------------------------------------------------------------------------------------------------

let asking = 0;

async function load(wantedName = "") {
  const mine = (asking += 1);
  const asked = new URLSearchParams({ order: el("order").value, limit: 2000 });
  const scan = el("scan")?.value ?? root.dataset.scan;
  if (scan) asked.set("scan", scan);
  const queue = [];
  try {
    for (let after = 0; after !== null;) {
      asked.set("after", after);
      const page = await getJson(`${api}/cuts?${asked}`);
      if (mine !== asking) return;
      queue.push(...page.items);
      after = page.next;
    }
    if (wantedName && !queue.some((one) => one.name === wantedName)) queue.unshift(...(await getJson(`${api}/cuts?object=${encodeURIComponent(wantedName)}`)).items);
  } catch (error) {
    el("stage").querySelector("[data-waiting]").textContent = error.message;
    say(error.message);
    return;
  }
  if (mine !== asking) return;
  state.queue = queue;
  choose(wantedName);
}

const filters = {
  "": () => true, open: (one) => one.drawn === null, cut: (one) => linesOf(one).length > 0, uncut: (one) => !linesOf(one).length,
};

function choose(wantedName = "") {
  state.shown = state.queue.filter((one) => one.name === wantedName || filters[el("show").value](one));
  state.at = Math.max(0, state.shown.findIndex((one) => (wantedName ? one.name === wantedName : one.drawn === null)));
  show();
}

function showNothing() {
  const { queue } = state;
  el("nothing").hidden = false;
  el("stage").hidden = true;
  el("object").hidden = true;
  el("nothing-text").textContent = queue.length ? "Every object of this choice was looked at." : "No object was taken for several organisms. In the viewer any object can be chosen to be separated.";
  el("show-all").hidden = !queue.length;
  for (const id of ["accept", "refuse", "draw", "erase", "previous", "next"]) el(id).disabled = true;
  showProgress();
  showList();
}

function showProgress() {
  const { queue } = state;
  const done = queue.filter((one) => one.drawn !== null).length;
  el("progress").max = Math.max(1, queue.length);
  el("progress").value = done;
  el("looked-at").textContent = `${done.toLocaleString()} of ${queue.length.toLocaleString()} looked at`;
}

function showList() {
  const { shown, at } = state;
  el("number").textContent = shown.length ? `Object ${(at + 1).toLocaleString()} of ${shown.length.toLocaleString()}` : "";
  const first = Math.max(0, Math.min(at - LISTED / 4, shown.length - LISTED));
  el("list").replaceChildren(...shown.slice(Math.round(first), Math.round(first) + LISTED).map((one) => queueItem(one, one === now(), el("scan")?.value === "")));
  reveal(el("list"), el("list").querySelector("[aria-current]"));
}

// --- one object ------------------------------------------------------------------------------------------------------

async function show() {
  const one = now();
  if (!one) {
    showNothing();
    return;
  }
  el("nothing").hidden = true;
  el("stage").hidden = false;
  el("object").hidden = false;
  for (const id of ["accept", "refuse", "draw", "erase", "previous", "next"]) el(id).disabled = false;
  setMode("look");
  Object.assign(state, { lines: drafts.get(one.name) ?? new Lines(linesOf(one)), result: null, stroke: null, hovered: -1 });
  const address = new URL(location);
  address.searchParams.set("object", one.name);
  history.replaceState(null, "", address);
  showProgress();
  showList();
  tellObject(one);
  try {
    await picture.show(one.scan_id);
  } catch (error) {
    say(error.message);
    return;
  }
  el("stage").setAttribute("aria-busy", "false");
  el("stage").querySelector("[data-waiting]")?.remove();
  if (now() !== one) return;
  picture.fit(one, { immediately: true });
  await look();
  foresee();
}

function tellObject(one) {
  el("object-name").textContent = `Object ${one.number}`;
  el("place").textContent = one.scan_id;
  el("object-state").replaceChildren(...stateOf(one));
  el("in-scan").href = `${run}/scans/${encodeURIComponent(one.scan_id)}/view?object=${encodeURIComponent(one.name)}`;
}

/** Ask what the lines would make of the object; the answer to the latest question counts. */
async function preview(one, lines) {
  const key = JSON.stringify([one.name, lines]);
  if (!previews.has(key)) {
    if (previews.size > 200) previews.delete(previews.keys().next().value);
    const asked = getJson(`${api}/cuts/preview`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ object: one.name, lines }) });
    previews.set(key, asked);
    asked.catch(() => previews.delete(key));
  }
  return previews.get(key);
}

let looks = 0;

async function look() {
  const [one, lines, mine] = [now(), state.lines.now, (looks += 1)];
  if (state.lines.isChanged) drafts.set(one.name, state.lines);
  else drafts.delete(one.name);
  showLines();
  try {
    const result = await preview(one, lines);
    if (mine !== looks) return;
    state.result = result;
  } catch (error) {
    if (mine === looks) say(error.message);
    return;
  }
  tellPieces();
  picture.repaint();
}

function tellPieces() {
  const { result, lines } = state;
  const { words, isUseless } = verdictOf(result, lines.now.length);
  el("verdict").textContent = words;
  el("verdict").classList.toggle("warm", isUseless);
  el("pieces").replaceChildren(...(result.divided ? result.pieces : []).map((piece, at) => pieceItem(piece, at, result.pixel_size_mm)));
  tell(words);
}

function showLines() {
  el("lines").replaceChildren(...state.lines.now.map((_, at) => lineItem(at, erase, hover)));
  showUndo();
}

function hover(number) {
  if (state.hovered === number) return;
  state.hovered = number;
  picture.repaint();
}

/** Have ready what comes next. */
async function foresee() {
  const next = state.shown[state.at + 1];
  if (!next) return;
  picture.foresee(next.scan_id, next);
  await preview(next, linesOf(next)).catch(() => {});
}

// --- deciding --------------------------------------------------------------------------------------------------------

const signed = el("signed");
if (signed) {
  signed.value = localStorage.getItem("pelagia-name") ?? "";
  signed.addEventListener("change", () => localStorage.setItem("pelagia-name", signed.value.trim()));
}

const edits = makeEdits({
  api,
  job,
  name: () => signed?.value.trim() ?? "",
  refused: async (message, subject) => {
    say(message);
    if (subject) await refresh(subject);
  },
  undone: async (subject) => {
    await refresh(subject);
    const at = state.shown.findIndex((one) => one.name === subject);
    if (at >= 0) go(at);
    else choose(subject);
    tell("Undone");
  },
  changed: showSaving,
});

async function refresh(name) {
  drafts.delete(name);
  const { items } = await getJson(`${api}/cuts?object=${encodeURIComponent(name)}`);
  const one = state.queue.find((each) => each.name === name);
  if (one && items.length) Object.assign(one, items[0]);
  else if (items.length) state.queue.push(items[0]);
  showProgress();
  if (now()?.name === name) show();
}

function keep(lines) {
  const one = now();
  const rounded = structuredClone(lines);
  drafts.delete(one.name);
  Object.assign(one, { drawn: rounded, by: signed?.value.trim() || "you", at: "" });
  edits.add({ subject: one.name, lines: rounded });
  tell(`Object ${one.number}: ${lines.length ? "cut" : "kept whole"}`);
  showProgress();
  if (state.shown.every((each) => each.drawn !== null)) say("Every object of this choice has been looked at.");
  if (state.at < state.shown.length - 1) go(state.at + 1);
  else show();
}

async function accept() {
  const one = now();
  if (!one) return;
  const lines = state.lines.now;
  if (!lines.length) {
    keep([]);
    return;
  }
  let result;
  try {
    result = await preview(one, lines);
  } catch (error) {
    say(error.message);
    return;
  }
  if (now() !== one || state.lines.now !== lines) return;
  if (result.divided) keep(lines);
  else say("The lines do not divide the object. Draw on, or press x to keep it whole.");
}

function refuse() {
  if (now()) keep([]);
}

function go(at) {
  if (!state.shown.length) return;
  state.at = Math.max(0, Math.min(at, state.shown.length - 1));
  show();
}

function undo() {
  if (state.stroke) state.stroke = null;
  else if (state.lines.isChanged) {
    state.lines.undo();
    look();
  } else edits.undo();
  picture.repaint();
}

function erase(number) {
  if (number < 0) return;
  state.hovered = -1;
  state.lines.erase(number);
  look();
  if (!state.lines.now.length) setMode("look");
}

function setMode(mode) {
  state.mode = mode;
  state.stroke = null;
  hover(-1);
  el("stage").classList.toggle("drawing", mode === "draw");
  el("stage").classList.toggle("erasing", mode === "erase");
  el("draw").setAttribute("aria-pressed", String(mode === "draw"));
  el("erase").setAttribute("aria-pressed", String(mode === "erase"));
}

function toggle(mode) {
  if (mode === "erase" && !state.lines.now.length) say("There is no line to be erased.");
  else if (mode === "draw" && state.lines.now.length >= MOST_LINES) say(`An object has at most ${MOST_LINES} lines.`);
  else setMode(state.mode === mode ? "look" : mode);
}

function tell(text) {
  el("told").textContent = text;
}

function showSaving({ unsaved, failing }) {
  el("saving").classList.toggle("warm", failing);
  el("saving").textContent = failing ? `${unsaved} not saved yet: no connection, trying again …` : unsaved ? "Saving …" : "";
  el("saving").dataset.unsaved = unsaved;
  showUndo();
}

function showUndo() {
  el("undo").disabled = !state.lines.isChanged && !edits.state.canUndo;
}

// --- mouse, finger, pen ----------------------------------------------------------------------------------------------

const viewer = picture.viewer;
viewer.addHandler("canvas-press", (event) => {
  if (state.mode === "draw" && now()) state.stroke = [picture.toScan(event.position)];
});
viewer.addHandler("canvas-drag", (event) => {
  if (state.mode !== "draw" || !state.stroke) return;
  event.preventDefaultAction = true;
  state.stroke.push(picture.toScan(event.position));
  picture.repaint();
});
viewer.addHandler("canvas-drag-end", (event) => {
  if (state.mode === "draw") event.preventDefaultAction = true;
});
viewer.addHandler("canvas-pinch", () => { state.stroke = null; });
viewer.addHandler("canvas-release", () => {
  const { stroke } = state;
  if (!stroke) return;
  state.stroke = null;
  if (state.lines.draw(stroke, 4 / picture.scale)) setTimeout(look, WAIT_MS);
  picture.repaint();
});
viewer.addHandler("canvas-click", (event) => {
  if (state.mode === "erase" && event.quick) erase(state.lines.at(picture.toScan(event.position), NEAR_PX / picture.scale));
});
viewer.addHandler("canvas-double-click", (event) => { event.preventDefaultAction = state.mode !== "look"; });
el("stage").addEventListener("pointermove", (event) => {
  if (state.mode !== "erase" || !picture.isOpen) return;
  const { left, top } = el("stage").getBoundingClientRect();
  hover(state.lines.at(picture.toScan({ x: event.clientX - left, y: event.clientY - top }), NEAR_PX / picture.scale));
});

// --- keys and buttons ------------------------------------------------------------------------------------------------

const commands = {
  a: accept, x: refuse, d: () => toggle("draw"), e: () => toggle("erase"), z: undo, f: () => now() && picture.fit(now()),
  ArrowRight: () => go(state.at + 1), ArrowLeft: () => go(state.at - 1), "?": () => el("keys").showModal(), Escape: () => setMode("look"),
};

document.addEventListener("keydown", (event) => {
  if (event.altKey || el("keys").open || event.target.matches("input, select, textarea")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) {
    if (key !== "z") return;
    undo();
  } else if (key === "Enter" && !event.target.closest("button, a")) accept();
  else if (key in commands) commands[key]();
  else if (!picture.isOpen || !picture.key(key, { arrows: false })) return;
  event.preventDefault();
});
for (const [id, does] of Object.entries({ accept, refuse, undo, draw: commands.d, erase: commands.e, next: commands.ArrowRight, previous: commands.ArrowLeft })) el(id).addEventListener("click", () => does());
for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => picture.key(button.dataset.zoom, { arrows: false }));
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
el("show-keys").addEventListener("click", () => el("keys").showModal());
el("list").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) go(state.shown.findIndex((one) => one.name === button.dataset.name));
});
for (const id of ["scan", "show", "order"]) if (el(id)) leaveAfterMouse(el(id), el("stage"));
for (const id of ["scan", "order"]) el(id)?.addEventListener("change", () => load());
el("show").addEventListener("change", () => choose());
el("show-all").addEventListener("click", () => {
  el("show").value = "";
  choose();
});
el("finish")?.addEventListener("submit", async (event) => {
  if (!edits.state.unsaved) return;
  event.preventDefault();
  await edits.settled();
  event.target.submit();
});

// --- begin -----------------------------------------------------------------------------------------------------------

showSaving(edits.state);
load(new URL(location).searchParams.get("object") ?? "");
