// Lines on their way to the server: shown at once, sent in order, tried again until they are there, undone in order.

const LONGEST_WAIT = 30_000;

/** An answer of the server that trying again will not change. */
class Refused extends Error {}

async function post(address, body) {
  const response = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (response.ok) return response.json();
  if (response.status >= 500 || response.status === 429 || response.status === 408) throw new Error(response.statusText);
  const told = await response.json().catch(() => ({}));
  throw new Refused([told.detail ?? response.statusText, told.remedy].filter(Boolean).join(". "));
}

export class Edits {
  /**
   * @param {{api: string, job: string, name: () => string, refused: (told: string, subject: string) => void,
   *   undone: (subject: string) => void, changed: (state: {unsaved: number, failing: boolean, canUndo: boolean}) => void}} options
   */
  constructor(options) {
    Object.assign(this, { options, queue: [], busy: false, failing: false, key: `pelagia-undo-lines-${options.job}` });
    this.done = JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
    addEventListener("online", () => this.work());
    addEventListener("beforeunload", (event) => {
      if (this.queue.length) event.preventDefault();
    });
  }

  get state() {
    const undoing = this.queue.filter((one) => one.undo).length;
    return { unsaved: this.queue.length, failing: this.failing, canUndo: this.done.length + this.queue.length - 2 * undoing > 0 };
  }

  /** Keep these lines of an object: none at all keep it whole. */
  keep(subject, lines) {
    this.queue.push({ subject, lines });
    this.work();
  }

  /** Undo what was kept last. */
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
          this.options.refused(error.message, this.queue.shift().subject ?? "");
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
      const edits = [{ kind: "cuts", subject: one.subject, value: one.lines }];
      const { first, last } = await post(`${this.options.api}/edits`, { edits, name });
      this.remember([...this.done, { subject: one.subject, first, last }]);
      return;
    }
    const latest = this.done.at(-1);
    if (!latest) return;
    const { first, last, subject } = latest;
    // What cannot be undone any more, since somebody changed it meanwhile, is not offered again.
    this.remember(this.done.slice(0, -1));
    await post(`${this.options.api}/edits/undo`, { first, last, name });
    this.options.undone(subject);
  }

  remember(done) {
    this.done = done.slice(-500);
    sessionStorage.setItem(this.key, JSON.stringify(this.done));
  }
}
