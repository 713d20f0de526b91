"""One part of the images: sizes read, marks made boxes, boxes of one animal put together, experts' boxes matched."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.optimize import linear_sum_assignment

from pelagia.core.errors import PelagiaError, Unavailable
from pelagia.core.service import Request
from pelagia.core.table import Column
from pelagia.io.findings import Findings
from pelagia.io.image_size import read_image_size
from pelagia.io.sources import open_source
from pelagia.io.tally import Tally
from pelagia.services.citizen.clustering import Ints, cluster, distances, repeated
from pelagia.services.citizen.columns import FLOAT, SMALL, STRING
from pelagia.services.citizen.service import CitizenParams
from pelagia.services.citizen.shapes import Boxes, Floats, boxes_of_marks, cut, point_extents

MARKS_PER_IMAGE = 2_000
USED, DUPLICATE, OUTSIDE, UNREAD, CROWDED = "used", "duplicate", "outside", "unread", "crowded"

Row = dict[str, Any]

SETTLED_COLUMNS = (
    *(Column(name=name, type=STRING, description="") for name in ("image_id", "annotator", "species", "shape")),
    *(Column(name=name, type=FLOAT, description="") for name in ("top", "left", "bottom", "right", "length_px")),
    Column(name="place", type=SMALL, description=""),
    Column(name="state", type=STRING, description=""),
    Column(name="created", type=STRING, description=""),
)
"""A row a mark; ``place`` is the number of its group on the image, −1 where it is in none."""
MATCHED_COLUMNS = (
    *(Column(name=name, type=STRING, description="") for name in ("image_id", "species")),
    *(Column(name=name, type=FLOAT, description="") for name in ("top", "left", "bottom", "right")),
    Column(name="place", type=SMALL, description=""),
)
SIZED_COLUMNS = (
    Column(name="image_id", type=STRING, description=""),
    Column(name="height_px", type=SMALL, description=""),
    Column(name="width_px", type=SMALL, description=""),
)


def settling_items(
    parts: int, extents: Mapping[str, float], request: Request[CitizenParams], workdir: Path
) -> list[Row]:
    """Return one item a part.

    Parameters
    ----------
    parts
        How many there are.
    extents
        From :func:`pelagia.services.citizen.inventory.typical_extents`.
    request
        With the parameters.
    workdir
        Where the tables of the inventory are.
    """
    params = request.params.model_dump(mode="json")
    common = {"workdir": str(workdir), "extents": dict(extents), "params": params}
    return [{"part": part, **common} for part in range(parts)]


def settle_images(item: Mapping[str, Any]) -> Row:
    """Work on one part.

    Returns
    -------
    dict
        ``marks``: :data:`SETTLED_COLUMNS`; ``experts``: :data:`MATCHED_COLUMNS`; ``sizes``: :data:`SIZED_COLUMNS`, a
        row an image that could be read; ``images``: how many with marks could be read; ``issues``.
    """
    params = CitizenParams.model_validate(item["params"])
    marks, images, experts = (_group(item, name) for name in ("read", "listed", "experts"))
    findings = Findings()
    done: list[Row] = []
    matched: list[Row] = []
    sizes: list[Row] = []
    billed = 0
    for image in images:
        image_id = image["image_id"]
        own, validated = marks.get(image_id, []), experts.get(image_id, [])
        size = _size(image, findings, len(own))
        if size is None:
            done += [_told(row, UNREAD) for row in own]
            continue
        billed += bool(own)
        sizes.append({"image_id": image_id, "height_px": size[0], "width_px": size[1]})
        tally = Tally(image["file"])
        rows, boxes = _settle(own, size, params, item["extents"], tally)
        done += rows
        matched += _match(validated, rows, boxes, size, params.max_distance)
        findings.add_all(tally.issues())
    return {
        "marks": _table(done, SETTLED_COLUMNS),
        "experts": _table(matched, MATCHED_COLUMNS),
        "sizes": _table(sizes, SIZED_COLUMNS),
        "images": billed,
        "issues": findings.records(),
    }


def _group(item: Mapping[str, Any], name: str) -> Any:
    """Return the rows of a part: of images as a list, of what is on images by image."""
    with pq.ParquetFile(Path(item["workdir"]) / f"{name}.parquet") as file:
        rows = file.read_row_group(item["part"]).to_pylist()
    if name == "listed":
        return rows
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["image_id"], []).append(row)
    return grouped


def _size(image: Row, findings: Findings, marks: int) -> tuple[int, int] | None:
    if not image["file"]:
        return None
    try:
        with open_source(image["source_uri"]).open(image["file"]) as stream:
            return read_image_size(stream, file=image["file"])
    except Unavailable:
        raise
    except PelagiaError as error:
        findings.add_error(error, objects=marks)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        text = "The image cannot be read from where it is"
        remedy = "Copy or pack it again."
        findings.add_error(PelagiaError(text, remedy=remedy, value=str(error)[:120], file=image["file"]), objects=marks)
    return None


def _settle(
    own: Sequence[Row], size: tuple[int, int], params: CitizenParams, extents: dict[str, float], tally: Tally
) -> tuple[list[Row], Boxes]:
    """Return the marks of an image with their boxes and groups."""
    shapes = [row["shape"] for row in own]
    species = [row["species"] for row in own]
    places = np.array([[row[name] for name in ("row_a", "col_a", "row_b", "col_b")] for row in own], np.float64)
    boxes = boxes_of_marks(
        places.reshape(-1, 4),
        np.array([shape == "point" for shape in shapes], np.bool_),
        np.array([shape == "line" for shape in shapes], np.bool_),
        point_extents(species, extents, size, params.buffer_px, params.buffer_share),
        size,
        params.line_width,
    )
    groups, states = _groups(own, boxes, params.max_distance)
    rows = []
    for at, row in enumerate(own):
        told = _told(row, states[at])
        told |= dict(zip(("top", "left", "bottom", "right"), boxes.edges[at].tolist(), strict=True))
        told["length_px"] = None if np.isnan(boxes.length_px[at]) else float(boxes.length_px[at])
        told["place"] = int(groups[at])
        rows.append(told)
    _tell(states, size, tally)
    return rows, boxes


def _groups(own: Sequence[Row], boxes: Boxes, limit: float) -> tuple[Ints, list[str]]:
    """Return the group of every mark (−1 for none) and what became of it."""
    groups = np.full(len(own), -1, np.intp)
    states = [USED if inside else OUTSIDE for inside in boxes.is_inside.tolist()]
    inside = np.flatnonzero(boxes.is_inside)
    if len(inside) > MARKS_PER_IMAGE:
        return groups, [CROWDED if state == USED else state for state in states]
    if not len(inside):
        return groups, states
    annotators = _numbers([own[at]["annotator"] for at in inside.tolist()])
    species = _numbers([own[at]["species"] for at in inside.tolist()])
    apart = distances(boxes.taken(inside), species)
    first = repeated(apart, annotators, species, limit)
    kept = np.flatnonzero(first < 0)
    found = cluster(apart[np.ix_(kept, kept)], annotators[kept], limit)
    groups[inside[kept]] = found
    for at in np.flatnonzero(first >= 0):
        groups[inside[at]] = groups[inside[first[at]]]
        states[inside[at]] = DUPLICATE
    return groups, states


def _numbers(names: Sequence[str]) -> Ints:
    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], np.intp)


def _match(experts: Sequence[Row], rows: Sequence[Row], boxes: Boxes, size: tuple[int, int], limit: float) -> list[Row]:
    """Return the experts' boxes, each with the group of marks that is the same animal, or a number of its own."""
    if not experts:
        return []
    edges = cut(np.array([[row[name] for name in ("row_a", "col_a", "row_b", "col_b")] for row in experts]), size)
    places = np.array([row["place"] for row in rows], np.intp)
    own = int(places.max(initial=-1)) + 1
    taken = _nearest_groups(edges, experts, rows, boxes, places, limit) if own else {}
    matched = []
    for at, (row, box) in enumerate(zip(experts, edges.tolist(), strict=True)):
        if box[2] <= box[0] or box[3] <= box[1]:
            continue
        place = taken.get(at)
        if place is None:
            place, own = own, own + 1
        told = dict(zip(("top", "left", "bottom", "right"), box, strict=True))
        matched.append({"image_id": row["image_id"], "species": row["species"], "place": place, **told})
    return matched


def _nearest_groups(
    edges: Floats, experts: Sequence[Row], rows: Sequence[Row], boxes: Boxes, places: Ints, limit: float
) -> dict[int, int]:
    """Return which group each expert's box is: one to one, the mean distance of its marks as small as can be."""
    number = len(experts)
    together = Boxes(
        np.concatenate([edges, boxes.edges]),
        np.concatenate([np.full(number, np.nan), boxes.length_px]),
        np.concatenate([np.ones(number, np.bool_), boxes.has_size]),
        np.concatenate([np.ones(number, np.bool_), boxes.is_inside]),
    )
    species = _numbers([row["species"] for row in (*experts, *rows)])
    apart = distances(together, species)[:number, number:]
    groups = int(places.max()) + 1
    mean = np.stack([apart[:, places == group].mean(axis=1) for group in range(groups)], axis=1)
    costs = np.where(mean <= limit, mean, 10 * limit)
    ones, others = linear_sum_assignment(costs)
    return {int(one): int(other) for one, other in zip(ones, others, strict=True) if mean[one, other] <= limit}


def _told(row: Row, state: str) -> Row:
    names = ("image_id", "annotator", "species", "shape", "created")
    return {**{name: row[name] for name in names}, "place": -1, "state": state}


def _tell(states: Sequence[str], size: tuple[int, int], tally: Tally) -> None:
    told = f"{size[1]} × {size[0]} pixels"
    if outside := states.count(OUTSIDE):
        tally.add(
            "citizen-mark-outside",
            "marks lie outside their image and were not used",
            value=told,
            remedy="Check that they were drawn on the image as it is stored, not on a larger or smaller copy.",
            objects=outside,
        )
    if crowded := states.count(CROWDED):
        tally.add(
            "citizen-image-crowded",
            f"an image has more than {MARKS_PER_IMAGE:,} marks, which were not put together",
            value=f"{crowded:,} marks",
            remedy="Cut the image into tiles, with the marks of each.",
            objects=crowded,
        )


def _table(rows: Sequence[Row], columns: Sequence[Column]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=pa.schema([column.field() for column in columns]))
