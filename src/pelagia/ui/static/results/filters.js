// What of the images is asked for: by the controls above them, and by the address of the page.

const el = (id) => document.getElementById(id);

/** Fetch JSON; an error of the server is told in its words. */
export async function getJson(address) {
  const response = await fetch(address);
  const told = await response.json();
  if (!response.ok) throw new Error([told.detail, told.remedy].filter(Boolean).join(". "));
  return told;
}

/** What the controls say, as the query of the list of objects. */
export function chosenFilters(taxon, me) {
  const asked = new URLSearchParams();
  const status = el("status").value;
  if (taxon) asked.set("taxon", taxon);
  if (status === "disputed") asked.set("disputed", "true");
  else if (status === "mine") asked.set("annotator", me);
  else if (status) asked.set("status", status);
  const sure = el("confidence").value;
  if (sure) asked.set(sure.startsWith("-") ? "confidence_to" : "confidence_from", sure.replace("-", ""));
  if (el("sample")?.value) asked.set("sample", el("sample").value);
  asked.set("order", el("order").value);
  return asked;
}

/** Set the controls as the address says; returns the name asked for. */
export function restoreFilters() {
  const asked = new URLSearchParams(location.search);
  const set = (id, value) => {
    if (el(id) && value !== null) el(id).value = value;
  };
  set("order", asked.get("order"));
  set("status", asked.get("status"));
  if (asked.get("disputed") === "true") set("status", "disputed");
  if (asked.has("annotator")) set("status", "mine");
  if (asked.has("confidence_to")) set("confidence", `-${asked.get("confidence_to")}`);
  set("confidence", asked.get("confidence_from"));
  set("sample", asked.get("sample"));
  return asked.get("taxon") ?? "";
}

export function clearFilters() {
  for (const id of ["status", "confidence", "sample"]) if (el(id)) el(id).value = "";
}
