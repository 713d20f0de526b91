"""A model that does not fit, or does not know how sure it is, is told to the user."""

from __future__ import annotations

from tests.learning.tiny_model import tiny_card

from pelagia.learning.card import Calibration, CardClass, UnknownRule
from pelagia.learning.checks import check_instrument, check_model

CALIBRATION = Calibration(temperature=1.0, ece_before=0.1, ece_after=0.1, n=10)


def rule(measured_error_high: float) -> UnknownRule:
    return UnknownRule(
        threshold=0.5,
        target_error=0.1,
        measured_error=0.05,
        measured_error_high=measured_error_high,
        rejected_fraction=0.1,
    )


def test_a_good_model_for_its_instrument_has_no_finding() -> None:
    classes = (CardClass(name="Ceratium", aphia_id=109506), CardClass(name="Junk", is_organism=False))
    assert check_model(tiny_card(calibration=CALIBRATION, unknown=rule(0.09), classes=classes), "flowcam") == ()


def test_a_model_of_another_instrument_is_found() -> None:
    issue = check_instrument(tiny_card(instrument="ISIIS"), "FlowCam")
    assert issue is not None
    assert issue.code == "model-instrument-mismatch"
    assert issue.value == "ISIIS"
    assert issue.file == "tiny@1.0.0"


def test_a_bare_model_has_every_finding() -> None:
    codes = [issue.code for issue in check_model(tiny_card(), "FlowCam")]
    assert codes == ["model-uncalibrated", "model-no-unknown-rule", "class-without-aphiaid"]


def test_an_error_rate_that_was_not_shown_is_told_with_the_one_that_was() -> None:
    card = tiny_card(calibration=CALIBRATION, unknown=rule(0.23))
    (found,) = (issue for issue in check_model(card, "FlowCam") if issue.code == "model-error-rate-not-kept")
    assert "10.0%" in found.message
    assert "23.0%" in found.message


def test_organisms_without_an_aphia_id_are_counted_and_other_classes_are_not() -> None:
    classes = (CardClass(name="Detritus", is_organism=False), CardClass(name="Egg"), CardClass(name="Cyst"))
    (found,) = (i for i in check_model(tiny_card(classes=classes), "FlowCam") if i.code == "class-without-aphiaid")
    assert found.message.startswith("2 classes")
    assert found.value == "Egg, Cyst"
