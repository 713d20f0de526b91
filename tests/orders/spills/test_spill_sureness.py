"""How sure a forecast is, in words: as good as the figures, and no better."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.orders.spilled import MEMBERS, Rows, spill_rows, write_tables

from pelagia.orders.spills.balance import balance_of
from pelagia.orders.spills.fitted import fitted_of, passes_of
from pelagia.orders.spills.sureness import Saying, sayings
from pelagia.orders.spills.things import reached
from pelagia.services.oilspill import columns


def said(folder: Path, rows: Rows) -> dict[str, Saying]:
    """Return what is said of the result of tables, by what it is about."""
    write_tables(folder, rows)
    told = sayings(folder, balance_of(folder), fitted_of(folder), reached(folder))
    return {one.about: one for one in told}


def test_a_forecast_alone_and_never_compared_is_told_as_unsure(tmp_path: Path) -> None:
    told = said(tmp_path, spill_rows(ensemble=False, fit=False))
    assert told["One forecast alone"].is_warning and told["Compared with observations"].is_warning
    assert not told["Mass balance"].is_warning and "Coast" not in told


def test_an_ensemble_tells_place_fate_area_and_coast_with_figures(tmp_path: Path) -> None:
    told = said(tmp_path, spill_rows(fit=False))
    place = told["Place at the end"].words
    # The members lie 0 to 19 hundredths of a degree around a middle: half of them within some 10 km.
    assert place.startswith(f"{MEMBERS} forecasts") and "within 9.7 km" in place and "in nine of ten" in place
    assert "at the surface 50\u202f% (38\u202f% to 62\u202f% in nine of ten)" in told["Fate at the end"].words
    assert "km² with 50\u202f% or more" in told["Area that may see oil"].words
    coast = told["Coast"].words
    assert coast.startswith("10 stretches of 10 km may be reached, 6 of 6.0 km with 50 % or more.")
    assert "c0000 at 37.90° N, 6.40° E: 90\u202f% (75\u202f% to 100\u202f%)" in coast
    assert coast.endswith("first oil after 8.0 h; of all forecasts nine of ten say 6.0 to 12 h.")


def test_members_on_both_sides_of_the_date_line_have_their_centre_between_them(tmp_path: Path) -> None:
    rows = spill_rows(fit=False)
    members = [{"member": at, "centre_lat": 10.0, "centre_lon": lon} for at, lon in enumerate((179.9, -179.9))]
    told = said(tmp_path, {**rows, "members": (columns.MEMBER_COLUMNS, members)})
    assert "within 11 km of 10.00° N, 180.00°" in told["Place at the end"].words


def test_a_coast_that_no_member_reaches_is_not_told_as_safe(tmp_path: Path) -> None:
    rows = spill_rows(fit=False)
    told = said(tmp_path, {**rows, "coast": (columns.COAST_COLUMNS, [])})
    assert told["Coast"].words == "No forecast reaches it; that leaves a probability of at most 16\u202f%."


def test_oil_that_left_the_area_is_told_first_and_with_the_coast(tmp_path: Path) -> None:
    rows = spill_rows(fit=False)
    last = rows["mass_balance"][1][-1]
    last |= {"surface_fraction": last["surface_fraction"] - 0.3, "outside_fraction": 0.3}
    told = said(tmp_path, {**rows, "coast": (columns.COAST_COLUMNS, [])})
    first = next(iter(told.values()))
    assert (
        first.about == "Oil that left the area" and first.is_warning and first.words.startswith("30\u202f% of the oil")
    )
    assert told["Coast"].is_warning and "which oil has left" in told["Coast"].words


def test_what_the_fit_did_not_know_is_what_it_is_judged_by(tmp_path: Path) -> None:
    told = said(tmp_path, spill_rows())
    (about,) = [name for name in told if name.startswith("Compared")]
    words = told[about].words
    assert about == "Compared with 2008-08-06 21:51 UTC" and "which the fit did not know" in words
    assert "0.41 at 5 km (0.19 before the fit, 0.06 for a slick that stays, useful from 0.52)" in words
    assert words.endswith("The forecast is useful from 10 km on.") and not told[about].is_warning


@pytest.mark.parametrize(("score", "still", "warns"), [(0.6, 0.1, False), (0.3, 0.1, True), (0.6, 0.7, True)])
def test_a_forecast_that_is_not_useful_or_beaten_by_standing_still_asks_for_care(
    tmp_path: Path, score: float, still: float, warns: bool
) -> None:
    row: dict[str, Any] = {"observed_utc": "2008-08-07T10:50:00Z", "is_held_out": False, "scale_km": 5.0}
    scores = [
        {**row, "forecast": name, "fss": fss, "fss_useful": 0.52}
        for name, fss in (("defaults", score), ("persistence", still))
    ]
    rows = spill_rows(ensemble=False, fit=False)
    told = said(tmp_path, {**rows, "scores": (columns.SCORE_COLUMNS, scores)})
    saying = told["Compared with 2008-08-07 10:50 UTC"]
    assert saying.is_warning is warns
    assert ("a slick that stays where it was does better" in saying.words) is (still > score)


def test_a_balance_that_does_not_close_is_told(tmp_path: Path) -> None:
    rows = spill_rows(ensemble=False, fit=False)
    rows["mass_balance"][1][3]["closure_error"] = -2e-3
    told = said(tmp_path, rows)["Mass balance"]
    assert told.is_warning and "does not close" in told.words


def test_passes_are_told_by_scale_and_those_not_known_to_the_fit_last(tmp_path: Path) -> None:
    write_tables(tmp_path, spill_rows())
    fitted = fitted_of(tmp_path)
    assert fitted is not None
    assert [(one.is_held_out, one.scale_km) for one in fitted.passes] == [
        (held, scale) for held in (False, True) for scale in (1.0, 5.0, 10.0)
    ]
    assert passes_of([]) == []
    # The angle is the same in all draws: it was not to be changed, and nothing is known of it.
    assert [one.name for one in fitted.beliefs] == ["diffusivity_m2_s", "wind_drift_factor", "start_spread_km"]
    first = fitted.beliefs[0]
    assert first.from_ < first.low < first.median < first.high < first.to
    assert sum(first.shares) == pytest.approx(1.0) and first.best == 7.0
