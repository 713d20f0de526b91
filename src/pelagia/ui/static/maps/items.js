// The items of a result in the browser: all of them where that is not too much, else those of what is looked at.

/** As many as a ship's line brings in a few seconds, and a browser paints while the map moves. */
const MOST = 2500;

/** Whether an item is wanted; as the server chooses. */
export function fits(one, filter) {
  const isDeleted = one.state === "deleted";
  const isDouble = Boolean(one.duplicate_of);
  const counts = {
    counted: !isDeleted && one.counted, duplicates: !isDeleted && isDouble, uncounted: !isDeleted && !one.counted && !isDouble,
    deleted: isDeleted, all: true,
  }[filter.counting];
  return counts && !filter.without.has(one.item_class) && (one.score === null || one.score >= filter.score) && (!filter.status || one.status === filter.status)
    && (!filter.area || filter.areaOf(one) === filter.area);
}

/** What the server is asked for a filter; `all`: of every class. */
export function questionOf(filter, classes, { all = false } = {}) {
  const asked = new URLSearchParams({ counting: filter.counting, score_from: filter.score });
  if (filter.status) asked.set("status", filter.status);
  if (filter.area) asked.set("area_id", filter.area);
  if (filter.image) asked.set("image_id", filter.image);
  if (!all && filter.without.size) for (const name of classes) if (!filter.without.has(name)) asked.append("class", name);
  return asked;
}

export class Items {
  constructor(api, getJson) {
    Object.assign(this, { api, getJson, isWhole: false, total: 0, asking: 0 });
    this.byName = new Map();
  }

  get all() {
    return [...this.byName.values()];
  }

  /** Fetch all items of a picture, or of the result; where they are too many, `isWhole` says so. */
  async load(image) {
    const asked = new URLSearchParams({ counting: "all", limit: MOST });
    if (image) asked.set("image_id", image);
    const page = await this.getJson(`${this.api}/items?${asked}`);
    this.isWhole = page.next === null;
    this.total = page.total;
    this.byName = new Map(page.items.map((one) => [one.name, one]));
  }

  /** Fetch what is looked at anew; returns whether that came in time and how much there is. */
  async around(where, filter, classes) {
    const mine = (this.asking += 1);
    const asked = questionOf(filter, classes);
    asked.set("limit", MOST);
    for (const [name, value] of Object.entries(where)) asked.set(name, value);
    const page = await this.getJson(`${this.api}/items?${asked}`);
    if (mine !== this.asking) return null;
    this.byName = new Map(page.items.map((one) => [one.name, one]));
    return { isComplete: page.next === null, total: page.total };
  }

  /** Fetch one anew; it is gone where the server has it no more. */
  async refresh(name) {
    const { items } = await this.getJson(`${this.api}/items?${new URLSearchParams({ counting: "all", name })}`);
    if (items.length) this.byName.set(name, items[0]);
    else this.byName.delete(name);
    return items[0] ?? null;
  }
}
