// The form of the metadata: changes in bulk, review of old and new, saving with a reason, taking back.

import { Sheet } from "./sheet.js";
import { asJson, HELPERS, same } from "./values.js";

const PORTION = 2000;
const NAME = "pelagia-name";
const el = (id) => document.getElementById(id);
const form = el("form");
const { say } = globalThis.pelagia;
const undone = [];
let active = null;

const sheets = [...form.querySelectorAll("table[data-kind]")].map((table) => new Sheet(table, {
  longest: Number(form.dataset.longest), moved: showTarget, changed: (before) => { undone.push(before); showState(); },
}));
const drafts = () => sheets.flatMap((sheet) => sheet.drafts.map((cell) => ({ sheet, cell })));
const plural = (number, one, more) => `${number} ${number === 1 ? one : more}`;

/* --- the bar: what a change in bulk is about ----------------------------------------------------------------------- */

function showTarget(sheet) {
  active = sheet;
  const targets = sheet.targets;
  const what = { sample: ["sample", "samples"], scan: ["scan", "scans"] }[sheet.kind];
  const of = sheet.chosen.length ? plural(targets.length, ...what) : sheet.cursor.parentElement.dataset.name;
  el("target").textContent = `${sheet.field.label} of ${of}`;
  for (const id of ["bulk", "set", "files"]) el(id).disabled = !targets.length;
  el("helpers").replaceChildren(...HELPERS.filter((one) => one.fields.includes(sheet.field.name)).map(helperButton));
}

function helperButton(helper) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = helper.label;
  button.title = helper.title;
  button.dataset.helper = helper.name;
  button.addEventListener("click", () => convert(helper));
  return button;
}

function convert(helper) {
  const left = [];
  const changes = [];
  for (const cell of active.targets) {
    const text = active.current(cell);
    const made = text && Number.isFinite(Number(text)) ? helper.make(Number(text)) : { why: "no number" };
    if (made.why) left.push(`${cell.parentElement.dataset.name}: ${made.why}`);
    else changes.push({ cell, typed: String(made.number) });
  }
  active.put(changes);
  if (left.length) {
    const more = left.length > 3 ? ` and ${left.length - 3} more` : "";
    say(`${plural(left.length, "value was", "values were")} left as ${left.length === 1 ? "it was" : "they were"}. ${left.slice(0, 3).join("; ")}${more}`);
  }
}

function showState() {
  const changed = drafts();
  const wrong = changed.filter(({ sheet, cell }) => sheet.wrong(cell)).length;
  el("undo").disabled = !undone.length;
  el("review").disabled = !changed.length;
  el("told").textContent = `${plural(changed.length, "value", "values")} changed${wrong ? `, ${wrong} cannot be` : ""}`;
  if (active) showTarget(active);
}

function undo() {
  for (const { sheet, cell, draft } of undone.pop() ?? []) sheet.draft(cell, draft);
  showState();
}

function filter() {
  const wanted = el("find").value.trim().toLowerCase();
  const before = active;
  for (const sheet of sheets) {
    for (const row of sheet.all) row.hidden = Boolean(wanted) && !row.textContent.toLowerCase().includes(wanted);
    if (sheet.rows.length && sheet.cursor.parentElement.hidden) sheet.moved(sheet.cells(sheet.rows[0])[0]);
    sheet.mark();
  }
  if (before) showTarget(before);
}

/* --- review and save ------------------------------------------------------------------------------------------------ */

async function review() {
  if (!drafts().length) return;
  // Somebody else may have saved meanwhile: what is shown as old shall be what it is now.
  await refresh().catch(() => {});
  const changed = drafts();
  const wrong = changed.find(({ sheet, cell }) => sheet.wrong(cell));
  if (wrong) {
    wrong.sheet.go(wrong.cell);
    say("A value cannot be. Correct it first; the field says what it takes.");
    return;
  }
  if (!changed.length) {
    say("These values are saved already.");
    return;
  }
  el("old-new").replaceChildren(...changed.map(({ sheet, cell }) => oldAndNew(sheet, cell)));
  el("reviewing-title").textContent = `Save ${plural(changed.length, "change", "changes")}?`;
  el("refused").hidden = true;
  el("reviewing").showModal();
  el("why").focus();
}

function oldAndNew(sheet, cell) {
  const row = document.createElement("tr");
  const field = sheet.fieldOf(cell);
  const texts = [cell.parentElement.dataset.name, field.label, cell.dataset.value || "nothing", cell.dataset.draft || "nothing"];
  const names = ["th", "td", "td", "td"];
  row.append(...texts.map((text, at) => {
    const part = document.createElement(names[at]);
    const words = document.createElement(["span", "span", "del", "ins"][at]);
    words.textContent = at > 1 && text !== "nothing" && field.unit ? `${text} ${field.unit}` : text;
    if (at === 0) part.scope = "row";
    part.append(words);
    return part;
  }));
  return row;
}

async function save() {
  const why = el("why").value.trim();
  const changed = drafts();
  const edits = changed.map(({ sheet, cell }) => {
    const field = sheet.fieldOf(cell);
    const back = same(field, cell.dataset.draft, cell.dataset.filed);
    const value = back ? null : asJson(field, cell.dataset.draft);
    return { kind: "metadata", subject: cell.parentElement.dataset.subject, field: field.name, value, why };
  });
  el("save").disabled = true;
  try {
    const kept = [];
    for (let at = 0; at < edits.length; at += PORTION) {
      kept.push(await post("/edits", { edits: edits.slice(at, at + PORTION), name: signed() }));
    }
    el("reviewing").close();
    el("why").value = "";
    undone.length = 0;
    await refresh();
    const [first, last] = [kept[0].first, kept.at(-1).last];
    say(`${plural(edits.length, "change", "changes")} saved. Update the results to let all tables follow.`, { undo: () => takeBack(first, last) });
    active?.go(active.cursor);
  } catch (error) {
    el("refused").textContent = error.message;
    el("refused").hidden = false;
  }
  el("save").disabled = false;
}

async function takeBack(first, last) {
  try {
    await post("/edits/undo", { first, last, name: signed() });
    await refresh();
    say("Taken back.");
  } catch (error) {
    say(error.message);
  }
}

const signed = () => el("signed")?.value.trim() ?? "";

async function post(path, body) {
  const response = await fetch(form.dataset.api + path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  }).catch(() => { throw new Error("The server does not answer just now. Nothing is lost: try again."); });
  const told = await response.json().catch(() => ({}));
  if (response.ok) return told;
  const found = told.value ? ` (${told.value})` : "";
  throw new Error([`${told.detail ?? response.statusText}${found}`, told.remedy].filter(Boolean).join(". "));
}

/** Take over what the server has now: values, trail, whether the result follows. Drafts stay. */
async function refresh() {
  const response = await fetch(location.pathname);
  if (!response.ok) throw new Error(response.statusText);
  const now = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const sheet of sheets) {
    const rows = [...now.querySelectorAll(`table[data-kind="${sheet.kind}"] tbody tr`)];
    const there = new Map(rows.map((row) => [row.dataset.subject, row]));
    for (const row of sheet.all) takeOver(sheet, row, there.get(row.dataset.subject));
  }
  for (const id of ["trail", "standing"]) el(id).replaceWith(document.adoptNode(now.getElementById(id)));
  globalThis.htmx?.process(el("standing"));
  document.dispatchEvent(new Event("htmx:after:swap"));
  showState();
}

function takeOver(sheet, row, now) {
  if (!now) return;
  const values = [...now.querySelectorAll("td[data-value]")];
  sheet.cells(row).forEach((cell, at) => {
    const { value, filed } = values[at].dataset;
    const isNew = value !== cell.dataset.value || filed !== cell.dataset.filed;
    Object.assign(cell.dataset, { value, filed });
    if ("draft" in cell.dataset && same(sheet.fields[at], cell.dataset.draft, value)) sheet.draft(cell, undefined);
    else if (isNew) sheet.show(cell);
  });
}

/* --- wiring --------------------------------------------------------------------------------------------------------- */

const setAll = () => active.put(active.targets.map((cell) => ({ cell, typed: el("bulk").value })));
el("set").addEventListener("click", setAll);
el("bulk").addEventListener("keydown", (event) => event.key === "Enter" && setAll());
el("files").addEventListener("click", () => active.put(active.targets.map((cell) => ({ cell, typed: cell.dataset.filed }))));
el("undo").addEventListener("click", undo);
el("review").addEventListener("click", review);
el("find").addEventListener("input", filter);
el("show-keys").addEventListener("click", () => el("keys").showModal());
el("reviewing").querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); save(); });
for (const button of document.querySelectorAll("dialog [data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("#trail [data-first]");
  if (button) takeBack(Number(button.dataset.first), Number(button.dataset.last));
});
document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  const isCommand = event.ctrlKey || event.metaKey;
  const isTyping = ["INPUT", "TEXTAREA"].includes(event.target.tagName) && event.target.type !== "checkbox";
  if (isCommand && event.key === "s") review();
  else if (isCommand && event.key === "z" && !isTyping) undo();
  else if (event.key === "?" && !isTyping) el("keys").showModal();
  else return;
  event.preventDefault();
});
addEventListener("beforeunload", (event) => drafts().length && event.preventDefault());
if (el("signed")) {
  el("signed").value = localStorage.getItem(NAME) ?? "";
  el("signed").addEventListener("change", () => localStorage.setItem(NAME, signed()));
}

/* --- the value that a finding leads to ------------------------------------------------------------------------------ */

for (const sheet of sheets) {
  const row = sheet.all.find((one) => one.dataset.subject === form.dataset.subject);
  const at = sheet.fields.findIndex((field) => field.name === form.dataset.field);
  if (row) {
    sheet.go(sheet.cells(row)[Math.max(at, 0)]);
    sheet.cursor.scrollIntoView({ block: "center", inline: "center" });
  }
}
