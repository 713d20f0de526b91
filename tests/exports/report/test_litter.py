"""The report of a litter survey: maps that need no network, figures with intervals, and what is not known."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from tests.exports.litter.litter_result import NORTH, WEST, Recipe, make_litter
from tests.exports.publishable import options
from tests.exports.report.test_render import ERROR, WARNING, Page, render

from pelagia.core.result import Figure
from pelagia.core.table import write_table
from pelagia.exports.report.litter import maps as maps_module
from pelagia.exports.report.litter.densities import read_densities
from pelagia.exports.report.litter.examples import choose_examples
from pelagia.exports.report.litter.ground_classes import read_ground
from pelagia.exports.report.litter.maps import draw_maps
from pelagia.exports.report.litter.marks import WIDTH as DRAWN
from pelagia.exports.report.litter.page import read_page

RECIPES = {
    "usual": Recipe(),
    "no item": Recipe(items=0),
    "nowhere": Recipe(pictures=("nowhere",), people=None, length_m=None),
    "turned photo": Recipe(pictures=("turned",), length_m=None),
    "no views": Recipe(views=False),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return {name: make_litter(tmp_path_factory.mktemp("litter"), recipe) for name, recipe in RECIPES.items()}


@pytest.fixture(params=RECIPES)
def any_result(request, results):
    return results[request.param]


@pytest.fixture(scope="module")
def usual(results):
    return results["usual"]


@pytest.fixture(scope="module")
def said(results):
    """What the report of the usual result says."""
    return Page(render(results["usual"])).text


@pytest.fixture(scope="module")
def said_of_nowhere(results):
    """What the report says of a picture of which nothing is known."""
    return Page(render(results["nowhere"])).text


def drawn(result):
    pictures = {row["image_id"]: row for row in result.tables["pictures"].records()}
    return draw_maps(result, pictures, ["plastic", "glass", "metal"])


def points_of(one):
    found = {}
    for mark in one.marks:
        found[mark.name] = [tuple(map(float, point.split())) for point in re.findall(r"M([\d. -]+)h0", mark.path)]
    return found


def test_every_report_is_a_balanced_page_with_names_for_all_maps_and_tables(any_result):
    page = Page(render(any_result, (ERROR, WARNING)))
    assert page.open == []
    assert len(page.all("h1")) == 1
    assert all("alt" in image for image in page.all("img"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in head for head in page.all("th"))
    assert all(svg.get("aria-hidden") == "true" or svg.get("aria-label") for svg in page.all("svg"))
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert set(ids.values()) == {1}
    assert {attributes["aria-labelledby"] for attributes in page.all("section")} <= set(ids)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_nothing_is_fetched_or_run(any_result):
    html = render(any_result, (ERROR,))
    page = Page(html)
    assert not page.all("script")
    assert not page.all("link")
    assert not [name for _, attributes in page.elements for name in attributes if name == "style" or name[:2] == "on"]
    addresses = [image["src"] for image in page.all("img")] + [image["href"] for image in page.all("image")]
    assert all(address.startswith("data:image/") for address in addresses)
    assert "url(" not in html
    assert "http-equiv" in html


def test_equal_results_give_the_same_page(usual):
    assert render(usual) == render(usual)


def test_items_are_drawn_where_they_lie(usual):
    beach = drawn(usual).maps[0]
    points = points_of(beach)
    assert {name: len(own) for name, own in points.items()} == {"plastic": 12, "metal": 6, "glass": 5}
    assert beach.items == 23
    # The outline of the first picture tells the scale: 32 m wide, its upper left corner at WEST, NORTH.
    corners = np.array([[float(v) for v in point.split(",")] for point in beach.outlines[0].split()])
    unit = 32.0 / (corners[1, 0] - corners[0, 0])
    items = [row for row in usual.tables["items"].records() if row["area_id"] == "beach" and row["is_counted"]]
    truth = {
        (
            corners[0, 0] + (row["easting_m"] - WEST) / unit,
            corners[0, 1] + (NORTH - row["northing_m"]) / unit,
            row["item_class"],
        )
        for row in items
    }
    for x, y, name in truth:
        assert min(np.hypot(x - a, y - b) for a, b in points[name]) < 0.25


def test_the_backdrop_shows_the_picture_under_its_outline(usual):
    north = drawn(usual).maps[0]
    data = base64.b64decode(north.backdrop.partition(",")[2])
    assert len(data) <= maps_module.BACKDROP_BYTES
    with Image.open(io.BytesIO(data)) as image:
        pixels = np.asarray(image.convert("RGB"), np.int64)
    scale = pixels.shape[1] / DRAWN
    corners = np.array([[float(v) for v in point.split(",")] for point in north.outlines[0].split()]) * scale
    inside = pixels[int(corners[0, 1]) + 9 : int(corners[2, 1]) - 9, int(corners[0, 0]) + 9 : int(corners[1, 0]) - 9]
    outside = pixels[: int(corners[0, 1]) - 9]
    assert (np.abs(outside - (230, 236, 241)).max(axis=-1) < 12).all()
    assert inside[..., 2].mean() < 160


def test_maps_have_a_scale_north_and_the_net_of_degrees(usual):
    beach, river, desk = drawn(usual).maps
    assert beach.scale == (pytest.approx(10 / (34.56 / 0.5 / DRAWN), rel=0.5), "10 m")
    assert {label.text[-1] for label in beach.labels} == {"N", "E"}
    assert beach.crosses
    assert (beach.is_on_the_ground, river.is_on_the_ground, desk.is_on_the_ground) == (True, True, False)
    assert (desk.scale, desk.labels, desk.density) == (None, (), None)
    assert [line.name for line in beach.lines] == ["line 1"]
    assert [line.is_closed for line in river.lines] == [True]
    assert [line.name for line in desk.lines] == ["line 2"]


def test_the_density_has_a_pixel_for_every_cell(usual):
    density = drawn(usual).maps[0].density
    with Image.open(io.BytesIO(base64.b64decode(density.uri.partition(",")[2]))) as image:
        pixels = np.asarray(image.convert("RGBA"))
    assert pixels.shape == (10, 7, 4)
    assert (pixels[..., 3] == 255).all()
    assert tuple(pixels[0, 0, :3]) == (254, 232, 56)
    assert density.steps[0] == ("#00224e", "0")
    assert density.cell == "5 m"


def test_many_items_are_thinned_out_and_it_is_said(usual, monkeypatch):
    monkeypatch.setattr(maps_module, "MARKS_AT_MOST", 10)
    monkeypatch.setattr("pelagia.exports.report.litter.marks.MARKS_AT_MOST", 10)
    beach = drawn(usual).maps[0]
    assert beach.drawn_every == 3
    assert sum(len(own) for own in points_of(beach).values()) <= 10
    assert sum(mark.number for mark in beach.marks) == 23
    assert "One of 3 items is drawn" in Page(render(usual)).text


def test_more_maps_than_fit_are_left_to_the_files(usual, monkeypatch):
    monkeypatch.setattr(maps_module, "MAPS_AT_MOST", 1)
    found = drawn(usual)
    assert (len(found.maps), found.left_out) == (1, 2)
    assert "2 more maps are in the exports" in Page(render(usual)).text


def test_figures_have_intervals_and_parts_add_up_to_the_whole(usual, said):
    densities = read_densities(usual)
    wholes = {(row.area, row.transect): row for row in densities.wholes}
    assert sum(wholes[area, ""].items.value for area in ("beach", "river", "desk")) == wholes["all", ""].items.value
    assert sum(row.items.value for row in densities.classes) == wholes["all", ""].items.value
    assert [row.item_class for row in densities.classes] == ["plastic", "metal", "glass"]
    assert densities.classes[0].share == 100
    text = Page(render(usual)).text
    for said in (
        "Items per 100 m",
        "Items per km²",
        "J200",
        "whole area",
        "line 1",
        "8\u202f980–22\u202f500",
        "Validated",
    ):
        assert said in text, said


def test_it_is_said_what_the_intervals_leave_out_and_what_is_reckoned_up(said, said_of_nowhere):
    for text in (said, said_of_nowhere):
        assert (
            "what a model misses or takes for litter is in none of them" in text[: text.index("Where the litter lies")]
        )
    assert "Items per 100 m and per km² are reckoned up from 32.0 m of beach and 2\u202f300 m² of ground" in said
    assert "reckoned up" not in said_of_nowhere


def test_names_of_survey_lines_stand_above_the_items(usual):
    html = render(usual)
    first = html[html.index('aria-label="Map of beach') :]
    assert first.index('class="mark"') < first.index(">line 1</text>") < first.index("</svg>")


def test_columns_without_any_figure_are_left_out(said_of_nowhere):
    first, last = (said_of_nowhere.index(title) for title in ("How much litter there is", "What the items look like"))
    told = said_of_nowhere[first:last]
    for words in ("Items per 100 m", "Items per km²", "Ground, m²"):
        assert words not in told, words
    assert "Items" in told


def test_quantities_stand_beside_what_was_counted(usual, said):
    quantities = read_densities(usual).quantities
    assert [one.what for one in quantities][-1] == "All litter, from items and their factors"
    assert quantities[2].counted == 47
    assert "0.0400" in said


def test_shares_of_the_ground_add_up(usual):
    for area in read_ground(usual):
        assert sum(share.tiles for share in area.shares) == area.tiles
        assert area.shares[-1].start + area.shares[-1].width == pytest.approx(100, abs=0.05)
    assert [area.tiles for area in read_ground(usual)] == [1536, 768, 768]


def test_areas_whose_ground_is_not_shown_are_counted(usual, monkeypatch):
    monkeypatch.setattr("pelagia.exports.report.litter.page.GROUNDS_AT_MOST", 1)
    text = Page(render(usual)).text
    assert "2 more areas are in tiles.parquet" in text
    assert "beach, 1\u202f536 tiles" in text and "river, 768 tiles" not in text


def test_examples_are_the_surest_of_each_class_and_the_least_sure_of_all(usual):
    found = choose_examples(usual, {"plastic": 24, "metal": 12, "glass": 11})
    assert [(name, number, len(own)) for name, number, own in found.surest] == [
        ("plastic", 24, 12), ("metal", 12, 12), ("glass", 11, 11),
    ]  # fmt: skip
    assert found.surest[0][2][0].told == "80\u202f%"
    assert found.least_sure[0].told == "35\u202f%"
    assert "validated" not in {one.told for one in found.least_sure}
    assert found.unreadable == 0


def test_an_item_without_its_vignette_is_told(tmp_path):
    result = make_litter(tmp_path)
    (tmp_path / "vignettes" / "north-1.zip").unlink()
    # Its three of metal, and its six among the 24 least sure, two of which are of metal.
    assert choose_examples(result, {"metal": 12}).unreadable == 7
    assert "could not be read" in Page(render(result)).text


@pytest.mark.parametrize(
    ("params", "models", "people", "said"),
    [
        ({"blur_people": True}, True, 2, "8 people were found; every picture of this result shows them blurred"),
        ({"blur_people": True}, True, 0, "People were looked for, and none were found."),
        ({"blur_people": True}, True, 0, "does not find people seen from above or from behind"),
        ({"blur_people": False}, True, None, "People were not looked for, as the settings of this run say"),
        ({"blur_people": True}, False, None, "There was no model that finds people"),
        ({"blur_people": True}, True, None, "In 4 pictures nobody was looked for."),
    ],
)
def test_it_is_said_whether_people_were_blurred(tmp_path, params, models, people, said):
    result = make_litter(tmp_path, Recipe(people=people))
    kept = tuple(one for one in result.provenance.models if models or one.role != "people")
    provenance = replace(result.provenance, params=params, models=kept)
    assert said in Page(render(replace(result, provenance=provenance))).text


def test_what_is_not_known_is_said_in_plain_words_at_the_top(results, said_of_nowhere):
    first, last = (said_of_nowhere.index(title) for title in ("What is not known", "Where the litter lies"))
    for words in (
        "How large a pixel is",
        "The place on the map",
        "How long the beach is",
        "The date is unknown for the picture",
    ):
        assert words in said_of_nowhere[first:last], words
    known = read_page(make_known(results["usual"]), issues=(), files=(), options=options())
    assert known.not_known == ()


def test_items_that_nobody_has_looked_at_are_said_to_be_so(results):
    result = results["usual"]
    told = "no person has looked at them yet"
    rows = [{**row, "validated_items": 0} for row in result.tables["density"].records()]
    folder = result.tables["density"].path.parent / "unseen"
    table = write_table("density", folder, result.tables["density"].columns, rows)
    unseen = replace(result, tables={**result.tables, "density": table})
    assert any(told in line for line in read_page(unseen, issues=(), files=(), options=options()).not_known)
    assert not any(told in line for line in read_page(result, issues=(), files=(), options=options()).not_known)


def make_known(result):
    """The same result without the picture from nowhere."""
    pictures = [row for row in result.tables["pictures"].records() if row["image_id"] != "nowhere"]
    folder = result.tables["pictures"].path.parent / "known"
    table = write_table("pictures", folder, result.tables["pictures"].columns, pictures)
    return replace(result, tables={**result.tables, "pictures": table})


def test_figures_that_are_not_known_are_no_tiles(usual):
    summary = {**usual.summary, "length_m": Figure(value=None, description="Length of beach looked at", unit="m")}
    page = read_page(replace(usual, summary=summary), issues=(), files=(), options=options())
    assert "Length of beach looked at" not in {tile.label for tile in page.tiles}
    assert page.tiles[0].interval == "28.2–70.5"


def test_figures_of_models_stand_apart_from_those_of_the_survey(usual):
    summary = {**usual.summary, "tiles_accuracy": Figure(value=0.9, description="Accuracy on tiles held back")}
    page = read_page(replace(usual, summary=summary), issues=(), files=(), options=options())
    assert [tile.label for tile in page.model_tiles] == ["Accuracy on tiles held back"]
    assert "Items per 100 m of beach" in {tile.label for tile in page.tiles}


def test_hostile_names_stay_text(tmp_path):
    evil = '"><script>alert(1)</script>'
    result = make_litter(tmp_path / "made")
    rows = [{**row, "item_class": evil} for row in result.tables["items"].records()]
    pictures = [{**row, "file": evil, "area_id": evil} for row in result.tables["pictures"].records()]
    survey = [{**row, "transect_id": evil, "area_id": evil} for row in result.tables["survey"].records()]
    density = [{**row, "area_id": evil, "item_class": evil} for row in result.tables["density"].records()]
    changed = {
        name: write_table(name, tmp_path / "evil", result.tables[name].columns, told)
        for name, told in (("items", rows), ("pictures", pictures), ("survey", survey), ("density", density))
    }
    page = Page(render(replace(result, tables={**result.tables, **changed})))
    assert not page.all("script")
    assert evil in page.text
    assert page.open == []


def test_reports_of_other_services_load_no_library_of_maps():
    program = (
        "import sys, pelagia.exports.report.render; print([n for n in ('rasterio', 'pyproj') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
