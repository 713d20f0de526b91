"""The normalised biovolume size spectrum, ready to be drawn: points with their intervals on two logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.report.count_rows import UNNAMED
from pelagia.exports.report.numbers import interval, quantity, whole
from pelagia.exports.tables import records

ALL_ORGANISMS = "all organisms"
"""The name in the table under which all that is not known to be lifeless is taken together."""
PANELS_AT_MOST = 12
TAXA_AT_MOST = 5
SHOWN_FROM = 5
"""Taxa with fewer objects have no spectrum of their own."""
_VOLUMES = {"ellipsoid": "ellipsoids of the fitted axes", "sphere": "spheres of equal area"}
_COLUMNS = (
    *("sample_id", "taxon", "volume_as", "low_mm3", "high_mm3", "counted", "is_complete"),
    *("nbss_per_m3", "nbss_per_m3_low", "nbss_per_m3_high"),
)
PLAIN_POWERS = 3
"""Powers of ten beyond are written as such."""
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One size class; places are percent of the drawing, ``x`` from the left, the others from the top.

    Parameters
    ----------
    y
        ``None`` where nothing was counted: then only the upper bound, ``high``, is drawn.
    is_complete
        Whether objects of every size of the class could have been counted.
    told
        The class and its figure in words.
    row
        The class as the table has it.
    """

    x: float
    y: float | None
    low: float
    high: float
    is_complete: bool
    told: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectrumPanel:
    """The spectrum of one sample or taxon."""

    name: str
    counted: int
    points: tuple[Point, ...]

    @property
    def segments(self) -> tuple[tuple[float, float, float, float], ...]:
        """The lines between neighbours that were both counted: x1, y1, x2, y2."""
        pairs = zip(self.points, self.points[1:], strict=False)
        return tuple((a.x, a.y, b.x, b.y) for a, b in pairs if a.y is not None and b.y is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BiovolumeSpectrum:
    """Spectra over one pair of axes.

    ``of_samples``: each panel is a sample, all its organisms together; otherwise they are the taxa of one sample.
    ``kinds`` are the sorts of points there are, for the legend.
    """

    volumes: str
    of_samples: bool
    panels: tuple[SpectrumPanel, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    left_out: int
    kinds: frozenset[str]


def biovolume_spectrum(result: Result, ranks: Mapping[str, int]) -> BiovolumeSpectrum | None:
    """Return the spectra a report draws; ``None`` where there are none, or no volume of water is known.

    Of one sample: all organisms and its main taxa; of several: all organisms of each.

    Parameters
    ----------
    ranks
        Taxon → its place; those of the same rank stand by how many objects there are.
    """
    table = result.tables.get("spectrum")
    if table is None or not {"low_mm3", "nbss_per_m3"} <= {column.name for column in table.columns}:
        return None
    rows = [row for row in records(table, _COLUMNS) if row["nbss_per_m3"] is not None]
    kind = next((kind for kind in _VOLUMES if any(row["volume_as"] == kind for row in rows)), None)
    if kind is None:
        return None
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if row["volume_as"] == kind:
            groups.setdefault((row["sample_id"], row["taxon"]), []).append(row)
    named = _chosen(groups, ranks)
    shown = dict(list(named.items())[:PANELS_AT_MOST])
    of_samples = len({sample for sample, taxon in groups if taxon == ALL_ORGANISMS}) > 1
    return _drawn(shown, _VOLUMES[kind], of_samples, len(named) - len(shown)) if shown else None


def _chosen(
    groups: Mapping[tuple[str, str], list[dict[str, Any]]], ranks: Mapping[str, int]
) -> dict[str, list[dict[str, Any]]]:
    whole_samples = {sample: rows for (sample, taxon), rows in groups.items() if taxon == ALL_ORGANISMS}
    if len(whole_samples) != 1:
        return whole_samples
    numbers = {taxon: _counted(rows) for (_, taxon), rows in groups.items() if taxon not in {ALL_ORGANISMS, *UNNAMED}}
    main = sorted(
        (taxon for taxon, number in numbers.items() if number >= SHOWN_FROM),
        key=lambda taxon: (ranks.get(taxon, 0), -numbers[taxon], taxon),
    )
    (sample,) = whole_samples
    first = {ALL_ORGANISMS.capitalize(): whole_samples[sample]}
    return first | ({taxon: groups[sample, taxon] for taxon in main[:TAXA_AT_MOST]} if len(main) > 1 else {})


def _counted(rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(row["counted"] for row in rows)


def _drawn(
    named: Mapping[str, Sequence[Mapping[str, Any]]], volumes: str, of_samples: bool, left_out: int
) -> BiovolumeSpectrum | None:
    rows = [row for own in named.values() for row in own]
    found = [row["nbss_per_m3"] for row in rows if row["nbss_per_m3"] > 0]
    if not found:
        return None
    bounds = [row["nbss_per_m3_high"] for row in rows if row["nbss_per_m3_high"]]
    x_axis = _Axis(math.log10(min(row["low_mm3"] for row in rows)), math.log10(max(row["high_mm3"] for row in rows)))
    bottom = math.floor(math.log10(min(found)))
    y_axis = _Axis(bottom, max(bottom + 1, math.ceil(math.log10(max([*found, *bounds])))))
    panels = tuple(
        SpectrumPanel(name=name, counted=_counted(own), points=tuple(_point(row, x_axis, y_axis) for row in own))
        for name, own in named.items()
    )
    return BiovolumeSpectrum(
        volumes=volumes,
        of_samples=of_samples,
        panels=panels,
        x_ticks=x_axis.ticks(),
        y_ticks=tuple((round(100 - place, 2), label) for place, label in y_axis.ticks()),
        left_out=left_out,
        kinds=frozenset(_kind(point) for panel in panels for point in panel.points),
    )


def _kind(point: Point) -> str:
    if point.y is None:
        return "empty"
    return "complete" if point.is_complete else "incomplete"


def _point(row: Mapping[str, Any], x_axis: _Axis, y_axis: _Axis) -> Point:
    value, low, high = (row[f"nbss_per_m3{end}"] for end in ("", "_low", "_high"))
    of = f"{quantity(row['low_mm3'], 2)}–{quantity(row['high_mm3'], 2)} mm³: {whole(row['counted'])} counted"
    told_range = interval(low, high)
    return Point(
        x=x_axis.place(math.sqrt(row["low_mm3"] * row["high_mm3"])),
        y=round(100 - y_axis.place(value), 2) if value > 0 else None,
        low=round(100 - y_axis.place(low or 0.0), 2),
        high=round(100 - y_axis.place(high if high is not None else value), 2),
        is_complete=bool(row["is_complete"]),
        told=f"{of}, {quantity(float(value))} per m³" + (f" ({told_range})" if told_range else ""),
        row=row,
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """A logarithmic axis between two powers of ten."""

    start: float
    end: float

    def place(self, value: float) -> float:
        """Return where a value stands, in percent from the start; what is beyond an end stands at it."""
        if value <= 0:
            return 0.0
        return round(100 * min(max((math.log10(value) - self.start) / (self.end - self.start), 0.0), 1.0), 2)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Return the powers of ten on it, not all where there are many; 1, 2, 5 × 10ⁿ where there are few."""
        powers = range(math.floor(self.start), math.ceil(self.end) + 1)
        whole_ones = [power for power in powers if self.start - 1e-9 <= power <= self.end + 1e-9]
        if len(whole_ones) > 2:
            return tuple((self.place(10.0**power), _power_text(power)) for power in whole_ones[:: 1 + len(powers) // 7])
        values = [step * 10.0**power for power in powers for step in (1, 2, 5)]
        inside = [value for value in values if self.start - 1e-9 <= math.log10(value) <= self.end + 1e-9]
        return tuple((self.place(value), f"{value:g}") for value in inside)


def _power_text(power: int) -> str:
    return f"{10.0**power:g}" if abs(power) <= PLAIN_POWERS else f"10{str(power).translate(_SUPERSCRIPT)}"
