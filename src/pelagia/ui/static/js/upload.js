// The places of a service page where files are dropped: sends them, says how far it is, and what they are called.
import { say } from "./app.js";
import { chosen, dropped } from "./dropped.js";
import { Refused, Transfer } from "./transfer.js";

const COUNT = new Intl.NumberFormat("en");
const MOST_ADDRESSES = 50;

function size(bytes) {
  for (const unit of ["bytes", "kB", "MB", "GB"]) {
    if (bytes < 1000) return `${unit === "bytes" ? bytes : bytes.toFixed(1)} ${unit}`;
    bytes /= 1000;
  }
  return `${bytes.toFixed(1)} TB`;
}

function timeLeft(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 60) return "less than a minute left";
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${Math.round(seconds / 3600)} h left`;
}

function files(number) {
  return `${COUNT.format(number)} file${number === 1 ? "" : "s"}`;
}

class Slot {
  constructor(root) {
    this.root = root;
    this.name = root.dataset.slot;
    this.most = Number(root.dataset.most) || Infinity;
    this.key = `upload:${root.dataset.service}:${this.name}`;
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    for (const input of root.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => {
        const found = chosen(input.files);
        input.value = "";
        this.take(found);
      });
    }
    this.part("stop").addEventListener("click", () => this.stopper?.abort());
    this.part("remove").addEventListener("click", () => this.remove());
    this.takeDrops(this.part("drop"));
    // What a script of the page made: `detail` is a list of {path, file}, and takes the place of what was there.
    root.addEventListener("give", ({ detail }) => this.take(detail, { isAlone: true }));
    this.restore();
  }

  get isMain() {
    return !this.root.classList.contains("small-slot");
  }

  takeDrops(area) {
    // Over the whole page, so that a drop that misses does not open the file instead.
    let depth = 0;
    const { isMain } = this;
    const target = isMain ? document.documentElement : area;
    target.addEventListener("dragenter", () => area.classList.toggle("over", ++depth > 0));
    target.addEventListener("dragleave", () => area.classList.toggle("over", --depth > 0));
    target.addEventListener("dragover", (event) => event.preventDefault());
    target.addEventListener("drop", async (event) => {
      depth = 0;
      area.classList.remove("over");
      if (event.defaultPrevented) return;
      event.preventDefault();
      if (!event.dataTransfer.types.includes("Files")) return;
      this.take(await dropped(event.dataTransfer).catch(() => null));
    });
  }

  show(state) {
    this.root.dataset.state = state;
    for (const part of ["drop", "sending", "sent"]) this.part(part).hidden = part !== state;
    // What is used of it must not be out of sight.
    const folded = this.root.closest("details");
    if (folded && state !== "drop") folded.open = true;
  }

  async take(found, { isAlone = false } = {}) {
    const isBusy = this.root.dataset.state === "sending";
    if (isBusy || !found?.length) {
      say(isBusy ? "Files are being sent. Add these when that is done." : found ? "There are no files in what you chose." : "Something of it cannot be read. Look at the disk it is on, and try again.");
      return;
    }
    this.total = { files: found.length, bytes: found.reduce((sum, { file }) => sum + file.size, 0) };
    this.stopper = new AbortController();
    this.started = performance.now();
    this.part("refused").replaceChildren();
    if (isAlone) this.discard();
    else this.root.dispatchEvent(new CustomEvent("taken", { bubbles: true, detail: found }));
    this.show("sending");
    this.progress({ files: 0, bytes: 0 });
    if (!isAlone) this.part("stop").focus();
    const transfer = new Transfer({
      signal: this.stopper.signal,
      onprogress: (arrived) => this.progress(arrived),
      onpause: (seconds) => this.pause(seconds),
    });
    try {
      await this.sendAll(transfer, found, isAlone);
    } catch (error) {
      this.broken(error);
    }
  }

  /** Forget what was sent before, and have it deleted. */
  discard() {
    const before = this.remembered();
    this.forget();
    if (before) fetch(`/v1/uploads/${before.id}`, { method: "DELETE" }).catch(() => {});
  }

  async sendAll(transfer, found, isAlone) {
    const name = nameOf(found.map(({ path }) => path));
    const before = this.remembered();
    const isAdded = Boolean(before?.done) && this.most > 1;
    let there = new Map();
    if (isAdded || (before && !before.done && before.name === name)) there = await transfer.resume(before.id).catch(() => there);
    if (!transfer.id) await transfer.begin(name);
    this.started = performance.now();
    this.already = found.reduce((sum, { path }) => sum + (there.get(path.normalize("NFC")) ?? 0), 0);
    // Until all that is added is there, what was complete before stays what is remembered.
    if (!isAdded) this.remember({ id: transfer.id, name, done: false });
    const leaving = (event) => event.preventDefault();
    addEventListener("beforeunload", leaving);
    try {
      await transfer.send(found, there);
    } finally {
      removeEventListener("beforeunload", leaving);
    }
    this.refused(transfer.refused);
    const arrived = new Set(transfer.paths);
    const earlier = isAdded ? [...there].filter(([path]) => !arrived.has(path)) : [];
    const paths = [...earlier.map(([path]) => path), ...transfer.paths].sort();
    if (!paths.length) {
      this.forget();
      this.show("drop");
      return;
    }
    const sent = {
      id: transfer.id, name: nameOf(paths), done: true, files: paths.length,
      bytes: earlier.reduce((sum, [, bytes]) => sum + bytes, transfer.arrived.bytes),
      addresses: addressesOf(transfer.id, paths, this.most),
    };
    this.remember(sent);
    this.finish(sent);
    if (!isAlone) this.part("sent").focus({ preventScroll: true });
  }

  finish(sent) {
    this.part("name").textContent = sent.name;
    this.part("amount").textContent = `${files(sent.files)}, ${size(sent.bytes)}`;
    this.part("addresses").replaceChildren(...sent.addresses.map((address) => {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name: `input.${this.name}`, value: address });
      return input;
    }));
    this.show("sent");
    this.call(sent.name);
    this.changed();
  }

  // The run is called as its files are, unless the person called it something.
  call(name) {
    const title = document.querySelector("input[name=title]");
    if (!title || !this.isMain) return;
    if (["", title.dataset.given, name].includes(title.value)) title.value = title.dataset.given = name;
  }

  changed() {
    this.root.closest("form").dispatchEvent(new CustomEvent("inputs", { bubbles: true }));
  }

  progress(arrived) {
    const bar = this.part("bar");
    bar.max = this.total.bytes || 1;
    bar.value = arrived.bytes;
    const seconds = (performance.now() - this.started) / 1000;
    const fresh = arrived.bytes - (this.already ?? 0);
    const left = seconds > 2 && fresh > 0 ? timeLeft(((this.total.bytes - arrived.bytes) * seconds) / fresh) : "";
    this.part("progress").textContent =
      [`${COUNT.format(arrived.files)} of ${files(this.total.files)}`, `${size(arrived.bytes)} of ${size(this.total.bytes)}`, left]
        .filter(Boolean).join(" · ");
  }

  pause(seconds) {
    const told = this.part("pause");
    told.hidden = !seconds;
    if (seconds) told.textContent = "The connection is lost. It goes on by itself when it is back; nothing sent is lost.";
  }

  refused(findings) {
    this.part("refused").replaceChildren(...findings.slice(0, 20).map((finding) => {
      const item = document.createElement("li");
      item.className = `finding ${finding.severity ?? "error"}`;
      item.append(paragraph("", `${finding.file}: ${finding.message}.`.replace(/\.\.$/, ".")));
      if (finding.value && !finding.message.includes(finding.value)) item.append(paragraph("small", `Found: ${finding.value}`));
      item.append(paragraph("remedy", finding.remedy));
      return item;
    }));
    if (findings.length > 20) say(`${COUNT.format(findings.length)} files were refused; the first 20 are shown.`);
  }

  broken(error) {
    const before = this.remembered();
    if (before?.done && this.most > 1) this.finish(before);
    else this.show("drop");
    if (this.stopper.signal.aborted) {
      say("Stopped. Choose the same files again to go on where it stopped.");
      if (!before?.done) this.offer();
      return;
    }
    const problem = error instanceof Refused ? error.problem : { detail: "The files could not be sent", remedy: "Try again." };
    this.refused([{ file: problem.file || "Upload", message: problem.detail, remedy: problem.remedy ?? "", severity: "error" }]);
  }

  remove() {
    const before = this.remembered();
    this.forget();
    this.part("addresses").replaceChildren();
    this.part("refused").replaceChildren();
    this.show("drop");
    this.call("");
    this.changed();
    let kept = true;
    say("Taken away.", {
      undo: () => {
        if (this.root.dataset.state !== "drop") return;
        kept = false;
        this.remember(before);
        this.finish(before);
      },
    });
    // Only when it can no longer be undone are the files deleted on the server.
    setTimeout(() => kept && before && fetch(`/v1/uploads/${before.id}`, { method: "DELETE" }), 13_000);
  }

  async restore() {
    const before = this.remembered();
    if (!before) return;
    const answer = await fetch(`/v1/uploads/${before.id}`).catch(() => null);
    if (!answer?.ok) this.forget();
    else if (before.done) this.finish(before);
    else this.offer();
  }

  offer() {
    const before = this.remembered();
    const told = this.part("again");
    told.hidden = !before;
    if (before) told.textContent = `“${before.name}” was not sent completely. Choose it again: what arrived is not sent twice.`;
  }

  remembered() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key) ?? localStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  // What is broken off outlives the tab; what is complete belongs to this tab only.
  remember(upload) {
    this.forget();
    (upload.done ? sessionStorage : localStorage).setItem(this.key, JSON.stringify(upload));
  }

  forget() {
    sessionStorage.removeItem(this.key);
    localStorage.removeItem(this.key);
    this.part("again").hidden = true;
  }
}

function paragraph(kind, text) {
  const made = document.createElement("p");
  made.className = kind;
  made.textContent = text;
  return made;
}

/** The folders and loose files that were chosen. */
function topsOf(paths) {
  return [...new Set(paths.map((path) => path.split("/")[0]))];
}

/** What chosen files are called together. */
function nameOf(paths) {
  const [first, ...others] = topsOf(paths);
  return others.length ? `${first} and ${COUNT.format(others.length)} more` : first;
}

/** A folder or an archive is one input, several are several; other loose files are one input with what is beside them. */
function addressesOf(id, paths, most) {
  const all = `upload://${id}`;
  const tops = topsOf(paths);
  const areFolders = paths.every((path) => path.includes("/") || path.toLowerCase().endsWith(".zip"));
  if (tops.length === 1 || (areFolders && tops.length <= Math.min(most, MOST_ADDRESSES))) return tops.map((top) => `${all}/${top}`);
  return [all];
}

for (const root of document.querySelectorAll("[data-slot]")) new Slot(root);

const checking = document.querySelector(".checking");
document.addEventListener("htmx:before:request", () => { checking.hidden = false; });
document.addEventListener("htmx:finally:request", () => { checking.hidden = true; });

// A started run has taken the files; the page is fresh for the next one.
document.getElementById("order").addEventListener("submit", () => {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("upload:")) sessionStorage.removeItem(key);
});
