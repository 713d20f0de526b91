"""The normalised biovolume size spectrum as SVG, and the same numbers as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pelagia.exports.report.biovolume_spectrum import BiovolumeSpectrum, Point, SpectrumPanel
from pelagia.exports.report.numbers import many
from pelagia.ui.results.drawing import WIDTH, csv_of, svg_of

LABELS = 56
"""Room for the figures of the vertical axis, to the left of each panel."""
LARGE_HEIGHT, SMALL_HEIGHT = 300, 190
HEAD, FOOT, RIGHT, GAP = 30, 26, 10, 22
COLUMNS = 2
RADIUS = 4
AXES = "Across: volume of an object, mm³. Up: biovolume per m³ of water and per mm³ of the class, 1/m³."
CSV_COLUMNS = (
    *("sample_id", "taxon", "volume_as", "low_mm3", "high_mm3", "counted"),
    *("nbss_per_m3", "nbss_per_m3_low", "nbss_per_m3_high", "is_complete"),
)


def biovolume_spectrum(drawn: BiovolumeSpectrum) -> Markup:
    """Draw the spectra: of one sample all organisms large, and its taxa below; of several all of one size."""
    parts: list[Markup] = []
    top, panels = 0.0, list(drawn.panels)
    if not drawn.of_samples:
        parts.append(_panel(panels.pop(0), drawn, (0, 0, WIDTH, LARGE_HEIGHT)))
        top = LARGE_HEIGHT + GAP
    width = (WIDTH - GAP) / COLUMNS
    for at, panel in enumerate(panels):
        place = ((at % COLUMNS) * (width + GAP), top + (at // COLUMNS) * (SMALL_HEIGHT + GAP), width, SMALL_HEIGHT)
        parts.append(_panel(panel, drawn, place))
    bottom = top - (-len(panels) // COLUMNS) * (SMALL_HEIGHT + GAP)
    parts.append(Markup('<text class="soft" x="{}" y="{:.1f}">{}</text>').format(LABELS, bottom, AXES))
    return svg_of(WIDTH, bottom + FOOT / 2, "Normalised biovolume size spectrum", parts)


def biovolume_csv(drawn: BiovolumeSpectrum) -> bytes:
    """Return the numbers behind the chart, a line for each size class."""
    rows = [point.row for panel in drawn.panels for point in panel.points]
    return csv_of([CSV_COLUMNS, *([row[name] for name in CSV_COLUMNS] for row in rows)])


@dataclass(frozen=True, slots=True)
class _Area:
    """Where the points of a panel are drawn."""

    left: float
    top: float
    width: float
    height: float

    def x(self, percent: float) -> float:
        return self.left + self.width * percent / 100

    def y(self, percent: float) -> float:
        return self.top + self.height * percent / 100


def _panel(panel: SpectrumPanel, drawn: BiovolumeSpectrum, place: tuple[float, float, float, float]) -> Markup:
    left, top, width, height = place
    area = _Area(left + LABELS, top + HEAD, width - LABELS - RIGHT, height - HEAD - FOOT)
    head = Markup('<text class="strong" x="{:.1f}" y="{:.1f}">{}</text>').format(area.left, top + 14, panel.name)
    head += Markup('<text class="soft" x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>').format(
        area.x(100), top + 14, many(panel.counted, "object")
    )
    links = (
        Markup('<path class="link" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>').format(
            area.x(x1), area.y(y1), area.x(x2), area.y(y2)
        )
        for x1, y1, x2, y2 in panel.segments
    )
    return Markup("").join([head, *_axes(drawn, area), *links, *_points(panel.points, area)])


def _axes(drawn: BiovolumeSpectrum, area: _Area) -> Iterator[Markup]:
    for share, label in drawn.y_ticks:
        at = area.y(share)
        yield Markup('<path class="grid" d="M{:.1f} {:.1f}H{:.1f}"/>').format(area.left, at, area.x(100))
        yield Markup('<text class="soft" x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>').format(
            area.left - 6, at + 4, label
        )
    floor = area.y(100)
    yield Markup('<path class="axis" d="M{:.1f} {:.1f}H{:.1f}"/>').format(area.left, floor, area.x(100))
    for share, label in drawn.x_ticks:
        yield Markup('<text class="soft" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>').format(
            area.x(share), floor + 18, label
        )


def _points(points: Sequence[Point], area: _Area) -> Iterator[Markup]:
    for point in points:
        at, low, high = area.x(point.x), area.y(point.low), area.y(point.high)
        yield Markup("<g><title>{}</title>").format(point.told)
        if point.y is None:
            yield Markup('<path class="bound" d="M{:.1f} {:.1f}m-5 0h10m-5 0v12m-3-4l3 4 3-4"/>').format(at, high)
        else:
            yield Markup('<path class="whisker" d="M{:.1f} {:.1f}V{:.1f}"/>').format(at, low, high)
            yield Markup('<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="{}"/>').format(
                "complete" if point.is_complete else "incomplete", at, area.y(point.y), RADIUS
            )
        yield Markup("</g>")
