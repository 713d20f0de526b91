// Sends files to /v1/uploads: small ones many at a time, large ones in parts that go on after a break.

const SMALL_BYTES = 1 << 20;
const BATCH_BYTES = 4 << 20;
const BATCH_FILES = 200;
const PART_BYTES = 8 << 20;
const AT_ONCE = 3;
const PART_TYPE = "application/offset+octet-stream";
const LONGEST_PAUSE_S = 30;

export class Refused extends Error {
  constructor(problem, status) {
    super(problem.detail ?? "The server refused it");
    this.problem = problem;
    this.status = status;
  }
}

/**
 * One upload. `onprogress({files, bytes})` counts what has arrived, `onpause(seconds)` says that the
 * connection is lost (0: it is back). `signal` stops it.
 */
export class Transfer {
  constructor({ signal, onprogress, onpause }) {
    this.signal = signal;
    this.onprogress = onprogress;
    this.onpause = onpause;
    this.arrived = { files: 0, bytes: 0 };
    this.refused = [];
    this.paths = [];
  }

  async begin(name) {
    this.id = (await this.json("POST", "/v1/uploads", { name: name.slice(0, 200) })).id;
    return this.id;
  }

  /** Take up an upload that was broken off: what is there already is not sent again. */
  async resume(id) {
    await this.json("GET", `/v1/uploads/${id}`);
    this.id = id;
    const there = new Map();
    for (let cursor = ""; cursor !== null; ) {
      const page = await this.json("GET", `/v1/uploads/${id}/files?limit=1000&cursor=${encodeURIComponent(cursor)}`);
      for (const file of page.items) if (file.finished) there.set(file.path, file.bytes);
      cursor = page.next;
    }
    return there;
  }

  /** Send the files; `there` maps paths to sizes of those that need not be sent. */
  async send(files, there = new Map()) {
    const missing = [];
    for (const one of files) {
      if (there.get(one.path.normalize("NFC")) === one.file.size) this.arrive(one.path.normalize("NFC"), one.file.size);
      else missing.push(one);
    }
    const queue = [...missing.filter(({ file }) => file.size > SMALL_BYTES).map((one) => () => this.sendLarge(one)),
      ...batches(missing.filter(({ file }) => file.size <= SMALL_BYTES)).map((batch) => () => this.sendBatch(batch))];
    const worker = async () => {
      for (let job = queue.shift(); job; job = queue.shift()) await job();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  arrive(path, bytes) {
    this.paths.push(path);
    this.arrived.files += 1;
    this.arrived.bytes += bytes;
    this.onprogress(this.arrived);
  }

  refuse(finding) {
    this.refused.push(finding);
    this.arrived.files += 1;
    this.onprogress(this.arrived);
  }

  async sendBatch(batch) {
    let again = false;
    const answer = await this.persist(() => {
      const form = new FormData();
      for (const { path, file } of batch) form.append("files", file, path);
      const sent = this.json("POST", `/v1/uploads/${this.id}/batch`, form, {
        onprogress: (bytes) => this.onprogress({ ...this.arrived, bytes: this.arrived.bytes + bytes }),
      });
      return sent.catch((error) => {
        again = true;
        throw error;
      });
    });
    const sizes = new Map(batch.map(({ path, file }) => [path.normalize("NFC"), file.size]));
    for (const path of answer.files) this.arrive(path, sizes.get(path) ?? 0);
    for (const finding of answer.refused) {
      // Sent a second time because the first answer was lost: then it is there already.
      if (again && finding.code === "name-taken") this.arrive(finding.file, sizes.get(finding.file) ?? 0);
      else if (answer.files.includes(finding.file)) this.refused.push(finding);
      else this.refuse(finding);
    }
  }

  async sendLarge({ path, file }) {
    try {
      const announced = await this.persist(() =>
        this.json("POST", `/v1/uploads/${this.id}/files`, { path, bytes: file.size }));
      if (!announced.finished) await this.sendParts(`/v1/uploads/${this.id}/transfers/${announced.id}`, file, announced.received);
      this.arrive(announced.path, file.size);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refuse({ file: path, message: error.message, value: error.problem.value ?? "", remedy: error.problem.remedy ?? "", severity: "error" });
    }
  }

  async sendParts(address, file, received) {
    let offset = received;
    let lost = false;
    while (offset < file.size) {
      offset = await this.persist(async () => {
        if (lost) {
          offset = Number((await this.request("HEAD", address)).getResponseHeader("Upload-Offset"));
          lost = false;
          if (offset >= file.size) return offset;
        }
        lost = true;
        const answer = await this.request("PATCH", address, file.slice(offset, offset + PART_BYTES), {
          headers: { "Upload-Offset": String(offset), "Content-Type": PART_TYPE, "Tus-Resumable": "1.0.0" },
          onprogress: (bytes) => this.onprogress({ ...this.arrived, bytes: this.arrived.bytes + offset + bytes }),
        });
        lost = false;
        return Number(answer.getResponseHeader("Upload-Offset"));
      });
    }
  }

  /** Try until it works or is refused for good; a lost connection, a busy server and a clash of parts are waited out. */
  async persist(attempt) {
    for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE_S)) {
      try {
        const answer = await attempt();
        this.onpause(0);
        return answer;
      } catch (error) {
        this.signal.throwIfAborted();
        if (error instanceof Refused && !TRY_AGAIN.has(error.status) && !isOffsetClash(error)) throw error;
        this.onpause(pause);
        await this.rest(pause);
      }
    }
  }

  rest(seconds) {
    return new Promise((done) => {
      const go = () => {
        clearTimeout(timer);
        removeEventListener("online", go);
        done();
      };
      const timer = setTimeout(go, seconds * 1000);
      addEventListener("online", go);
    });
  }

  async json(method, address, body, options = {}) {
    const headers = { Accept: "application/json" };
    let sent = body;
    if (body !== undefined && !(body instanceof FormData)) {
      headers["Content-Type"] = "application/json";
      sent = JSON.stringify(body);
    }
    return JSON.parse((await this.request(method, address, sent, { headers, ...options })).responseText);
  }

  // XMLHttpRequest, because fetch does not tell how much of a body has gone out.
  request(method, address, body, { headers = {}, onprogress } = {}) {
    this.signal.throwIfAborted();
    return new Promise((done, fail) => {
      const call = new XMLHttpRequest();
      call.open(method, address);
      for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
      if (onprogress) call.upload.addEventListener("progress", (event) => onprogress(event.loaded));
      const stop = () => call.abort();
      this.signal.addEventListener("abort", stop, { once: true });
      call.addEventListener("loadend", () => {
        this.signal.removeEventListener("abort", stop);
        if (call.status >= 200 && call.status < 300) done(call);
        else if (call.status) fail(new Refused(problemOf(call), call.status));
        else fail(new Error("no connection"));
      });
      call.send(body);
    });
  }
}

const TRY_AGAIN = new Set([408, 425, 429, 500, 502, 503, 504]);

function isOffsetClash(error) {
  return error.status === 409 && !["name-taken", "in-use"].includes(error.problem.code);
}

function problemOf(call) {
  try {
    return JSON.parse(call.responseText);
  } catch {
    return { detail: `The server answered ${call.status}`, remedy: "Try again." };
  }
}

function batches(files) {
  const made = [];
  let room = 0;
  for (const one of files) {
    if (!made.length || room < one.file.size || made.at(-1).length >= BATCH_FILES) {
      made.push([]);
      room = BATCH_BYTES;
    }
    made.at(-1).push(one);
    room -= one.file.size;
  }
  return made;
}
