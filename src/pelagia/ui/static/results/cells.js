// The cells of the gallery: one for each object, its vignette at true scale, its name and how it came by it.

const LARGEST_PX = 260;
const USUAL_PX = 104;
const MOST_ZOOM = 4;
const WITHOUT_SIZE_PX = 72;

const SHAPES = { predicted: "○", validated: "■", unknown: "?", unclassified: "–" };

export function initials(name) {
  const words = name.replace(/@.*/, "").split(/[\s._-]+/).filter(Boolean);
  return (words.length > 1 ? words.slice(0, 3).map((word) => word[0]).join("") : name.slice(0, 2)).toUpperCase();
}

export function percent(share) {
  if (share === null || share === undefined) return "";
  const shown = Math.round(100 * share);
  return shown === 100 && share < 1 ? "> 99 %" : shown === 0 && share > 0 ? "< 1 %" : `${shown} %`;
}

export const named = (card) => card.taxon ?? "without a name";

/** Say of an object what its cell shows by shape and size. */
export function describe(card) {
  const parts = ["", card.status];
  if (card.size_um) parts.push(`${Number(card.size_um.toPrecision(3))} µm`);
  if (card.decided_by.length) parts.push(`by ${card.decided_by.map((vote) => vote.name).join(" and ")}`);
  if (card.disputed) parts.push(`people differ: ${card.decided_by.map((vote) => `${vote.name} ${vote.taxon}`).join(", ")}`);
  return parts.join(", ");
}

/** Screen pixels for a µm (or a pixel, where sizes are not known), the same for all of a page. */
export function scaleOf(cards, zoom) {
  const known = cards.length > 0 && cards.every((card) => card.pixel_size_um);
  const unit = (card) => (known ? card.pixel_size_um : 1);
  const sides = cards.filter((card) => card.width_px)
    .map((card) => Math.max(card.width_px, card.height_px) * unit(card)).sort((a, b) => a - b);
  const usual = sides.length ? sides[Math.floor(0.85 * (sides.length - 1))] : 40;
  const most = MOST_ZOOM / Math.max(...cards.map(unit), 1e-9);
  return { known, perUnit: Math.min((USUAL_PX * zoom) / usual, most * Math.max(1, zoom)) };
}

export function drawnSize(card, scale) {
  if (!card.width_px) return { width: WITHOUT_SIZE_PX, height: WITHOUT_SIZE_PX, shrunk: false };
  const factor = scale.perUnit * (scale.known ? card.pixel_size_um : 1);
  const fit = Math.min(1, LARGEST_PX / (Math.max(card.width_px, card.height_px) * factor));
  return {
    width: Math.max(4, Math.round(card.width_px * factor * fit)),
    height: Math.max(4, Math.round(card.height_px * factor * fit)),
    shrunk: fit < 1,
  };
}

function part(className, text = "") {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

export function makeCell(card, scale) {
  const cell = document.createElement("div");
  cell.className = "cell";
  cell.setAttribute("role", "option");
  cell.id = `object-${card.row}`;
  cell.dataset.row = card.row;
  cell.tabIndex = -1;
  const frame = part("frame");
  const canvas = document.createElement("canvas");
  const people = part("people");
  for (const shown of [canvas, people]) shown.setAttribute("aria-hidden", "true");
  frame.append(canvas, people);
  const told = part("told");
  const shape = part("shape");
  shape.setAttribute("aria-hidden", "true");
  told.append(shape, part("taxon"), " ", part("sure"));
  cell.append(frame, told, part("sr"));
  size(cell, card, scale);
  update(cell, card);
  return cell;
}

export function size(cell, card, scale) {
  const { width, height, shrunk } = drawnSize(card, scale);
  const canvas = cell.querySelector("canvas");
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  cell.classList.toggle("shrunk", shrunk);
  cell.title = shrunk ? "Drawn smaller than the others: it is too large for the page" : "";
}

/** Show what is known of an object now. */
export function update(cell, card) {
  cell.querySelector(".sr").textContent = describe(card);
  for (const status of Object.keys(SHAPES)) cell.classList.toggle(status, card.status === status);
  cell.classList.toggle("disputed", card.disputed);
  cell.querySelector(".shape").textContent = card.disputed ? "≠" : SHAPES[card.status];
  cell.querySelector(".taxon").textContent = named(card);
  cell.querySelector(".sure").textContent = card.status === "predicted" ? percent(card.confidence) : "";
  const people = cell.querySelector(".people");
  people.textContent = card.decided_by.map((vote) => initials(vote.name)).join(" ");
}

export function paint(cell, { bitmap, width, height }) {
  const canvas = cell.querySelector("canvas");
  cell.classList.add(bitmap ? "drawn" : "without");
  if (!bitmap) return;
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  canvas.dataset.width = width;
  canvas.dataset.height = height;
  bitmap.close();
}

/** The longest round number of µm (or pixels) that is not wider than `most` on the screen. */
export function scaleBar(perUnit, most = 90) {
  const length = most / perUnit;
  const power = 10 ** Math.floor(Math.log10(length));
  const round = [5, 2, 1].find((step) => step * power <= length * 1.000001) * power;
  return { length: round, width: round * perUnit };
}
