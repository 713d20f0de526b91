"""What can be wrong with the flight a photo was taken on, said once: code, message, remedy."""

from __future__ import annotations

from pelagia.core.result import Issue
from pelagia.io.rasters.faults import fault


def gsd_from_flight(file: str, gsd_cm: float, height_m: float) -> Issue:
    """Say what the size of a pixel was computed from."""
    return fault(
        file,
        "gsd-from-flight",
        f"The size of a pixel ({gsd_cm:.3g} cm) was computed from the height above the take-off ({height_m:.1f} m) and "
        "the camera; it is as wrong as the ground here is higher or lower than there.",
        "Give gsd-cm if you know it better.",
        f"{gsd_cm:.4g} cm",
        "note",
    )


def on_ground(file: str, value: str, *, is_kept: bool) -> Issue:
    """Say that the drone was not flying."""
    return fault(
        file,
        "taken-on-ground",
        "The photo was taken on or close to the ground, as of a landing pad"
        + ("; it was used because gsd-cm is given." if is_kept else "; it was left out."),
        "Remove photos of the take-off from the folder. If this one is meant, give gsd-cm.",
        value,
        "warning" if is_kept else "error",
    )


def below_take_off(file: str, height_m: float) -> Issue:
    """Say that the height above take-off is none above the ground."""
    return fault(
        file,
        "height-unknown",
        "The drone flew below its take-off, so that its height above the ground is not known.",
        "Give gsd-cm.",
        f"{height_m:.1f} m",
    )


def not_nadir(file: str, off_deg: float) -> Issue:
    """Say that a photo does not look straight down."""
    return fault(
        file,
        "not-nadir",
        f"The camera looked {off_deg:.0f}° away from straight down: pixels show different amounts of ground, so that "
        "neither their size nor their place is taken from the flight.",
        "Photograph straight down (gimbal -90°), or give an orthophoto made of the photos.",
        f"{off_deg:.1f}°",
    )


def direction_unknown(file: str) -> Issue:
    """Say that nothing tells where a camera looked."""
    return fault(
        file,
        "direction-unknown",
        "The photo does not say whether its camera looked straight down; its scale is not taken from the flight.",
        "Give gsd-cm, or copy the photos from the drone's card again: some programs remove this.",
    )


def camera_unknown(file: str) -> Issue:
    """Say that the height is known and the camera is not."""
    return fault(
        file,
        "camera-unknown",
        "The height is known, but not the focal length of the camera in pixels: the photo was cut, or says too little.",
        "Give gsd-cm, or the photos as the drone wrote them.",
    )
