// What the editor says beside the scan: of an object, of its lines, of the pieces they make.

import { PIECES } from "./shapes.js";

function made(tag, kind, text, ...within) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (text) element.textContent = text;
  element.append(...within);
  return element;
}

const digits = (value) => Number(value.toPrecision(3));

/** An object in the queue: whether somebody has looked, its number, how sure the model is. */
export function queueItem(one, isCurrent, withScan) {
  const kind = one.drawn === null ? "" : one.drawn.length ? "cut" : "whole";
  const looked = { "": "not looked at", cut: "cut by a person", whole: "kept whole by a person" }[kind];
  const button = made("button", "", "", made("span", `done-of ${kind}`, looked), made("span", "taxon", withScan ? `${one.number} · ${one.scan_id}` : `Object ${one.number}`),
    made("span", "small", one.score === null ? "" : `${Math.round(one.score * 100)} %`));
  button.type = "button";
  button.dataset.name = one.name;
  if (isCurrent) button.setAttribute("aria-current", "true");
  return made("li", "", "", button);
}

/** Who drew the lines on an object, and what the model thinks of it. */
export function stateOf(one) {
  const mark = made("span", `mark ${one.drawn === null ? "predicted" : "validated"}`);
  if (one.drawn !== null) mark.textContent = `${one.drawn.length ? "lines" : "kept whole"} by ${one.by || "a person"}`;
  else mark.textContent = one.proposed.length ? "lines by the machine, not looked at" : "no line proposed, not looked at";
  const sure = one.score === null ? "" : `The model: ${Math.round(one.score * 100)} % that it is several organisms.`;
  return [mark, made("br"), made("span", "small", sure)];
}

/** What the lines do, in words; `isUseless` where they do nothing. */
export function verdictOf({ divided, pieces, dropped }, lines) {
  const isUseless = lines > 0 && !divided;
  let words = divided ? `${pieces.length} ${pieces.length === 1 ? "piece" : "pieces"}` : isUseless ? "The lines do not divide it yet" : "One object, whole";
  if (dropped.length) words += `; ${dropped.length === 1 ? "a piece" : `${dropped.length} pieces`} too small to count left out`;
  return { words, isUseless };
}

/** A piece: its number, area and diameter. */
export function pieceItem({ area_px: area }, at, side) {
  const diameter = 2 * Math.sqrt(area / Math.PI);
  const told = side ? `${digits(area * side * side)} mm², diameter ${digits(diameter * side)} mm` : `${area.toLocaleString()} px`;
  return made("li", "", "", made("span", `disk of-${at % PIECES.length}`, String(at + 1)), made("span", "n", told));
}

/** A line, with a button that erases it. */
export function lineItem(at, erase, hover) {
  const button = made("button", "button quiet", "Erase");
  button.type = "button";
  button.setAttribute("aria-label", `Erase line ${at + 1}`);
  button.addEventListener("click", () => erase(at));
  for (const [event, number] of [["mouseenter", at], ["focus", at], ["mouseleave", -1], ["blur", -1]]) button.addEventListener(event, () => hover(number));
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of [["width", 22], ["height", 10], ["aria-hidden", "true"]]) shape.setAttribute(name, value);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M1 5h20");
  shape.append(path);
  return made("li", "", "", shape, `Line ${at + 1}`, button);
}
