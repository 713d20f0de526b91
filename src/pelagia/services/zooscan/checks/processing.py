"""Checks of processing: dark share, pixel size, frame, separation mask."""

from __future__ import annotations

from collections.abc import Iterator

from pelagia.io.zooscan import Project, Scan
from pelagia.io.zooscan.text import number
from pelagia.services.zooscan.checks.check import Check, Measured, Verdict, issue_check, scan_check

MAX_DARK_SHARE = 0.25
MM_PER_INCH = 25.4
PIXEL_TOLERANCE = 0.005
"""The legacy prints 0.0106 for 25.4/2400 = 0.010583: 0.16 % off, harmless and known."""
LEGACY_PIXEL_MM = {300: 0.0847, 600: 0.0408, 1200: 0.0204, 2400: 0.0106, 4800: 0.0053}
"""What the legacy takes for a pixel; at 600 and 1200 dpi it is 3.6 % too small."""
FRAMES = ("large", "narrow")


def check_dark_share(scan: Scan, measured: Measured | None) -> Iterator[Check]:
    """Check that less than a quarter of the scan is dark: else it is too full, or its background is not removed."""
    share = measured.dark_share if measured else None
    if share is None:
        told = _result(scan, "process_particle_bw_ratio")
        share = number(told or scan.log_values.get("particules_process.b/w_ratio"))
    if share is None:
        yield scan_check(
            scan.scan_id,
            "dark-share",
            "unknown",
            "No result says which share of the scan is dark.",
            expected="0 … 0.25",
        )
        return
    is_fine = 0 < share < MAX_DARK_SHARE
    yield scan_check(
        scan.scan_id,
        "dark-share",
        "ok" if is_fine else "bad",
        "The share of dark pixels is usual." if is_fine else "The share of dark pixels is not between 0 and 0.25.",
        value=f"{share:.4f}",
        expected="0 … 0.25",
        remedy="" if is_fine else "Look at the scan: too many organisms, a wrong background, or a frame not removed.",
    )


def check_resolution(scan: Scan) -> Iterator[Check]:
    """Check that image and settings name one resolution."""
    for issue in scan.issues:
        if issue.code.startswith("dpi-"):
            yield issue_check(scan.scan_id, "resolution", issue)


def check_pixel_size(scan: Scan) -> Iterator[Check]:
    """Check that the pixel size in the legacy's results belongs to the resolution of the scan."""
    size = number(_result(scan, "process_particle_pixel_size_mm") or scan.log_values.get("particules_process.pixsize"))
    dpi = number(_result(scan, "process_img_resolution") or scan.log_values.get("info.resolution"))
    if size is None or not dpi:
        if scan.processed is not None:
            yield scan_check(scan.scan_id, "pixel-size", "unknown", "The results name no pixel size or resolution.")
        return
    exact = MM_PER_INCH / dpi
    if abs(size / exact - 1) <= PIXEL_TOLERANCE:
        yield scan_check(
            scan.scan_id, "pixel-size", "ok", "The pixel size belongs to the resolution.", value=f"{size:g} mm"
        )
        return
    is_known = LEGACY_PIXEL_MM.get(round(dpi)) == size
    message = (
        "The pixel size is the one the legacy uses at this resolution, which is 3.6 % too small: lengths of its tables "
        "are too."
        if is_known
        else "The pixel size does not belong to the resolution: every size in the results is wrong."
    )
    yield scan_check(
        scan.scan_id,
        "pixel-size",
        "look" if is_known else "bad",
        message,
        value=f"{size:g} mm at {dpi:g} dpi",
        expected=f"{exact:.5f} mm",
        remedy="Process the scan again.",
    )


def check_frame(scan: Scan, project: Project, measured: Measured | None) -> Iterator[Check]:
    """Check that scan, background and the scanner's settings speak of the same frame."""
    used = _result(scan, "process_img_background_img") or scan.log_values.get(
        "image_process.background_correct_using", ""
    )
    told = {
        "scan": scan.frame,
        "background": scan.background.frame if scan.background else "",
        "results": next((frame for frame in FRAMES if frame in used.lower()), "") if measured is None else "",
        "settings": project.initial,
    }
    known = {where: frame for where, frame in told.items() if frame}
    if len(known) < 2:
        yield scan_check(
            scan.scan_id, "frame", "unknown", "Too little says which frame was used.", value=str(known or "")
        )
        return
    is_one = len(set(known.values())) == 1
    yield scan_check(
        scan.scan_id,
        "frame",
        "ok" if is_one else "bad",
        "Scan, background and settings speak of one frame."
        if is_one
        else "Scan, background and settings speak of different frames.",
        value=", ".join(f"{where}: {frame}" for where, frame in known.items()),
        expected="one frame",
        remedy="" if is_one else "Find the background of the right frame and process the scan again.",
    )


def check_separation(scan: Scan, measured: Measured | None) -> Iterator[Check]:
    """Check that touching organisms were separated: a mask is there, and the results were made with it.

    Notes
    -----
    A sample scanned whole (sub_part 1) may be so poor that nothing touches; then no mask is needed.
    """
    if measured is not None and measured.is_separated:
        yield scan_check(scan.scan_id, "separation-mask", "ok", "Touching organisms were separated.")
        return
    is_whole = scan.metadata is not None and scan.metadata.sub_part == 1
    if scan.sep:
        yield scan_check(scan.scan_id, "separation-mask", "ok", "There is a separation mask.", value=scan.sep)
    elif scan.work or measured is not None:
        part = scan.metadata.sub_part if scan.metadata else None
        yield scan_check(
            scan.scan_id,
            "separation-mask",
            "ok" if is_whole else "look",
            "There is no separation mask; the sample was scanned whole and may need none."
            if is_whole
            else "There is no separation mask: touching organisms count as one.",
            value=f"sub_part {part:g}" if part is not None else "",
            expected="a _sep.gif",
            remedy="" if is_whole else "Separate what touches, or confirm that nothing does.",
        )
    if measured is None:
        yield from _included(scan, is_whole=is_whole)


def _included(scan: Scan, *, is_whole: bool) -> Iterator[Check]:
    told = _result(scan, "process_particle_sep_mask") or scan.log_values.get("particules_process.separation_mask", "")
    if not told:
        if scan.work:
            yield scan_check(
                scan.scan_id, "separation-included", "unknown", "The results do not say whether a mask was used."
            )
        return
    if "include" in told.lower():
        yield scan_check(
            scan.scan_id, "separation-included", "ok", "The results were made with the separation mask.", value=told
        )
        return
    verdict: Verdict = "ok" if is_whole and not scan.sep else "bad"
    yield scan_check(
        scan.scan_id,
        "separation-included",
        verdict,
        "The results were made without a separation mask.",
        value=told,
        expected="include",
        remedy="" if verdict == "ok" else "Process the scan again, with its mask.",
    )


def _result(scan: Scan, column: str) -> str:
    return (scan.processed.text(column) or "") if scan.processed is not None else ""
