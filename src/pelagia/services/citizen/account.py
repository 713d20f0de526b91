"""The account: how well each person sees, what becomes of every box, which image is in which part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pelagia.core.service import Request
from pelagia.core.table import Table, TableWriter, write_table
from pelagia.services.citizen.annotators import Observed, judge
from pelagia.services.citizen.boxes import boxes_of_image
from pelagia.services.citizen.columns import (
    ACCEPTED,
    ANNOTATOR_COLUMNS,
    BOX_COLUMNS,
    EXPERT,
    IMAGE_COLUMNS,
    MARK_COLUMNS,
    REJECTED,
    REVIEW,
    SPLIT_COLUMNS,
)
from pelagia.services.citizen.figures import Figures
from pelagia.services.citizen.reliability import Reliability, estimate_reliability
from pelagia.services.citizen.service import CitizenParams
from pelagia.services.citizen.settled import Row, SettledImage, gather_votes, settled_images
from pelagia.services.citizen.splitting import SetImage, split, split_rows

ROWS_AT_ONCE = 10_000
TABLES = ("marks", "boxes", "annotators", "images", "split")


@dataclass(frozen=True, slots=True)
class _Pass:
    """What one going through all images gave."""

    annotators: list[Row]
    images: list[SetImage]
    figures: dict[str, Any]
    reliability: Reliability


def account(request: Request[CitizenParams], workdir: Path) -> dict[str, Any]:
    """Settle every box and write the tables of the result.

    Parameters
    ----------
    request
        With parameters and seed.
    workdir
        Where the tables of the other steps are; takes those of the result, ``<name>.parquet`` each.

    Returns
    -------
    dict
        What the summary tells.
    """
    params = request.params
    numbers = {name: at for at, name in enumerate(_annotators(workdir))}
    done = _go_through(workdir, numbers, params, ())
    judge(done.annotators)
    outliers = [row["annotator"] for row in done.annotators if row["is_outlier"]]
    if params.leave_out_outliers and outliers:
        kept = {row["annotator"]: {**row, "is_left_out": True} for row in done.annotators if row["is_outlier"]}
        done = _go_through(workdir, numbers, params, outliers)
        judge(done.annotators)
        done.annotators[:] = [kept.get(row["annotator"], row) for row in done.annotators]
    parts = _parts(request, done.images)
    _write_images(workdir, parts)
    write_table("annotators", workdir, ANNOTATOR_COLUMNS, [_without_evidence(row) for row in done.annotators])
    write_table("split", workdir, SPLIT_COLUMNS, split_rows(done.images, parts) if parts else [])
    return {
        **done.figures,
        "annotators": len(done.annotators),
        "outliers": len(outliers),
        "images_in_set": len(done.images),
        "boxes_in_set": sum(sum(image.boxes.values()) for image in done.images),
        "classes": dict(sorted(sum((Counter(image.boxes) for image in done.images), Counter()).items())),
        "parts": dict(Counter(parts.values())),
        "deployments": len({image.deployment for image in done.images}),
        "rounds": done.reliability.rounds,
        "has_converged": done.reliability.has_converged,
    }


def _annotators(workdir: Path) -> list[str]:
    return sorted({name for image in settled_images(workdir) for name in image.seen})


def _go_through(workdir: Path, numbers: Mapping[str, int], params: CitizenParams, without: Collection[str]) -> _Pass:
    """Estimate reliabilities, then settle the boxes of image after image; write marks, boxes and images."""
    reliability = estimate_reliability(gather_votes(workdir, numbers, without))
    weights = dict(zip(numbers, reliability.weights.tolist(), strict=True))
    observed, figures, at = Observed(params), Figures(), 0
    in_set: list[SetImage] = []
    with (
        TableWriter("marks", workdir / "marks.parquet", MARK_COLUMNS) as marks_writer,
        TableWriter("boxes", workdir / "boxes.parquet", BOX_COLUMNS) as boxes_writer,
        TableWriter("rows", workdir / "image_rows.parquet", IMAGE_COLUMNS) as images_writer,
    ):
        for group in _in_groups(settled_images(workdir, without)):
            rows: tuple[list[Row], list[Row], list[Row]] = ([], [], [])
            for image in group:
                places = len(image.places())
                chances = reliability.probability[at : at + places].tolist()
                boxes = boxes_of_image(image, chances, weights.__getitem__, params)
                at += places
                observed.add(image, boxes)
                row = _image_row(image, boxes, params)
                figures.add(row, boxes, image.marks)
                if row["is_in_set"]:
                    in_set.append(_set_image(image, boxes, params))
                rows[0].extend(_mark_row(mark, f"{image.image_id}:m{n}") for n, mark in enumerate(image.marks))
                rows[1].extend(boxes)
                rows[2].append(row)
            for writer, own in zip((marks_writer, boxes_writer, images_writer), rows, strict=True):
                writer.write_records(own)
    return _Pass(observed.rows(reliability, numbers, without), in_set, figures.told(), reliability)


def _in_groups(images: Iterator[SettledImage]) -> Iterator[list[SettledImage]]:
    group: list[SettledImage] = []
    rows = 0
    for image in images:
        group.append(image)
        rows += 1 + len(image.marks)
        if rows >= ROWS_AT_ONCE:
            yield group
            group, rows = [], 0
    if group:
        yield group


def _image_row(image: SettledImage, boxes: Sequence[Row], params: CitizenParams) -> Row:
    states = Counter(box["status"] for box in boxes)
    is_known = image.size is not None and (image.is_validated or len(image.seen) >= params.at_least)
    is_undecided = params.undecided_images == "leave-out" and states[REVIEW] > 0
    return {
        "image_id": image.image_id,
        "source_uri": image.source_uri,
        "file": image.file,
        "deployment": image.deployment,
        "height_px": image.size[0] if image.size else None,
        "width_px": image.size[1] if image.size else None,
        "seen_by": len(image.seen),
        "marked_by": len({mark["annotator"] for mark in image.marks}),
        "marks": len(image.marks),
        "accepted": states[ACCEPTED],
        "review": states[REVIEW],
        "rejected": states[REJECTED],
        "experts": states[EXPERT],
        "is_validated": image.is_validated,
        "is_in_set": is_known and not is_undecided,
        "part": "",
    }


def _set_image(image: SettledImage, boxes: Sequence[Row], params: CitizenParams) -> SetImage:
    counts = Counter(box["item_class"] for box in boxes if box["status"] in {ACCEPTED, EXPERT})
    group = image.deployment if params.split_by == "deployment" else image.image_id
    return SetImage(
        image_id=image.image_id, deployment=image.deployment, group=group, boxes=dict(sorted(counts.items()))
    )


def _mark_row(mark: Row, mark_id: str) -> Row:
    is_known = mark["top"] is not None
    return {
        "mark_id": mark_id,
        "row_px": mark["top"],
        "col_px": mark["left"],
        "height_px": mark["bottom"] - mark["top"] if is_known else None,
        "width_px": mark["right"] - mark["left"] if is_known else None,
        "object_id": mark.get("object_id", ""),
        "offset": mark.get("offset"),
        **{name: mark[name] for name in ("image_id", "annotator", "species", "shape", "length_px", "state", "created")},
    }


def _parts(request: Request[CitizenParams], images: Sequence[SetImage]) -> dict[str, str]:
    params = request.params
    if params.split_by == "none" or not images:
        return {}
    return split(images, (params.validation_share, params.test_share), request.rng("split"))


def _write_images(workdir: Path, parts: Mapping[str, str]) -> None:
    """Write the table of images once it is known which part each is in."""
    with TableWriter("images", workdir / "images.parquet", IMAGE_COLUMNS) as writer:
        for batch in Table(name="rows", path=workdir / "image_rows.parquet").batches():
            own = [parts.get(image, "") for image in batch.column("image_id").to_pylist()]
            piece = pa.Table.from_batches([batch])
            writer.write(piece.set_column(piece.schema.get_field_index("part"), "part", pa.array(own, pa.string())))


def _without_evidence(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "evidence"}
