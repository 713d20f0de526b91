// The viewer: move about in a scan, see what every object is.

import { say } from "../js/app.js";
import { Outlines } from "./outlines.js";
import { getJson, leaveAfterMouse, Picture, reveal } from "./picture.js";
import { drawLine, drawMark, drawOutline, isInside, stateOf, STATES } from "./shapes.js";

const LEAST_OUTLINED_PX = 7;
const LISTED = 400;
const CROWD = 500;
const root = document.getElementById("viewer");
const el = (id) => document.getElementById(id);
const { api, run, scan, gallery } = root.dataset;
const scanApi = `${api}/scans/${encodeURIComponent(scan)}`;
const state = { objects: [], byName: new Map(), shown: [], chosen: null, cuts: new Map() };

// --- drawing ---------------------------------------------------------------------------------------------------------

const outlines = new Outlines(scanApi, () => picture.repaint());
const picture = new Picture(el("stage"), api, paint);

function paint({ context, width, height }) {
  const { seen, scale } = picture;
  if (el("outlines").checked) {
    const near = state.shown.filter((one) => touches(one, seen));
    outlines.want(seen, scale);
    for (const one of near) if (one !== state.chosen) paintObject(context, one, scale, near.length > CROWD ? 2.2 : 4);
  }
  if (el("lines").checked && scale * 60 > LEAST_OUTLINED_PX) {
    for (const one of state.cuts.values()) if (touches(one, seen)) for (const line of linesOf(one)) drawLine(context, picture, line, { width: scale > 0.4 ? 3 : 2 });
  }
  if (state.chosen) paintChosen(context, state.chosen, scale);
  paintFrame(context, width, height);
}

function paintObject(context, one, scale, size) {
  const kind = stateOf(one);
  if (Math.max(one.height, one.width) * scale < LEAST_OUTLINED_PX) {
    drawMark(context, picture.toScreen(middle(one)), kind, size);
    return;
  }
  // Where many are small, a thin outline tells more than one with a halo.
  drawOutline(context, picture, outlines.of(one.name) ?? box(one), { ...STATES[kind], halo: size > 3 });
}

function paintChosen(context, one, scale) {
  const kind = stateOf(one);
  if (Math.max(one.height, one.width) * scale < LEAST_OUTLINED_PX) drawMark(context, picture.toScreen(middle(one)), kind, 7);
  else drawOutline(context, picture, outlines.of(one.name) ?? box(one), { ...STATES[kind], width: STATES[kind].width + 1, fill: "rgb(255 200 60 / .14)" });
  // A ring finds the eye where the object is small.
  const [x, y] = picture.toScreen(middle(one));
  const radius = Math.max(18, (Math.max(one.height, one.width) * scale) / 2 + 14);
  if (radius > 160) return;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  for (const [colour, wide] of [["#fff", 4], ["#0b2239", 2]]) {
    context.setLineDash([]);
    context.lineWidth = wide;
    context.strokeStyle = colour;
    context.stroke();
  }
}

function paintFrame(context, width, height) {
  const { left, right, top, bottom } = picture.detail.frame;
  if ([left, right, top, bottom].includes(null)) return;
  const [x1, y1] = picture.toScreen([top, left]);
  const [x2, y2] = picture.toScreen([bottom, right]);
  if (x1 <= 0 && y1 <= 0 && x2 >= width && y2 >= height) return;
  context.setLineDash([2, 5]);
  context.lineWidth = 1;
  context.strokeStyle = "#43596f";
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
}

const linesOf = (cut) => cut.drawn ?? (cut.applied ? cut.proposed : []);
const middle = (one) => [one.row + one.height / 2, one.col + one.width / 2];

function box({ row, col, height, width }) {
  return [[row, col], [row, col + width], [row + height, col + width], [row + height, col]];
}

function touches(one, seen) {
  return one.row < seen.row + seen.height && one.col < seen.col + seen.width && one.row + one.height > seen.row && one.col + one.width > seen.col;
}

// --- the list --------------------------------------------------------------------------------------------------------

function showList() {
  const wanted = el("show").value;
  const typed = el("search").value.trim().toLowerCase();
  state.shown = state.objects.filter((one) => (!wanted || stateOf(one) === wanted) && (!typed || fits(one, typed)));
  el("number").textContent = !state.objects.length ? "No object was found on this scan."
    : `${state.shown.length.toLocaleString()} of ${state.objects.length.toLocaleString()} objects`;
  listFrom(Math.max(0, state.shown.indexOf(state.chosen)));
  picture.repaint();
}

/** List as many as a page can carry, one of them among the first. */
function listFrom(at) {
  const first = Math.max(0, Math.min(at - LISTED / 8, state.shown.length - LISTED));
  el("list").replaceChildren(...state.shown.slice(first, first + LISTED).map(item));
}

const buttonOf = (one) => [...el("list").querySelectorAll("button")].find((each) => each.dataset.name === one?.name);

/** A number is that of an object and of its pieces; other words are part of a name or taxon. */
function fits(one, typed) {
  if (/^\d+(-\d+)?$/.test(typed)) return one.name.endsWith(`_${typed}`) || one.name.includes(`_${typed}-`) && one.cut_from?.endsWith(`_${typed}`);
  return one.name.toLowerCase().includes(typed) || (one.taxon ?? "").toLowerCase().includes(typed);
}

const short = (one) => (one.piece === null ? `${one.number}` : `${one.number}-${one.piece}`);

function item(one) {
  const made = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.name = one.name;
  if (one === state.chosen) button.setAttribute("aria-current", "true");
  const parts = [["number", short(one)], ["taxon", one.taxon ?? "without a name"], [`mark-of ${stateOf(one)}`, STATES[stateOf(one)].told]];
  button.append(...parts.map(([kind, text]) => {
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = text;
    return span;
  }));
  made.append(button);
  return made;
}

// --- one object ------------------------------------------------------------------------------------------------------

function choose(one, { near = true } = {}) {
  state.chosen = one;
  for (const button of el("list").querySelectorAll("[aria-current]")) button.removeAttribute("aria-current");
  if (one && !buttonOf(one) && state.shown.includes(one)) listFrom(state.shown.indexOf(one));
  buttonOf(one)?.setAttribute("aria-current", "true");
  reveal(el("list"), buttonOf(one));
  const address = new URL(location);
  if (one) address.searchParams.set("object", one.name);
  else address.searchParams.delete("object");
  history.replaceState(null, "", address);
  el("object").hidden = !one;
  if (one) tell(one);
  if (one && near) picture.fit(one);
  picture.repaint();
}

function tell(one) {
  el("object-name").textContent = `Object ${short(one)}`;
  const image = el("object-image");
  image.parentElement.hidden = one.gallery_row === null;
  if (one.gallery_row !== null) {
    image.src = `${api}/objects/${one.gallery_row}/vignette`;
    image.alt = `The image of object ${short(one)}`;
  }
  const mark = document.createElement("span");
  mark.className = `mark ${one.status === "validated" ? "validated" : one.status === "predicted" ? "predicted" : "undecided"}`;
  mark.textContent = one.status === "validated" ? `validated by ${one.decided_by ?? "a person"}` : { predicted: "predicted by the model", unknown: "the model declined to name it", unclassified: "without a name" }[one.status];
  const name = document.createElement("b");
  name.textContent = one.taxon ?? "without a name";
  el("object-taxon").replaceChildren(name, document.createElement("br"), mark);
  const facts = [
    ["Area", one.area_mm2, "mm²"], ["Diameter (ESD)", one.esd_mm, "mm"], ["Long axis", one.major_mm, "mm"], ["Short axis", one.minor_mm, "mm"],
    ["Several organisms", one.score === null ? null : `${Math.round(one.score * 100)} %`, one.piece === null ? "" : ", before the cut"],
    ["Cut by", one.cut_by === "person" ? "a person" : one.cut_by === null ? null : `the ${one.cut_by}`, ""],
  ];
  el("object-facts").replaceChildren(...facts.filter(([, value]) => value !== null).map(([label, value, unit]) => {
    const row = document.createElement("div");
    const [term, told] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = label;
    told.textContent = unit.startsWith(",") ? `${value}${unit}` : `${value} ${unit}`.trim();
    row.append(term, told);
    return row;
  }));
  const links = [[separation(one), one.piece === null ? "Separate it" : "Change the lines"]];
  if (gallery && one.taxon) links.push([`${gallery}?taxon=${encodeURIComponent(one.taxon)}`, `Images named ${one.taxon}`]);
  el("object-links").replaceChildren(...links.map(([address, text]) => {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = text;
    return link;
  }));
}

function separation(one) {
  return `${run}/scans/${encodeURIComponent(scan)}/separate?object=${encodeURIComponent(one.cut_from ?? one.name)}`;
}

function step(by) {
  const { shown } = state;
  if (!shown.length) return;
  const at = shown.indexOf(state.chosen);
  choose(shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length]);
}

/** The smallest object there: what lies within another is reached too. */
function objectAt(point) {
  const slack = 6 / picture.scale;
  const near = state.shown.filter((one) => point[0] > one.row - slack && point[1] > one.col - slack && point[0] < one.row + one.height + slack && point[1] < one.col + one.width + slack);
  const inside = near.filter((one) => isInside(outlines.of(one.name) ?? box(one), point));
  return (inside.length ? inside : near).sort((a, b) => a.height * a.width - b.height * b.width)[0] ?? null;
}

picture.viewer.addHandler("canvas-click", (event) => {
  if (!event.quick || !picture.isOpen) return;
  choose(objectAt(picture.toScan(event.position)), { near: false });
});
picture.viewer.addHandler("canvas-double-click", (event) => {
  const one = objectAt(picture.toScan(event.position));
  if (one) event.preventDefaultAction = true;
  if (one) choose(one);
});

// --- keys and buttons ------------------------------------------------------------------------------------------------

const commands = {
  n: () => step(1), p: () => step(-1), "/": () => el("search").focus(), "?": () => el("keys").showModal(),
  o: () => el("outlines").click(), l: () => el("lines").click(), s: () => state.chosen && location.assign(separation(state.chosen)),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || el("keys").open || !picture.isOpen) return;
  const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
  if (event.key === "Escape") {
    if (typing) el("stage").focus();
    else choose(null);
    return;
  }
  if (typing) {
    if (event.key === "Enter" && event.target.id === "search" && state.shown.length) {
      choose(state.shown[0]);
      el("stage").focus();
    }
    return;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const onStage = el("stage").contains(event.target) || event.target === document.body;
  if (key in commands) commands[key]();
  else if (key === "Enter" && onStage && state.chosen) picture.fit(state.chosen);
  else if (!picture.key(key, { arrows: onStage })) return;
  event.preventDefault();
});
for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => picture.key(button.dataset.zoom, { arrows: false }));
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
for (const id of ["outlines", "lines"]) el(id).addEventListener("change", () => picture.repaint());
el("search").addEventListener("input", showList);
el("show").addEventListener("change", showList);
leaveAfterMouse(el("show"), el("stage"));
el("list").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) choose(state.byName.get(button.dataset.name));
});
el("previous").addEventListener("click", () => step(-1));
el("next").addEventListener("click", () => step(1));
el("leave").addEventListener("click", () => choose(null));
el("show-keys").addEventListener("click", () => el("keys").showModal());

// --- begin -----------------------------------------------------------------------------------------------------------

async function pages(address, use) {
  let after = 0;
  while (after !== null) {
    const page = await getJson(`${address}${address.includes("?") ? "&" : "?"}after=${after}`);
    use(page.items);
    after = page.next;
  }
}

async function begin() {
  try {
    const [detail] = await Promise.all([
      picture.show(scan),
      pages(`${scanApi}/objects`, (items) => state.objects.push(...items)),
      pages(`${api}/cuts?limit=2000&scan=${encodeURIComponent(scan)}`, (items) => { for (const one of items) state.cuts.set(one.name, one); }),
    ]);
    outlines.detail = detail;
  } catch (error) {
    el("stage").querySelector("[data-waiting]").textContent = error.message;
    say(error.message);
    return;
  } finally {
    el("stage").setAttribute("aria-busy", "false");
  }
  el("stage").querySelector("[data-waiting]").remove();
  state.byName = new Map(state.objects.map((one) => [one.name, one]));
  showList();
  const wanted = new URL(location).searchParams.get("object");
  const one = state.byName.get(wanted) ?? state.objects.find((each) => wanted && each.cut_from === wanted);
  if (one) choose(one);
}

begin();
