// The player of a clip: its film with boxes and tracks, a timeline to move about on, corrections with a key each.

import { say } from "../js/app.js";
import { makeEdits, newName } from "../maps/edits.js";
import { drawBox, looksOf } from "../maps/looks.js";
import { factRows, made, percent, whole } from "../maps/telling.js";
import { markCanvas } from "../maps/looks.js";
import { getJson, reveal } from "../scans/picture.js";
import { Found } from "./found.js";
import { Screen } from "./screen.js";
import { Timeline } from "./timeline.js";

const RATES = [0.25, 0.5, 1, 2, 4, 8];
const NEAR_PX = 14;
const WAIT_MS = 250;
const el = (id) => document.getElementById(id);
const root = el("player");
const { api, job, clip } = root.dataset;
const size = { height: Number(root.dataset.height) || 1080, width: Number(root.dataset.width) || 1920 };
const mayChange = Boolean(root.dataset.revises);
const classes = JSON.parse(root.dataset.classes);
const looks = looksOf(classes);
const unknownLook = { colour: "#43596f", shape: "ring" };
const lookOf = (name) => looks.get(name) ?? unknownLook;
const found = new Found(api, clip, getJson);
const state = { film: null, frames: [], frame: null, box: null, screen: null, timeline: null, newClass: classes[0] ?? "", rate: 1 };

// --- where we are ----------------------------------------------------------------------------------------------------

const clock = (seconds) => {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(2).padStart(5, "0")}`;
};
const words = (time) => `${clock(time)} from the start${state.frame?.time_utc ? `, ${state.frame.time_utc.slice(0, 19).replace("T", " ")} UTC` : ""}`;

async function showFilm(film, number) {
  if (state.film?.name !== film.name) {
    state.film = film;
    state.frames = await found.frames(film.name);
    await state.screen.load(`${api}/results/files/${film.name.split("/").map(encodeURIComponent).join("/")}`, film.frames, number);
  } else state.screen.go(number);
}

async function goTo(time) {
  const film = found.filmAt(time);
  if (!film) return;
  try {
    const frames = await found.frames(film.name);
    let at = frames.findIndex((one) => one.time_s >= time - 1e-6);
    if (at < 0) at = frames.length - 1;
    if (at > 0 && frames[at].time_s - time > time - frames[at - 1].time_s) at -= 1;
    await showFilm(film, frames[at].number);
  } catch (error) {
    say(error.message);
  }
}

function showFrame(number) {
  state.frame = state.frames.find((one) => one.number === number) ?? null;
  if (!state.frame) return;
  if (state.box) {
    const same = state.frame.boxes.find((one) => one.name === state.box.name) ?? state.frame.boxes.find((one) => one.track_id && one.track_id === state.box.track_id);
    choose(same ?? null, { quietly: true });
  }
  state.timeline.show({ time: state.frame.time_s });
  const count = state.frame.boxes.filter((one) => !one.is_deleted).length;
  el("readout").textContent = [clock(state.frame.time_s), state.frame.time_utc && `${state.frame.time_utc.slice(0, 19).replace("T", " ")} UTC`, `${count} on this frame`, state.rate === 1 ? "" : `${state.rate}×`].filter(Boolean).join(" · ");
  el("readout").hidden = false;
}

async function step(by) {
  const { screen } = state;
  const wanted = screen.number + by;
  if (wanted >= 0 && wanted < screen.frames) {
    screen.go(wanted);
    return;
  }
  const next = found.films[found.films.indexOf(state.film) + Math.sign(by)];
  if (next) await showFilm(next, by > 0 ? 0 : next.frames - 1).catch((error) => say(error.message));
}

async function toEvent(by) {
  const now = state.frame?.time_s ?? 0;
  for (const film of found.films) if (!found.byFilm.has(film.name) && !found.tracks.length) await found.frames(film.name).catch(() => []);
  const events = found.events();
  const wanted = by > 0 ? events.find((time) => time > now + 1e-3) : events.findLast((time) => time < now - 1e-3);
  if (wanted === undefined) say(by > 0 ? "Nobody comes into view after this." : "Nobody came into view before this.");
  else {
    await goTo(wanted);
    choose(state.frame?.boxes.find((one) => !one.is_deleted) ?? null);
  }
}

// --- what is drawn ---------------------------------------------------------------------------------------------------

function draw({ context, screen, thin }) {
  if (!state.frame || !el("with-boxes").checked) return;
  for (const one of state.frame.boxes) {
    if (one.is_deleted && one !== state.box) continue;
    const corners = [[one.row, one.col], [one.row, one.col + one.width], [one.row + one.height, one.col + one.width], [one.row + one.height, one.col]].map((place) => screen.toStage(place));
    const isChosen = one === state.box;
    const number = one.track_id ? ` ${one.track_id.slice(one.track_id.lastIndexOf(":t") + 2)}` : "";
    context.save();
    const [x, y] = corners[0];
    context.translate(x, y);
    context.scale(thin, thin);
    drawBox(context, corners.map(([px, py]) => [(px - x) / thin, (py - y) / thin]), lookOf(one.taxon), { validated: one.status === "validated", deleted: one.is_deleted, label: `${one.taxon}${number}`, wide: isChosen ? 2 : 0 });
    context.restore();
  }
}

function boxAt([row, col]) {
  if (!state.frame || !el("with-boxes").checked) return null;
  const near = NEAR_PX / (state.screen.fit.scale * state.screen.scale);
  const hit = state.frame.boxes.filter((one) => !one.is_deleted && row > one.row - near && row < one.row + one.height + near && col > one.col - near && col < one.col + one.width + near);
  return hit.sort((a, b) => a.height * a.width - b.height * b.width)[0] ?? null;
}

// --- what is chosen --------------------------------------------------------------------------------------------------

const scope = () => (state.box?.track_id && document.querySelector("[name=scope]:checked").value === "track" ? "track" : "box");
const subject = () => (scope() === "track" && found.track(state.box.track_id)) || state.box;

function choose(one, { quietly = false } = {}) {
  state.box = one;
  el("box").hidden = !one;
  for (const id of ["accept", "remove"]) el(id).disabled = !one || !mayChange;
  if (one) tellBox(one);
  state.timeline?.show({ chosen: one?.track_id ?? "" });
  for (const button of el("list").querySelectorAll("[aria-current]")) button.removeAttribute("aria-current");
  const listed = one && [...el("list").querySelectorAll("button")].find((each) => each.dataset.name === (one.track_id || one.name));
  listed?.setAttribute("aria-current", "true");
  if (!quietly) reveal(el("list"), listed);
  state.screen?.repaint();
}

function tellBox(one) {
  const track = found.track(one.track_id);
  // On single frames the model may call an animal something else than over the whole of its track.
  const whom = subject();
  el("box-name").textContent = whom.taxon || "Without a name";
  const by = one.validated_by ? ` by ${one.validated_by}` : "";
  el("box-status").replaceChildren(made("span", `mark ${one.status}`, one.status === "validated" ? `validated${by}` : "predicted by the model"), made("span", "small", one.is_deleted ? " deleted" : ""));
  const names = classes.includes(whom.taxon) || !whom.taxon ? classes : [whom.taxon, ...classes];
  el("class").replaceChildren(...names.map((each, at) => new Option(at < 9 ? `${each}  (${at + 1})` : each, each, false, each === whom.taxon)));
  el("class").disabled = !mayChange || one.is_deleted;
  el("scope").hidden = !track || !mayChange;
  el("track-tools").hidden = !mayChange;
  for (const id of ["split", "join"]) el(id).disabled = !track;
  el("join").replaceChildren(new Option("another track …", ""), ...found.tracks.filter((other) => other.name !== one.track_id && !other.is_deleted).map((other) => new Option(`${other.taxon} ${clock(other.first_s)} to ${clock(other.last_s)}`, other.name)));
  el("box-facts").replaceChildren(...factRows([
    ["Model is sure", one.score === null ? "drawn by hand" : percent(one.score)],
    ["Model called it", one.predicted_class && one.predicted_class !== one.taxon ? one.predicted_class : null],
    ["On this frame called", whom.taxon !== one.taxon ? one.taxon || "nothing" : null],
    ["Box", `${Math.round(one.height)} × ${Math.round(one.width)} px`],
    ["In view", track ? `${clock(track.first_s)} to ${clock(track.last_s)}` : "on this frame alone"],
    ["Length", track?.length_cm ? `${track.length_cm.toFixed(1)} cm` : null],
    ["Crossed the line", track?.crossed_s !== null && track?.crossed_s !== undefined ? `${clock(track.crossed_s)}${track.is_counted ? ", counted" : ", not counted"}` : null],
  ]));
}

function listTracks() {
  const standing = found.tracks.filter((one) => !one.is_deleted);
  const alone = state.frames.flatMap((frame) => frame.boxes.filter((one) => !one.track_id && !one.is_deleted).map((one) => ({ frame, one })));
  const rows = found.tracks.map((one) => row(one.name, one.taxon, `${clock(one.first_s)}, ${one.in_view_s?.toFixed(1) ?? "–"} s`, one, one.first_s));
  const others = (standing.length ? [] : alone.slice(0, 400)).map(({ frame, one }) => row(one.name, one.taxon, clock(frame.time_s), one, frame.time_s));
  el("list").replaceChildren(...rows, ...others);
  el("number").textContent = standing.length
    ? `${whole(standing.length)} ${standing.length === 1 ? "track" : "tracks"}, by the time they come into view`
    : `${whole(alone.length)} ${alone.length === 1 ? "box" : "boxes"}${root.dataset.kind === "series" ? " on these pictures; between pictures nobody is followed" : ""}`;
}

function row(name, taxon, when, one, time) {
  const button = made("button", one.is_deleted ? "is-deleted" : "", "", markCanvas(lookOf(taxon), { validated: one.status === "validated", deleted: one.is_deleted }), made("span", "taxon", taxon || "without a name"), made("span", "small", when), made("span", `mark-of ${one.status}`, one.status));
  button.type = "button";
  Object.assign(button.dataset, { name, time });
  return made("li", "", "", button);
}

// --- changing --------------------------------------------------------------------------------------------------------

const signed = el("signed");
if (signed) {
  signed.value = localStorage.getItem("pelagia-name") ?? "";
  signed.addEventListener("change", () => localStorage.setItem("pelagia-name", signed.value.trim()));
}

let refreshing = 0;
/** What a change does to tracks is known by the server: they are fetched anew when all is saved. */
function refreshSoon() {
  clearTimeout(refreshing);
  refreshing = setTimeout(refresh, WAIT_MS);
}

async function refresh() {
  if (edits.state.unsaved || !state.film) return;
  const film = state.film.name;
  try {
    const [frames] = await Promise.all([found.frames(film, { anew: true }), found.loadTracks()]);
    if (state.film.name !== film || edits.state.unsaved) return;
    for (const name of [...found.byFilm.keys()]) if (name !== film) found.byFilm.delete(name);
    state.frames = frames;
  } catch (error) {
    say(error.message);
    return;
  }
  state.timeline.show({ tracks: found.tracks });
  showChanges();
  listTracks();
  showFrame(state.screen.number);
  state.screen.repaint();
  root.dataset.fresh = String(Number(root.dataset.fresh ?? 0) + 1);
}

const edits = makeEdits({
  api,
  // Undo goes back on the clip that is shown, never on one out of sight.
  job: `${job}-clip-${clip}`,
  name: () => signed?.value.trim() ?? "",
  refused: (message) => {
    say(message);
    refreshSoon();
  },
  undone: () => {
    tell("Undone");
    refreshSoon();
  },
  saved: refreshSoon,
  changed: showSaving,
});

const boxed = (one) => [one.row, one.col, one.height, one.width];

/** Send a change of the chosen box, or of its track, and show it at once. */
function change(value, more, words) {
  const one = state.box;
  if (!one || !mayChange) return;
  const whom = scope();
  edits.add({ kind: whom === "track" ? "track" : "detection", subject: whom === "track" ? one.track_id : one.name, value });
  const mine = { status: "validated", validated_by: signed?.value.trim() || undefined, ...more };
  if (whom === "track") {
    Object.assign(found.track(one.track_id), mine);
    for (const frame of state.frames) for (const each of frame.boxes) if (each.track_id === one.track_id) Object.assign(each, mine);
  } else Object.assign(one, mine);
  tell(words);
  state.timeline.show({ tracks: found.tracks });
  listTracks();
  choose(one, { quietly: true });
}

function keep(taxon, words) {
  const one = subject();
  if (!one) return;
  const value = { state: "kept", taxon };
  change(scope() === "track" ? value : { ...value, box: boxed(one) }, { taxon, is_deleted: false }, words);
  state.newClass = taxon;
}

function accept() {
  if (!state.box) return;
  keep(subject().taxon, "Confirmed");
  nextUnconfirmed();
}

/** Go on to who has not been looked at yet: on this frame, else at the next event. */
function nextUnconfirmed() {
  const here = state.frame.boxes.find((one) => one.status !== "validated" && !one.is_deleted);
  if (here) {
    choose(here);
    return;
  }
  const next = found.tracks.find((one) => one.status !== "validated" && !one.is_deleted && one.first_s > state.frame.time_s);
  if (next) goTo(next.first_s).then(() => choose(state.frame?.boxes.find((one) => one.track_id === next.name) ?? null));
}

function remove() {
  const one = state.box;
  if (!one) return;
  const words = `Deleted: ${subject().taxon}${scope() === "track" ? ", the whole track" : ""}`;
  change({ state: "deleted" }, { is_deleted: true }, words);
  say(words, { undo: () => edits.undo() });
  nextUnconfirmed();
}

function rename(name) {
  if (state.box && name && !state.box.is_deleted) keep(name, `Now ${name}`);
}

function drawn(box, mode) {
  const [row, col, height, width] = box;
  if (mode === "redraw" && state.box) {
    const one = state.box;
    const held = scope();
    // A box that a person named names its track as well: where its place alone was changed, the track keeps its name.
    const { taxon } = subject();
    document.querySelector("[name=scope][value=box]").checked = true;
    Object.assign(one, { row, col, height, width });
    change({ state: "kept", taxon, box }, { taxon }, "The box was drawn anew");
    document.querySelector(`[name=scope][value=${held}]`).checked = true;
    tellBox(one);
    return;
  }
  const one = { name: newName(), row, col, height, width, taxon: state.newClass, predicted_class: null, score: null, track_id: "", status: "validated", validated_by: null, is_deleted: false };
  state.frame.boxes.push(one);
  edits.add({ kind: "detection", subject: one.name, value: { state: "added", frame_id: state.frame.name, taxon: one.taxon, box, track_id: "" } });
  choose(one);
  tell(`Added: ${one.taxon}. Press a number for another taxon.`);
  say(`Added: ${one.taxon}. Keys 1 to 9 give it another taxon.`, { undo: () => edits.undo() });
}

function split() {
  const track = found.track(state.box?.track_id);
  if (!track) return;
  if (state.frame.time_s <= track.first_s + 1e-6 || state.frame.time_s > track.last_s + 1e-6) {
    say("Here the track begins. Go to the first frame on which another animal has it, and cut there.");
    return;
  }
  edits.add({ kind: "track", subject: track.name, value: { state: "split", at_s: state.frame.time_s } });
  tell("The track was cut here");
}

function join() {
  const into = el("join").value;
  if (!into || !state.box?.track_id) return;
  edits.add({ kind: "track", subject: state.box.track_id, value: { state: "merged", into } });
  tell("Joined");
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

function showChanges() {
  el("changes").hidden = !found.pending;
  el("changes-told").textContent = `${whole(found.pending)} ${found.pending === 1 ? "change is" : "changes are"} not in the figures yet.`;
}

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

function play() {
  state.screen.play();
}

function faster(by) {
  const at = Math.min(RATES.length - 1, Math.max(0, RATES.indexOf(state.rate) + by));
  state.rate = RATES[at];
  el("video").playbackRate = state.rate;
  showFrame(state.screen.number);
  tell(`${state.rate} times the speed`);
}

function cycle() {
  const shown = state.frame?.boxes.filter((one) => !one.is_deleted) ?? [];
  if (shown.length) choose(shown[(shown.indexOf(state.box) + 1) % shown.length]);
}

function toggleScope() {
  const [track, box] = ["track", "box"].map((value) => document.querySelector(`[name=scope][value=${value}]`));
  (track.checked ? box : track).checked = true;
  tell(track.checked ? "Changes hold for the whole track" : "Changes hold for this box alone");
  if (state.box) tellBox(state.box);
}

function startBox(mode) {
  if (!mayChange || !state.frame || (mode === "redraw" && !state.box)) return;
  state.screen.go(state.screen.number);
  const isOn = state.screen.start(mode);
  el("draw-box").setAttribute("aria-pressed", String(isOn && mode === "add"));
  tell(isOn ? "Draw the box with the button held, or press Enter for a corner at the cross" : "");
}

const commands = {
  " ": play, n: () => toEvent(1), p: () => toEvent(-1), a: accept, x: remove, c: () => state.box && el("class").focus(), z: () => edits.undo(), b: cycle, t: toggleScope,
  d: () => startBox("add"), e: () => startBox("redraw"), k: split, o: () => el("with-boxes").click(), "[": () => el("clip-before")?.href && el("clip-before").click(), "]": () => el("clip-after")?.href && el("clip-after").click(),
  "<": () => faster(-1), ">": () => faster(1), "?": () => el("keys").showModal(), "+": () => state.screen.zoom("+"), "-": () => state.screen.zoom("-"), 0: () => state.screen.zoom("0"),
};
for (const digit of "123456789") commands[digit] = () => rename(classes[Number(digit) - 1]);

document.addEventListener("keydown", (event) => {
  if (event.altKey || el("keys").open || !state.screen || !root.dataset.ready) return;
  const typing = event.target.matches("input:not([type=checkbox]):not([type=radio]), select, textarea");
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Escape") {
    if (typing) el("stage").focus();
    else if (state.screen.mode) state.screen.start(state.screen.mode);
    else choose(null);
    el("draw-box").setAttribute("aria-pressed", "false");
    return;
  }
  if (typing) return;
  const onButton = event.target.closest("button, a, summary, label, input");
  const inList = el("list").contains(event.target);
  if (event.ctrlKey || event.metaKey) {
    if (key !== "z" || !mayChange) return;
    edits.undo();
  } else if ((key === " " || key === "Enter") && onButton) return;
  else if (inList && (key === "ArrowDown" || key === "ArrowUp")) {
    const buttons = [...el("list").querySelectorAll("button")];
    buttons[Math.min(buttons.length - 1, Math.max(0, buttons.indexOf(event.target) + (key === "ArrowDown" ? 1 : -1)))]?.focus();
  } else if (key === "Enter" && state.screen.key()) { /* a corner is set */ }
  else if (state.screen.push(key)) { /* the cross moves */ }
  else if (key === "ArrowLeft" || key === "ArrowRight") step((key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1));
  else if (key in commands && (mayChange || !"axzdek".includes(key))) commands[key]();
  else return;
  event.preventDefault();
});
const buttons = { play, accept, remove, undo: commands.z, split, redraw: commands.e, "draw-box": commands.d, "frame-before": () => step(-1), "frame-after": () => step(1), "event-before": commands.p, "event-after": commands.n };
for (const [id, does] of Object.entries(buttons)) el(id).addEventListener("click", () => does());
for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => state.screen?.zoom(button.dataset.zoom));
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
el("show-keys").addEventListener("click", () => el("keys").showModal());
el("leave").addEventListener("click", () => choose(null));
el("with-boxes").addEventListener("change", () => state.screen?.repaint());
el("class").addEventListener("change", () => {
  rename(el("class").value);
  el("stage").focus({ preventScroll: true });
});
el("join").addEventListener("change", join);
el("scope").addEventListener("change", () => state.box && tellBox(state.box));
el("clip")?.addEventListener("change", () => {
  const address = new URL(location);
  address.searchParams.set("clip", el("clip").value);
  location.assign(address);
});
for (const select of document.querySelectorAll("[data-narrows]")) {
  select.addEventListener("change", () => {
    const address = new URL(location);
    address.search = "";
    for (const each of document.querySelectorAll("[data-narrows]")) if (each.value) address.searchParams.set(each.id, each.value);
    location.assign(address);
  });
}
el("list").addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  await goTo(Number(button.dataset.time));
  choose(state.frame?.boxes.find((one) => (one.track_id || one.name) === button.dataset.name || one.name === button.dataset.name) ?? null);
});
el("video").addEventListener("play", () => { el("play").firstChild.textContent = "Pause "; });
el("video").addEventListener("pause", () => { el("play").firstChild.textContent = "Play "; });
el("video").addEventListener("ended", async () => {
  const next = found.films[found.films.indexOf(state.film) + 1];
  if (next) {
    await showFilm(next, 0);
    play();
  }
});

// --- begin -----------------------------------------------------------------------------------------------------------

async function begin() {
  try {
    const told = await found.begin();
    state.screen = new Screen({ stage: el("stage"), moved: el("moved"), video: el("video"), over: el("over"), size, frame: showFrame, draw, box: drawn, pick: (place) => choose(boxAt(place)) });
    state.timeline = new Timeline({ canvas: el("timeline"), legend: el("timeline-legend"), duration: Number(root.dataset.duration), told, lookOf, go: goTo, words });
    state.timeline.show({ tracks: found.tracks });
    if (!found.films.length) {
      if (told.searched.length) el("waiting").textContent = "This run kept no films of what it searched, so there is nothing to play. The timeline shows what was found; start a run that keeps films to see it.";
      else el("waiting").textContent = told.times_s.length ? "Nothing of this clip was searched: it is not usable, or nothing of interest was seen. The timeline shows what was measured." : "Nothing of this clip could be read; the findings of the run say why.";
      listTracks();
    } else {
      const wanted = Number(new URL(location).searchParams.get("at") ?? Number.NaN);
      const first = found.tracks.find((one) => !one.is_deleted)?.first_s ?? found.films[0].first_s;
      await goTo(Number.isFinite(wanted) ? wanted : first);
      el("waiting").remove();
      el("play").disabled = false;
      listTracks();
    }
    for (const id of ["draw-box"]) el(id).disabled = !mayChange || !found.films.length;
    showChanges();
    showSaving(edits.state);
    root.dataset.ready = "yes";
  } catch (error) {
    if (el("waiting")) el("waiting").textContent = error.message;
    say(error.message);
  } finally {
    el("stage").setAttribute("aria-busy", "false");
  }
}

begin();
