// What is painted above the pictures: ground, density, survey, items, and what is being drawn.

import { boxOf } from "./places.js";
import { drawBox, drawLine, drawMark, INK } from "./looks.js";

const BOX_PX = 26;
const LABEL_PX = 80;
const CROWD = 600;

export class Painting {
  /**
   * @param {{el: (id: string) => HTMLElement, state: object, cells: object, ground: object, survey: object, lookOf: (name: string) => object}} options
   *   `state`: has the items `shown`, the one that is `chosen`, and once they are there the `stage` and the `drawing`
   */
  constructor(options) {
    Object.assign(this, options);
    this.known = new WeakMap();
  }

  /** The corners of an item on the map; reckoned once, since items do not move. */
  cornersOf(one) {
    if (!this.known.has(one)) {
      const place = this.state.stage.places.get(one.image_id);
      this.known.set(one, boxOf(one).map((point) => L.latLng(place.toLatLng(point))));
    }
    return this.known.get(one);
  }

  paint(drawn) {
    const { el, state, cells, ground } = this;
    const { context, at, map } = drawn;
    const { stage } = state;
    if (!stage) return;
    if (el("with-ground").checked) {
      const seen = map.getBounds();
      const near = [...stage.places.values()].filter((place) => seen.intersects(place.bounds));
      ground.want(near);
      ground.paint(context, at, new Set(near.map((place) => place.picture.image_id)));
    }
    if (el("with-cells").checked) cells.paint(context, at, drawn);
    if (el("with-frames").checked) for (const place of stage.places.values()) drawLine(context, place.corners.map(at), { closed: true, fill: false, colour: "#43596f", dots: false });
    if (el("with-survey").checked) this.survey.paint(context, at);
    if (el("with-items").checked) {
      const size = state.shown.length > CROWD ? 3.5 : 5;
      for (const one of state.shown) if (one !== state.chosen) this.item(drawn, one, size);
    }
    if (el("with-cells").checked) cells.label(context, at, drawn);
    if (state.chosen) this.chosen(drawn);
    state.drawing?.paint(context, at);
  }

  item({ context, at, width, height }, one, size, wide = 0) {
    const points = this.cornersOf(one).map(at);
    const [x, y] = middle(points);
    const reach = Math.max(Math.hypot(points[1][0] - points[0][0], points[1][1] - points[0][1]), Math.hypot(points[3][0] - points[0][0], points[3][1] - points[0][1]));
    if (x < -reach || y < -reach || x > width + reach || y > height + reach) return;
    const told = { validated: one.status === "validated", faint: !one.counted, deleted: one.state === "deleted" };
    const look = this.lookOf(one.item_class);
    if (reach < BOX_PX) drawMark(context, [x, y], look, { ...told, size });
    else drawBox(context, points, look, { ...told, wide, label: reach > LABEL_PX ? one.item_class : "" });
  }

  chosen(drawn) {
    const { context, at } = drawn;
    const one = this.state.chosen;
    this.item(drawn, one, 7, 1);
    const points = this.cornersOf(one).map(at);
    // A ring finds the eye where the item is small.
    const radius = Math.max(18, Math.hypot(points[2][0] - points[0][0], points[2][1] - points[0][1]) / 2 + 10);
    if (radius > 140) return;
    context.beginPath();
    context.arc(...middle(points), radius, 0, 2 * Math.PI);
    for (const [colour, wide] of [["#fff", 4], [INK, 2]]) {
      context.lineWidth = wide;
      context.strokeStyle = colour;
      context.stroke();
    }
  }
}

const middle = (points) => [(points[0][0] + points[2][0]) / 2, (points[0][1] + points[2][1]) / 2];
