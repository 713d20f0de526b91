"""litter-assessment of DFKI (APLASTIC-Q), which Litter takes the place of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pelagia.api.deepaas.arguments import Argument
from pelagia.api.deepaas.files import as_sent
from pelagia.api.deepaas.originals import Original
from pelagia.api.deepaas.served import JSON, ZIP
from pelagia.core.result import Result
from pelagia.core.service import Request
from pelagia.exports.litter.aplasticq_sheets import DETECTION, QUANTIFICATION, Sheets, sheets_of
from pelagia.exports.tables import records

MOST_ITEMS = 10_000
"""More of a picture are in the archive only."""
BOX = ("row_px", "col_px", "height_px", "width_px")
NO_NEXTCLOUD = (
    "Nextcloud is not served: this installation keeps no account of a cloud and shows nobody's results to others. Ask "
    "for Download, and put the archive where you want it (rclone copy, or the web page of your Nextcloud)."
)


def predictions(result: Result, request: Request[Any]) -> dict[str, Any]:
    """Return for every picture what stands in its workbook, and its items.

    The original has no answer in JSON; the names are those of its sheets, columns and rows.
    """
    del request
    issues = [
        {"file": as_sent(one.file), "code": one.code, "message": as_sent(one.message), "remedy": one.remedy}
        for one in result.issues
    ]
    items: dict[str, list[dict[str, Any]]] = {}
    left_out: dict[str, int] = {}
    for row in records(result.tables["items"], ("image_id", "item_class", "score", *BOX, "is_counted", "is_deleted")):
        if row["is_deleted"]:
            continue
        own = items.setdefault(row["image_id"], [])
        if len(own) < MOST_ITEMS:
            own.append({name: row[name] for name in ("item_class", "score", *BOX, "is_counted")})
        else:
            left_out[row["image_id"]] = left_out.get(row["image_id"], 0) + 1
    pictures = [_told(one, items.get(one.name, []), left_out.get(one.name, 0)) for one in sheets_of(result)]
    return {"images": pictures, "issues": issues}


def _told(sheets: Sheets, items: list[dict[str, Any]], left_out: int) -> Mapping[str, Any]:
    picture = sheets.picture
    return {
        "name": sheets.name,
        "file": sheets.file,
        "gsd_cm": picture["gsd_cm"],
        "gsd_source": picture["gsd_source"],
        "covered_m2": picture["covered_m2"],
        "people": picture["people"],
        DETECTION: sheets.detection,
        QUANTIFICATION: sheets.quantification,
        "items": items,
        **({"items_left_out": left_out} if left_out else {}),
    }


def _plot(name: str, description: str, keyword: str) -> Argument:
    return Argument(
        name=name,
        kind="boolean",
        description=description,
        meaning=("answer", keyword),
        default=True,
        has_default=True,
    )


ORIGINAL = Original(
    predictions=predictions,
    archive="pelagia.exports.litter.aplasticq:write",
    # The one media type of the original comes first: it is what a client gets that does not say what it wants.
    media_types=(ZIP, JSON),
    arguments=(
        Argument(
            name="files",
            kind="file",
            description="Input the image you want to analyse, or a zip file of images. The original takes every image "
            "for one of 0.2 cm a pixel; here, where an image does not tell, there are no square metres, cubic metres "
            "and abundances unless gsd_cm does",
            meaning=("inputs", "pictures"),
            is_list=True,
        ),
        _plot("PLD_plot", "Whether a detection plot should be provided: the classes of the ground.", "with_detection"),
        _plot("PLQ_plot", "Whether a quantification plot should be provided: the items.", "with_quantification"),
        Argument(
            name="face_detection",
            kind="boolean",
            description="Accepted for clients of the original, without effect: people are found and blurred in every "
            "picture, whatever it says; blur_people turns that off",
            meaning=("", ""),
            default=False,
            has_default=True,
        ),
        Argument(
            name="output_type",
            kind="string",
            description="Choose the way the output should be provided; only Download is served here",
            meaning=("", ""),
            default="Download",
            has_default=True,
            choices=("Download", "Nextcloud"),
            refused={"Nextcloud": NO_NEXTCLOUD, "nextcloud": NO_NEXTCLOUD},
        ),
    ),
    # Every picture stands for itself in the original.
    params={"merge_overlaps": False, "area_id": "pictures"},
)
