// A canvas above the pictures of a map, painted anew whenever the map moves.

/** Return a layer that calls `paint({context, map, width, height, at})`; `at(latLng)` is a point of the canvas, px. */
export function makeOver(paint) {
  return new Over(paint);
}

class Over extends L.Layer {
  constructor(paint) {
    super();
    this.paint = paint;
    this.frame = 0;
  }

  onAdd(map) {
    this.map = map;
    this.canvas = L.DomUtil.create("canvas", "over leaflet-zoom-hide", map.getPane("overlayPane"));
    this.canvas.setAttribute("aria-hidden", "true");
    map.on("move moveend zoomend viewreset resize", this.soon, this);
    this.soon();
  }

  onRemove(map) {
    map.off("move moveend zoomend viewreset resize", this.soon, this);
    this.canvas.remove();
  }

  soon() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.now());
  }

  now() {
    this.frame = 0;
    const { map, canvas } = this;
    const { x: width, y: height } = map.getSize();
    const sharp = Math.min(2, globalThis.devicePixelRatio || 1);
    if (canvas.width !== Math.round(width * sharp) || canvas.height !== Math.round(height * sharp)) {
      Object.assign(canvas, { width: Math.round(width * sharp), height: Math.round(height * sharp) });
      Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    }
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    const context = canvas.getContext("2d");
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    context.clearRect(0, 0, width, height);
    // What stands on the canvas for a place: reckoned from the zoom and the corner once, since it is done for thousands.
    const corner = map.getPixelBounds().min;
    const zoom = map.getZoom();
    const at = (place) => {
      const point = map.project(place, zoom);
      return [point.x - corner.x, point.y - corner.y];
    };
    this.paint({ context, map, width, height, at });
  }
}
