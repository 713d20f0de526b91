"""The map of a result: litter on the ground, to be looked at, corrected and surveyed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from pelagia.core.ground import TILE_CLASSES
from pelagia.http.asking import Bench, Reader
from pelagia.http.galleries import ResultJob
from pelagia.orders.maps.pictures import MapPicture, find_picture, pictures_of
from pelagia.orders.outputs import output_folder, table_in
from pelagia.orders.revise import can_revise
from pelagia.services.litter.codes import listed_classes
from pelagia.ui.rendering import page
from pelagia.ui.results.reading import Download, downloads_of
from pelagia.ui.runs import title_of

router = APIRouter(include_in_schema=False, prefix="/runs/{job_id}/map")

COUNTINGS = (
    ("counted", "items that count"),
    ("duplicates", "seen twice"),
    ("uncounted", "not counted"),
    ("deleted", "deleted"),
    ("all", "all of them"),
)
EXPORTS = "exports/"
MOST_EXPORTS = 6


@router.get("")
def show_map(
    request: Request,
    job: ResultJob,
    bench: Bench,
    principal: Reader,
    picture: Annotated[str, Query(max_length=300, pattern=r"^[^\x00]*$")] = "",
) -> HTMLResponse:
    """Show the pictures that lie on the ground, or one that lies nowhere."""
    pictures = pictures_of(bench, job)
    alone = [one for one in pictures.values() if one.lattice is None]
    together = len(pictures) - len(alone)
    if picture:
        find_picture(bench, job, picture)
    elif not together and alone:
        picture = alone[0].image_id
    settings = bench.runtime.settings
    folder = output_folder(settings, job)
    return page(
        request,
        "maps/map.html",
        job=job,
        title=title_of(job),
        alone=alone,
        together=together,
        picture=picture if picture in {one.image_id for one in alone} else "",
        areas=areas_of(pictures.values()),
        classes=classes_of(folder),
        grounds=TILE_CLASSES,
        countings=COUNTINGS,
        exports=exports_of(folder),
        revises=can_revise(settings, job),
        may_change="run" in principal.scopes,
        me=principal,
    )


def areas_of(pictures: Iterable[MapPicture]) -> list[str]:
    """Return the areas of pictures, in their order."""
    return list(dict.fromkeys(str(one.record["area_id"] or "") for one in pictures))


def classes_of(folder: Path) -> list[str]:
    """Return what items may be called: as those of the result are, the most frequent first, then as others may be."""
    names = table_in(folder, "items").read(["item_class"])["item_class"].to_pylist()
    counted = [name for name, _ in Counter(name for name in names if name).most_common()]
    listed = sorted({codes.item_class for codes in listed_classes().values()})
    return list(dict.fromkeys([*counted, *listed]))


def exports_of(folder: Path) -> list[Download]:
    """Return the files of a result that agencies and map programs take."""
    named, _ = downloads_of(folder)
    return [file for file in named if file.path.startswith(EXPORTS)][:MOST_EXPORTS]
