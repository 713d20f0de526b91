// What the page says beside the map: of an item, of the list, of the totals, of the survey.

import { markCanvas } from "./looks.js";
import { metres } from "./places.js";

export function made(tag, kind, text, ...within) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (text) element.textContent = text;
  element.append(...within);
  return element;
}

export const digits = (value, most = 3) => (value === null || value === undefined ? "–" : Number(value.toPrecision(most)).toLocaleString("en", { maximumFractionDigits: 6 }).replaceAll(",", "\u202f"));
export const whole = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en").replaceAll(",", "\u202f"));
export const percent = (share) => `${Math.round(share * 100)} %`;
/** What stands before the name of a file that somebody sent. */
const UPLOAD = /^upload:\/\/[a-z0-9]+\//;
const STATES = { deleted: "deleted", changed: "corrected", added: "added by hand" };

/** A place in words: `6.07664° S, 106.78913° E`. */
export function placeInWords(latitude, longitude, decimals = 6) {
  const part = (value, [plus, minus]) => `${Math.abs(value).toFixed(decimals)}° ${value < 0 ? minus : plus}`;
  return `${part(latitude, "NS")}, ${part(longitude, "EW")}`;
}

/** Predicted or validated, by word and shape; and what else a person made of it. */
export function statusOf(one) {
  const mark = made("span", `mark ${one.status}`, one.status === "validated" ? `validated${one.validated_by ? ` by ${one.validated_by}` : ""}` : "predicted by the model");
  const more = [STATES[one.state], one.duplicate_of ? "seen on another picture already" : one.counted || one.state === "deleted" ? "" : "not counted", one.pending ? "not in the figures yet" : ""].filter(Boolean);
  return [mark, made("span", "small", more.length ? ` ${more.join(", ")}` : "")];
}

/** An item in the list. */
export function listItem(one, look, isCurrent) {
  const button = made("button", "", "", markCanvas(look, { validated: one.status === "validated", deleted: one.state === "deleted", faint: !one.counted }),
    made("span", "taxon", one.item_class || "without a class"), made("span", "small", one.score === null ? "by hand" : percent(one.score)),
    made("span", `mark-of ${one.status}`, one.status));
  button.type = "button";
  button.dataset.name = one.name;
  if (isCurrent) button.setAttribute("aria-current", "true");
  return made("li", "", "", button);
}

export function factRows(pairs) {
  return pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([label, value]) => made("div", "", "", made("dt", "", label), value instanceof Node ? made("dd", "", "", value) : made("dd", "", value)));
}

/** What is known of an item. */
export function factsOf(one) {
  return factRows([
    ["Model is sure", one.score === null ? "drawn by hand" : percent(one.score)],
    ["Longer side", one.length_m === null || one.length_m === undefined ? null : metres(one.length_m)],
    ["Area of the box", one.area_m2 === null || one.area_m2 === undefined ? null : `${digits(one.area_m2)} m²`],
    ["Material", one.material],
    ["Joint List", one.j_code], ["OSPAR", one.ospar_code], ["APLASTIC-Q", one.plq_class],
    ["Model called it", one.predicted_class && one.predicted_class !== one.item_class ? one.predicted_class : null],
    ["Place", one.latitude === null ? `row ${Math.round(one.row)}, column ${Math.round(one.col)} px` : placeInWords(one.latitude, one.longitude)],
    ["Easting, northing", one.easting_m ? `${one.easting_m.toFixed(2)}, ${one.northing_m.toFixed(2)} (${(one.crs ?? "").slice(0, 24)})` : null],
    ["Picture", one.file ? one.file.replace(UPLOAD, "") : one.image_id],
    ["Same as", one.duplicate_of],
  ]);
}

const range = (low, high) => (low === null || low === undefined ? "" : `${digits(low)} – ${digits(high)}`);

/** A class in the table of totals: a switch, how many are shown, how many there are on 100 m. */
export function totalRow(name, look, { predicted, validated }, density, isOn) {
  const box = made("input");
  Object.assign(box, { type: "checkbox", checked: isOn, value: name });
  const label = made("label", "switch", "", box, markCanvas(look), made("span", "taxon", name || "without a class"));
  return made("tr", "", "", made("th", "", "", label), made("td", "n", whole(predicted)), made("td", "n validated", whole(validated)), densityCell(density));
}

export function densityCell(density) {
  const cell = made("td", "n", density ? digits(density.items_per_100m) : "–");
  const told = density && density.items_per_100m !== null ? range(density.items_per_100m_low, density.items_per_100m_high) : "";
  if (told) cell.append(made("span", "range", told));
  return cell;
}

/** A line or polygon of the survey. */
export function surveyItem(one, density, length, mayChange) {
  const show = made("button", "button quiet", one.name);
  Object.assign(show, { type: "button", title: "Show it on the map" });
  show.dataset.show = one.name;
  const told = [one.shape === "line" ? metres(one.length_m ?? length) : "polygon", density && density.items_per_100m !== null ? `${digits(density.items_per_100m)} items on 100 m` : "", one.pending ? "not in the figures yet" : ""];
  const row = made("li", "", "", show, made("span", "small", told.filter(Boolean).join(" · ")));
  if (mayChange) {
    const remove = made("button", "button quiet", "Remove");
    remove.type = "button";
    remove.dataset.remove = one.name;
    remove.append(made("span", "sr", ` ${one.name}`));
    row.append(remove);
  }
  return row;
}
