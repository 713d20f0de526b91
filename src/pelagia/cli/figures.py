"""Figures of a summary in words."""

from __future__ import annotations

from pelagia.core.result import Figure

UNKNOWN = "not known"


def figure(value: Figure) -> str:
    """Return a figure with its unit and interval, such as ``12.5 mL⁻¹ (95 %: 11.2 to 13.9)``."""
    if value.value is None:
        return UNKNOWN
    text = _number(value.value) + (f" {value.unit}" if value.unit else "")
    if value.low is None or value.high is None:
        return text
    return f"{text} (95 %: {_number(value.low)} to {_number(value.high)})"


def _number(value: float | int | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:.4g}"
