"""What can be wrong with a picture of the ground, said once: code, message, remedy."""

from __future__ import annotations

from collections.abc import Sequence

from pelagia.core.result import Issue, Severity


def fault(
    file: str, code: str, message: str, remedy: str, value: str = "", severity: Severity = "warning", objects: int = 1
) -> Issue:
    """Return the finding on a picture."""
    return Issue(file=file, code=code, message=message, remedy=remedy, value=value, severity=severity, objects=objects)


def no_crs(file: str) -> Issue:
    """Say that coordinates have no system."""
    return fault(
        file,
        "no-crs",
        "The picture has coordinates, but does not say in which coordinate system; they were not used, nor their unit.",
        "Assign the coordinate system (gdal_edit.py -a_srs EPSG:… FILE), or give gsd-cm to have sizes at least.",
    )


def local_crs(file: str, name: str) -> Issue:
    """Say that coordinates are local: sizes are known, the place is not."""
    return fault(
        file,
        "no-crs",
        "The picture lies in a local coordinate system: its sizes were used, where it lies on the earth is not known.",
        "Georeference it with ground control points or the positions of the photos to have it on a map.",
        name,
    )


def wrong_crs(file: str, message: str, value: str) -> Issue:
    """Say that coordinates cannot be in the system that is stated."""
    return fault(
        file,
        "wrong-crs",
        f"{message}; its coordinates were not used.",
        "Assign the right coordinate system (gdal_edit.py -a_srs EPSG:… FILE), or give gsd-cm to have sizes at least.",
        value,
    )


def not_rectified(file: str, by: str) -> Issue:
    """Say that a picture is only tied to the ground at some points."""
    return fault(
        file,
        "not-rectified",
        f"The picture is only tied to the ground by {by}, not rectified; its coordinates were not used.",
        "Rectify it (gdalwarp -t_srs EPSG:… IN OUT), or give gsd-cm to have sizes at least.",
        by,
    )


def approximate(file: str, residual_px: float) -> Issue:
    """Say that coordinates in metres are not as exact as those of the file."""
    return fault(
        file,
        "georeference-approximate",
        f"The picture is so large that its coordinates in metres are up to {residual_px:.1f} pixels off at its edges.",
        "Reproject it to a projected system in metres (gdalwarp -t_srs EPSG:326… IN OUT) to have them exact.",
        f"{residual_px:.1f} px",
    )


def not_square(file: str, ratio: float) -> Issue:
    """Say that pixels are longer on the ground one way than the other."""
    return fault(
        file,
        "pixels-not-square",
        f"Pixels are {ratio:.2f} times as wide as they are high on the ground; things look squeezed to the models.",
        "Reproject the picture with square pixels (gdalwarp -tr … …) for better results.",
        f"{ratio:.3f}",
    )


def gsd_unknown(file: str) -> Issue:
    """Say that nobody knows the size of a pixel."""
    return fault(
        file,
        "gsd-unknown",
        "Nothing tells how much ground a pixel shows: there are no sizes, areas and densities for this picture.",
        "Give gsd-cm (cm of ground per pixel).",
    )


def gsd_differs(file: str, told_cm: float, found_cm: float, by: str) -> Issue:
    """Say that the user and the file disagree on the size of a pixel."""
    return fault(
        file,
        "gsd-differs",
        f"gsd-cm is {told_cm:g}, but {by} says {found_cm:.4g} cm; sizes and areas follow gsd-cm.",
        "Leave gsd-cm away if the picture is right, else look for its scale or coordinate system.",
        f"{told_cm:g} against {found_cm:.4g} cm",
    )


def gsd_coarse(file: str, gsd_cm: float) -> Issue:
    """Say that small items cannot be seen."""
    return fault(
        file,
        "gsd-coarse",
        f"A pixel shows {gsd_cm:.3g} cm of ground: items smaller than about {5 * gsd_cm:.2g} cm cannot be seen, so "
        "that counts are too low.",
        "Fly lower, or use the orthophoto at its full resolution; 0.5 cm or less is needed for bottles.",
        f"{gsd_cm:.4g} cm",
    )


def gsd_mixed(area_id: str, least_cm: float, most_cm: float, pictures: int) -> Issue:
    """Say that pictures of one area show different amounts of detail."""
    return fault(
        area_id,
        "mixed-gsd",
        f"The pictures of this area have pixels from {least_cm:.3g} to {most_cm:.3g} cm: what can be seen differs, and "
        "so does what is counted.",
        "Process pictures of different flying heights as areas of their own.",
        f"{least_cm:.4g} to {most_cm:.4g} cm",
        objects=pictures,
    )


def truncated(file: str, missing: float) -> Issue:
    """Say that a part of a picture is missing in its file."""
    return fault(
        file,
        "truncated",
        f"The file is cut off or damaged: {100 * missing:.3g} % of the picture cannot be read; the rest was used.",
        "Copy or download it again.",
        f"{100 * missing:.3g} %",
    )


def too_narrow(file: str, height_px: int, width_px: int, least_px: int) -> Issue:
    """Say that a picture is too small to show anything."""
    return fault(
        file,
        "too-narrow",
        f"The picture is {width_px} pixels wide and {height_px} high; it was left out.",
        f"Check that it is the right file: a picture must have at least {least_px} pixels each way.",
        f"{width_px} × {height_px} pixels",
        "error",
    )


def mostly_nodata(file: str, share: float) -> Issue:
    """Say that a picture shows little."""
    return fault(
        file,
        "mostly-nodata",
        f"Only {100 * share:.2g} % of the picture shows anything, the rest is empty.",
        "Cut it to where there is something (gdal_translate -projwin …); check that it was exported as it should.",
        f"{100 * share:.2g} %",
    )


def shows_nothing(file: str) -> Issue:
    """Say that a picture is empty."""
    return fault(
        file,
        "empty",
        "No pixel of the picture shows anything: all of it is transparent or nodata. It was left out.",
        "Export it again; check its nodata value.",
        "0 %",
        "error",
    )


def nodata_implied(file: str, colour: str) -> Issue:
    """Say that a colour was taken for nothing."""
    return fault(
        file,
        "nodata-implied",
        f"The corners of the picture are pure {colour}: pixels of this colour were taken as empty.",
        "State it in the file (gdal_edit.py -a_nodata … FILE), or export with transparency.",
        colour,
        "note",
    )


def bands_assumed(file: str, bands: int) -> Issue:
    """Say that the file does not tell its colours."""
    return fault(
        file,
        "bands-assumed",
        f"The file does not say which of its {bands} bands are red, green and blue; the first three were taken.",
        "Nothing to do if colours look right; else state them (gdal_edit.py -colorinterp_1 red …).",
        f"{bands} bands",
        "note",
    )


def not_a_picture(file: str, value: str) -> Issue:
    """Say that a file is nothing to look at."""
    return fault(
        file,
        "not-a-picture",
        "The file is no picture of a kind that is read (TIFF, JPEG, PNG, WebP, BMP); it was left out.",
        "Nothing to do if it is none; else save it as TIFF, JPEG or PNG.",
        value,
        "note",
    )


def format_unread(file: str, suffix: str, *, has_twin: bool) -> Issue:
    """Say that a picture is of a kind that is not read."""
    return fault(
        file,
        "format-unread",
        f"Pictures of the kind {suffix} are not read; "
        + ("the one of the same name beside it was used." if has_twin else "this one was left out."),
        "Nothing to do." if has_twin else "Save it as JPEG or PNG, an orthophoto as GeoTIFF.",
        suffix,
        "note" if has_twin else "error",
    )


def archive_in_folder(file: str) -> Issue:
    """Say that an archive was not looked into."""
    return fault(
        file,
        "archive-in-folder",
        "There is an archive in the folder; it may be a copy of what stands beside it, and was not opened.",
        "Name the archive itself if there are other pictures in it.",
        severity="note",
    )


def picture_twice(files: Sequence[str]) -> Issue:
    """Say that a file was named more than once."""
    return fault(
        files[-1],
        "picture-twice",
        "This picture was named more than once; it is used once.",
        "Name a folder or the files in it, not both.",
        files[0],
        "note",
    )
