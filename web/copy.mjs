// Copies the browser libraries named here from node_modules into the web app, with their licences.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const VENDOR = join(HERE, "..", "src", "pelagia", "ui", "static", "vendor");

// file in node_modules → its name in static/vendor
const FILES = {
  "htmx.org/dist/htmx.min.js": "htmx.min.js",
  "leaflet/dist/leaflet.css": "leaflet.css",
  "leaflet/dist/leaflet.js": "leaflet.js",
  "openseadragon/build/openseadragon/openseadragon.min.js": "openseadragon.min.js",
};
const LICENCES = { "htmx.org": "LICENSE", leaflet: "LICENSE", openseadragon: "LICENSE.txt", "world-atlas": "LICENSE" };

const read = (name) => readFileSync(join(HERE, "node_modules", name), "utf8");

rmSync(VENDOR, { recursive: true, force: true });
mkdirSync(VENDOR, { recursive: true });
for (const [from, to] of Object.entries(FILES)) {
  mkdirSync(dirname(join(VENDOR, to)), { recursive: true });
  // Maps are not shipped, so that browsers shall not look for them.
  writeFileSync(join(VENDOR, to), read(from).replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"));
}
// Of the coast only the lines are drawn: their arcs as TopoJSON has them, without what they bound.
const { transform, arcs } = JSON.parse(read("world-atlas/land-50m.json"));
writeFileSync(join(VENDOR, "coastline.json"), `${JSON.stringify({ transform, arcs })}\n`);
const versions = [];
for (const [name, file] of Object.entries(LICENCES)) {
  const about = JSON.parse(read(join(name, "package.json")));
  copyFileSync(join(HERE, "node_modules", name, file), join(VENDOR, `LICENSE-${name}.txt`));
  versions.push(`${name} ${about.version} (${about.license})`);
}
writeFileSync(join(VENDOR, "versions.txt"), versions.join("\n") + "\n");
