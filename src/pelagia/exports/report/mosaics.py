"""Vignettes side by side at one true scale, with a scale bar, and those the model is least sure of."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.core.table import Table
from pelagia.exports.report.basis import IMAGED, Basis
from pelagia.exports.report.numbers import nice_floor, percent, quantity
from pelagia.exports.report.selection import Selection, in_file_order, select_objects
from pelagia.io.cutting import iter_vignettes

STORED_SIDE_PX = 280
"""Vignettes are stored no larger than this."""
WEBP_QUALITY = 82
SHOWN_SIDE_PX = 270
"""No vignette is drawn larger than this; it would not fit a telephone."""
USUAL_SIDE_PX = 92
"""A large vignette of a mosaic (the 90th percentile) is drawn about this large."""
SMALLEST_MEDIAN_PX = 22
LARGEST_ZOOM = 3.0
"""CSS pixels a pixel of the image, at most."""
SCALE_BAR_PX = 90
CARD_SIDE_PX = 72
BYTES_PER_REPORT = 1_900_000
"""Of all vignettes together, before they are written as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One vignette: its address (a data URI) and its size on the page in CSS pixels."""

    uri: str
    width: int
    height: int
    title: str
    validated: bool
    shrunk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mosaic:
    """Vignettes of one taxon at one scale; ``scale`` is the length of the scale bar, if the scale is known."""

    taxon: str
    total: int
    validated: int
    pictures: tuple[Picture, ...]
    thumbnail: Picture
    scale: str
    scale_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """One of the particles the model is least sure of; ``short_id`` is its name without that of the sample."""

    object_id: str
    short_id: str
    sample_id: str
    picture: Picture
    size: str
    choices: tuple[tuple[str, str, float], ...]
    named: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """All pictures of a report."""

    mosaics: tuple[Mosaic, ...]
    doubtful: tuple[Doubtful, ...]
    unreadable: int

    @property
    def scales_known(self) -> bool:
        """Whether every mosaic has a scale bar."""
        return all(mosaic.scale for mosaic in self.mosaics)

    def thumbnail(self, taxon: str) -> Picture | None:
        """Return one vignette of a taxon."""
        return next((mosaic.thumbnail for mosaic in self.mosaics if mosaic.taxon == taxon), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A vignette as it was cut: the row it is of, its size in image pixels, and its encoded bytes."""

    row: dict[str, Any]
    width_px: int
    height_px: int
    encoded: bytes


def gallery(
    objects: Table | None,
    ranks: Mapping[str, int],
    own: Mapping[str, str] = MappingProxyType({}),
    basis: Basis = IMAGED,
) -> Gallery:
    """Choose, cut and encode the vignettes of a report.

    Parameters
    ----------
    objects
        The table of this name, if there is one.
    ranks
        Taxon → its place among the mosaics; those of the same rank stand by how many images there are.
    own
        Where the files of the result are (:func:`pelagia.exports.vignettes.own_files`).
    basis
        What the figures refer to: diameters are told in its unit.
    """
    selection = select_objects(objects) if objects is not None else None
    if selection is None:
        return Gallery(mosaics=(), doubtful=(), unreadable=0)
    chosen = {row["object_id"]: row for row in _all_rows(selection)}
    cuts = {cut.row["object_id"]: cut for cut in _cut(in_file_order(list(chosen.values())), own)}
    byte_share = BYTES_PER_REPORT / max(1, sum(len(cut.encoded) for cut in cuts.values()))
    mosaics = []
    for taxon, rows in selection.by_taxon.items():
        shown = _within([cuts[row["object_id"]] for row in rows if row["object_id"] in cuts], byte_share)
        if shown:
            mosaics.append(_mosaic(taxon, shown, selection, basis))
    least = [cuts[row["object_id"]] for row in selection.least_certain if row["object_id"] in cuts]
    return Gallery(
        mosaics=tuple(sorted(mosaics, key=lambda mosaic: ranks.get(mosaic.taxon, 0))),
        doubtful=tuple(_doubtful(cut, basis) for cut in least),
        unreadable=len(chosen) - len(cuts),
    )


def encoded_picture(image: npt.NDArray[np.uint8], side_px: int, title: str, validated: bool = False) -> Picture:
    """Return a vignette drawn to fit a square.

    Parameters
    ----------
    image
        (row, col, 3) uint8 RGB.
    side_px
        Of the square, in CSS pixels.
    title
        What is said of it where a pointer rests on it.
    validated
        Whether a person decided on it.
    """
    height, width = image.shape[:2]
    zoom = min(LARGEST_ZOOM, side_px / max(height, width))
    return Picture(
        uri=_data_uri(_encode(image)),
        width=max(1, round(width * zoom)),
        height=max(1, round(height * zoom)),
        title=title,
        validated=validated,
    )


def _all_rows(selection: Selection) -> Iterable[dict[str, Any]]:
    for rows in selection.by_taxon.values():
        yield from rows
    yield from selection.least_certain


def _cut(rows: Sequence[dict[str, Any]], own: Mapping[str, str]) -> Iterable[_Cut]:
    """Cut and encode the vignettes that can be read; one image is held at a time."""
    for row, vignette in zip(rows, iter_vignettes(rows, own), strict=True):
        if vignette.image is not None:
            height, width = vignette.image.shape[:2]
            yield _Cut(row=row, width_px=width, height_px=height, encoded=_encode(vignette.image))


def _encode(image: npt.NDArray[np.uint8]) -> bytes:
    height, width = image.shape[:2]
    zoom = min(1.0, STORED_SIDE_PX / max(height, width))
    if zoom < 1:
        size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    _, data = cv2.imencode(".webp", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY])
    return data.tobytes()


def _within(cuts: Sequence[_Cut], byte_share: float) -> list[_Cut]:
    """Return as many as make up this share of their bytes, one at least and all of them from a share of 1 on."""
    allowance = byte_share * sum(len(cut.encoded) for cut in cuts)
    kept: list[_Cut] = []
    for cut in cuts:
        allowance -= len(cut.encoded)
        if kept and allowance < -0.5:
            break
        kept.append(cut)
    return kept


def _mosaic(taxon: str, cuts: Sequence[_Cut], selection: Selection, basis: Basis) -> Mosaic:
    known = all(cut.row["pixel_size_um"] for cut in cuts)
    zoom = _zoom(cuts, known)
    scale_um = nice_floor(SCALE_BAR_PX / zoom) if known else 0.0
    surest = sorted(cuts, key=lambda cut: (cut.row["status"] != "validated", -(cut.row["confidence"] or 0.0)))
    return Mosaic(
        taxon=taxon,
        total=selection.totals[taxon],
        validated=selection.validated.get(taxon, 0),
        pictures=tuple(_picture(cut, zoom * (cut.row["pixel_size_um"] if known else 1.0), basis) for cut in surest),
        thumbnail=_fitted(surest[0], 36, basis),
        scale=f"{scale_um / basis.size_unit_um:g} {basis.size_unit}" if known else "",
        scale_px=round(scale_um * zoom, 1),
    )


def _zoom(cuts: Sequence[_Cut], known: bool) -> float:
    """Return CSS pixels per µm (per image pixel where the size is not known), the same for all."""
    unit = [cut.row["pixel_size_um"] if known else 1.0 for cut in cuts]
    sides = sorted(max(cut.width_px, cut.height_px) * size for cut, size in zip(cuts, unit, strict=True))
    usual = sides[int(0.9 * (len(sides) - 1))]
    zoom = min(USUAL_SIDE_PX / usual, SHOWN_SIDE_PX / sides[-1], LARGEST_ZOOM / max(unit))
    return min(max(zoom, SMALLEST_MEDIAN_PX / median(sides)), LARGEST_ZOOM / max(unit))


def _picture(cut: _Cut, zoom: float, basis: Basis) -> Picture:
    fit = min(1.0, SHOWN_SIDE_PX / (max(cut.width_px, cut.height_px) * zoom))
    return Picture(
        uri=_data_uri(cut.encoded),
        width=max(1, round(cut.width_px * zoom * fit)),
        height=max(1, round(cut.height_px * zoom * fit)),
        title=_title(cut.row, basis),
        validated=cut.row["status"] == "validated",
        shrunk=fit < 1,
    )


def _fitted(cut: _Cut, side_px: int, basis: Basis) -> Picture:
    """Return a vignette drawn to fit a square, whatever its true size."""
    zoom = min(LARGEST_ZOOM, side_px / max(cut.width_px, cut.height_px))
    return _picture(cut, zoom, basis)


def _title(row: dict[str, Any], basis: Basis) -> str:
    parts = [row["object_id"], str(row["status"])]
    if row["status"] == "predicted" and row["confidence"] is not None:
        parts.append(percent(row["confidence"]))
    return " · ".join([*parts, *([_size(row, basis)] if _size(row, basis) else [])])


def _size(row: dict[str, Any], basis: Basis) -> str:
    diameter = row["esd_um"] if row["esd_um"] is not None else row["abd_um"]
    return "" if diameter is None else f"{quantity(diameter / basis.size_unit_um, 2)} {basis.size_unit}"


def _doubtful(cut: _Cut, basis: Basis) -> Doubtful:
    row = cut.row
    choices = zip(row["top_taxa"] or [], row["top_probabilities"] or [], strict=False)
    return Doubtful(
        object_id=row["object_id"],
        short_id=row["object_id"].removeprefix(f"{row['sample_id']}_"),
        sample_id=row["sample_id"] or "",
        picture=_fitted(cut, CARD_SIDE_PX, basis),
        size=_size(row, basis),
        choices=tuple((taxon, percent(share), round(100 * share, 1)) for taxon, share in list(choices)[:2]),
        named=row["taxon"],
    )


def _data_uri(encoded: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(encoded).decode()}"
