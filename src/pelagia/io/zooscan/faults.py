"""What can be wrong with a scan, said once: code, message, remedy."""

from __future__ import annotations

from collections.abc import Sequence

from pelagia.core.result import Issue
from pelagia.io.zooscan.scans import Background


def closed_frame(file: str) -> Issue:
    """Say that lines around the picture enclose all of it."""
    return Issue(
        file=file,
        code="frame-closed",
        message="The lines of the frame enclose the whole picture; they were looked through.",
        remedy="Look at the edges of the scan; ZooProcess would have taken all of it for one object.",
    )


def background_half(background: Background) -> Issue:
    """Say that one image of a pair is missing."""
    lacking = [number for number, name in ((1, background.raw_1), (2, background.raw_2)) if not name]
    return Issue(
        file=background.raw_1 or background.raw_2 or background.log or background.name,
        code="background-half-missing",
        message=f"Of the background {background.name} the raw image {' and '.join(map(str, lacking))} is missing; this "
        "background cannot be used.",
        value=", ".join(f"{background.name}_raw_{number}" for number in lacking),
        remedy="Copy the missing image into Zooscan_back, or take a new background before the next scans.",
    )


def background_sizes(background: Background, first: str, second: str) -> Issue:
    """Say that the two images of a pair differ in size."""
    return Issue(
        file=background.raw_2,
        code="background-sizes-differ",
        message=f"The two images of the background {background.name} differ in size; it cannot be used.",
        value=f"{first} and {second}",
        remedy="Copy the right images into Zooscan_back, or take a new background.",
    )


def background_missing(scan: str) -> Issue:
    """Say that a scan has no background at all."""
    return Issue(
        file=scan,
        code="background-missing",
        message="There is no usable background for this scan; its background cannot be removed.",
        value="",
        remedy="Give a pair of backgrounds (…_back_large_raw_1.tif and …_2.tif) taken with the same frame, or the vis1 "
        "image of the scan.",
        severity="error",
    )


def vis1_instead(scan: str, vis1: str) -> Issue:
    """Say that a scan without a background is measured from the image the legacy made of it."""
    return Issue(
        file=scan,
        code="background-missing",
        message="There is no usable background for this scan; its vis1 image, from which the legacy removed the "
        "background, was used.",
        value=vis1,
        remedy="Give a pair of backgrounds (…_back_large_raw_1.tif and …_2.tif) to process the raw image itself.",
    )


def background_older(scan: str, wanted: Background, taken: Background) -> Issue:
    """Say that the last background could not be used and an older one was."""
    return Issue(
        file=scan,
        code="background-older",
        message=f"The last background before the scan, {wanted.name}, cannot be used; {taken.name} was taken instead.",
        value=taken.name,
        remedy="Complete the last background, or check that the older one fits: same frame, clean glass.",
    )


def background_later(scan: str, taken: Background) -> Issue:
    """Say that only a background taken after the scan is there."""
    return Issue(
        file=scan,
        code="background-after-scan",
        message=f"No background was taken before the scan; {taken.name}, taken after it, was used.",
        value=taken.name,
        remedy="Copy the background of that day into Zooscan_back, or check that this one fits.",
    )


def background_undated(scan: str, taken: Background) -> Issue:
    """Say that the moment of the scan is unknown, so that its background could only be guessed."""
    return Issue(
        file=scan,
        code="scan-date-missing",
        message=f"No log says when the scan was made; the last background, {taken.name}, was used.",
        value=taken.name,
        remedy="Give the scan's _log.txt beside it, or check that this background fits.",
    )


def dpi_wrong(file: str, told: Sequence[tuple[str, int]], dpi: int | None) -> Issue:
    """Say that image and settings name different resolutions; ``dpi`` is the one that fits a frame's size."""
    value = ", ".join(f"{dpi} dpi ({where})" for where, dpi in told)
    if dpi is None:
        return Issue(
            file=file,
            code="dpi-wrong",
            message="The image and the settings of the project name different resolutions, and the size of the image "
            "fits neither. The scan was not measured, since every size would be doubtful.",
            value=value,
            remedy="Find out at which resolution it was scanned and give it (parameter dpi), or correct the settings.",
            severity="error",
        )
    return Issue(
        file=file,
        code="dpi-wrong",
        message=f"The image and the settings of the project name different resolutions; {dpi} dpi was used, with which "
        "the image is as long as a frame.",
        value=value,
        remedy="Correct the resolution in process_install_both_config.txt, or scan again.",
    )


def dpi_unknown(file: str, dpi: int) -> Issue:
    """Say that nothing names the resolution and the usual one was taken."""
    return Issue(
        file=file,
        code="dpi-unknown",
        message=f"Neither the image nor settings say at which resolution it was scanned; {dpi} dpi was taken.",
        value="",
        remedy="Give the resolution (parameter dpi) if it is another one: every size depends on it.",
    )


def duplicates(kept: str, others: Sequence[str], what: str) -> Issue:
    """Say that several files claim to be the same."""
    return Issue(
        file=kept,
        code="file-duplicate",
        message=f"There are several files that claim to be the {what} of this scan; {kept} was used.",
        value=", ".join(others)[:200],
        remedy="Move the others away, or give the right one by name.",
    )


def missing_file(scan_id: str, what: str, expected: str, without: str) -> Issue:
    """Say that a file of the raw folder is missing and what is lost by it."""
    return Issue(
        file=scan_id,
        code=f"{what}-missing",
        message=f"The scan has no {expected}: {without}.",
        value=expected,
        remedy=f"Copy {expected} beside the raw image.",
    )


def disagreement(file: str, others: str, fields: Sequence[str], value: str) -> Issue:
    """Say that two files give a field different values."""
    return Issue(
        file=file,
        code="metadata-disagree",
        message=f"{file} and {others} differ in {', '.join(fields)}; {file} was used.",
        value=value[:200],
        remedy="Correct the wrong one; corrections made here go into all of them.",
    )
