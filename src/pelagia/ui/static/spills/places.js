// Places as people type them, and figures of what they draw.

import { near } from "./sea.js";

const RADIUS_KM = 6371.0088;
const NUMBER = /(\d+(?:[.,]\d+)?)\s*(?:°|deg|d)?\s*(?:(\d+(?:[.,]\d+)?)\s*(?:'|′|’|m)?\s*)?(?:(\d+(?:[.,]\d+)?)\s*(?:"|″|”|s)?)?/;

/** One coordinate: `37.5`, `37°30'N`, `-5 12 00`, `5.2 W`; NaN where it is none. */
function coordinate(text) {
  const found = text.trim().match(new RegExp(`^([NSEW])?\\s*([+\\-−–]?)\\s*${NUMBER.source}\\s*([NSEW])?$`, "i"));
  if (!found) return { value: NaN, axis: "" };
  const [, before, sign, degrees, minutes = "0", seconds = "0", after] = found;
  const [d, m, s] = [degrees, minutes, seconds].map((part) => Number(part.replace(",", ".")));
  const side = (before ?? after ?? "").toUpperCase();
  const minus = /[-−–]/.test(sign) !== /[SW]/.test(side);
  return { value: (d + m / 60 + s / 3600) * (minus ? -1 : 1), axis: /[NS]/.test(side) ? "lat" : side ? "lon" : "" };
}

/** The two halves of a line: parted by a semicolon, a comma or a tab, after N or S, or in the middle. */
function halves(line) {
  for (const sign of [";", "\t"]) if (line.split(sign).length === 2) return line.split(sign);
  const commas = line.split(/,\s*/);
  if (commas.length === 2) return commas;
  // 37,5, 5,2: decimal commas
  if (commas.length === 4) return [`${commas[0]}.${commas[1]}`, `${commas[2]}.${commas[3]}`];
  const sides = line.match(/^(.*?[NSEW])\s+(.*[NSEW])$/i);
  if (sides) return [sides[1], sides[2]];
  const words = line.trim().split(/\s+/);
  return words.length % 2 ? [] : [words.slice(0, words.length / 2).join(" "), words.slice(words.length / 2).join(" ")];
}

/** A place that somebody typed: {lat, lng}, or null. */
export function placeFrom(line) {
  const found = halves(line).map(coordinate);
  if (found.length !== 2 || found.some(({ value }) => !Number.isFinite(value))) return null;
  const [one, other] = found[0].axis === "lon" || found[1].axis === "lat" ? [found[1], found[0]] : found;
  if (Math.abs(one.value) > 90 || Math.abs(other.value) > 360) return null;
  return { lat: one.value, lng: other.value };
}

/** Shapes from lines of text; throws what is wrong with which line. */
export function shapesFrom(text) {
  const shapes = [];
  let points = [];
  const end = (number) => {
    if (points.length === 2) throw new Error(`Before line ${number + 1}: two corners are no slick. Give three or more, or one for a point.`);
    if (points.length) shapes.push(points);
    points = [];
  };
  const lines = text.split(/\r?\n/);
  lines.forEach((line, at) => {
    if (!line.trim()) {
      end(at);
      return;
    }
    const place = placeFrom(line);
    if (!place) throw new Error(`Line ${at + 1}: “${line.trim().slice(0, 40)}” is no latitude and longitude.`);
    points.push(place);
  });
  end(lines.length);
  // An outline that is closed by its first corner again.
  return shapes.map((ring) => (ring.length > 3 && ring[0].lat === ring.at(-1).lat && ring[0].lng === ring.at(-1).lng ? ring.slice(0, -1) : ring));
}

export const textOf = (shapes) => shapes.map((points) => points.map(({ lat, lng }) => `${lat.toFixed(5)}, ${near(lng, 0).toFixed(5)}`).join("\n")).join("\n\n");

/** Area inside an outline on the sphere, km². */
export function areaOf(points) {
  const rad = Math.PI / 180;
  let sum = 0;
  points.forEach((one, at) => {
    const other = points[(at + 1) % points.length];
    sum += (near(other.lng, one.lng) - one.lng) * rad * (2 + Math.sin(one.lat * rad) + Math.sin(other.lat * rad));
  });
  return Math.abs((sum * RADIUS_KM ** 2) / 2);
}

export function centreOf(points) {
  const [lat, lng] = ["lat", "lng"].map((name) => points.reduce((sum, one) => sum + (name === "lng" ? near(one.lng, points[0].lng) : one.lat), 0) / points.length);
  return { lat, lng };
}

/** The two sides of an outline that cross each other, as numbers of their first corners; null where none do. */
export function crossing(points) {
  const side = (a, b, c) => Math.sign((b.lng - a.lng) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lng - a.lng));
  const count = points.length;
  for (let one = 0; one < count; one += 1) {
    for (let other = one + 2; other < count; other += 1) {
      if (one === 0 && other === count - 1) continue;
      const [a, b, c, d] = [points[one], points[one + 1], points[other], points[(other + 1) % count]];
      if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return [one + 1, other + 1];
    }
  }
  return null;
}

/** What was drawn as GeoJSON; counter-clockwise, longitudes from -180 to 180. */
export function geoJson(shapes) {
  const place = ({ lat, lng }) => [Number(near(lng, 0).toFixed(6)), Number(lat.toFixed(6))];
  const features = shapes.map((points, at) => {
    const ring = points.map(place);
    const geometry = points.length === 1 ? { type: "Point", coordinates: ring[0] } : { type: "Polygon", coordinates: [[...ring, ring[0]]] };
    return { type: "Feature", properties: { slick: at + 1 }, geometry };
  });
  return { type: "FeatureCollection", features };
}

/** The outlines in a GeoJSON file, to be looked at: rings and points of {lat, lng}. */
export function shapesIn(told) {
  const found = [];
  const place = ([lng, lat]) => ({ lat, lng });
  const walk = (one) => {
    if (!one || typeof one !== "object") return;
    if (Array.isArray(one.features)) one.features.forEach(walk);
    if (Array.isArray(one.geometries)) one.geometries.forEach(walk);
    if (one.geometry) walk(one.geometry);
    if (one.type === "Point") found.push([place(one.coordinates)]);
    if (one.type === "MultiPoint") for (const each of one.coordinates) found.push([place(each)]);
    if (one.type === "Polygon") found.push(one.coordinates[0].map(place));
    if (one.type === "MultiPolygon") for (const each of one.coordinates) found.push(each[0].map(place));
  };
  walk(told);
  return found.filter((points) => points.every(({ lat, lng }) => Number.isFinite(lat) && Number.isFinite(lng)));
}
