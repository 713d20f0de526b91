// A scan of hundreds of megapixels to move about in, and a canvas above it to draw on. Places are (row, column) in
// pixels of the scan; (0, 0) is the middle of its first pixel.

const MOST_ZOOM = 16;
const FIT_ZOOM = 6;
const STEP = 1.6;
const PAN = 0.2;
const BAR_PX = [60, 170];
const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** How long a bar of a round length is drawn at a scale, and what it stands for. */
export function scaleBar(mmPerPx) {
  const most = BAR_PX[1] * mmPerPx;
  const power = 10 ** Math.floor(Math.log10(most));
  const mm = [5, 2, 1].map((one) => one * power).find((one) => one <= most);
  return { px: mm / mmPerPx, text: mm >= 1 ? `${mm} mm` : `${Number((mm * 1000).toPrecision(3))} µm` };
}

/** Scroll a list, and not the page, so that one of its items is seen. */
export function reveal(list, item) {
  if (!item) return;
  const [outer, inner] = [list.getBoundingClientRect(), item.getBoundingClientRect()];
  if (inner.top < outer.top) list.scrollTop += inner.top - outer.top - 4;
  else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom + 4;
}

/** Whoever chose with the mouse goes on with the keys of the scan; who chose by keyboard stays in the list. */
export function leaveAfterMouse(select, stage) {
  let isMouse = false;
  select.addEventListener("pointerdown", () => { isMouse = true; });
  select.addEventListener("keydown", () => { isMouse = false; });
  select.addEventListener("change", () => isMouse && stage.focus({ preventScroll: true }));
}

export async function getJson(address, options) {
  const response = await fetch(address, options);
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error([told.detail ?? response.statusText, told.remedy].filter(Boolean).join(". "));
  return told;
}

// OpenSeadragon adds a style of its own, which our policy forbids, unless it finds one there: viewer.css says the same,
// and an element of no namespace that browsers know is a style in name only.
const there = document.createElementNS("https://pelagia.invalid/", "style");
there.setAttribute("data-openseadragon-mobile-css", "true");
document.head.append(there);

export class Picture {
  /**
   * @param {HTMLElement} stage with a [data-picture] and a [data-scale] in it
   * @param {string} api address of the job
   * @param {(draw: {context: CanvasRenderingContext2D, picture: Picture, width: number, height: number}) => void} draw
   */
  constructor(stage, api, draw) {
    Object.assign(this, { stage, api, draw });
    this.details = new Map();
    this.viewer = window.OpenSeadragon({
      element: stage.querySelector("[data-picture]"),
      drawer: "canvas",
      tabIndex: "",
      showNavigationControl: false,
      showNavigator: true,
      navigatorPosition: "BOTTOM_RIGHT",
      navigatorSizeRatio: 0.16,
      navigatorAutoFade: false,
      navigatorOpacity: 1,
      navigatorDisplayRegionColor: "#b33413",
      keyboardNavEnabled: false,
      gestureSettingsMouse: { clickToZoom: false },
      gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsPen: { clickToZoom: false },
      animationTime: isCalm ? 0 : 0.35,
      maxZoomPixelRatio: MOST_ZOOM,
      minZoomImageRatio: 0.8,
      visibilityRatio: 0.4,
      zoomPerScroll: 1.25,
      imageLoaderLimit: 6,
      maxImageCacheCount: 300,
      preserveImageSizeOnResize: true,
    });
    this.canvas = document.createElement("canvas");
    this.canvas.className = "over";
    this.canvas.setAttribute("aria-hidden", "true");
    this.viewer.canvas.append(this.canvas);
    this.viewer.addHandler("update-viewport", () => this.paint());
    // OpenSeadragon keeps the browser from doing so: keys shall go where one clicked.
    this.viewer.addHandler("canvas-press", () => stage.focus({ preventScroll: true }));
    this.viewer.addHandler("resize", () => this.repaint());
  }

  /** Open a scan; returns what is known of it. */
  async show(scanId) {
    if (this.detail?.scan_id === scanId) return this.detail;
    if (!this.details.has(scanId)) this.details.set(scanId, await getJson(this.address(scanId)));
    const detail = this.details.get(scanId);
    const opened = new Promise((resolve) => this.viewer.addOnceHandler("open", resolve));
    this.detail = detail;
    const top = detail.levels.length - 1;
    this.viewer.open({
      width: detail.width_px,
      height: detail.height_px,
      tileSize: detail.tile_px,
      minLevel: 0,
      maxLevel: top,
      getTileUrl: (level, col, row) => this.tile(detail, top - level, row, col),
    });
    await opened;
    this.align();
    return detail;
  }

  address(scanId) {
    return `${this.api}/scans/${encodeURIComponent(scanId)}`;
  }

  tile(detail, level, row, col) {
    return `${this.address(detail.scan_id)}/tiles/${level}/${col}_${row}.webp`;
  }

  get isOpen() {
    return this.viewer.world.getItemCount() > 0;
  }

  /** Pixels of the screen to one of the scan. */
  get scale() {
    return this.across;
  }

  /** Where a place of the scan is on the screen; as the picture stood when it was painted last. */
  toScreen([row, col]) {
    return [this.left + (col + 0.5) * this.across, this.top + (row + 0.5) * this.across];
  }

  /** Note how the scan lies on the screen: asked for once, and not for each of a hundred thousand points. */
  align() {
    const item = this.viewer.world.getItemAt(0);
    const [first, second] = [0, 10_000].map((at) => item.imageToViewerElementCoordinates(new window.OpenSeadragon.Point(at, at)));
    Object.assign(this, { left: first.x, top: first.y, across: (second.x - first.x) / 10_000 });
  }

  toScan({ x, y }) {
    const at = this.viewer.world.getItemAt(0).viewerElementToImageCoordinates(new window.OpenSeadragon.Point(x, y));
    return [at.y - 0.5, at.x - 0.5];
  }

  /** What of the scan is seen: a box. */
  get seen() {
    const { width, height } = this.size;
    const [top, left] = this.toScan({ x: 0, y: 0 });
    const [bottom, right] = this.toScan({ x: width, y: height });
    return { row: top, col: left, height: bottom - top, width: right - left };
  }

  get size() {
    const { x, y } = this.viewer.viewport.getContainerSize();
    return { width: x, height: y };
  }

  /** Bring a box into view, with some of what is around it. */
  fit(box, { immediately = false } = {}) {
    const { width, height } = this.size;
    const side = Math.max(box.height, box.width) * 0.35 + 20;
    const [wide, high] = [box.width + 2 * side, box.height + 2 * side];
    const grown = Math.max(1, Math.min(width / wide, height / high) / FIT_ZOOM);
    const rect = { width: wide * grown, height: high * grown };
    const [x, y] = [box.col + box.width / 2 - rect.width / 2, box.row + box.height / 2 - rect.height / 2];
    const item = this.viewer.world.getItemAt(0);
    this.viewer.viewport.fitBounds(item.imageToViewportRectangle(x, y, rect.width, rect.height), immediately || isCalm);
  }

  zoom(times) {
    this.viewer.viewport.zoomBy(times).applyConstraints();
  }

  whole() {
    this.viewer.viewport.goHome();
  }

  pan(across, down) {
    const bounds = this.viewer.viewport.getBounds();
    const by = new window.OpenSeadragon.Point(across * bounds.width * PAN, down * bounds.height * PAN);
    this.viewer.viewport.panBy(by).applyConstraints();
  }

  /** Zoom and move by keys; says whether the key was one of these. */
  key(key, { arrows }) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (key === "+" || key === "=") this.zoom(STEP);
    else if (key === "-") this.zoom(1 / STEP);
    else if (key === "0") this.whole();
    else if (arrows && key in moves) this.pan(...moves[key]);
    else return false;
    return true;
  }

  repaint() {
    this.viewer.forceRedraw();
    this.paint();
  }

  paint() {
    if (!this.isOpen) return;
    this.align();
    const { width, height } = this.size;
    const dense = window.devicePixelRatio || 1;
    const { canvas } = this;
    if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
      Object.assign(canvas, { width: Math.round(width * dense), height: Math.round(height * dense) });
    }
    const context = canvas.getContext("2d");
    context.setTransform(dense, 0, 0, dense, 0, 0);
    context.clearRect(0, 0, width, height);
    this.paintScale();
    this.draw({ context, picture: this, width, height });
  }

  paintScale() {
    const box = this.stage.querySelector("[data-scale]");
    const mm = this.detail.pixel_size_mm;
    box.hidden = !mm;
    if (!mm) return;
    const { px, text } = scaleBar(mm / this.scale);
    box.querySelector("svg").setAttribute("width", Math.ceil(px) + 2);
    box.querySelector("path").setAttribute("d", `M1 2v8M1 6H${px + 1}M${px + 1} 2v8`);
    box.querySelector("span").textContent = text;
  }

  /** Have the tiles around a box ready before they are asked for. */
  foresee(scanId, box) {
    const detail = this.details.get(scanId);
    if (!detail) return;
    const side = detail.tile_px;
    const margin = Math.max(box.height, box.width) * 0.35 + 20;
    for (let row = Math.floor((box.row - margin) / side); row <= (box.row + box.height + margin) / side; row += 1) {
      for (let col = Math.floor((box.col - margin) / side); col <= (box.col + box.width + margin) / side; col += 1) {
        if (row >= 0 && col >= 0 && row * side < detail.height_px && col * side < detail.width_px) new Image().src = this.tile(detail, 0, row, col);
      }
    }
  }
}
