// Decisions on their way to the server: shown at once, sent in order, tried again until they are there, undone in order.

const LONGEST_WAIT = 30_000;
const PORTION = 2000;

/** An answer of the server that trying again will not change. */
class Refused extends Error {}

async function post(address, body) {
  const response = await fetch(address, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  if (response.ok) return response.json();
  if (response.status >= 500 || response.status === 429 || response.status === 408) throw new Error(response.statusText);
  const told = await response.json().catch(() => ({}));
  throw new Refused([told.detail ?? response.statusText, told.remedy].filter(Boolean).join(". "));
}

/** Sends decisions one after the other; tells when the number of unsaved ones changes. */
export class Saver {
  /**
   * @param {{api: string, job: string, name: () => string, saved: (cards: object[]) => void,
   *   refused: (told: string, cards: object[]) => void, changed: (state: object) => void}} options
   */
  constructor(options) {
    this.options = options;
    this.queue = [];
    this.busy = false;
    this.failing = false;
    this.key = `pelagia-undo-${options.job}`;
    this.done = JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
    addEventListener("online", () => this.work());
    addEventListener("beforeunload", (event) => {
      if (this.queue.length) event.preventDefault();
    });
  }

  get state() {
    const undoing = this.queue.filter((one) => one.undo).length;
    const left = this.done.length + this.queue.length - 2 * undoing;
    return { unsaved: this.queue.length, failing: this.failing, canUndo: left > 0 };
  }

  /** Name objects: a list of {object_id, taxon}; `before` are their cards, should the server refuse. */
  decide(decisions, before) {
    for (let at = 0; at < decisions.length; at += PORTION) {
      this.queue.push({ decisions: decisions.slice(at, at + PORTION), before });
    }
    this.work();
  }

  /** Undo the last decisions, also those that are still on their way. */
  undo() {
    if (!this.state.canUndo) return;
    this.queue.push({ undo: true });
    this.work();
  }

  async work() {
    this.options.changed(this.state);
    if (this.busy) return;
    this.busy = true;
    let wait = 500;
    while (this.queue.length) {
      try {
        await this.send(this.queue[0]);
        this.queue.shift();
        this.failing = false;
        wait = 500;
      } catch (error) {
        if (error instanceof Refused) {
          this.options.refused(error.message, this.queue.shift().before ?? []);
        } else {
          this.failing = true;
          this.options.changed(this.state);
          await new Promise((resolve) => setTimeout(resolve, wait));
          wait = Math.min(wait * 2, LONGEST_WAIT);
        }
      }
      this.options.changed(this.state);
    }
    this.busy = false;
    this.idle?.();
  }

  /** Wait until everything is saved. */
  async settled() {
    if (this.queue.length || this.busy) await new Promise((resolve) => { this.idle = resolve; });
  }

  async send(one) {
    const name = this.options.name();
    if (!one.undo) {
      const told = await post(`${this.options.api}/decisions`, { decisions: one.decisions, name });
      this.keep([...this.done, { first: told.first, last: told.last }]);
      this.options.saved(told.objects, false);
      return;
    }
    const last = this.done.at(-1);
    if (!last) return;
    const told = await post(`${this.options.api}/decisions/undo`, { ...last, name });
    this.keep(this.done.slice(0, -1));
    this.options.saved(told.objects, true);
  }

  keep(done) {
    this.done = done.slice(-200);
    sessionStorage.setItem(this.key, JSON.stringify(this.done));
  }
}
