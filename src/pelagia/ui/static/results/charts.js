// The page of a result: charts as PNG, made here of the SVG file; a sample chosen; people invited.

import { say } from "../js/app.js";

const SCALE = 2;

async function savePng(link) {
  const response = await fetch(link.href);
  if (!response.ok) throw new Error(response.statusText);
  const text = await response.text();
  const box = text.match(/viewBox="0 0 ([\d.]+) ([\d.]+)"/);
  const [width, height] = [Number(box[1]), Number(box[2])];
  const sized = text.replace("<svg ", `<svg width="${width * SCALE}" height="${height * SCALE}" `);
  const address = URL.createObjectURL(new Blob([sized], { type: "image/svg+xml" }));
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  const png = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const save = document.createElement("a");
  save.href = URL.createObjectURL(png);
  save.download = link.dataset.png;
  save.click();
  setTimeout(() => URL.revokeObjectURL(save.href), 10_000);
}

for (const link of document.querySelectorAll("[data-png]")) {
  link.hidden = false;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    savePng(link).catch(() => say("The picture could not be made. Save the SVG instead."));
  });
}

for (const select of document.querySelectorAll("[data-submit]")) {
  select.addEventListener("change", () => select.form.submit());
}

async function change(address, options) {
  const response = await fetch(address, options);
  if (response.ok) {
    location.reload();
    return;
  }
  const told = await response.json();
  say([told.detail ?? "That did not work", told.remedy].filter(Boolean).join(". "));
}

for (const form of document.querySelectorAll("[data-invite]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const who = form.elements.who.value.trim();
    const body = JSON.stringify(who.includes("@") ? { email: who } : { account_id: who });
    change(form.dataset.invite, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  });
}

for (const button of document.querySelectorAll("[data-remove]")) {
  button.addEventListener("click", () => change(button.dataset.remove, { method: "DELETE" }));
}
