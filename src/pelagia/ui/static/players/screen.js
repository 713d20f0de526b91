// The film on its stage, frame by frame, and a canvas above it on which boxes are drawn and caught.

const MOST_ZOOM = 12;
const STEP = 1.5;
const LEAST_BOX_PX = 4;

export class Screen {
  /**
   * @param {{stage: HTMLElement, moved: HTMLElement, video: HTMLVideoElement, over: HTMLCanvasElement, size: {height: number, width: number},
   *   frame: (number: number) => void, draw: (drawn: object) => void, box: (box: number[]) => void, pick: (place: number[]) => void}} options
   *   `size`: of the frames in which boxes are told, px.
   */
  constructor(options) {
    Object.assign(this, options);
    this.frames = 0;
    this.rate = 0;
    this.number = 0;
    this.scale = 1;
    this.shift = [0, 0];
    this.mode = "";
    this.corner = null;
    this.pointer = null;
    new ResizeObserver(() => this.repaint()).observe(this.stage);
    this.video.addEventListener("seeked", () => this.repaint());
    this.listen();
    if ("requestVideoFrameCallback" in HTMLVideoElement.prototype) this.follow();
    else this.video.addEventListener("timeupdate", () => this.at(this.video.currentTime));
  }

  /** Show a film of so many frames, one of them. */
  async load(address, frames, number = 0) {
    this.frames = frames;
    this.video.src = address;
    await new Promise((resolve, reject) => {
      this.video.addEventListener("loadedmetadata", resolve, { once: true });
      this.video.addEventListener("error", () => reject(new Error("The film of this clip cannot be shown by this browser.")), { once: true });
    });
    // Frames follow each other at a constant rate.
    this.rate = frames / this.video.duration;
    this.go(number);
  }

  get isPlaying() {
    return !this.video.paused && !this.video.ended;
  }

  follow() {
    this.video.requestVideoFrameCallback((now, { mediaTime }) => {
      this.at(mediaTime);
      this.follow();
    });
  }

  at(seconds) {
    if (!this.rate || !this.isPlaying) return;
    const number = Math.min(this.frames - 1, Math.max(0, Math.round(seconds * this.rate - 0.01)));
    if (number === this.number) return;
    this.number = number;
    this.frame(number);
    this.repaint();
  }

  /** Go to a frame, and stay there. */
  go(number) {
    this.video.pause();
    this.number = Math.min(this.frames - 1, Math.max(0, number));
    if (this.rate) this.video.currentTime = (this.number + 0.5) / this.rate;
    this.frame(this.number);
    this.repaint();
  }

  async play() {
    if (this.isPlaying) this.go(this.number);
    else {
      if (this.number >= this.frames - 1) this.go(0);
      await this.video.play().catch(() => {});
    }
  }

  /** Where the picture lies in the stage before it is enlarged: left, top, and stage pixels for a pixel of the frame. */
  get fit() {
    const { clientWidth, clientHeight } = this.stage;
    const scale = Math.min(clientWidth / this.size.width, clientHeight / this.size.height);
    return { scale, left: (clientWidth - this.size.width * scale) / 2, top: (clientHeight - this.size.height * scale) / 2 };
  }

  toStage([row, col]) {
    const { scale, left, top } = this.fit;
    return [left + col * scale, top + row * scale];
  }

  toFrame(event) {
    const { scale, left, top } = this.fit;
    const bounds = this.stage.getBoundingClientRect();
    const x = (event.clientX - bounds.left - this.shift[0]) / this.scale;
    const y = (event.clientY - bounds.top - this.shift[1]) / this.scale;
    return [(y - top) / scale, (x - left) / scale];
  }

  zoom(key) {
    const { clientWidth, clientHeight } = this.stage;
    const wanted = key === "0" ? 1 : Math.min(MOST_ZOOM, Math.max(1, this.scale * (key === "+" ? STEP : 1 / STEP)));
    const middle = this.pointer ?? [clientWidth / 2, clientHeight / 2];
    this.shift = this.shift.map((value, axis) => middle[axis] - ((middle[axis] - value) * wanted) / this.scale);
    this.scale = wanted;
    this.settle();
  }

  settle() {
    const { clientWidth, clientHeight } = this.stage;
    this.shift = this.shift.map((value, axis) => Math.min(0, Math.max([clientWidth, clientHeight][axis] * (1 - this.scale), value)));
    this.moved.style.transform = this.scale === 1 ? "" : `translate(${this.shift[0]}px, ${this.shift[1]}px) scale(${this.scale})`;
    this.repaint();
  }

  start(mode) {
    this.mode = this.mode === mode ? "" : mode;
    this.corner = null;
    this.stage.classList.toggle("boxing", Boolean(this.mode));
    this.repaint();
    return Boolean(this.mode);
  }

  /** Set a corner where the pointer is: for those who draw with keys. */
  key() {
    if (!this.mode) return false;
    const { clientWidth, clientHeight } = this.stage;
    const bounds = this.stage.getBoundingClientRect();
    const [x, y] = this.pointer ?? [clientWidth / 2, clientHeight / 2];
    const place = this.toFrame({ clientX: bounds.left + x, clientY: bounds.top + y });
    if (this.corner) this.finish(this.corner, place);
    else this.corner = place;
    this.repaint();
    return true;
  }

  /** Move the cross by keys, where a box is drawn by keys. */
  push(key) {
    const { clientWidth, clientHeight } = this.stage;
    const by = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] }[key];
    if (!this.mode || !by) return false;
    const from = this.pointer ?? [clientWidth / 2, clientHeight / 2];
    this.pointer = [Math.min(clientWidth, Math.max(0, from[0] + by[0])), Math.min(clientHeight, Math.max(0, from[1] + by[1]))];
    this.repaint();
    return true;
  }

  listen() {
    let from = null;
    let dragged = null;
    this.stage.addEventListener("pointerdown", (event) => {
      if (event.button || event.target.closest("button")) return;
      this.stage.focus({ preventScroll: true });
      from = this.toFrame(event);
      dragged = { x: event.clientX, y: event.clientY, shift: [...this.shift], far: false };
      this.stage.setPointerCapture(event.pointerId);
    });
    this.stage.addEventListener("pointermove", (event) => {
      const bounds = this.stage.getBoundingClientRect();
      this.pointer = [event.clientX - bounds.left, event.clientY - bounds.top];
      if (!dragged) {
        if (this.mode) this.repaint();
        return;
      }
      dragged.far ||= Math.hypot(event.clientX - dragged.x, event.clientY - dragged.y) > 4;
      if (this.mode) {
        this.corner = from;
        this.repaint();
      } else if (dragged.far && this.scale > 1) {
        this.shift = [dragged.shift[0] + event.clientX - dragged.x, dragged.shift[1] + event.clientY - dragged.y];
        this.settle();
      }
    });
    this.stage.addEventListener("pointerup", (event) => {
      if (!dragged) return;
      const { far } = dragged;
      dragged = null;
      const place = this.toFrame(event);
      if (this.mode && far) this.finish(from, place);
      else if (!this.mode && !far) this.pick(place);
    });
    this.stage.addEventListener("pointercancel", () => { dragged = null; this.corner = null; this.repaint(); });
    this.stage.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && this.scale === 1 && event.deltaY > 0) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? "+" : "-");
    }, { passive: false });
  }

  finish(one, other) {
    const inside = ([row, col]) => [Math.min(this.size.height, Math.max(0, row)), Math.min(this.size.width, Math.max(0, col))];
    const [a, b] = [inside(one), inside(other)];
    const box = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])];
    this.corner = null;
    if (Math.min(box[2], box[3]) < LEAST_BOX_PX) {
      this.repaint();
      return;
    }
    const { mode } = this;
    this.start(mode);
    this.box(box, mode);
  }

  repaint() {
    cancelAnimationFrame(this.painting);
    this.painting = requestAnimationFrame(() => {
      const { clientWidth, clientHeight } = this.stage;
      const fine = devicePixelRatio * this.scale;
      const most = Math.min(fine, 8192 / Math.max(1, clientWidth, clientHeight));
      this.over.width = Math.round(clientWidth * most);
      this.over.height = Math.round(clientHeight * most);
      const context = this.over.getContext("2d");
      context.scale(most, most);
      this.draw({ context, screen: this, thin: 1 / this.scale });
      if (this.mode) this.drawCross(context);
    });
  }

  drawCross(context) {
    const { clientWidth, clientHeight } = this.stage;
    const at = this.pointer ?? [clientWidth / 2, clientHeight / 2];
    const [x, y] = at.map((value, axis) => (value - this.shift[axis]) / this.scale);
    context.setLineDash([]);
    for (const [colour, wide] of [["#ffffff", 4], ["#0b2239", 1.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = wide / this.scale;
      context.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + (dx * 4) / this.scale, y + (dy * 4) / this.scale);
        context.lineTo(x + (dx * 18) / this.scale, y + (dy * 18) / this.scale);
      }
      if (this.corner) {
        const [left, top] = this.toStage(this.corner);
        context.rect(left, top, x - left, y - top);
      }
      context.stroke();
    }
  }
}
