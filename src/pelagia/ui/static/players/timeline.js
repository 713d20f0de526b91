// The time of a clip on one line: how good its frames are, how interesting, what was searched, who was seen when.

const VERDICTS = {
  usable: ["#c9e2d4", "#28523c", ""], dark: ["#43596f", "#0b2239", "/"], overexposed: ["#f6e7a1", "#7d6a12", "\\"], blurred: ["#b9a2ee", "#4b3a80", "/"],
  turbid: ["#c9a26b", "#6a4a1d", "\\"], frozen: ["#9fd0ea", "#22566f", "x"], duplicate: ["#d9d9d9", "#5c5c5c", "x"], unreadable: ["#e4572e", "#a83614", "x"],
};
const BAND = 12;
const LANES = 6;
const LANE = 6;

export class Timeline {
  /**
   * @param {{canvas: HTMLCanvasElement, legend: HTMLElement, duration: number, told: object, lookOf: (taxon: string) => {colour: string}, go: (time: number) => void, words: (time: number) => string}} options
   */
  constructor(options) {
    Object.assign(this, options);
    this.time = 0;
    this.tracks = [];
    this.chosen = "";
    new ResizeObserver(() => this.paint()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    this.listen();
    this.tellLegend();
  }

  get length() {
    const { told } = this;
    return Math.max(this.duration, told.times_s.at(-1) ?? 0, told.searched.at(-1)?.[1] ?? 0, 0.001);
  }

  x(time) {
    return (time / this.length) * this.canvas.clientWidth;
  }

  show({ time, tracks, chosen }) {
    if (time !== undefined) this.time = time;
    if (tracks) this.tracks = tracks.filter((one) => !one.is_deleted);
    if (chosen !== undefined) this.chosen = chosen;
    this.canvas.setAttribute("aria-valuenow", this.time.toFixed(1));
    this.canvas.setAttribute("aria-valuetext", this.words(this.time));
    cancelAnimationFrame(this.painting);
    this.painting = requestAnimationFrame(() => this.paint());
  }

  listen() {
    const seek = (event) => {
      const bounds = this.canvas.getBoundingClientRect();
      this.go(Math.min(1, Math.max(0, (event.clientX - bounds.left) / bounds.width)) * this.length);
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.isDragged = true;
      seek(event);
    });
    this.canvas.addEventListener("pointermove", (event) => this.isDragged && seek(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => { this.isDragged = false; });
  }

  tellLegend() {
    const seen = [...new Set(this.told.verdicts)].filter((name) => name in VERDICTS);
    const parts = seen.map((name) => {
      const swatch = document.createElement("canvas");
      swatch.width = 36;
      swatch.height = 24;
      swatch.className = "swatch";
      fill(swatch.getContext("2d"), name, 0, 0, 36, 24);
      const part = document.createElement("span");
      part.append(swatch, ` ${name}`);
      return part;
    });
    const lines = document.createElement("span");
    lines.textContent = "Line: how interesting. Bar below it: what the detector looked at. Lines at the bottom: tracks.";
    this.legend.replaceChildren(...parts, lines);
  }

  paint() {
    const { canvas, told } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    const context = canvas.getContext("2d");
    context.scale(devicePixelRatio, devicePixelRatio);
    const style = getComputedStyle(canvas);
    const [ink, accent, edge] = ["--ink", "--accent", "--edge"].map((name) => resolved(canvas, style.getPropertyValue(name)));
    this.paintVerdicts(context);
    const [top, bottom] = [BAND + 6, height - LANES * LANE - 18];
    context.strokeStyle = edge;
    context.lineWidth = 1;
    context.strokeRect(0.5, bottom + 0.5, width - 1, 8);
    context.fillStyle = accent;
    for (const [start, end] of told.searched) context.fillRect(this.x(start), bottom + 1, Math.max(1.5, this.x(end) - this.x(start)), 7);
    context.strokeStyle = ink;
    context.lineWidth = 1.5;
    context.beginPath();
    let isDown = false;
    told.times_s.forEach((time, at) => {
      const value = told.interest[at];
      if (value === null) {
        isDown = false;
        return;
      }
      context[isDown ? "lineTo" : "moveTo"](this.x(time), bottom - 2 - value * (bottom - top - 2));
      isDown = true;
    });
    context.stroke();
    this.paintTracks(context, bottom + 13, ink);
    const at = this.x(this.time);
    context.strokeStyle = "#e4572e";
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(at, 0);
    context.lineTo(at, height);
    context.stroke();
  }

  paintVerdicts(context) {
    const { told } = this;
    told.times_s.forEach((time, at) => {
      const end = told.times_s[at + 1] ?? this.length;
      fill(context, told.verdicts[at], this.x(at ? time : 0), 0, Math.max(1, this.x(end) - this.x(at ? time : 0) + 0.5), BAND);
    });
  }

  paintTracks(context, top, ink) {
    const free = Array(LANES).fill(-Infinity);
    for (const one of this.tracks) {
      const [start, end] = [this.x(one.first_s), Math.max(this.x(one.last_s), this.x(one.first_s) + 3)];
      let lane = free.findIndex((until) => until < start - 1);
      if (lane < 0) lane = LANES - 1;
      free[lane] = Math.max(free[lane], end);
      context.fillStyle = this.lookOf(one.taxon).colour;
      context.fillRect(start, top + lane * LANE, end - start, LANE - 2);
      if (one.name === this.chosen) {
        context.strokeStyle = ink;
        context.lineWidth = 2;
        context.strokeRect(start - 1.5, top + lane * LANE - 1.5, end - start + 3, LANE + 1);
      }
    }
  }
}

/** A colour as the canvas takes it: it knows no light-dark(). */
function resolved(element, value) {
  const probe = document.createElement("span");
  probe.style.color = value;
  element.parentElement.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/** A stretch of a verdict: by colour, and by a pattern for those who do not see it. */
function fill(context, verdict, x, y, width, height) {
  const [ground, lines, pattern] = VERDICTS[verdict] ?? VERDICTS.unreadable;
  context.fillStyle = ground;
  context.fillRect(x, y, width, height);
  if (!pattern) return;
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = lines;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = Math.floor((x - height) / 7) * 7; at < x + width + height; at += 7) {
    if (pattern !== "\\") {
      context.moveTo(at, y + height);
      context.lineTo(at + height, y);
    }
    if (pattern !== "/") {
      context.moveTo(at, y);
      context.lineTo(at + height, y + height);
    }
  }
  context.stroke();
  context.restore();
}
