"""The report as a page: self-contained, repeatable, safe, readable by machines that read aloud."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from tests.exports.flowcam_result import Recipe, make_result
from tests.exports.publishable import write_table
from tests.exports.report.net_result import CHECK_TYPES, check_row, make_net_result
from tests.exports.report.net_result import Recipe as NetRecipe

from pelagia.core.result import Figure, Issue
from pelagia.exports.outcome import DatasetInfo, ExportOptions
from pelagia.exports.report.render import report_html

OPTIONS = ExportOptions(created=dt.date(2026, 1, 2))
ERROR = Issue(file="a.tif", code="collage-missing", message="it is gone", remedy="copy it", severity="error", objects=3)
WARNING = Issue(file="a.lst", code="size-mismatch", message="sizes differ", remedy="check", value="0.4 µm")
NOTE = Issue(file="a.lst", code="merged", message="merged", remedy="nothing", severity="note")
VOID = {"meta", "img", "br", "wbr", "link"}


class Page(HTMLParser):
    """What a test asks of a page: its elements with attributes, its text, and whether tags are balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data if "style" not in self.open else ""

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def render(result, issues=(), options=OPTIONS, files=("counts.parquet", "exports/a b.zip")):
    return report_html(result, issues=issues, files=files, options=options)


NETS = {
    "net sample": NetRecipe(empty_class=2),
    "net sample without volume": NetRecipe(volume_m3=None),
    "seven net samples": NetRecipe(samples=7, verdicts=("ok", "look", "bad")),
}


@pytest.fixture(
    params=["usual", "nothing", "one particle", "no volume", "forty samples", "121 taxa", "no tables", *NETS],
)
def any_result(request, tmp_path):
    if request.param in NETS:
        return make_net_result(tmp_path, NETS[request.param])
    taxa = tuple(f"taxon_{number:03d}" for number in range(121))
    recipes = {
        "nothing": Recipe(particles=0),
        "one particle": Recipe(particles=1),
        "no volume": Recipe(volume_ml=None, pixel_size_um=None),
        "forty samples": Recipe(samples=40),
        "121 taxa": Recipe(taxa=taxa, particles=400),
    }
    result = make_result(tmp_path, recipes.get(request.param, Recipe(particles=60)))
    return replace(result, tables={}) if request.param == "no tables" else result


def test_every_report_is_a_balanced_page_with_names_for_all_pictures_and_tables(any_result):
    page = Page(render(any_result, (ERROR, ERROR, WARNING, NOTE)))
    assert page.open == []
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1
    assert all("alt" in image for image in page.all("img"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in head for head in page.all("th"))
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert set(ids.values()) == {1}
    assert {attributes["aria-labelledby"] for attributes in page.all("section")} <= set(ids)


def test_headings_never_skip_a_level(any_result):
    levels = [int(tag[1]) for tag, _ in Page(render(any_result, (ERROR,))).elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_nothing_is_fetched_or_run(any_result):
    html = render(any_result, (ERROR,))
    page = Page(html)
    assert not page.all("script")
    assert not page.all("link")
    assert not [name for _, attributes in page.elements for name in attributes if name == "style" or name[:2] == "on"]
    assert all(image["src"].startswith("data:image/") for image in page.all("img"))
    assert "url(" not in html
    assert "@import" not in html


def test_the_policy_allows_exactly_this_style(tmp_path):
    html = render(make_result(tmp_path))
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = [meta["content"] for meta in Page(html).all("meta") if "http-equiv" in meta]
    assert policy.startswith("default-src 'none'; img-src data:; ")
    assert f"style-src 'sha256-{digest}'" in policy


def test_equal_results_give_the_same_page(tmp_path):
    assert render(make_result(tmp_path)) == render(make_result(tmp_path))


def test_hostile_names_stay_text(tmp_path):
    evil = '"><script>alert(1)</script>'
    result = make_result(
        tmp_path, Recipe(taxa=(evil, "b"), notes=(evil,), summary={"x": Figure(value=evil, description=evil)})
    )
    page = Page(render(result, (replace(ERROR, message=evil, file=evil, value=evil, remedy=evil),), files=(evil,)))
    assert not page.all("script")
    assert evil in page.text


def test_findings_are_grouped_by_gravity_with_value_and_remedy(tmp_path):
    text = Page(render(make_result(tmp_path), (NOTE, WARNING, ERROR))).text
    places = [text.index(title) for title in ("Could not be processed", "have a look", "Good to know")]
    assert places == sorted(places)
    assert "1 finding about what could not be processed and 1 finding to look at" in text
    assert "found: 0.4 µm" in text
    assert "Copy it" in text


def test_without_findings_the_page_says_so(tmp_path):
    text = Page(render(make_result(tmp_path))).text
    assert "Nothing needs you" in text
    assert "every particle was processed" in text


def test_without_a_volume_the_page_says_why_there_is_nothing_per_ml(tmp_path):
    text = Page(render(make_result(tmp_path, Recipe(volume_ml=None)))).text
    assert "unknown: there is no context file" in text
    assert "Per mL, adjusted" not in text


def test_adjusted_and_unadjusted_figures_stand_side_by_side_with_units_in_the_heads(tmp_path):
    text = Page(render(make_result(tmp_path))).text
    for head in (
        "Images counted",
        "Count, adjusted",
        "Per mL, unadjusted",
        "Per mL, adjusted",
        "Biovolume, µm³ per mL",
    ):
        assert head in text


def test_predicted_and_validated_are_told_by_word(tmp_path):
    page = Page(render(make_result(tmp_path)))
    marks = {attributes.get("class") for tag, attributes in page.elements if tag == "span"}
    assert {"status predicted", "status validated"} <= marks
    assert "seen by no person" in page.text


def test_figures_of_the_model_stand_apart_from_those_of_the_sample(tmp_path):
    accuracy = Figure(value=0.94, low=0.93, high=0.95, description="Accuracy on images held back")
    text = Page(render(make_result(tmp_path, Recipe(summary={"model_accuracy": accuracy})))).text
    assert text.index("The model") < text.index("Accuracy on images held back")
    assert "0.94" in text[text.index("The model") :]


def test_links_lead_to_the_files_beside_it(tmp_path):
    page = Page(render(make_result(tmp_path)))
    assert "exports/a%20b.zip" in {link["href"] for link in page.all("a")}


def test_the_title_is_that_of_the_data_set_where_it_has_one(tmp_path):
    options = ExportOptions(
        created=dt.date(2026, 1, 2), dataset=DatasetInfo(title="Spring bloom", licence="https://x.org/l")
    )
    page = Page(render(make_result(tmp_path), options=options))
    assert page.text.count("Spring bloom") == 2
    assert "https://x.org/l" in page.text


def test_a_hundred_findings_of_a_kind_read_as_one(tmp_path):
    many = tuple(replace(ERROR, file=f"{number}.tif") for number in range(100))
    text = Page(render(make_result(tmp_path), many)).text
    assert "100 times, 300 particles in all" in text
    assert text.count("What to do") == 0  # said by the style, once for each kind
    assert text.count("Copy it") == 1


def test_a_report_of_121_taxa_stays_below_three_megabytes(tmp_path):
    taxa = tuple(f"taxon_{number:03d}" for number in range(121))
    html = render(make_result(tmp_path, Recipe(taxa=taxa, particles=2420)))
    assert len(html) < 3_000_000
    assert all(f"taxon_<wbr>{number:03d}" in html for number in range(121))


def test_figures_of_net_samples_are_per_cubic_metre_and_nothing_is_said_of_millilitres(tmp_path):
    text = Page(render(make_net_result(tmp_path))).text
    for said in ("Objects counted", "Per m³", "Biovolume, mm³ per m³", "their number per cubic metre", "40 objects"):
        assert said in text, said
    for said in ("per mL", "Per mL", "millilitre", "particle", "Images counted", "djusted", "µm:", "By size class"):
        assert said not in text, said


def test_every_size_class_of_a_net_sample_is_drawn_with_its_figures(tmp_path):
    page = Page(render(make_net_result(tmp_path, NetRecipe(empty_class=2))))
    classes = [
        attributes["class"] for attributes in page.all("circle") if attributes.get("class", "").startswith("dot")
    ]
    legend = ["dot complete", "dot incomplete"]
    # Of all organisms five classes, the third of them empty; of each of three taxa one and an empty one.
    assert classes == ["dot incomplete", *["dot complete"] * 3, *["dot incomplete"] * 3, *legend]
    assert "0.016–0.031 mm³: 8 counted, 100 per m³ (50.0–200)" in page.text
    assert "nothing counted: at most this" in page.text


def test_scans_that_ask_for_a_person_are_told_at_the_top_and_checks_with_what_to_do(tmp_path):
    result = make_net_result(tmp_path, NETS["seven net samples"])
    text = Page(render(result)).text
    assert "4 scans to look at." in text
    assert "Nothing needs you" not in text
    assert text.index("net3_tot_1", text.index("not in order")) < text.index("net2_tot_1", text.index("not in order"))
    for said in ("3 scans in order", "2 scans not in order", "Few objects.", "Scan another split.", "1000 … 2500"):
        assert said in text, said


def test_findings_and_scans_to_look_at_are_told_together(tmp_path):
    text = Page(render(make_net_result(tmp_path), (ERROR, WARNING))).text
    assert "processed, 1 finding to look at and 1 scan to look at." in text


def test_checks_of_projects_alone_ask_for_a_person_as_well(tmp_path):
    result = make_net_result(tmp_path, NetRecipe(verdicts=("ok",)))
    checks = write_table(tmp_path, "checks", CHECK_TYPES, [check_row("p", scope="project")])
    text = Page(render(replace(result, tables={**result.tables, "checks": checks}))).text
    assert "1 check of samples or projects to look at." in text


def test_a_hostile_name_of_a_scan_or_check_stays_text(tmp_path):
    evil = '"><script>alert(1)</script>'
    result = make_net_result(tmp_path)
    checks = [
        check_row(evil, code=evil, message=evil, remedy=evil, value=evil, expected=evil),
        check_row("b", code=evil),
    ]
    table = write_table(tmp_path, "checks", CHECK_TYPES, checks)
    page = Page(render(replace(result, tables={**result.tables, "checks": table})))
    assert not page.all("script")
    assert evil in page.text


def test_a_folder_of_many_files_is_listed_as_one(tmp_path):
    files = (*(f"vignettes/{number}.zip" for number in range(40)), "scans/a.tif", "counts.parquet")
    page = Page(render(make_net_result(tmp_path), files=files))
    links = [link["href"] for link in page.all("a") if link["href"].startswith(("vignettes", "scans/"))]
    assert links == ["vignettes/", "scans/a.tif"]
    assert "40 files" in page.text
