"""What can be wrong with a scene, said once."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue, Severity


def note(
    file: str, code: str, message: str, remedy: str, value: str = "", severity: Severity = "warning"
) -> dict[str, Any]:
    """Return a finding on a scene as a record."""
    return asdict(Issue(file=file, code=code, message=message, remedy=remedy, value=value, severity=severity))


def unreadable(file: str, value: str, what: str = "The description of the scene cannot be read") -> BadInput:
    """Return the error for a description that is damaged or not what it should be."""
    return BadInput(
        what,
        remedy="Download the product again and give it whole, as it was published.",
        value=value,
        file=file,
        code="scene-unreadable",
    )


def lacks(file: str, what: str, value: str) -> BadInput:
    """Return the error for a product of which a part is missing."""
    return BadInput(
        f"The product is not whole: {what} is missing",
        remedy="Give the whole product (the folder or the zip as it was published), not single files of it.",
        value=value,
        file=file,
        code="scene-incomplete",
    )


def unknown(file: str, value: str) -> BadInput:
    """Return the error for what is no scene of a kind that is read."""
    return BadInput(
        "This is no scene of a kind that is read",
        remedy="Give a Sentinel-1 GRD, Sentinel-2 L1C/L2A or Landsat 8/9 Collection 2 product, a GeoTIFF of "
        "backscatter (linear or dB) with one or two bands, or a picture of 8 bits.",
        value=value,
        file=file,
        code="scene-unknown",
    )


def no_place(file: str) -> dict[str, Any]:
    """Say that a scene does not tell where it lies."""
    return note(
        file,
        "scene-without-place",
        "The scene does not say where it lies: slicks are told in pixels, and no forecast can start from them.",
        "Give the product as it was published, or a GeoTIFF with coordinates.",
    )


def no_calibration(file: str) -> dict[str, Any]:
    """Say that a radar scene is only relative."""
    return note(
        file,
        "scene-uncalibrated",
        "The scene holds amplitudes without calibration: contrasts are right, the wind cannot be judged by it.",
        "Give the whole product (.SAFE) to have it calibrated.",
    )


def no_time(file: str) -> dict[str, Any]:
    """Say that nobody told when it was taken."""
    return note(
        file,
        "scene-without-time",
        "The scene does not say when it was taken.",
        "Give start, to forecast from it.",
        severity="note",
    )
