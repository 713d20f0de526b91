// Vignettes: fetched for what is seen only, many in one request, drawn on canvases at one true scale.

const AT_ONCE = 24;
const REQUESTS = 2;
const AHEAD = "400px";

/** Take a bundle apart: a line of JSON, then the bytes of each vignette. */
export async function unpack(buffer) {
  const bytes = new Uint8Array(buffer);
  const end = bytes.indexOf(10);
  const listed = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  let at = end + 1;
  return Promise.all(listed.map(async ({ row, width, height, bytes: length }) => {
    const data = bytes.subarray(at, at + length);
    at += length;
    const bitmap = length ? await createImageBitmap(new Blob([data], { type: "image/webp" })) : null;
    return { row, width, height, bitmap };
  }));
}

/** Loads vignettes of cells that come into sight. */
export class Loader {
  /**
   * @param {string} api address of the job
   * @param {(vignette: {row: number, width: number, height: number, bitmap: ImageBitmap | null}) => void} draw
   */
  constructor(api, draw) {
    this.api = api;
    this.draw = draw;
    this.waiting = new Set();
    this.running = 0;
    this.age = 0;
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const row = Number(entry.target.dataset.row);
        if (entry.isIntersecting) this.waiting.add(row);
        else this.waiting.delete(row);
      }
      this.soon();
    }, { rootMargin: AHEAD });
  }

  /** Forget the cells of the page before. */
  reset() {
    this.observer.disconnect();
    this.waiting.clear();
    this.age += 1;
  }

  watch(cell) {
    this.observer.observe(cell);
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), 40);
  }

  async load() {
    while (this.waiting.size && this.running < REQUESTS) {
      const rows = [...this.waiting].slice(0, AT_ONCE);
      rows.forEach((row) => this.waiting.delete(row));
      this.fetchRows(rows, this.age);
    }
  }

  async fetchRows(rows, age, tries = 0) {
    this.running += 1;
    try {
      const response = await fetch(`${this.api}/vignettes?rows=${rows.join(",")}`);
      if (!response.ok) throw new Error(response.statusText);
      for (const vignette of await unpack(await response.arrayBuffer())) if (age === this.age) this.draw(vignette);
    } catch {
      if (age === this.age && tries < 5) {
        setTimeout(() => this.fetchRows(rows, age, tries + 1), 1000 * 2 ** tries);
      }
    } finally {
      this.running -= 1;
      this.load();
    }
  }
}
