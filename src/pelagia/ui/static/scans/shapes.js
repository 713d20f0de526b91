// How objects and lines look above a scan: each state has a colour, a kind of line and a shape of its own.

export const STATES = {
  predicted: { colour: "#0b6c75", dash: [], width: 1.5, told: "named by the model" },
  validated: { colour: "#1b6b43", dash: [], width: 3, told: "named by a person" },
  multiple: { colour: "#b33413", dash: [9, 4], width: 2, told: "taken for several organisms" },
  cut: { colour: "#5b3a9e", dash: [9, 3, 2, 3], width: 2, told: "a piece of a cut object" },
  unnamed: { colour: "#43596f", dash: [2, 3], width: 1.5, told: "without a name" },
};
const LEAST_STEP_PX = 1.5;
export const LINE = { colour: "#e4572e", width: 3 };
export const PIECES = ["#0e7c86", "#5b3a9e", "#9a6700", "#a3195b", "#2b5fb3", "#4c7a12"];

/** The state an object is shown in. */
export function stateOf(object) {
  if (object.status === "validated") return "validated";
  if (object.multiple) return "multiple";
  if (object.piece !== null) return "cut";
  return object.status === "predicted" ? "predicted" : "unnamed";
}

/** Draw a closed outline of points in the scan. */
export function drawOutline(context, picture, points, { colour, dash = [], width, fill = "", halo = true }) {
  trace(context, picture, points);
  context.closePath();
  if (fill) {
    context.fillStyle = fill;
    context.fill();
  }
  if (halo) stroke(context, "#fff", width + 1.5, []);
  stroke(context, colour, width, dash);
}

/** Draw a line that cuts. */
export function drawLine(context, picture, points, { colour = LINE.colour, width = LINE.width, dash = [] } = {}) {
  trace(context, picture, points);
  stroke(context, "#fff", width + 2.5, []);
  stroke(context, colour, width, dash);
}

/** Draw what stands for an object that is too small on the screen: a shape for each state. */
export function drawMark(context, [x, y], state, size) {
  const { colour } = STATES[state];
  context.beginPath();
  if (state === "validated") context.rect(x - size, y - size, 2 * size, 2 * size);
  else if (state === "multiple") diamond(context, x, y, size * 1.4);
  else if (state === "cut") {
    context.moveTo(x - size, y + size);
    context.lineTo(x + size, y - size);
    context.moveTo(x - size, y - size / 2);
    context.arc(x, y, size, -Math.PI, Math.PI);
  } else context.arc(x, y, size, 0, 2 * Math.PI);
  if (state === "validated") {
    context.fillStyle = colour;
    context.fill();
  }
  if (size > 3) stroke(context, "#fff", 3.5, []);
  stroke(context, colour, size > 3 ? 1.75 : 1.25, state === "unnamed" ? [2, 2] : []);
}

/** Draw a number in a disk. */
export function drawNumber(context, [x, y], number, colour) {
  context.beginPath();
  context.arc(x, y, 11, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 1.5;
  context.setLineDash([]);
  context.strokeStyle = "#fff";
  context.stroke();
  context.fillStyle = "#fff";
  context.font = "600 13px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(String(number), x, y + 0.5);
}

function diamond(context, x, y, size) {
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
}

/** Points that nobody can tell apart on the screen are left out. */
function trace(context, picture, points) {
  context.beginPath();
  let [left, top] = [-Infinity, -Infinity];
  points.forEach((point, at) => {
    const [x, y] = picture.toScreen(point);
    if (at > 0 && at < points.length - 1 && Math.abs(x - left) + Math.abs(y - top) < LEAST_STEP_PX) return;
    context[at ? "lineTo" : "moveTo"](x, y);
    [left, top] = [x, y];
  });
}

function stroke(context, colour, width, dash) {
  context.lineWidth = width;
  context.lineJoin = "round";
  context.lineCap = dash.length ? "butt" : "round";
  context.setLineDash(dash);
  context.strokeStyle = colour;
  context.stroke();
}

/** Whether a point lies inside an outline. */
export function isInside(points, [row, col]) {
  let inside = false;
  for (let at = 0, before = points.length - 1; at < points.length; before = at, at += 1) {
    const [[r1, c1], [r2, c2]] = [points[at], points[before]];
    if (r1 > row !== r2 > row && col < ((c2 - c1) * (row - r1)) / (r2 - r1) + c1) inside = !inside;
  }
  return inside;
}

/** How far a point is from a line of several points. */
export function distance(points, [row, col]) {
  let least = Infinity;
  for (let at = 1; at < points.length; at += 1) {
    const [[r1, c1], [r2, c2]] = [points[at - 1], points[at]];
    const [dr, dc] = [r2 - r1, c2 - c1];
    const along = Math.max(0, Math.min(1, ((row - r1) * dr + (col - c1) * dc) / (dr * dr + dc * dc || 1)));
    least = Math.min(least, Math.hypot(row - r1 - along * dr, col - c1 - along * dc));
  }
  return least;
}

/** The same line with fewer points, none of them farther than `away` from where it was. */
export function simplified(points, away) {
  if (points.length < 3) return points;
  const ends = [points[0], points.at(-1)];
  let [worst, at] = [0, 0];
  for (let here = 1; here < points.length - 1; here += 1) {
    const far = distance(ends, points[here]);
    if (far > worst) [worst, at] = [far, here];
  }
  if (worst <= away) return ends;
  return [...simplified(points.slice(0, at + 1), away).slice(0, -1), ...simplified(points.slice(at), away)];
}

/** The place within an outline that is farthest from its edge and from some lines. */
export function roomiest({ row, col, height, width }, outline, lines, steps = 16) {
  let [best, most] = [[row + height / 2, col + width / 2], -1];
  const edge = [...outline, outline[0]];
  for (let down = 0.5; down < steps; down += 1) {
    for (let across = 0.5; across < steps; across += 1) {
      const place = [row + (height * down) / steps, col + (width * across) / steps];
      if (!isInside(outline, place)) continue;
      const room = Math.min(distance(edge, place), ...lines.map((line) => distance(line, place) / 2));
      if (room > most) [best, most] = [place, room];
    }
  }
  return best;
}
