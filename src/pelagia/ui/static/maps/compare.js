// Two surveys of one beach side by side: what one map shows, the other one shows too.

import { say } from "../js/app.js";
import { getJson } from "../scans/picture.js";
import { drawBox, drawMark, looksOf } from "./looks.js";
import { boxOf, distance } from "./places.js";
import { allPictures, Stage } from "./stage.js";

const MOST = 2500;
const BOX_PX = 14;
const SAME_BEACH_M = 5000;
const CROWD = 600;
const el = (id) => document.getElementById(id);
const sides = [];

async function open(section) {
  const { api, alone, area } = section.dataset;
  const element = section.querySelector(".stage");
  const asked = new URLSearchParams({ limit: MOST });
  if (alone) asked.set("image_id", alone);
  if (area) asked.set("area_id", area);
  const side = { element, stage: null, items: [], looks: looksOf([]) };
  try {
    const [pictures, page] = await Promise.all([allPictures(api, getJson), getJson(`${api}/items?${asked}`)]);
    const here = pictures.filter((one) => (alone ? one.image_id === alone : one.lattice && (!area || one.area_id === area)));
    element.querySelector("[data-waiting]").remove();
    side.items = page.items;
    side.isComplete = page.next === null;
    side.stage = new Stage(element, api, here, (drawn) => paint(side, drawn));
  } catch (error) {
    element.querySelector("[data-waiting]")?.replaceChildren(error.message);
    say(error.message);
  } finally {
    element.setAttribute("aria-busy", "false");
  }
  return side;
}

function paint(side, { context, at, width, height }) {
  if (!side.stage || !el("with-items").checked) return;
  const size = side.items.length > CROWD ? 3 : 4.5;
  for (const one of side.items) {
    const place = side.stage.places.get(one.image_id);
    if (!place) continue;
    const points = boxOf(one).map((point) => at(L.latLng(place.toLatLng(point))));
    const [x, y] = [(points[0][0] + points[2][0]) / 2, (points[0][1] + points[2][1]) / 2];
    if (x < -100 || y < -100 || x > width + 100 || y > height + 100) continue;
    const look = side.looks.get(one.item_class) ?? side.looks.get("plastic");
    const validated = one.status === "validated";
    if (Math.hypot(points[2][0] - points[0][0], points[2][1] - points[0][1]) < BOX_PX) drawMark(context, [x, y], look, { size, validated });
    else drawBox(context, points, look, { validated });
  }
}

let moving = false;

/** Let one map show what the other one does. */
function follow(one, other) {
  one.stage.map.on("move", () => {
    if (moving || !el("together").checked) return;
    moving = true;
    other.stage.map.setView(one.stage.map.getCenter(), one.stage.map.getZoom(), { animate: false });
    moving = false;
  });
}

async function begin() {
  const found = await Promise.all([...document.querySelectorAll("[data-side]")].map(open));
  sides.push(...found.filter((side) => side.stage));
  const classes = [...new Set(sides.flatMap((side) => side.items.map((one) => one.item_class)))].sort();
  for (const side of sides) {
    side.looks = looksOf(classes);
    side.stage.repaint();
    side.element.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || !side.stage.key(event.key, { arrows: true })) return;
      event.preventDefault();
    });
  }
  if (sides.some((side) => !side.isComplete)) say(`Of a survey with more items, the surest ${MOST} are shown.`);
  el("with-items").addEventListener("change", () => sides.forEach((side) => side.stage.repaint()));
  const [one, other] = sides;
  const isOneBeach = other && one.stage.lies && other.stage.lies && distance(one.stage.bounds.getCenter(), other.stage.bounds.getCenter()) < SAME_BEACH_M;
  if (isOneBeach) {
    const both = L.latLngBounds(one.stage.bounds.getSouthWest(), one.stage.bounds.getNorthEast()).extend(other.stage.bounds);
    for (const side of sides) side.stage.bounds = both;
    follow(one, other);
    follow(other, one);
    one.stage.whole({ animate: false });
  } else {
    el("together").checked = false;
    el("together").disabled = true;
    el("together").parentElement.append(other?.stage.lies && one.stage.lies ? " (these are more than 5 km apart)" : " (not both lie on the ground)");
  }
  el("pair").dataset.ready = "yes";
}

begin();
