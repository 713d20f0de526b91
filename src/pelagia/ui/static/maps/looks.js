// How things on the map are drawn: colours that colour-blind people tell apart, and a shape for each class.

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7a5230", "#5b3a9e", "#4c7a12", "#a3195b"];
const SHAPES = ["circle", "square", "triangle", "diamond", "cross", "pentagon", "wedge", "bar", "star", "ring"];
const MAIN = ["plastic", "metal", "glass", "paper"];
export const INK = "#0b2239";
/** Classes of ground in the order of the model; map.css has the same colours. */
export const GROUND = ["#b2182b", "#ef8a62", "#8c510a", "#4393c3", "#f0dfa8", "#5aae61", "#878787", "#762a83"];
/** viridis, from none to most. */
const SCALE = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

/** The look of each class, the same on every map of the same classes. */
export function looksOf(classes) {
  const names = [...MAIN, ...classes.filter((name) => !MAIN.includes(name)).sort()];
  return new Map(names.map((name, at) => [name, { colour: COLOURS[at % COLOURS.length], shape: SHAPES[at % SHAPES.length] }]));
}

/** The colour of a share from 0 to 1. */
export function onScale(share) {
  const at = Math.min(0.9999, Math.max(0, share)) * (SCALE.length - 1);
  const [one, other] = [SCALE[Math.floor(at)], SCALE[Math.floor(at) + 1]];
  const part = at - Math.floor(at);
  return one.map((value, band) => Math.round(value + (other[band] - value) * part));
}

function trace(context, shape, x, y, r) {
  context.beginPath();
  const corners = { square: 4, triangle: 3, diamond: 4, pentagon: 5, wedge: 3 }[shape];
  if (corners) {
    const turn = { square: Math.PI / 4, triangle: -Math.PI / 2, diamond: 0, pentagon: -Math.PI / 2, wedge: Math.PI / 2 }[shape];
    for (let at = 0; at < corners; at += 1) {
      const angle = turn + (at * 2 * Math.PI) / corners;
      context[at ? "lineTo" : "moveTo"](x + r * 1.15 * Math.cos(angle), y + r * 1.15 * Math.sin(angle));
    }
  } else if (shape === "cross" || shape === "star") {
    const [a, b] = [r * 1.1, r * 0.4];
    const points = [[-b, -a], [b, -a], [b, -b], [a, -b], [a, b], [b, b], [b, a], [-b, a], [-b, b], [-a, b], [-a, -b], [-b, -b]];
    const [cos, sin] = shape === "star" ? [Math.SQRT1_2, Math.SQRT1_2] : [1, 0];
    points.forEach(([px, py], at) => context[at ? "lineTo" : "moveTo"](x + px * cos - py * sin, y + px * sin + py * cos));
  } else if (shape === "bar") context.rect(x - r * 1.2, y - r * 0.6, r * 2.4, r * 1.2);
  else context.arc(x, y, r, 0, 2 * Math.PI);
  context.closePath();
}

/** Draw the mark of an item: full where a person validated it, hollow where the model says so. */
export function drawMark(context, [x, y], { colour, shape }, { size = 5, validated = false, faint = false, deleted = false } = {}) {
  context.setLineDash(faint ? [2, 2] : []);
  trace(context, shape, x, y, size);
  context.lineWidth = 4;
  context.strokeStyle = "rgb(255 255 255 / .85)";
  if (size > 3) context.stroke();
  context.fillStyle = validated ? colour : shape === "ring" || faint ? "rgb(255 255 255 / .15)" : "rgb(255 255 255 / .75)";
  context.fill();
  context.lineWidth = size > 3 ? 2 : 1.5;
  context.strokeStyle = colour;
  context.stroke();
  if (deleted) strike(context, x - size, y - size, x + size, y + size);
  context.setLineDash([]);
}

/** Draw the box of an item from near, with its class beside it. */
export function drawBox(context, points, { colour, shape }, { validated = false, faint = false, deleted = false, label = "", wide = 0 } = {}) {
  context.beginPath();
  points.forEach(([x, y], at) => context[at ? "lineTo" : "moveTo"](x, y));
  context.closePath();
  context.setLineDash([]);
  context.lineWidth = 4 + wide;
  context.strokeStyle = "rgb(255 255 255 / .8)";
  context.stroke();
  context.setLineDash(validated ? [] : faint ? [2, 4] : [7, 3]);
  context.lineWidth = (validated ? 3 : 2) + wide;
  context.strokeStyle = colour;
  context.stroke();
  context.setLineDash([]);
  const left = Math.min(...points.map(([x]) => x));
  const [right, top, bottom] = [Math.max(...points.map(([x]) => x)), Math.min(...points.map(([, y]) => y)), Math.max(...points.map(([, y]) => y))];
  if (deleted) strike(context, left, top, right, bottom);
  drawMark(context, [left, top], { colour, shape }, { size: 5, validated, faint });
  if (label) drawLabel(context, label, left + 10, top - 7);
}

function strike(context, left, top, right, bottom) {
  context.setLineDash([]);
  for (const [colour, width] of [["#fff", 5], ["#a83614", 2.5]]) {
    context.beginPath();
    context.moveTo(left, top);
    context.lineTo(right, bottom);
    context.moveTo(right, top);
    context.lineTo(left, bottom);
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }
}

export function drawLabel(context, text, x, y) {
  context.font = '600 13px system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
  const { width } = context.measureText(text);
  context.fillStyle = "rgb(255 255 255 / .88)";
  context.fillRect(x - 3, y - 12, width + 6, 17);
  context.fillStyle = INK;
  context.fillText(text, x, y + 1);
}

/** Draw a line or polygon of a survey: dashed where the figures do not have it yet. */
export function drawLine(context, points, { closed = false, pending = false, colour = "#e4572e", dots = true, fill = true } = {}) {
  if (!points.length) return;
  context.beginPath();
  points.forEach(([x, y], at) => context[at ? "lineTo" : "moveTo"](x, y));
  if (closed) {
    context.closePath();
    context.fillStyle = "rgb(228 87 46 / .12)";
    if (fill) context.fill();
  }
  for (const [paint, width] of [["rgb(255 255 255 / .9)", 6], [colour, 3]]) {
    context.setLineDash(pending && paint === colour ? [9, 5] : []);
    context.lineWidth = width;
    context.strokeStyle = paint;
    context.stroke();
  }
  context.setLineDash([]);
  if (!dots) return;
  for (const [x, y] of points) {
    context.beginPath();
    context.arc(x, y, 4, 0, 2 * Math.PI);
    context.fillStyle = "#fff";
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = colour;
    context.stroke();
  }
}

/** A mark as a small picture, for lists and legends. */
export function markCanvas(look, options = {}) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 40, height: 40, className: "mark-image" });
  canvas.setAttribute("aria-hidden", "true");
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  drawMark(context, [10, 10], look, { size: 6, ...options });
  return canvas;
}
