"""Settings of the legacy: ``lut.txt`` and ``process_install_both_config.txt``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.tally import Tally
from pelagia.io.zooscan.keyed import keyed_values
from pelagia.io.zooscan.text import decoded, has_comma, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Lut:
    """How 16 bits become 8: the twelve lines of ``lut.txt``, with the values of the legacy where a line is missing.

    Parameters
    ----------
    minimum, maximum
        Grey values, used where ``adjust`` is off.
    gamma
        1 for none.
    order
        ``before``: the gamma comes before the median filter.
    adjust
        Whether the limits follow from the median of the image.
    odrange, ratio
        Optical density covered, and the factor between the median and the maximum.
    size_limit
        Not used here; kept as found.
    overlap
        Of the two frames of a split scan.
    median_filter, median_radius
        A median filter over the scan.
    resolution_limit
        2400: none; 1200 halves scans wider than 14,000 px.
    """

    minimum: float = 0
    maximum: float = 65536
    gamma: float = 1
    order: str = "before"
    adjust: bool = True
    odrange: float = 1.8
    ratio: float = 1.15
    size_limit: float = 8000
    overlap: float = 0.07
    median_filter: bool = False
    median_radius: float = 1
    resolution_limit: float = 2400


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """``process_install_both_config.txt``, with the values of the legacy where a line is missing.

    Parameters
    ----------
    background_process
        ``last``: the last background before the scan; ``select`` and others are of older versions.
    resolution_dpi
        Of the scans.
    grey_ratio
        A border is where a slab is darker than this times the reference; 0.01 switches the search off.
    method
        Of background removal; only ``neutral`` is known to be in use.
    threshold
        The brightest grey of an object.
    min_esd_mm, max_esd_mm
        Diameter of the circle of equal area.
    bar_mm
        Length of the scale bar on a vignette.
    values
        Every line as written, by its name in lower case.
    """

    background_process: str = "last"
    resolution_dpi: int = 2400
    grey_ratio: float = 0.9
    method: str = "neutral"
    threshold: int = 243
    min_esd_mm: float = 0.3
    max_esd_mm: float = 100.0
    bar_mm: float = 1.0
    jpeg_quality: int = 100
    values: Mapping[str, str] = field(default_factory=dict)


_LUT = (
    ("minimum", "number"),
    ("maximum", "number"),
    ("gamma", "number"),
    ("order", "text"),
    ("adjust", "flag"),
    ("odrange", "number"),
    ("ratio", "number"),
    ("size_limit", "number"),
    ("overlap", "number"),
    ("median_filter", "flag"),
    ("median_radius", "number"),
    ("resolution_limit", "number"),
)
_CONFIGURATION = {
    "background_process": ("background_process", str),
    "resolution": ("resolution_dpi", int),
    "greytaux": ("grey_ratio", float),
    "method": ("method", str),
    "upper": ("threshold", int),
    "minsizeesd_mm": ("min_esd_mm", float),
    "maxsizeesd_mm": ("max_esd_mm", float),
    "longline_mm": ("bar_mm", float),
    "jpeg": ("jpeg_quality", int),
}


def parse_lut(data: bytes, file: str) -> tuple[Lut, tuple[Issue, ...]]:
    """Read a ``lut.txt``: values by their position; missing or unreadable ones keep the legacy's default.

    Raises
    ------
    BadInput
        No line holds a value.
    """
    lines = [line.strip() for line in decoded(data).text.splitlines()]
    if not any(lines):
        raise _empty(file, len(data))
    tally = Tally(file)
    values: dict[str, Any] = {}
    for (name, kind), text in zip(_LUT, lines, strict=False):
        if kind == "number":
            found = _number(name, text, tally)
            if found is not None:
                values[name] = found
        elif text:
            values[name] = text.lower() in {"yes", "y", "1", "true"} if kind == "flag" else text
    if len(lines) < len(_LUT):
        tally.add(
            "lut-short",
            f"The file has fewer than {len(_LUT)} lines; the values of the others are those of the legacy.",
            remedy="None needed if the file is of an old version.",
            value=f"{len(lines)} lines",
            severity="note",
            objects=0,
        )
    return Lut(**values), tally.issues()


def parse_configuration(data: bytes, file: str) -> tuple[Configuration, tuple[Issue, ...]]:
    """Read a ``process_install_both_config.txt``.

    Raises
    ------
    BadInput
        It holds no setting.
    """
    written = {key.lower(): value for key, value in keyed_values(decoded(data))}
    if not written:
        raise _empty(file, len(data))
    tally = Tally(file)
    values: dict[str, Any] = {}
    for key, (name, kind) in _CONFIGURATION.items():
        text = written.get(key, "")
        if kind is str and text:
            values[name] = text
        elif kind is not str and text and (found := _number(key, text, tally)) is not None:
            values[name] = kind(found)
    return Configuration(**values, values=written), tally.issues()


def _number(name: str, text: str, tally: Tally) -> float | None:
    value = number(text)
    if value is None:
        tally.add(
            "number-unreadable",
            f"The setting '{name}' is not a number; the value of the legacy was used.",
            remedy="Correct the line.",
            value=text,
            objects=0,
        )
    elif has_comma(text):
        tally.add(
            "comma-decimal",
            f"The setting '{name}' has a decimal comma; it was read as a point.",
            remedy="Write a point.",
            value=text,
            objects=0,
        )
    return value


def _empty(file: str, size: int) -> BadInput:
    return BadInput(
        "The file holds no settings",
        remedy="Copy it again from the project, or leave it away: the settings of the legacy are then used.",
        value=f"{size} bytes",
        file=file,
        code="settings-empty",
    )
