"""The charts of a fit: scores before and after by scale and pass, and what remains possible of each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from pelagia.exports.report.numbers import quantity
from pelagia.orders.spills.fitted import FORECASTS, Belief, Fitted, Pass
from pelagia.ui.results.drawing import csv_of, svg_of

WIDTH = 760
NAMES, NUMBERS = 216, 36
ROW, HEAD = 34, 30
BELIEF_ROW, BARS = 64, 30
TOLD: Mapping[str, str] = {"persistence": "stays where it was", "defaults": "before the fit", "fitted": "after the fit"}
_MARKS: Mapping[str, Markup] = {
    "persistence": Markup('<path class="bound" d="M{x:.1f} {y:.1f}m-5-5l10 10m0-10l-10 10"/>'),
    "defaults": Markup('<circle class="plain" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'),
    "fitted": Markup('<path class="dot" d="M{x:.1f} {y:.1f}m0-7l7 7-7 7-7-7z"/>'),
}


def draw_scores(passes: Sequence[Pass]) -> Markup:
    """Draw the fraction skill scores of each pass and scale.

    Parameters
    ----------
    passes
        One at least.
    """
    right = WIDTH - NUMBERS
    bottom = HEAD + ROW * len(passes)
    parts = [_legend()]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _score_at(tick)
        parts.append(
            Markup(
                '<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/>'
                '<text class="soft" x="{0:.1f}" y="{3}" text-anchor="middle">{4:g}</text>'
            ).format(x, HEAD, bottom, bottom + 16, tick)
        )
    parts += [_pass(one, HEAD + ROW * at) for at, one in enumerate(passes)]
    parts.append(
        Markup('<text class="soft" x="{}" y="{}" text-anchor="end">fraction skill score</text>').format(
            right, bottom + 32
        )
    )
    return svg_of(WIDTH, bottom + 38, "Fraction skill scores before and after the fit", parts)


def draw_beliefs(beliefs: Sequence[Belief], given: Mapping[str, float | None]) -> Markup:
    """Draw what is known of each parameter after the fit.

    Parameters
    ----------
    beliefs
        One at least.
    given
        The values before the fit, by name; where nobody gave one it is missing.
    """
    height = BELIEF_ROW * len(beliefs) + 6
    parts = [_belief(one, BELIEF_ROW * at, given.get(one.name)) for at, one in enumerate(beliefs)]
    return svg_of(WIDTH, height, "Ranges of the fitted parameters", parts)


def scores_csv(passes: Sequence[Pass]) -> bytes:
    """Return the numbers behind the scores."""
    lines: list[Sequence[object]] = [
        ("observed_utc", "is_held_out", "scale_km", "fss_useful", *(f"fss_{name}" for name in FORECASTS))
    ]
    for one in passes:
        scores = (one.fss.get(name) for name in FORECASTS)
        lines.append((one.observed_utc, one.is_held_out, one.scale_km, one.useful, *scores))
    return csv_of(lines)


def posterior_csv(fitted: Fitted) -> bytes:
    """Return the ranges of the parameters."""
    lines: list[Sequence[object]] = [("parameter", "unit", "low_5", "median", "high_95", "best")]
    lines += [(one.name, one.unit, one.low, one.median, one.high, one.best) for one in fitted.beliefs]
    return csv_of(lines)


def _score_at(score: float) -> float:
    return NAMES + min(1.0, max(0.0, score)) * (WIDTH - NAMES - NUMBERS)


def _legend() -> Markup:
    parts = []
    for at, name in enumerate(FORECASTS):
        x = NAMES + 10 + 160 * at
        parts.append(_mark(name, x, 10))
        parts.append(Markup('<text class="soft" x="{}" y="14">{}</text>').format(x + 12, TOLD[name]))
    x = NAMES + 10 + 160 * len(FORECASTS)
    parts.append(
        Markup('<path class="whisker" d="M{} 3v14"/><text class="soft" x="{}" y="14">useful</text>').format(x, x + 8)
    )
    return Markup("").join(parts)


def _pass(one: Pass, top: float) -> Markup:
    middle = top + ROW / 2
    when = one.observed_utc[5:16].replace("T", " ")
    known = "not known to the fit" if one.is_held_out else "used by the fit"
    parts = [
        Markup('<line class="grid" x1="0" x2="{0}" y1="{1}" y2="{1}"/>').format(WIDTH - NUMBERS, top + ROW),
        Markup('<text x="0" y="{:.1f}">{} · {:g} km</text>').format(middle - 1, when, one.scale_km),
        Markup('<text class="soft{}" x="0" y="{:.1f}">{}</text>').format(
            " strong" if one.is_held_out else "", middle + 13, known
        ),
    ]
    if one.useful is not None:
        parts.append(
            Markup('<path class="whisker" d="M{:.1f} {:.1f}v18"><title>useful from {:.2f} on</title></path>').format(
                _score_at(one.useful), middle - 9, one.useful
            )
        )
    for name in FORECASTS:
        score = one.fss.get(name)
        if score is not None:
            parts.append(
                Markup("<g><title>{}: {:.3f}</title>{}</g>").format(
                    TOLD[name], score, _mark(name, _score_at(score), middle)
                )
            )
    return Markup("").join(parts)


def _mark(name: str, x: float, y: float) -> Markup:
    return _MARKS[name].format(x=x, y=y)


def _belief(one: Belief, top: float, given: float | None) -> Markup:
    span = WIDTH - NAMES - NUMBERS
    low, high = min(one.from_, *_known(given, one.best)), max(one.to, *_known(given, one.best))

    def at(value: float) -> float:
        return NAMES + (value - low) / ((high - low) or 1.0) * span

    floor = top + 8 + BARS
    most = max(one.shares)
    width = (one.to - one.from_) / len(one.shares)
    unit = f" {one.unit}" if one.unit else ""
    range_ = f"{quantity(one.low)} to {quantity(one.high)}{unit}"
    parts = [
        Markup('<text x="0" y="{}">{}</text>').format(top + 18, one.label),
        Markup('<text class="soft" x="0" y="{}">{}</text>').format(top + 34, f"nine of ten: {range_}"),
    ]
    for number, share in enumerate(one.shares):
        tall = BARS * share / most
        left = at(one.from_ + number * width)
        parts.append(
            Markup('<rect class="bar other" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                left, floor - tall, max(1.0, at(one.from_ + (number + 1) * width) - left - 1), tall
            )
        )
    whisker = f"M{at(one.low):.1f} {floor + 5:.1f}H{at(one.high):.1f}M{at(one.median):.1f} {floor + 1:.1f}v8"
    parts.append(Markup('<path class="whisker" d="{}"/>').format(whisker))
    for name, value in (("defaults", given), ("fitted", one.best)):
        if value is not None:
            told = f"{TOLD[name]}: {quantity(float(value))}{unit}"
            parts.append(Markup("<g><title>{}</title>{}</g>").format(told, _mark(name, at(value), floor - 8)))
    for value, anchor in ((low, "start"), (high, "end")):
        parts.append(
            Markup('<text class="soft" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
                at(value), floor + 22, anchor, quantity(float(value))
            )
        )
    return Markup("").join(parts)


def _known(*values: float | None) -> list[float]:
    return [value for value in values if value is not None]
