"""The page says what the card says, good or bad."""

from __future__ import annotations

import pytest
from tests.learning.tiny_model import tiny_card

from pelagia.learning.card import (
    Calibration,
    CardClass,
    CardInput,
    ClassScore,
    ContextFeature,
    CurvePoint,
    DataOrigin,
    Score,
    Scores,
    UnknownRule,
)
from pelagia.learning.card_page import render_card


def scores(names: list[str], confusion: list[list[int]]) -> Scores:
    return Scores(
        split="by source run, 2 of 9 runs",
        n_train=1234,
        n_heldout=sum(map(sum, confusion)),
        accuracy=Score(value=0.91, low=0.88, high=0.93),
        macro_f1=Score(value=0.801, low=0.7, high=0.85),
        per_class=tuple(
            ClassScore(name=n, precision=None, recall=0.5, f1=0.25, n_heldout=sum(row))
            for n, row in zip(names, confusion, strict=True)
        ),
        confusion=tuple(map(tuple, confusion)),
    )


RULE = UnknownRule(
    threshold=0.62,
    target_error=0.05,
    measured_error=0.031,
    measured_error_high=0.048,
    rejected_fraction=0.12,
    curve=(CurvePoint(threshold=0.62, error=0.031, error_high=0.048, rejected=0.12),),
)


def full_card() -> str:
    return render_card(
        tiny_card(
            classes=(
                CardClass(name="Ceratium|fusus", scientific_name="Tripos fusus", aphia_id=840626),
                CardClass(name="Junk", is_organism=False, remark="bubbles and dirt"),
            ),
            input=CardInput(
                size_px=96,
                pixel_size_um=1.2,
                context=(ContextFeature(name="width_um", unit="µm", description="width of the vignette"),),
            ),
            scores=scores(["Ceratium|fusus", "Junk"], [[90, 10], [5, 95]]),
            calibration=Calibration(temperature=1.5, ece_before=0.08, ece_after=0.012, n=500),
            unknown=RULE,
            data=(DataOrigin(name="own runs", licence="MIT", n_images=2000),),
            intended_use="Counting Tripos.",
            recipe={"epochs": 12},
        )
    )


@pytest.mark.parametrize(
    "claim",
    [
        "# Mean colour",
        "`tiny@1.0.0`",
        "Counting Tripos.",
        "by source run, 2 of 9 runs",
        "| accuracy | 0.910 | 0.880 to 0.930 |",
        "| Ceratium\\|fusus | – | 0.500 | 0.250 | 100 |",
        "| Junk | 5 | 95 |",
        "0.080 before, 0.012 after",
        "below 0.620",
        "3.1% were wrong; with 95 % confidence at most 4.8%",
        "12.0% of them were called unknown",
        "| Ceratium\\|fusus | Tripos fusus | 840626 | yes |  |",
        "| Junk | – | – | no | bubbles and dirt |",
        "96 × 96 pixels: the vignette scaled to fit, aspect kept",
        "1.2 µm",
        "- width_um (µm): width of the vignette",
        "| own runs | 2,000 | MIT |  |  |",
        "- epochs: 12",
        "is not known",  # error on objects of other kinds
    ],
)
def test_the_page_states(claim: str) -> None:
    assert claim in full_card()


def test_every_table_row_has_as_many_cells_as_its_head() -> None:
    widths: set[int] = set()
    for line in full_card().splitlines():
        if line.startswith("|"):
            widths.add(line.replace("\\|", "").count("|"))
            assert len(widths) == 1, line
        else:
            widths.clear()


def test_what_is_not_known_is_said_plainly() -> None:
    page = render_card(tiny_card())
    assert "No held-out figures are known" in page
    assert "not calibrated" in page
    assert "no rule for unknown objects" in page
    assert page.count("Not stated.") == 4  # use, limits, data, recipe


def test_a_target_that_was_not_shown_is_said_plainly() -> None:
    page = render_card(tiny_card(unknown=RULE.model_copy(update={"target_error": 0.01})))
    assert "do not show that the error rate asked for is kept" in page


def test_a_squashed_input_is_told() -> None:
    assert "the aspect is lost" in render_card(tiny_card(input=CardInput(size_px=100, resize="squash")))


def test_a_large_matrix_becomes_its_worst_confusions() -> None:
    names = [f"c{i}" for i in range(20)]
    confusion = [[10 if i == j else 0 for j in range(20)] for i in range(20)]
    confusion[3][7] = 9
    page = render_card(tiny_card(classes=names, scores=scores(names, confusion)))
    assert "| c3 | c7 | 9 of 19 |" in page
    assert "Confusion matrix" not in page
