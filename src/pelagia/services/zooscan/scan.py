"""One scan: from its files to the picture without background and the objects cut out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.core.result import Issue
from pelagia.imaging.grey import refuse_unknown_options
from pelagia.imaging.halves import segment_in_halves
from pelagia.imaging.region import Region
from pelagia.imaging.segmentation import Segmentation, esd_to_area_px, is_stripe, segment
from pelagia.imaging.vis1 import GreySettings, add_lines, make_background, make_vis1
from pelagia.io.findings import Findings
from pelagia.io.pyramid import write_pyramid
from pelagia.io.tally import Tally
from pelagia.io.zooscan.faults import closed_frame
from pelagia.io.zooscan.masks import Mask, read_mask
from pelagia.io.zooscan.processed import read_vis1
from pelagia.services.zooscan.images import opened, opened_raw, source_of
from pelagia.services.zooscan.legacy_table import LIMIT_BYTES, read_table
from pelagia.services.zooscan.pack import write_pack

Grey = NDArray[np.uint8]
SMALLEST_SCAN_MM = 100
"""The glass of a ZooScan is 240 mm long; what is much smaller is no scan."""
WHITE = 255
DARKEST_RATIO = 0.25
"""More dark pixels than this per light one, and the background is not that of the scan."""


@dataclass(slots=True)
class _Seen:
    """What one scan turned out to be."""

    vis1: Grey
    figures: dict[str, Any] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)


def process_scan(item: Mapping[str, Any]) -> dict[str, Any]:
    """Clean one scan and cut its objects out.

    Parameters
    ----------
    item
        Of :func:`pelagia.services.zooscan.items.scan_items`.

    Returns
    -------
    dict
        ``scans``: 1, or 0 where it could not be used; ``objects`` found; ``figures``: columns of the table
        ``scans``; ``issues``: findings as dictionaries.
    """
    if item["table"]:
        return _measured_before(item)
    try:
        seen = _vis1_of(item) if item["vis1"] else _cleaned(item)
        found = _segmented(seen, item)
    except PelagiaError as error:
        findings = Findings()
        findings.add_error(error)
        return {"scans": 0, "objects": 0, "figures": {}, "issues": findings.records()}
    regions = _without_stripes(found.regions, seen, item)
    write_pack(Path(item["pack"]), regions)
    write_pyramid(Path(item["picture"]), seen.vis1, dpi=item["dpi"])
    height, width = seen.vis1.shape
    figures = {"rows_px": height, "cols_px": width, "bw_ratio": found.dark_ratio}
    return {"scans": 1, "objects": len(regions), "figures": seen.figures | figures, "issues": seen.findings.records()}


def _measured_before(item: Mapping[str, Any]) -> dict[str, Any]:
    """Look at the table of a scan without a picture."""
    findings = Findings()
    try:
        objects, issues = open_table(item)
    except PelagiaError as error:
        findings.add_error(error)
        return {"scans": 0, "objects": 0, "figures": {}, "issues": findings.records()}
    findings.add_all(issues)
    return {"scans": 1, "objects": len(objects), "figures": {}, "issues": findings.records()}


def open_table(item: Mapping[str, Any]) -> tuple[list[dict[str, float]], tuple[Issue, ...]]:
    """Read the objects that ZooProcess measured on a scan, and what is wrong with its table.

    Parameters
    ----------
    item
        With ``place`` and ``table``.
    """
    tally = Tally(item["table"])
    objects = read_table(source_of(item).read(item["table"], LIMIT_BYTES), item["table"], tally)
    return objects, tally.issues()


def _vis1_of(item: Mapping[str, Any]) -> _Seen:
    """Read a picture that was cleaned before."""
    with opened(item, item["vis1"]) as stream:
        read = read_vis1(stream, file=item["vis1"])
    seen = _Seen(without_bottom(read.grey, item["bottom_crop_px"], file=item["vis1"]))
    seen.findings.add_all(read.header.issues)
    return seen


def without_bottom(grey: Grey, rows: int, *, file: str) -> Grey:
    """Return a picture without its last rows.

    Raises
    ------
    BadInput
        ``nothing-left``: it has no more rows than that.
    """
    if rows and rows >= grey.shape[0]:
        raise BadInput(
            f"The picture is no higher than the {rows} rows that were to be cut off at its bottom: nothing is left",
            remedy="Cut off fewer rows (bottom_crop_px), or 0 where the picture has no scale bar.",
            value=f"{grey.shape[1]} × {grey.shape[0]} px",
            file=file,
            code="nothing-left",
        )
    return grey[: grey.shape[0] - rows]


def _cleaned(item: Mapping[str, Any]) -> _Seen:
    """Convert the raw scan and its backgrounds, and take the background away."""
    dpi = item["dpi"]
    settings = GreySettings(**item["grey"])
    first, second = item["background"]
    with opened_raw(item, first) as one, opened_raw(item, second) as other:
        background = make_background(one, other, settings)
    with opened_raw(item, item["raw"]) as raw:
        refuse_unknown_options(**item["lut"], shape=raw.shape, dpi=dpi)
        made = make_vis1(raw, background, dpi=dpi, background_dpi=item["background_dpi"] or dpi, settings=settings)
    seen = _Seen(made.image)
    limits = made.limits
    seen.figures = {
        "grey_median": made.grey.median,
        "grey_low": made.grey.low,
        "grey_high": made.grey.high,
        "limit_left_px": limits.left,
        "limit_right_px": limits.right,
        "limit_top_px": limits.top,
        "limit_bottom_px": limits.bottom,
    }
    if limits.not_found:
        seen.findings.add(
            Issue(
                file=item["raw"],
                code="frame-not-found",
                message=f"No border of the frame was found on these sides: {', '.join(limits.not_found)}; "
                "the picture goes to its edge there.",
                remedy="Look at the edges of the scan: if the frame is seen there, its objects are no organisms.",
                value=", ".join(limits.not_found),
            )
        )
    return seen


def _segmented(seen: _Seen, item: Mapping[str, Any]) -> Segmentation:
    """Apply the separation mask of the project, and find the objects."""
    if item["sep"]:
        seen.vis1 = _with_mask(seen, item)
    sizes = {
        "min_area_px": esd_to_area_px(item["min_esd_mm"], item["dpi"]),
        "max_area_px": esd_to_area_px(item["max_esd_mm"], item["dpi"]),
        "threshold": item["threshold"],
    }
    halved = item["compatibility"] == "zooprocess"
    found = segment_in_halves(seen.vis1, **sizes) if halved else segment(seen.vis1, **sizes)
    if not found.regions and _is_cut_out(seen, item):
        found = _with_edges(seen, item, sizes)
    if found.frame_closed:
        seen.findings.add(closed_frame(item["file"]))
    if found.dark_ratio > DARKEST_RATIO and not _is_cut_out(seen, item):
        seen.findings.add(_dark(item["file"], found.dark_ratio))
    if not found.regions:
        seen.findings.add(_empty(item))
    return found


def _is_cut_out(seen: _Seen, item: Mapping[str, Any]) -> bool:
    """Whether a picture is too small to be a scan: a part that somebody cut out of one."""
    return bool(item["vis1"]) and max(seen.vis1.shape) * 25.4 / item["dpi"] < SMALLEST_SCAN_MM


def _with_edges(seen: _Seen, item: Mapping[str, Any], sizes: Mapping[str, int]) -> Segmentation:
    """Find the objects of a cut-out, those at its edges too: nothing else is there."""
    found = segment(np.pad(seen.vis1, 1, constant_values=WHITE), **sizes, open_frame=False)
    regions = [replace(region, row=region.row - 1, col=region.col - 1) for region in found.regions]
    if regions:
        seen.findings.add(
            Issue(
                file=item["file"],
                code="edge-objects-kept",
                message="The picture is a part of a scan with nothing but objects at its edges; they were measured.",
                remedy="None needed where they are whole; give the scan itself where they are not.",
                value=f"{seen.vis1.shape[1]} × {seen.vis1.shape[0]} px",
                severity="note",
                objects=len(regions),
            )
        )
    return replace(found, regions=regions)


def _with_mask(seen: _Seen, item: Mapping[str, Any]) -> Grey:
    try:
        with opened(item, item["sep"]) as stream:
            mask = read_mask(stream, file=item["sep"])
    except BadInput as error:
        # The scan itself is sound: its objects are measured unseparated, and the finding says why.
        seen.findings.add_error(error, severity="warning")
        return seen.vis1
    seen.findings.add_all(mask.issues)
    seen.figures["separation_mask"] = item["sep"]
    return add_lines(seen.vis1, _WhiteLines(mask), out=seen.vis1)


@dataclass(frozen=True, slots=True)
class _WhiteLines:
    """A separation mask as the rows that are added to a picture: 255 on its lines."""

    mask: Mask

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width), px."""
        return self.mask.height, self.mask.width

    def __getitem__(self, rows: slice, /) -> Grey:
        start, stop, _ = rows.indices(self.mask.height)
        return self.mask.rows(start, stop).astype(np.uint8) * np.uint8(255)


def _without_stripes(regions: list[Region], seen: _Seen, item: Mapping[str, Any]) -> list[Region]:
    """Leave out what the scanner's moving lamp left; ZooProcess keeps it, and its numbers count it."""
    if item["compatibility"] == "zooprocess":
        return regions
    kept = [region for region in regions if not is_stripe(region)]
    if len(kept) < len(regions):
        seen.findings.add(
            Issue(
                file=item["file"],
                code="stripes-left-out",
                message="Objects at least 40 times as wide as high were left out: they are stripes of the scanner.",
                remedy="Clean the scanner's glass, the calibration area above all.",
                value=str(len(regions) - len(kept)),
                objects=len(regions) - len(kept),
                severity="note",
            )
        )
    return kept


def _dark(file: str, ratio: float) -> Issue:
    return Issue(
        file=file,
        code="background-does-not-fit",
        message="A large part of the picture is dark: the background is probably not that of this scan.",
        remedy="Use the background scanned on the same day with the same frame, or dilute the sample.",
        value=f"{ratio:.2f} dark pixels per light one (at most {DARKEST_RATIO})",
    )


def _empty(item: Mapping[str, Any]) -> Issue:
    return Issue(
        file=item["file"],
        code="no-organisms",
        message="No object of the sizes asked for was found on the scan.",
        remedy="Look at the picture of the scan; lower the smallest size, or raise the grey threshold.",
        value=f"{item['min_esd_mm']:g} to {item['max_esd_mm']:g} mm, grey up to {item['threshold']}",
    )
