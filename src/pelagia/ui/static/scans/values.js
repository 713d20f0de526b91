// What a field takes, and the conversions offered for it. The server says the same, and has the last word.

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const MOMENT = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i;
const AS_ZOOPROCESS = /^(\d{4})(\d\d)(\d\d)[-_ ]?(\d\d)(\d\d)()()$/;
const POSITIONS = ["latitude", "longitude", "latitude_end", "longitude_end"];

/** Read what a column takes off its heading. */
export function fieldOf(heading, longest) {
  const { field, label, unit, kind, low, high, open, what, remedy } = heading.dataset;
  const bound = (text) => Number(text.replace("inf", "Infinity"));
  return { name: field, label, unit, kind, low: bound(low), high: bound(high), open: open === "true", what, remedy, longest };
}

/**
 * Read what was typed.
 * @returns {{text: string, wrong: {what: string, remedy: string} | null}} the text as it is kept, or why it cannot be
 */
export function read(field, typed) {
  const text = typed.replace(/\s+/g, " ").trim();
  const wrong = { what: field.what, remedy: field.remedy };
  if (!text) return { text, wrong: null };
  if (field.kind === "text") return { text, wrong: text.length > field.longest || /\p{C}/u.test(text) ? wrong : null };
  if (field.kind === "moment") {
    const moment = momentOf(text);
    return moment === null ? { text, wrong } : { text: moment, wrong: null };
  }
  const plain = text.replace(",", ".");
  const number = NUMBER.test(plain) ? Number(plain) : NaN;
  const isAbove = field.open ? number > field.low : number >= field.low;
  return isAbove && number <= field.high ? { text: String(number), wrong: null } : { text, wrong };
}

/** Whether two texts stand for the same value. */
export function same(field, one, other) {
  if (one === other) return true;
  if (field.kind !== "number" || !one || !other) return false;
  return Number(one).toPrecision(10) === Number(other).toPrecision(10);
}

/** The value as the server takes it. */
export function asJson(field, text) {
  return field.kind === "number" && text ? Number(text) : text;
}

function momentOf(text) {
  const found = MOMENT.exec(text) ?? AS_ZOOPROCESS.exec(text);
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0));
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isThere = at.getUTCMonth() === month - 1 && at.getUTCDate() === day && at.getUTCHours() === hour;
  if (!isThere || minute > 59 || second > 59) return null;
  const zone = /([+-])(\d\d):?(\d\d)/.exec(found[7] ?? "");
  const ahead = zone ? (zone[1] === "-" ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
  const iso = new Date(at.getTime() - ahead * 60_000).toISOString();
  return iso.slice(17, 19) === "00" ? `${iso.slice(0, 16)}Z` : `${iso.slice(0, 19)}Z`;
}

const rounded = (number) => Number(number.toFixed(6));

function fromMinutes(number) {
  const size = Math.abs(number);
  const degrees = Math.trunc(size);
  const minutes = Number(((size - degrees) * 100).toFixed(4));
  if (minutes >= 60) return { why: "60 minutes or more: it is in decimal degrees already" };
  return { number: rounded(Math.sign(number) * (degrees + minutes / 60)) };
}

/** What can be worked out of the numbers of a field; `make` returns the new number, or why there is none. */
export const HELPERS = [
  { name: "sign", label: "Turn the sign", title: "7.54 → -7.54", fields: POSITIONS, make: (number) => ({ number: -number }) },
  {
    name: "minutes", label: "DD.MM → decimal", title: "54.30 as 54° 30′ → 54.5", fields: POSITIONS, make: fromMinutes,
  },
  {
    name: "litres", label: "Litres → m³", title: "divided by 1000", fields: ["volume_m3"],
    make: (number) => ({ number: rounded(number / 1000) }),
  },
  {
    name: "millimetres", label: "mm → µm", title: "times 1000", fields: ["net_mesh_um", "min_mesh_um", "max_mesh_um"],
    make: (number) => ({ number: rounded(number * 1000) }),
  },
];
