// What was found on a clip: the frames of its films with their boxes, its tracks, and the events to go to.

/** Frames that follow each other with somebody on them, after one without, begin an event. */
function runs(frames) {
  let before = null;
  return frames.filter((frame) => {
    const isSeen = frame.boxes.some((one) => !one.is_deleted);
    const wasSeen = before?.boxes.some((one) => !one.is_deleted) && frame.number === before.number + 1;
    before = frame;
    return isSeen && !wasSeen;
  }).map((frame) => frame.time_s);
}

export class Found {
  constructor(api, clip, getJson) {
    Object.assign(this, { getJson });
    this.address = `${api}/clips/${encodeURIComponent(clip)}`;
    this.films = [];
    this.byFilm = new Map();
    this.tracks = [];
    this.pending = 0;
  }

  async begin() {
    const told = await this.getJson(`${this.address}/timeline`);
    this.films = told.films;
    await this.loadTracks();
    return told;
  }

  async loadTracks() {
    const told = await this.getJson(`${this.address}/tracks`);
    this.tracks = told.items;
    this.pending = told.pending;
  }

  /** The frames of a film; fetched once, unless they are wanted anew. */
  async frames(name, { anew = false } = {}) {
    if (anew || !this.byFilm.has(name)) {
      const told = await this.getJson(`${this.address}/frames?film=${encodeURIComponent(name)}`);
      this.byFilm.set(name, told.frames);
    }
    return this.byFilm.get(name);
  }

  filmAt(time) {
    const within = this.films.find((one) => time >= one.first_s - 1e-6 && time <= one.last_s + 1e-6);
    const after = this.films.find((one) => one.first_s >= time);
    return within ?? after ?? this.films.at(-1);
  }

  track(name) {
    return this.tracks.find((one) => one.name === name);
  }

  /** When somebody comes into view, s from the begin of the clip. */
  events() {
    const starts = this.tracks.filter((one) => !one.is_deleted).map((one) => one.first_s);
    const alone = [...this.byFilm.values()].flatMap(runs);
    return [...new Set([...starts, ...alone])].sort((a, b) => a - b);
  }
}
