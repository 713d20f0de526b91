"""A scene in words, for the person who gave it."""

from __future__ import annotations

from pelagia.io.scenes.facts import Kind, Scene

KINDS: dict[Kind, str] = {
    "sentinel-1": "radar",
    "radar-count": "radar, not calibrated",
    "radar-linear": "radar, σ⁰",
    "radar-db": "radar, σ⁰ in dB",
    "sentinel-2": "optical",
    "landsat": "optical",
    "grey": "picture of 8 bits",
}


def scene_words(scene: Scene) -> str:
    """Return what a scene is: satellite, kind, size, time, place."""
    kind = KINDS[scene.kind]
    if scene.polarisations and scene.kind == "sentinel-1":
        kind += f" {' and '.join(scene.polarisations)}"
    size = f"{scene.height_px:,} × {scene.width_px:,} pixels"
    if scene.pixel_m is not None:
        size += f" of {scene.pixel_m:.3g} m"
    told = [scene.platform, kind, size, scene.observed_utc or "time not told", _place(scene)]
    return ", ".join(filter(None, told))


def _place(scene: Scene) -> str:
    if scene.bounds is None:
        return "place not told: slicks in pixels only"
    south, west, north, east = scene.bounds
    return f"{south:.2f} to {north:.2f}° N, {west:.2f} to {east:.2f}° E"
