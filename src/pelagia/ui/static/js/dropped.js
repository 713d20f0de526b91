// What a person dropped or chose, as a list of {path, file}; folders are walked, what systems leave behind is not taken.

const LEFTOVERS = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*|\.Spotlight-V100\/.*|\.Trashes\/.*|System Volume Information\/.*|\$RECYCLE\.BIN\/.*)$/i;

export function chosen(files) {
  return wanted(Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file })));
}

// The entries must be asked for before the first await: the browser empties the list when the event is over.
export function dropped(transfer) {
  const entries = Array.from(transfer.items, (item) => item.kind === "file" && item.webkitGetAsEntry?.()).filter(Boolean);
  return entries.length ? walked(entries) : Promise.resolve(chosen(transfer.files));
}

async function walked(entries) {
  const found = [];
  const waiting = [...entries];
  while (waiting.length) {
    const entry = waiting.shift();
    if (entry.isDirectory) waiting.push(...(await children(entry)));
    else found.push({ path: entry.fullPath.replace(/^\//, ""), file: await new Promise((done, fail) => entry.file(done, fail)) });
  }
  return wanted(found);
}

// A browser gives at most 100 children at a time.
async function children(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return all;
    all.push(...some);
  }
}

function wanted(found) {
  return found
    .filter(({ path }) => !LEFTOVERS.test(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
