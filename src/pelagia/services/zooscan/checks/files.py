"""Checks of files: complete, single, of equal size, and as many vignettes as rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath

from pelagia.io.zooscan import Project, Scan
from pelagia.services.zooscan.checks.check import Check, issue_check, scan_check

IMAGE_CODES = ("raw-", "vis1-", "image-", "bad-input")
BACKGROUND_CODES = ("background-", "scan-date-missing")


def check_raw_files(scan: Scan) -> Iterator[Check]:
    """Check that raw image, log and metadata are there, each once."""
    lacking = [name for name, file in (("raw image", scan.raw), ("log", scan.log), ("metadata", scan.meta)) if not file]
    if lacking == ["raw image", "log", "metadata"] and scan.vis1 and not scan.work:
        yield scan_check(scan.scan_id, "raw-files", "unknown", "Only the image without background was given.")
    elif lacking:
        yield scan_check(
            scan.scan_id,
            "raw-files",
            "bad",
            f"The scan lacks its {', '.join(lacking)}.",
            value=", ".join(lacking),
            expected="raw image, log, metadata",
            remedy="Copy them into Zooscan_scan/_raw.",
        )
    elif scan.duplicates:
        names = ", ".join(PurePosixPath(name).name for name in scan.duplicates)
        yield scan_check(
            scan.scan_id,
            "raw-files",
            "look",
            "Several files claim to be the same.",
            value=names,
            expected="one of each",
            remedy="Move those that are not valid away.",
        )
    else:
        yield scan_check(scan.scan_id, "raw-files", "ok", "Raw image, log and metadata are there.")


def check_image(scan: Scan) -> Iterator[Check]:
    """Check that the image can be read, and that a zip holds the image of its name."""
    wrong = [issue for issue in scan.issues if issue.code.startswith(IMAGE_CODES) and issue.severity == "error"]
    if wrong:
        yield issue_check(scan.scan_id, "image-readable", wrong[0])
    elif scan.rows:
        size = f"{scan.cols} × {scan.rows} pixels"
        yield scan_check(scan.scan_id, "image-readable", "ok", "The image is whole.", value=size)
    else:
        yield scan_check(scan.scan_id, "image-readable", "unknown", "There is no image to look at.")
    for issue in scan.issues:
        if issue.code in {"zip-inner-name", "image-zip"}:
            yield issue_check(scan.scan_id, "zip-name", issue)


def check_background(scan: Scan) -> Iterator[Check]:
    """Check that a raw scan has the background it should have."""
    if not scan.raw:
        return
    wrong = [issue for issue in scan.issues if issue.code.startswith(BACKGROUND_CODES)]
    if not wrong and scan.background is not None:
        name = scan.background.name
        yield scan_check(scan.scan_id, "background", "ok", "The last background before the scan is used.", value=name)
    for issue in wrong:
        yield issue_check(scan.scan_id, "background", issue)


def check_scans(project: Project) -> Iterator[Check]:
    """Check that there is something to measure."""
    usable = [scan for scan in project.scans if scan.usable]
    yield scan_check(
        project.name,
        "scans",
        "ok" if usable else "look",
        "There are scans to measure." if usable else "There is no scan to measure.",
        value=f"{len(usable)} of {len(project.scans)}",
        expected="at least one",
        remedy="" if usable else "Copy the raw images into Zooscan_scan/_raw.",
        scope="project",
    )


def check_sizes(project: Project) -> Iterator[Check]:
    """Check that the raw images of one frame have equal sizes in bytes: one that differs was cut off or edited."""
    by_frame: dict[str, list[Scan]] = defaultdict(list)
    for scan in project.scans:
        if scan.raw.lower().endswith((".tif", ".tiff")):
            by_frame[scan.frame].append(scan)
    for scans in by_frame.values():
        if len(scans) < 2:
            continue
        counts = Counter(scan.sizes.get(scan.raw, 0) for scan in scans)
        usual, most = counts.most_common(1)[0]
        for scan in scans:
            size = scan.sizes.get(scan.raw, 0)
            is_usual = size == usual and (most > 1 or len(counts) == 1)
            yield scan_check(
                scan.scan_id,
                "scan-size",
                "ok" if is_usual else "look",
                "The raw image is as large as the others." if is_usual else "The raw image is not as large as others.",
                value=f"{size:,} bytes",
                expected=f"{usual:,} bytes" if most > 1 else "all equal",
                remedy="" if is_usual else "Check that it was copied whole and scanned with the same frame.",
            )


def check_rows(scan: Scan) -> Iterator[Check]:
    """Check that the legacy's table of results has as many rows as there are vignettes."""
    if scan.processed is None:
        if scan.work:
            message = "The scan has no table of results: it was not processed to its end, or not yet."
            yield scan_check(scan.scan_id, "vignette-count", "unknown", message, value=f"{scan.vignettes} vignettes")
        return
    rows, vignettes = scan.processed.objects, scan.vignettes
    is_equal = rows == vignettes
    yield scan_check(
        scan.scan_id,
        "vignette-count",
        "ok" if is_equal else "bad",
        "There are as many vignettes as rows." if is_equal else "There are not as many vignettes as rows.",
        value=f"{vignettes} vignettes",
        expected=f"{rows} rows",
        remedy="" if is_equal else "Process the scan again; files may have been deleted or left over.",
    )
