// Follows a run: the server says when something changed, the part of the page is fetched anew. Where that line is
// broken, or a proxy does not let it through, the part is fetched every few seconds instead.

const POLL_MS = 2500;
const LOOK_MS = 15_000;
const LEAST_MS = 700;

let source = null;
let timer = 0;
let last = 0;
let soon = 0;

function part() {
  return document.getElementById("state");
}

function refresh() {
  clearTimeout(soon);
  const wait = last + LEAST_MS - performance.now();
  if (wait > 0) {
    soon = setTimeout(refresh, wait);
    return;
  }
  last = performance.now();
  part().dispatchEvent(new CustomEvent("changed"));
  rest();
}

// In a tab in the background the title tells how far it is.
const title = document.title;

function tell() {
  const bar = part().querySelector("progress");
  document.title = bar ? `${Math.round(100 * bar.value)} % · ${title}` : title;
}

function rest() {
  clearTimeout(timer);
  if (!part().dataset.events) {
    source?.close();
    return;
  }
  const isOpen = source?.readyState === EventSource.OPEN;
  timer = setTimeout(refresh, isOpen ? LOOK_MS : POLL_MS);
}

function follow() {
  const address = part()?.dataset.events;
  if (!address) return;
  source = new EventSource(address);
  for (const kind of ["log", "progress"]) source.addEventListener(kind, refresh);
  source.addEventListener("end", () => {
    source.close();
    refresh();
  });
  source.addEventListener("error", rest);
  rest();
}

document.addEventListener("visibilitychange", () => !document.hidden && part().dataset.events && refresh());
document.addEventListener("htmx:after:swap", () => {
  rest();
  tell();
});
tell();
follow();
