"""The report of an oil spill: answers first, maps that need no network, figures with ranges, and what is assumed."""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.exports.oilspill.spill_result import STEP, Spill, make_spill, square
from tests.exports.report.test_render import ERROR, WARNING, Page, render

from pelagia.core.result import Result
from pelagia.core.table import write_table
from pelagia.exports.oilspill.frames import all_rows
from pelagia.exports.oilspill.words import degrees, minute, place, since_start
from pelagia.exports.report.oilspill.balance import HEIGHT, draw_balance, read_balance
from pelagia.exports.report.oilspill.chart import METRES_PER_DEGREE, WIDTH, chart_around, net, scale_bar
from pelagia.exports.report.oilspill.fit import read_fit
from pelagia.exports.report.oilspill.maps import Maps, draw_maps
from pelagia.exports.report.oilspill.slicks import read_scenes, read_slicks
from pelagia.services.oilspill import columns

SPILLS = {
    "usual": Spill(),
    "everything": Spill(members=8, passes=2, scenes=2),
    "one pass": Spill(passes=1),
    "backward": Spill(backward=True),
    "no shore": Spill(has_shore=False),
    "no oil": Spill(empty=tuple(range(5)), has_shore=False),
    "date line": Spill(west_lon=539.975, members=4),
    "scenes alone": Spill(has_forecast=False, scenes=2),
    "nothing found": Spill(has_forecast=False),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    return {name: make_spill(tmp_path_factory.mktemp("spill"), spill) for name, spill in SPILLS.items()}


@pytest.fixture(params=SPILLS)
def any_result(request: pytest.FixtureRequest, results: dict[str, Result]) -> Result:
    return results[request.param]


def drawn(result: Result) -> Maps:
    maps = draw_maps(result, read_balance(result), read_slicks(result))
    assert maps is not None
    return maps


def said(result: Result) -> str:
    return " ".join(Page(render(result)).text.split())


def test_every_report_is_a_balanced_page_with_names_for_all_maps_and_tables(any_result: Result) -> None:
    page = Page(render(any_result, (ERROR, WARNING)))
    assert page.open == []
    assert len(page.all("h1")) == 1
    assert all(image.get("alt") for image in page.all("img"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in head for head in page.all("th"))
    outer = [svg for svg in page.all("svg") if "viewBox" in svg or "role" in svg]
    assert all(
        svg.get("aria-hidden") == "true" or svg.get("aria-label") or "preserveaspectratio" in svg for svg in outer
    )
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert set(ids.values()) == {1}
    assert {attributes["aria-labelledby"] for attributes in page.all("section")} <= set(ids)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_nothing_is_fetched_or_run_and_names_cannot_become_markup(any_result: Result) -> None:
    html = render(any_result, (ERROR,))
    page = Page(html)
    assert not page.all("script")
    assert not [name for _, attributes in page.elements for name in attributes if name == "style" or name[:2] == "on"]
    assert "url(" not in html
    assert "<b>CRUDE</b>" not in html
    assert "<b>drawn</b>" not in html
    addresses = [one.get("href") or one.get("src") or "" for _, one in page.elements]
    assert not [address for address in addresses if address.startswith(("http:", "https:", "//"))]
    assert render(any_result, (ERROR,)) == html


def test_the_first_words_answer_a_duty_officer(results: dict[str, Result]) -> None:
    words = said(results["everything"])
    assert "its centre is at 36.03° N, 3.05° E, 3.6 km east of where it was" in words
    assert "Yes: first after 4.0 h (2026-03-01 10:00 UTC)" in words
    assert "Probability of any shore: 75 % (95 %: 30 % to 95 %)" in words
    assert "The mass is assumed, not told" in words
    assert "8 forecasts with other winds" in words
    assert "of the 7 with oil at the surface at the end ends within 0.48 km of 36.01° N, 3° E in half of them" in words
    assert "Compared with the pass that the fit did not know, it is useful from a scale of 5 km on." in words


def test_what_is_not_known_is_said(results: dict[str, Result]) -> None:
    assert "One forecast alone says nothing of it" in said(results["usual"])
    assert "Not known: this run had no shoreline." in said(results["no shore"])
    assert "At no time of the maps is oil at the surface." in said(results["no oil"])
    assert "No pass was kept from the fit: these scores flatter it." in said(results["one pass"])
    assert "of which it is not known where they lie" not in said(results["scenes alone"])
    assert "No slick was found." in said(results["nothing found"])
    assert "No problem was found with the input" in said(results["usual"])


def test_a_run_backward_tells_where_it_came_from_and_no_fates(results: dict[str, Result]) -> None:
    page = Page(render(results["backward"]))
    words = " ".join(page.text.split())
    assert "Where did it come from?" in words
    assert "4 h earlier, the centre of what became this oil was at" in words
    assert "What becomes of it" not in words
    assert "Which coast" not in words


def test_maps_show_the_start_the_middle_and_the_end_and_of_an_ensemble_the_probability(
    results: dict[str, Result],
) -> None:
    titles = [one.title for one in drawn(results["everything"]).maps]
    assert titles == ["2026-03-01 06:00 UTC", "2026-03-01 08:00 UTC", "2026-03-01 10:00 UTC", "Probability of oil"]
    assert len(drawn(results["usual"]).maps) == 3
    assert all(not one.picture for one in drawn(results["no oil"]).maps)


def pixels(uri: str) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))


def test_a_pixel_is_a_cell_north_above_and_shore_oil_is_seen(results: dict[str, Result]) -> None:
    first, _, last = drawn(results["usual"]).maps
    seen = pixels(first.picture)[..., 3] > 0
    assert seen.shape == (6, 12)
    assert np.argwhere(seen).tolist() == [[2, 0], [2, 1], [3, 0], [3, 1]]
    assert pixels(last.picture)[4, 4].tolist() == [0xA3, 0x52, 0x1B, 255]


def test_the_cells_lie_where_the_slick_is_drawn(results: dict[str, Result]) -> None:
    """The slick at the start is the square of the four cells with oil then, also across the date line."""
    for name in ("usual", "date line"):
        first = drawn(results[name]).maps[0]
        left, top, width, height = first.box
        (path,) = [path for role, path in first.slicks if role == "start"]
        points = np.array([one.split() for one in re.split("[ML]", path.rstrip("z"))[1:]], float)
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        assert (x0, x1) == (pytest.approx(left, abs=0.2), pytest.approx(left + 2 * width / 12, abs=0.3))
        assert (y0, y1) == (pytest.approx(top + height / 3, abs=0.3), pytest.approx(top + 2 * height / 3, abs=0.3))


def test_land_lies_south_of_the_shore(results: dict[str, Result]) -> None:
    maps = drawn(results["usual"])
    (land,) = maps.land
    ys = [float(y) for y in re.findall(r"[ML][\d.-]+ ([\d.-]+)", land)]
    shore_y = float(re.findall(r"M[\d.-]+ ([\d.-]+)", maps.shore)[0])
    assert min(ys) == pytest.approx(shore_y, abs=0.2)
    assert max(ys) == pytest.approx(maps.height, abs=0.2)
    assert drawn(results["no shore"]).land == ()


def test_a_slick_seen_later_is_on_the_map_of_its_time(results: dict[str, Result]) -> None:
    start, middle, end, likely = drawn(results["everything"]).maps
    roles = [[role for role, _ in one.slicks] for one in (start, middle, end, likely)]
    assert roles == [["start"], ["start", "observed"], ["start"], ["start", "observed", "observed"]]


def test_a_spill_from_a_point_is_a_dot(results: dict[str, Result], tmp_path: Path) -> None:
    rows = [row | {"geometry": '{"type":"Point","coordinates":[3.01,36.03]}'} for row in read_slicks(results["usual"])]
    table = write_table("slicks", tmp_path, columns.SLICK_COLUMNS, rows)
    result = replace(results["usual"], tables={**results["usual"].tables, "slicks": table})
    ((role, path),) = drawn(result).maps[0].slicks
    assert role == "start point"
    assert re.fullmatch(r"M[\d.]+ [\d.]+h0", path)


def test_a_map_of_many_cells_keeps_what_is_small(tmp_path: Path) -> None:
    result = make_spill(tmp_path, Spill(rows=1500, cols=1300, has_shore=False))
    first = drawn(result).maps[0]
    seen = pixels(first.picture)
    assert seen.shape[:2] == (500, 434)
    assert (seen[..., 3] > 0).sum() >= 1


def test_a_chart_is_neither_flat_nor_tall_and_as_long_north_as_east() -> None:
    for west, south, east, north in ((0.0, 60.0, 2.0, 60.1), (0.0, 60.0, 0.1, 62.0), (5.0, 0.0, 5.0, 0.0)):
        chart = chart_around([(west, south, east, north)])
        assert chart.west < west <= east < chart.east
        assert chart.south < south <= north < chart.north
        wide_m = (chart.east - chart.west) * METRES_PER_DEGREE * np.cos(np.radians((chart.south + chart.north) / 2))
        assert wide_m / WIDTH == pytest.approx(chart.metres_per_unit, rel=1e-3)
        assert 0.5 < chart.height / WIDTH < 1.2


def test_the_bar_of_the_scale_is_as_long_as_it_says() -> None:
    chart = chart_around([(3.0, 36.0, 3.5, 36.3)])
    length, words = scale_bar(chart)
    assert words == "10 km"
    assert length * chart.metres_per_unit == pytest.approx(10_000, rel=0.01)
    labels = {text for _, _, text, _ in net(chart).labels}
    assert "3.2° E" in labels
    assert "36.2° N" in labels


def test_the_areas_of_the_balance_fill_the_chart(results: dict[str, Result]) -> None:
    result = results["everything"]
    chart = draw_balance(result, read_balance(result))
    assert chart is not None
    assert [area.fate for area in chart.areas] == ["surface", "evaporated", "beached"]
    assert [area.share for area in chart.areas] == ["30\u202f%", "40\u202f%", "30\u202f%"]
    for lower, upper in pairwise(chart.areas):
        bottom = re.findall(r"[\d.]+ ([\d.]+)", upper.path)[5:]
        top = re.findall(r"[\d.]+ ([\d.]+)", lower.path)[:5]
        assert bottom == top[::-1]
    assert re.findall(r"[\d.]+ ([\d.]+)", chart.areas[0].path)[5:] == [f"{HEIGHT:.2f}"] * 5
    assert re.findall(r"[\d.]+ ([\d.]+)", chart.areas[-1].path)[4] == "0.00"
    assert (chart.areas[0].mean, chart.areas[0].range) == ("50\u202f%", "25\u202f% to 100\u202f%")


def test_the_coast_is_told_the_most_probable_first(results: dict[str, Result]) -> None:
    words = said(results["everything"])
    assert words.index("coast-00000") < words.index("coast-00001")
    assert "not in this forecast" in words
    assert "rock" in words
    assert "10 % to 90 %" in words


def test_scores_stand_beside_persistence_and_the_pass_kept_from_the_fit_is_marked(results: dict[str, Result]) -> None:
    words = said(results["everything"])
    assert words.count("kept from the fit") >= 2
    assert "0.10" in words
    assert "0.70" in words
    fit = read_fit(results["everything"])
    assert fit is not None
    drift = next(one for one in fit.beliefs if one.name.startswith("Drift"))
    assert (drift.given, drift.best, drift.median, drift.range) == ("0.030", "0.030", "0.029", "0.020 to 0.039")
    assert "not fitted" in words


def test_scenes_are_shown_with_what_may_be_no_oil(results: dict[str, Result]) -> None:
    scenes, left_out, unreadable = read_scenes(results["scenes alone"])
    assert (len(scenes), left_out, unreadable) == (2, 0, 0)
    words = said(results["scenes alone"])
    assert "2 slicks of 4.00 km² together" in words
    assert "Of all something says that they may be no oil" in words
    assert "No forecast was made" in words


def test_a_picture_that_cannot_be_read_is_told(results: dict[str, Result], tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    scene = replace(results["scenes alone"].artifacts[0], path=broken)
    assert "1 image chosen for this report could not be read" in said(
        replace(results["scenes alone"], artifacts=(scene,))
    )


def test_what_is_assumed_is_said(results: dict[str, Result]) -> None:
    words = said(results["usual"])
    assert "estimated by relations, not measured: vapour pressure" in words
    assert "The mass balance closes to 1.0" in words


def test_places_and_times_are_written_as_people_write_them() -> None:
    assert [degrees(*told) for told in ((3.25, "EW"), (-3.0, "EW"), (-0.5, "NS"), (181.0, "EW"), (540.0, "EW"))] == [
        "3.25° E", "3° W", "0.5° S", "179° W", "180°",
    ]  # fmt: skip
    assert place(None, 3.0) == ""
    assert minute("2026-03-01T06:00:59Z") == "2026-03-01 06:00 UTC"
    assert [since_start(hours) for hours in (0.0, 7.5, -25.0)] == ["at the start", "7.5 h later", "25 h earlier"]


def test_the_made_up_slick_is_the_square_of_its_cells(results: dict[str, Result]) -> None:
    (row,) = [row for row in all_rows(results["usual"].tables["slicks"]) if row["role"] == "start"]
    assert row["geometry"] == square(36.0 + 2 * STEP, 3.0, 2 * STEP)
