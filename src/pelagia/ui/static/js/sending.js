// What people do on its way to the server: sent in order, tried again until it is there, undone in order.

const LONGEST_WAIT = 30_000;

/** An answer of the server that trying again will not change. */
export class Refused extends Error {}

/** Send JSON and return the answer; what trying again may mend is an error, the rest is refused. */
export async function post(address, body) {
  const response = await fetch(address, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  if (response.ok) return response.json();
  if (response.status >= 500 || response.status === 429 || response.status === 408) throw new Error(response.statusText);
  const told = await response.json().catch(() => ({}));
  throw new Refused([told.detail ?? response.statusText, told.remedy].filter(Boolean).join(". "));
}

/** Sends one thing after the other; tells when the number of those not saved changes. */
export class Sender {
  /**
   * @param {{key: string, most: number, send: (one: object) => Promise<void>,
   *   refused: (told: string, one: object) => void, changed: (state: object) => void}} options
   *   `key`: where the tab remembers what can be undone, `most` of it; `send`: sends one thing, or undoes the last
   *   where it is `{undo: true}`.
   */
  constructor(options) {
    this.options = options;
    this.queue = [];
    this.busy = false;
    this.failing = false;
    this.done = JSON.parse(sessionStorage.getItem(options.key) ?? "[]");
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

  /** Send some things after all others. */
  add(...more) {
    this.queue.push(...more);
    this.work();
  }

  /** Undo what was sent last, also what is still on its way. */
  undo() {
    if (this.state.canUndo) this.add({ undo: true });
  }

  /** Remember what can be undone, the latest last. */
  remember(done) {
    this.done = done.slice(-this.options.most);
    sessionStorage.setItem(this.options.key, JSON.stringify(this.done));
  }

  /** Wait until everything is saved. */
  async settled() {
    if (this.queue.length || this.busy) await new Promise((resolve) => { this.idle = resolve; });
  }

  async work() {
    this.options.changed(this.state);
    if (this.busy) return;
    this.busy = true;
    let wait = 500;
    while (this.queue.length) {
      try {
        await this.options.send(this.queue[0]);
        this.queue.shift();
        this.failing = false;
        wait = 500;
      } catch (error) {
        if (error instanceof Refused) {
          this.options.refused(error.message, this.queue.shift());
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
}
