"""Progress: a bar on a terminal, few plain lines elsewhere."""

from __future__ import annotations

import sys

import pytest

from pelagia.cli import progress_display
from pelagia.cli.figures import figure
from pelagia.cli.progress_display import describe, show_progress
from pelagia.cli.words import columns, count, duration, sentence, size
from pelagia.core.result import Figure
from pelagia.core.service import Unit
from pelagia.runtime.progress import Progress

UNIT = Unit(name="image", plural="images")


def progress(done: int, total: int = 200, **changes: float) -> Progress:
    values = {"done_units": 10 * done, "total_units": 10 * total, "new_steps": done, "new_units": 10 * done}
    return Progress(done_steps=done, total_steps=total, **{**values, "elapsed_s": 2.0 * done, **changes})  # type: ignore[arg-type]


def test_it_says_how_far_how_fast_and_how_long() -> None:
    assert describe(progress(50), UNIT) == "500 of 2,000 images · 5.0 a second · 5 min 0 s to go"
    assert describe(progress(0), UNIT) == "0 of 2,000 images"
    assert describe(progress(200), UNIT) == "2,000 of 2,000 images · 5.0 a second"


def test_without_units_steps_are_told() -> None:
    assert describe(progress(50, done_units=0, total_units=0, new_units=0), UNIT).startswith("50 of 200 steps")


def test_what_was_done_before_does_not_make_it_look_faster() -> None:
    resumed = progress(100, new_steps=10, new_units=100, elapsed_s=10.0)
    assert resumed.units_per_s == 10 and resumed.remaining_s == 100


def test_an_estimate_that_was_too_low_never_shows_more_than_all() -> None:
    assert progress(250).share == 1.0 and progress(250).remaining_s == 0


def test_a_log_gets_few_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(progress_display.time, "monotonic", lambda: now)
    with show_progress(UNIT) as show:
        for done in range(201):
            now = done * 1.0
            show(progress(done))
    lines = capsys.readouterr().err.splitlines()
    assert 10 < len(lines) < 50
    assert lines[0].startswith("  0%") and lines[-1].startswith("100%")


def test_a_terminal_gets_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with show_progress(UNIT) as show:
        show(progress(50))
    assert "500 of 2,000 images" in capsys.readouterr().err


def test_numbers_read_well() -> None:
    assert (count(1, "image", "images"), count(2000, "image", "images")) == ("1 image", "2,000 images")
    assert (size(999), size(12_300_000)) == ("999 bytes", "12.3 MB")
    assert sentence(" there is none ") == "There is none." and sentence("Why?") == "Why?"
    assert (duration(59.4), duration(61), duration(7260)) == ("59 s", "1 min 1 s", "2 h 1 min")
    assert (
        figure(Figure(value=12.5, description="x", unit="mL⁻¹", low=11.2, high=13.9))
        == "12.5 mL⁻¹ (95 %: 11.2 to 13.9)"
    )
    assert figure(Figure(value=None, description="x")) == "not known"
    assert figure(Figure(value=12345, description="x")) == "12,345"


def test_columns_are_aligned_by_what_is_seen() -> None:
    told = columns([("µm", "1"), ("long name", "12")], ("name", "n"), right=(1,))
    assert told.splitlines()[1:] == ["µm          1", "long name  12"]
