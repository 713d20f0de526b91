// The gallery: look at vignettes by name and score, and name them with the keyboard.

import { say } from "../js/app.js";
import { makeCell, named, paint, scaleBar, scaleOf, size, update } from "./cells.js";
import { CloseUp } from "./closeup.js";
import { chosenFilters, clearFilters, getJson, restoreFilters } from "./filters.js";
import { Names } from "./names.js";
import { Picker } from "./picker.js";
import { inPortions, makeSaver } from "./saving.js";
import { Loader } from "./vignettes.js";

const PAGE = 60;
const RECENT = 9;
const UNNAMED = new Set(["unknown", "unclassified"]);

const root = document.getElementById("gallery");
const api = root.dataset.api;
const el = (id) => document.getElementById(id);
const grid = el("grid");
const storage = { recent: `pelagia-recent-${root.dataset.job}`, name: "pelagia-name" };

const state = {
  taxon: "", cards: [], byRow: new Map(), chosen: new Set(), active: 0, anchor: 0,
  starts: [null], total: 0, before: 0, next: null,
  recent: JSON.parse(sessionStorage.getItem(storage.recent) ?? "[]"),
};

// --- what is shown ---------------------------------------------------------------------------------------------------

const loader = new Loader(api, (vignette) => {
  const cell = cellOf(vignette.row);
  const card = state.byRow.get(vignette.row);
  if (!cell || !card) return;
  if (!card.width_px && vignette.width) {
    Object.assign(card, { width_px: vignette.width, height_px: vignette.height });
    rescale();
  }
  paint(cell, vignette);
});

function cellOf(row) {
  return document.getElementById(`object-${row}`);
}

let asking = 0;

async function showPage({ focus = false } = {}) {
  const asked = chosenFilters(state.taxon, root.dataset.me);
  history.replaceState(null, "", `?${asked}`);
  asked.set("limit", PAGE);
  const start = state.starts.at(-1);
  if (start !== null) asked.set("after", start);
  const mine = (asking += 1);
  grid.setAttribute("aria-busy", "true");
  let page;
  try {
    page = await getJson(`${api}/objects?${asked}`);
  } catch (error) {
    if (mine === asking) say(error.message || "The images cannot be had just now. Try again.");
    return;
  }
  if (mine !== asking) return;
  loader.reset();
  Object.assign(state, { cards: page.items, total: page.total, before: page.before, next: page.next, chosen: new Set(), active: 0, anchor: 0 });
  state.byRow = new Map(page.items.map((card) => [card.row, card]));
  state.scale = scaleOf(state.cards, Number(el("zoom").value));
  grid.replaceChildren(...state.cards.map((card) => makeCell(card, state.scale)));
  for (const cell of grid.children) loader.watch(cell);
  grid.setAttribute("aria-busy", "false");
  showScale();
  showWhere();
  if (state.cards.length) setActive(0, { focus, choose: false });
  showBar();
}

function showWhere() {
  const { before, total, cards } = state;
  grid.hidden = total === 0 || !cards.length;
  el("nothing").hidden = cards.length > 0;
  el("pages").hidden = !cards.length;
  el("where").textContent = `${(before + 1).toLocaleString()}–${(before + cards.length).toLocaleString()} of ${total.toLocaleString()}`;
  el("previous").disabled = state.starts.length < 2;
  el("next").disabled = state.next === null;
}

function rescale() {
  state.scale = scaleOf(state.cards, Number(el("zoom").value));
  for (const card of state.cards) size(cellOf(card.row), card, state.scale);
  showScale();
}

function showScale() {
  const { known, perUnit } = state.scale;
  const box = el("scale");
  box.hidden = !state.cards.some((card) => card.width_px);
  const { length, width } = scaleBar(perUnit);
  const svg = box.querySelector("svg");
  svg.setAttribute("width", width + 2);
  svg.querySelector("path").setAttribute("d", `M1 3v8M1 7H${width + 1}M${width + 1} 3v8`);
  box.querySelector("span").textContent = !known ? `${length} pixels` : length >= 1000 ? `${length / 1000} mm` : `${length} µm`;
}

function turn(step) {
  if (step > 0 && state.next !== null) state.starts.push(state.next);
  else if (step < 0 && state.starts.length > 1) state.starts.pop();
  else return;
  scrollTo({ top: 0 });
  showPage({ focus: true });
}

function restart(options) {
  state.starts = [null];
  return showPage(options);
}

// --- names and their numbers -----------------------------------------------------------------------------------------

const names = new Names(el("names"), api, () => el("sample")?.value);
const recount = () => names.recount();

function namesToOffer() {
  const counts = names.counts();
  const all = [...state.recent, ...counts.keys(), ...JSON.parse(root.dataset.classes)];
  return [...new Set(all)].filter((name) => !UNNAMED.has(name)).map((name) => ({ name, count: counts.get(name) ?? 0 }));
}

function showTaxon(taxon, options) {
  state.taxon = taxon;
  names.press(taxon);
  return restart(options);
}

// --- choosing --------------------------------------------------------------------------------------------------------

function setActive(at, { focus = true, choose = true, extend = false } = {}) {
  if (!state.cards.length) return;
  const to = Math.max(0, Math.min(at, state.cards.length - 1));
  grid.children[state.active]?.setAttribute("tabindex", "-1");
  state.active = to;
  const cell = grid.children[to];
  cell.tabIndex = 0;
  if (extend) {
    const [from, until] = [Math.min(state.anchor, to), Math.max(state.anchor, to)];
    state.chosen = new Set(state.cards.slice(from, until + 1).map((card) => card.row));
  } else if (choose) {
    state.anchor = to;
    state.chosen = new Set([state.cards[to].row]);
  }
  showChosen();
  if (focus) {
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest" });
  }
  if (focus && closeUp.isOpen) closeUp.show(state.cards[to]);
}

function toggle(at) {
  const { row } = state.cards[at];
  if (!state.chosen.delete(row)) state.chosen.add(row);
  state.anchor = at;
  showChosen();
}

function showChosen() {
  for (const cell of grid.children) cell.setAttribute("aria-selected", String(state.chosen.has(Number(cell.dataset.row))));
  showBar();
}

function targets() {
  const rows = state.chosen.size ? state.chosen : new Set(state.cards.slice(state.active, state.active + 1).map((card) => card.row));
  return state.cards.filter((card) => rows.has(card.row));
}

/** The nearest cell in the row above or below. */
function beside(step) {
  const here = grid.children[state.active].getBoundingClientRect();
  const middle = here.left + here.width / 2;
  let [best, least, line] = [state.active, Infinity, null];
  for (let at = state.active + step; at >= 0 && at < grid.children.length; at += step) {
    const box = grid.children[at].getBoundingClientRect();
    const isOther = step > 0 ? box.top > here.bottom - 2 : box.bottom < here.top + 2;
    if (!isOther) continue;
    line ??= box.bottom;
    if (Math.abs(box.bottom - line) > 4) break;
    const away = Math.abs(box.left + box.width / 2 - middle);
    if (away < least) [best, least] = [at, away];
  }
  return best;
}

// --- deciding --------------------------------------------------------------------------------------------------------

const signed = el("signed");
if (signed) {
  signed.value = localStorage.getItem(storage.name) ?? "";
  signed.addEventListener("change", () => localStorage.setItem(storage.name, signed.value.trim()));
}

const saver = makeSaver({
  api,
  job: root.dataset.job,
  name: () => signed?.value.trim() ?? "",
  saved: (cards, wasUndone) => {
    apply(cards);
    recount();
    if (wasUndone) tell(`Undone: ${cards.length === 1 ? describeOne(cards[0]) : `${cards.length} images`}`);
  },
  refused: (message, before) => {
    apply(before);
    say(message);
    recount();
  },
  changed: showSaving,
});

function describeOne(card) {
  return `${card.object_id} is ${named(card)} again, ${card.status}`;
}

function apply(cards) {
  for (const card of cards) {
    const shown = state.byRow.get(card.row);
    if (!shown) continue;
    const { width_px, height_px } = shown;
    Object.assign(shown, card, { width_px: card.width_px ?? width_px, height_px: card.height_px ?? height_px });
    update(cellOf(card.row), shown);
    if (closeUp.isOpen && closeUp.row === card.row) closeUp.show(shown);
  }
  showBar();
}

// A message that offers to undo is of the last decision only.
let withdrawOffer = () => {};

function undo() {
  withdrawOffer();
  saver.undo();
}

function decide(cards, nameOf, { advance = true } = {}) {
  withdrawOffer();
  const before = cards.map((card) => structuredClone(card));
  const decisions = cards.map((card) => ({ object_id: card.object_id, taxon: nameOf(card) }));
  const me = { key: root.dataset.me, name: signed?.value.trim() || "me" };
  apply(cards.map((card, at) => {
    const votes = [...card.decided_by.filter((vote) => vote.key !== me.key), { ...me, taxon: decisions[at].taxon }];
    return { ...card, taxon: decisions[at].taxon, status: "validated", decided_by: votes, disputed: new Set(votes.map((vote) => vote.taxon)).size > 1 };
  }));
  saver.add(...inPortions(decisions, before));
  const names = [...new Set(decisions.map((one) => one.taxon))];
  tell(`${cards.length === 1 ? cards[0].object_id : `${cards.length} images`}: ${names.length === 1 ? names[0] : `${names.length} names`}, validated`);
  if (advance) goOn(cards);
}

/** Go to the next image behind those that were just named. */
function goOn(cards) {
  const rows = new Set(cards.map((card) => card.row));
  const last = state.cards.findLastIndex((card) => rows.has(card.row));
  if (last < state.cards.length - 1) setActive(last + 1);
  else setActive(last);
}

const hasName = (card) => Boolean(card.taxon) && !UNNAMED.has(card.taxon);

function confirmChosen() {
  const cards = targets();
  const withName = cards.filter(hasName);
  if (withName.length < cards.length) say("Images without a name cannot be confirmed. Press / to give them one.");
  if (withName.length) decide(withName, (card) => card.taxon);
}

function confirmRest() {
  const rest = state.cards.filter((card) => hasName(card) && !card.decided_by.some((vote) => vote.key === root.dataset.me));
  if (!rest.length) {
    say("Everything on this page that has a name is confirmed by you.");
    return;
  }
  decide(rest, (card) => card.taxon, { advance: false });
  withdrawOffer = say(`${rest.length} images confirmed.`, { undo });
}

function give(taxon, cards = targets()) {
  state.recent = [taxon, ...state.recent.filter((name) => name !== taxon)].slice(0, RECENT);
  sessionStorage.setItem(storage.recent, JSON.stringify(state.recent));
  showRecent();
  decide(cards, () => taxon);
}

function showRecent() {
  el("recent").replaceChildren(...state.recent.slice(0, 5).map((name, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet";
    button.append(name, " ");
    const key = document.createElement("kbd");
    key.textContent = String(at + 1);
    button.append(key);
    button.addEventListener("click", () => give(name));
    return button;
  }));
}

const picker = new Picker(el("picker"), namesToOffer);
const closeUp = new CloseUp(el("close-up"), api, (taxon) => give(taxon, [state.byRow.get(closeUp.row)]));

function rename(typed = "") {
  const cards = targets();
  if (cards.length) picker.open((name) => give(name, cards), typed);
}

function lookCloser() {
  const [card] = targets();
  if (card) closeUp.show(card);
}

function tell(text) {
  el("told").textContent = text;
}

function showBar() {
  const cards = targets();
  el("chosen").textContent = !cards.length ? "Nothing chosen" : cards.length === 1 ? named(cards[0]) : `${cards.length} chosen`;
  for (const id of ["rename", "closer", "rest"]) el(id).disabled = !cards.length;
  el("confirm").disabled = !cards.some(hasName);
}

function showSaving({ unsaved, failing, canUndo }) {
  el("undo").disabled = !canUndo;
  el("saving").classList.toggle("warm", failing);
  el("saving").textContent = failing ? `${unsaved} not saved yet: no connection, trying again …` : unsaved ? "Saving …" : "";
  el("saving").dataset.unsaved = unsaved;
}

// --- keys and pointers -----------------------------------------------------------------------------------------------

const moves = { ArrowRight: () => state.active + 1, ArrowLeft: () => state.active - 1, ArrowDown: () => beside(1), ArrowUp: () => beside(-1), Home: () => 0, End: () => state.cards.length - 1 };
const commands = { v: (event) => (event.shiftKey ? confirmRest() : confirmChosen()), "/": () => rename(), u: undo, n: () => turn(1), p: () => turn(-1), "?": () => el("keys").showModal() };

function isTyping(target) {
  return target.matches("input, select, textarea") || el("picker").open || el("keys").open;
}

document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  // Caps lock is no Shift: it must not confirm a whole page.
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (isTyping(event.target) || event.altKey) return;
  const inGrid = grid.contains(event.target) || closeUp.isOpen;
  let done = true;
  if (command && key === "z") undo();
  else if (command && key === "a" && inGrid) {
    state.chosen = new Set(state.cards.map((card) => card.row));
    showChosen();
  } else if (command) done = false;
  else if (/^[1-9]$/.test(key)) {
    const name = closeUp.isOpen ? closeUp.top?.[key - 1] : state.recent[key - 1];
    if (name) give(name);
  } else if (key in commands) commands[key](event);
  else if (inGrid && key in moves) setActive(moves[key](), { extend: event.shiftKey && !closeUp.isOpen });
  else if (inGrid && key === "Enter" && !event.target.closest("button")) lookCloser();
  else if (inGrid && key === " " && !event.target.closest("button")) toggle(state.active);
  else if (key === "Escape" && !closeUp.isOpen) {
    state.chosen.clear();
    showChosen();
  } else done = false;
  if (done) event.preventDefault();
});

grid.addEventListener("click", (event) => {
  const cell = event.target.closest(".cell");
  if (!cell) return;
  const at = [...grid.children].indexOf(cell);
  if (event.ctrlKey || event.metaKey || el("several").getAttribute("aria-pressed") === "true") {
    setActive(at, { choose: false });
    toggle(at);
  } else setActive(at, { extend: event.shiftKey });
});
grid.addEventListener("dblclick", lookCloser);
grid.addEventListener("focusin", (event) => {
  const at = [...grid.children].indexOf(event.target);
  if (at >= 0 && at !== state.active) setActive(at, { focus: false, choose: false });
});

el("names").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) showTaxon(button.dataset.taxon, { focus: true });
});
for (const id of ["order", "status", "confidence", "sample"]) {
  el(id)?.addEventListener("change", () => restart());
}
el("sample")?.addEventListener("change", recount);
el("zoom").addEventListener("change", rescale);
el("previous").addEventListener("click", () => turn(-1));
el("next").addEventListener("click", () => turn(1));
el("confirm").addEventListener("click", confirmChosen);
el("rename").addEventListener("click", () => rename());
el("closer").addEventListener("click", lookCloser);
el("rest").addEventListener("click", confirmRest);
el("undo").addEventListener("click", undo);
el("several").addEventListener("click", (event) => {
  const button = event.currentTarget;
  button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
});
el("finish")?.addEventListener("submit", async (event) => {
  if (!saver.state.unsaved) return;
  event.preventDefault();
  await saver.settled();
  event.target.submit();
});
el("show-keys").addEventListener("click", () => el("keys").showModal());
el("show-all").addEventListener("click", () => {
  clearFilters();
  showTaxon("");
});
for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}

// --- what others decide meanwhile ------------------------------------------------------------------------------------

const LOOK_SECONDS = 15;
let lastSeen = Number(root.dataset.last);

async function lookForOthers() {
  if (document.hidden || saver.state.unsaved) return;
  try {
    const { items } = await getJson(`${api}/decisions?after=${lastSeen}&limit=1000`);
    if (!items.length) return;
    lastSeen = items.at(-1).id;
    const theirs = new Set(items.filter((one) => one.key !== root.dataset.me).map((one) => one.object_id));
    const rows = state.cards.filter((card) => theirs.has(card.object_id)).map((card) => card.row);
    for (const row of rows) apply([(await getJson(`${api}/objects/${row}`)).card]);
    if (theirs.size) recount();
  } catch {
    // No connection just now: the next look will tell.
  }
}

setInterval(lookForOthers, LOOK_SECONDS * 1000);

// --- begin -----------------------------------------------------------------------------------------------------------

showRecent();
showSaving(saver.state);
showTaxon(restoreFilters());
