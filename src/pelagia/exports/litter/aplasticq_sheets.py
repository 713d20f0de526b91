"""The tables that the litter module of DFKI answers for each picture, made of a result of ours, nothing truncated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.litter.pictures import image_names, read_pictures
from pelagia.exports.tables import records

# Names and their order as in the module (ai4os-hub/litter-assessment).
PLD_LABELS: Mapping[str, str] = {
    "Litter - high": "litter high",
    "Litter - low": "litter low",
    "Organic debris": "organic debris",
    "Other": "other",
    "Sand": "sand",
    "Stones": "stones",
    "Vegetation": "vegetation",
    "Water": "water",
}
"""What the module calls a class of tiles → what we call it."""
PLQ_LABELS = (
    "P - bags LPDE thick",
    "P - bags LPDE",
    "P - bags robust PET",
    "P - wrappers under 10cm",
    "P - wrappers over 10cm",
    "P - bottles PET",
    "P - polystyrene under 20cm",
    "P - polystyrene over 20cm",
    "P - PPCP bottle",
    "P - PPCP medical waste",
    "P - PPCP other",
    "P - fishing gear",
    "P - cup lids, caps and small plastics",
    "P - other plastics over 20cm",
    "NP - rubber",
    "NP - metal",
    "NP - glass",
    "NP - other",
    "NW - sand",
    "NW - vegetation",
    "NW - wood",
    "NW - water",
    "NW - other",
)
OURS: Mapping[str, str] = {"P - bags LPDE thick": "P - bags LDPE thick", "P - bags LPDE": "P - bags LDPE"}
"""Where we spell a class otherwise."""
UNASSIGNED = "items of no certain class"
"""Beside its classes: plastic of which nobody knows whether it is a bag or a bottle is not put under either."""
DETECTION, QUANTIFICATION = "Litter Detection", "Litter Quantification"
_ITEM_COLUMNS = ("image_id", "item_class", "plq_class", "is_counted", "is_deleted")
_QUANTITY_COLUMNS = ("image_id", "tile_class", "kind", "tiles", "area_m2", "volume_m3", "items")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """What the module answers of one picture.

    Parameters
    ----------
    picture
        Its row of ``pictures``.
    file
        Its file, without the place where it was.
    detection
        Label → tiles of the class; below, abundance and litter in m² and m³, ``None`` where the ground sampling
        distance is not known.
    quantification
        Label → ``classifications`` (tiles of 12.8 cm that items of the class fill), ``assessed abundances`` (times the
        factor of the class) and ``counted items``.
    """

    picture: Mapping[str, Any]
    file: str
    detection: Mapping[str, float | None]
    quantification: Mapping[str, Mapping[str, float | None]]

    @property
    def name(self) -> str:
        """What its files begin with."""
        return str(self.picture["image_id"])


def sheets_of(result: Result) -> Iterator[Sheets]:
    """Yield the tables of every picture."""
    pictures = read_pictures(result)
    tiles: dict[str, dict[str, int]] = {name: {} for name in pictures}
    for row in records(result.tables["tiles"], ("image_id", "tile_class")):
        own = tiles[row["image_id"]]
        own[row["tile_class"]] = own.get(row["tile_class"], 0) + 1
    counts: dict[str, dict[str, int]] = {name: {} for name in pictures}
    for row in records(result.tables["items"], _ITEM_COLUMNS):
        if row["is_counted"] and not row["is_deleted"]:
            own, label = counts[row["image_id"]], row["plq_class"] or UNASSIGNED
            own[label] = own.get(label, 0) + 1
    quantities: dict[str, dict[tuple[str, str], Mapping[str, Any]]] = {name: {} for name in pictures}
    for row in records(result.tables["quantities"], _QUANTITY_COLUMNS):
        if row["image_id"] in quantities:
            quantities[row["image_id"]][row["kind"], row["tile_class"]] = row
    files = image_names(list(pictures.values()))
    for name, picture in pictures.items():
        yield Sheets(
            picture=picture,
            file=files[name],
            detection=_detection(tiles[name], quantities[name]),
            quantification=_quantification(counts[name], quantities[name]),
        )


def rows_of(sheets: Sheets) -> Mapping[str, Sequence[Sequence[object]]]:
    """Return the rows of each sheet of a picture's workbook, with their headers, by the sheet's name."""
    columns = ("classifications", "assessed abundances", "counted items")
    return {
        DETECTION: [("", "result"), *sheets.detection.items()],
        QUANTIFICATION: [
            ("", *columns),
            *((label, *(row[name] for name in columns)) for label, row in sheets.quantification.items()),
        ],
    }


def _detection(
    tiles: Mapping[str, int], quantities: Mapping[tuple[str, str], Mapping[str, Any]]
) -> dict[str, float | None]:
    litter = quantities.get(("tiles", "all"), {})
    debris = quantities.get(("tiles", "organic debris"), {})
    return {
        **{label: tiles.get(ours, 0) for label, ours in PLD_LABELS.items()},
        "Litter abundances": litter.get("items"),
        "Litter m²": litter.get("area_m2"),
        "Litter m³": litter.get("volume_m3"),
        "Org. Debris m²": debris.get("area_m2"),
        "Org. Debris m³": debris.get("volume_m3"),
    }


def _quantification(
    counts: Mapping[str, int], quantities: Mapping[tuple[str, str], Mapping[str, Any]]
) -> dict[str, Mapping[str, float | None]]:
    is_known = ("tiles", "all") in quantities
    found: dict[str, Mapping[str, float | None]] = {}
    for label in PLQ_LABELS:
        ours = OURS.get(label, label)
        row = quantities.get(("items", ours), {"tiles": 0.0, "items": 0.0} if is_known else {})
        found[label] = _row(row.get("tiles"), row.get("items"), counts.get(ours, 0))
    return {**found, UNASSIGNED: _row(None, None, counts.get(UNASSIGNED, 0))}


def _row(tiles: float | None, items: float | None, counted: int) -> Mapping[str, float | None]:
    return {"classifications": tiles, "assessed abundances": items, "counted items": counted}
