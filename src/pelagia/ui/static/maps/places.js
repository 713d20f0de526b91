// Where the pixels of pictures lie on a map, and lengths on the ground. Points of pictures are (row, column).

const RADIUS_M = 6_371_008.8;
const NEAR = 1e-7;

/** A picture that lies on the ground: straight between the nodes of its lattice. */
export class Place {
  constructor(picture) {
    Object.assign(this, { picture, ...picture.lattice });
  }

  get corners() {
    const { height_px: height, width_px: width } = this.picture;
    return [[0, 0], [0, width], [height, width], [height, 0]].map((point) => this.toLatLng(point));
  }

  get bounds() {
    const all = this.latitudes.flatMap((line, row) => line.map((latitude, col) => [latitude, this.longitudes[row][col]]));
    return L.latLngBounds(all);
  }

  toLatLng([row, col]) {
    const [upper, down] = between(this.rows, row);
    const [left, right] = between(this.cols, col);
    return [mean(this.latitudes, upper, left, down, right), mean(this.longitudes, upper, left, down, right)];
  }

  /** The pixel at a place: nearer and nearer, since straight lines are nearly the truth everywhere. */
  toPixel({ lat, lng }) {
    const { height_px: height, width_px: width } = this.picture;
    let point = [height / 2, width / 2];
    for (let tries = 0; tries < 12; tries += 1) {
      const here = this.toLatLng(point);
      const [byRow, byCol] = [this.toLatLng([point[0] + 1, point[1]]), this.toLatLng([point[0], point[1] + 1])];
      const [a, b] = [byRow[0] - here[0], byCol[0] - here[0]];
      const [c, d] = [byRow[1] - here[1], byCol[1] - here[1]];
      const [north, east] = [lat - here[0], lng - here[1]];
      const scale = a * d - b * c;
      const step = [(d * north - b * east) / scale, (a * east - c * north) / scale];
      point = [point[0] + step[0], point[1] + step[1]];
      if (Math.hypot(...step) < NEAR) break;
    }
    return point;
  }

  shows(latLng) {
    return holds(this.picture, this.toPixel(latLng));
  }

  length(one, other) {
    return distance(one, other);
  }
}

/** A picture that lies nowhere: shown in its own pixels, rows downwards. */
export class Sheet {
  constructor(picture) {
    this.picture = picture;
  }

  get corners() {
    return new Array(4).fill(0).map((_, at) => this.toLatLng([at > 1 ? this.picture.height_px : 0, at % 3 ? this.picture.width_px : 0]));
  }

  get bounds() {
    return L.latLngBounds(this.corners);
  }

  toLatLng([row, col]) {
    return [-row, col];
  }

  toPixel({ lat, lng }) {
    return [-lat, lng];
  }

  shows(latLng) {
    return holds(this.picture, this.toPixel(latLng));
  }

  /** In metres where the size of a pixel is known, else not at all. */
  length(one, other) {
    const { gsd_cm: gsd } = this.picture;
    return gsd ? (Math.hypot(one.lat - other.lat, one.lng - other.lng) * gsd) / 100 : NaN;
  }
}

export const boxOf = ({ row, col, height, width }) => [[row, col], [row, col + width], [row + height, col + width], [row + height, col]];

/** The great circle between two places, m. */
export function distance(one, other) {
  const [a, b] = [(one.lat * Math.PI) / 180, (other.lat * Math.PI) / 180];
  const [down, along] = [Math.sin((b - a) / 2), Math.sin(((other.lng - one.lng) * Math.PI) / 360)];
  return 2 * RADIUS_M * Math.asin(Math.sqrt(down * down + Math.cos(a) * Math.cos(b) * along * along));
}

export const lengthOf = (place, points) => points.slice(1).reduce((sum, point, at) => sum + place.length(points[at], point), 0);

/** A length in words: `12.4 m`. */
export function metres(length) {
  if (!Number.isFinite(length)) return "of unknown length";
  if (length >= 10_000) return `${(length / 1000).toFixed(1)} km`;
  return length >= 100 ? `${Math.round(length)} m` : length >= 1 ? `${length.toFixed(1)} m` : `${Math.round(length * 100)} cm`;
}

function holds({ height_px: height, width_px: width }, [row, col]) {
  return row >= 0 && col >= 0 && row <= height && col <= width;
}

function between(nodes, value) {
  let at = 0;
  while (at < nodes.length - 2 && nodes[at + 1] <= value) at += 1;
  return [at, (value - nodes[at]) / (nodes[at + 1] - nodes[at])];
}

function mean(values, row, col, down, right) {
  const upper = values[row][col] * (1 - right) + values[row][col + 1] * right;
  const lower = values[row + 1][col] * (1 - right) + values[row + 1][col + 1] * right;
  return upper * (1 - down) + lower * down;
}
