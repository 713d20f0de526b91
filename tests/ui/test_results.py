"""The page of a result: charts that are well-formed whatever the names, files worth naming, results of any service."""

from __future__ import annotations

import csv
import datetime as dt
import io
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.exports.flowcam_result import Recipe, make_result
from tests.exports.report.net_result import Recipe as NetRecipe
from tests.exports.report.net_result import make_net_result
from tests.orders.finished import bench_of, coloured_vignettes, finished_job, flowcam_request

from pelagia.core.errors import Conflict, PelagiaError
from pelagia.core.result import Artifact
from pelagia.exports.folder import write_folder
from pelagia.exports.outcome import ExportOptions
from pelagia.http.problems import problem_response
from pelagia.orders import decisions, preparing
from pelagia.orders.decisions import gallery_folder
from pelagia.orders.object_index import build_index
from pelagia.orders.outputs import tables_in
from pelagia.orders.own_jobs import delete_job
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.jobs import Job
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.ui.results import drawing
from pelagia.ui.results.biovolume import biovolume_csv, biovolume_spectrum
from pelagia.ui.results.pages import router
from pelagia.ui.results.reading import charts_of, downloads_of, pictures_of, previews_of

HOSTILE = "<script>alert(1)</script> & \"Co\" 'x'"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The output folder of a made-up result with a hostile name in it, a validated one, two samples and a picture."""
    recipe = Recipe(taxa=("Protist", HOSTILE, "Missed"), samples=2, particles=60)
    result = make_result(tmp_path / "made", recipe)
    picture = tmp_path / "mosaic.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    mosaic = Artifact(role="mosaic", name="pictures/mosaic.png", path=picture, media_type="image/png")
    options = ExportOptions(created=dt.date(2026, 1, 2))
    write_folder(replace(result, artifacts=(mosaic,)), tmp_path / "out", ["csv"], options=options)
    return tmp_path / "out"


def test_charts_are_well_formed_and_say_hostile_names_as_text(folder: Path) -> None:
    charts = charts_of(folder)
    assert charts.spectrum is not None
    for drawn in (*map(drawing.composition, charts.bars), drawing.spectrum(charts.spectrum)):
        assert "<script" not in drawn
        root = ET.fromstring(drawing.alone(drawn, HOSTILE))
        assert root.tag.endswith("svg")
        assert any(HOSTILE[:20] in (text or "") for text in root.itertext())
        assert "style=" not in drawn and "<style" not in drawn


def test_a_chart_tells_predicted_and_validated_apart_by_word_and_shape(folder: Path) -> None:
    drawn = str(drawing.composition(charts_of(folder).bars[0]))
    assert "■ validated" in drawn and "○ predicted" in drawn
    assert 'class="bar validated"' in drawn


def test_the_files_of_charts_have_the_numbers_of_the_tables(folder: Path) -> None:
    charts = charts_of(folder)
    told = list(csv.DictReader(io.StringIO(drawing.composition_csv(charts.rows).decode())))
    assert sum(float(row["counted"]) for row in told) == 120
    assert {row["sample"] for row in told} == {"run-01", "run-02"}
    assert charts.spectrum is not None
    sizes = list(csv.DictReader(io.StringIO(drawing.spectrum_csv(charts.spectrum).decode())))
    assert sum(int(row["particles"]) for row in sizes if row["name"] == "All particles") == charts.spectrum.measured


@pytest.fixture
def net_folder(tmp_path: Path) -> Path:
    """The output folder of two net samples; in the spectrum of each a class is empty."""
    result = make_net_result(tmp_path / "made", NetRecipe(samples=2, empty_class=2))
    write_folder(result, tmp_path / "out", [], options=ExportOptions(created=dt.date(2026, 1, 2)))
    return tmp_path / "out"


def test_charts_of_net_samples_are_per_cubic_metre_and_in_millimetres(net_folder: Path) -> None:
    charts = charts_of(net_folder)
    assert {chart.unit for chart in charts.bars} == {"per m³"}
    assert charts.spectrum is not None
    assert "40 objects" in drawing.spectrum(charts.spectrum)
    told = list(csv.DictReader(io.StringIO(drawing.composition_csv(charts.rows).decode())))
    assert list(told[0])[4:] == [f"{name}{end}" for name in ("counted", "per_m3") for end in ("", "_low", "_high")]
    assert [row["per_m3"] for row in told if row["name"] == "Copepoda"] == ["16.0", "16.0"]
    sizes = drawing.spectrum_csv(charts.spectrum).decode().splitlines()
    assert sizes[0] == "name,diameter_range,objects"
    assert " mm," in sizes[1]


def test_the_biovolume_spectrum_has_a_mark_for_every_class(net_folder: Path) -> None:
    drawn = charts_of(net_folder).biovolume
    assert drawn is not None
    root = ET.fromstring(drawing.alone(biovolume_spectrum(drawn), HOSTILE))
    space = "{http://www.w3.org/2000/svg}"
    classes = [one.get("class") for one in root.iter() if one.tag in {f"{space}circle", f"{space}path"}]
    # Two samples of five classes: the first is not complete, the third is empty.
    assert [classes.count(name) for name in ("dot incomplete", "dot complete", "bound", "whisker")] == [2, 6, 2, 8]
    width, height = (float(side) for side in root.attrib["viewBox"].split()[2:])
    for one in root.iter(f"{space}circle"):
        assert 0 < float(one.attrib["cx"]) < width
        assert 0 < float(one.attrib["cy"]) < height
    told = list(csv.DictReader(io.StringIO(biovolume_csv(drawn).decode())))
    assert [float(row["nbss_per_m3"]) for row in told] == [100, 50, 0, 12.5, 6.25] * 2
    assert [row["is_complete"] for row in told[:2]] == ["False", "True"]


def test_files_worth_naming_are_named_and_pictures_shown(folder: Path) -> None:
    named, files = downloads_of(folder)
    assert [one.path for one in named] == ["report.html", "summary.json", "issues.csv", "ro-crate-metadata.json"]
    assert {one.path for one in named} < {one.path for one in files}
    assert pictures_of(files) == ("pictures/mosaic.png",)


@pytest.mark.parametrize(
    "path",
    [
        *("exports/coco/boxes.json", "exports/cvat/films.zip", "exports/time-series/max_n.csv", "next_frames.zip"),
        *("exports/coco/train.json", "exports/coco/test.json", "exports/cvat/annotations.xml"),
    ],
)
def test_files_for_other_programs_have_a_name_of_their_own(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("x", encoding="utf-8")
    ((one,), _) = downloads_of(tmp_path)
    assert (one.path, one.bytes) == (path, 1)
    assert one.title and one.about


def test_the_first_rows_of_every_table_are_shown(folder: Path) -> None:
    previews = {one.name: one for one in previews_of(tables_in(folder))}
    assert set(previews) == {"objects", "counts", "samples"}
    assert previews["objects"].rows == 120
    assert all(len(cells) <= 8 for cells in previews["objects"].cells)
    assert len(previews["objects"].cells) == 8


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    home = tmp_path_factory.mktemp("installation") / "home"
    with open_runtime(read_settings({}, home=home, executor="inline", workers=2)) as opened:
        yield opened


@pytest.fixture(scope="module")
def job(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = coloured_vignettes(tmp_path_factory.mktemp("images") / "station-7")
    return finished_job(runtime, flowcam_request(runtime.settings.home, folder))


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[TestClient]:
    """The pages of results alone; the header ``Who`` says who asks."""
    app = FastAPI()
    app.include_router(router)
    app.state.workbench = bench_of(runtime)
    app.add_exception_handler(PelagiaError, lambda _, error: problem_response(error))  # type: ignore[arg-type]

    @app.middleware("http")
    async def identify(request: Request, call_next):
        request.state.principal = Principal(asker=request.headers.get("who", "visit:me"))
        return await call_next(request)

    with TestClient(app) as opened:
        yield opened


def test_the_page_says_what_was_found_and_links_the_files(client: TestClient, job: Job) -> None:
    answer = client.get(f"/runs/{job.id}/results")
    assert answer.status_code == 200
    for said in ("Particles listed", "What was found", "ecotaxa.zip", "How it was made", "All names were", "gallery"):
        assert said in answer.text, said
    assert "style=" not in answer.text and "<script>" not in answer.text


@pytest.mark.parametrize(("name", "form"), [("composition", "svg"), ("composition", "csv")])
def test_a_chart_can_be_saved(client: TestClient, job: Job, name: str, form: str) -> None:
    answer = client.get(f"/runs/{job.id}/results/charts/{name}.{form}")
    assert answer.status_code == 200
    assert f'-{name}.{form}"' in answer.headers["content-disposition"]
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_chart_that_cannot_be_drawn_is_not_found(client: TestClient, job: Job) -> None:
    assert client.get(f"/runs/{job.id}/results/charts/spectrum.svg").status_code == 404
    assert client.get(f"/runs/{job.id}/results/charts/biovolume.svg").status_code == 404
    assert client.get(f"/runs/{job.id}/results/charts/other.svg").status_code == 422


def test_pages_are_for_those_who_may_see_the_run(client: TestClient, job: Job) -> None:
    for page in ("", "/gallery", "/revision", "/charts/composition.svg"):
        assert client.get(f"/runs/{job.id}/results{page}", headers={"who": "visit:stranger"}).status_code == 404
    assert client.post(f"/runs/{job.id}/results/revision", headers={"who": "visit:stranger"}).status_code == 404


def test_the_images_of_a_deleted_run_are_told_to_be_gone(client: TestClient, runtime: Runtime, tmp_path: Path) -> None:
    folder = coloured_vignettes(tmp_path / "station-8", each=1)
    deleted = finished_job(runtime, flowcam_request(runtime.settings.home, folder))
    assert client.get(f"/runs/{deleted.id}/results/gallery").status_code == 200
    delete_job(bench_of(runtime), deleted)
    for page in ("", "/gallery"):
        answer = client.get(f"/runs/{deleted.id}/results{page}")
        assert (answer.status_code, answer.json()["code"]) == (410, "gone")


def test_a_gallery_that_takes_long_to_open_says_so_and_opens_by_itself(
    client: TestClient, runtime: Runtime, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow_build(parquet: str, path: str) -> None:
        begun.set()
        assert go_on.wait(30)
        build_index(parquet, path)

    monkeypatch.setattr(preparing, "AT_ONCE_ROWS", 0)
    monkeypatch.setattr(decisions, "build_index", slow_build)
    (gallery_folder(runtime.settings, job.id) / "objects.arrow").unlink(missing_ok=True)
    client.app.state.galleries = client.app.state.preparing = None  # type: ignore[attr-defined]
    here = f"/runs/{job.id}/results"

    assert client.get(here).status_code == 200
    assert begun.wait(30)
    page = client.get(f"{here}/gallery")
    assert "Putting the images in order" in page.text
    assert f'hx-get="{here}/gallery"' in page.text
    part = client.get(f"{here}/gallery", headers={"HX-Request": "true"})
    assert part.text.startswith('<div id="preparing"')
    go_on.set()
    for _ in range(300):
        part = client.get(f"{here}/gallery", headers={"HX-Request": "true"})
        if "hx-refresh" in part.headers:
            break
        time.sleep(0.1)
    assert part.headers["hx-refresh"] == "true"
    assert 'id="grid"' in client.get(f"{here}/gallery").text


@pytest.mark.parametrize("fault", [Conflict("The disk is full", remedy="Make room."), RuntimeError("The disk is full")])
def test_a_gallery_that_cannot_be_opened_says_why_and_is_tried_again(
    client: TestClient, runtime: Runtime, job: Job, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    galleries = decisions.Galleries(bench_of(runtime))
    prepared = preparing.Preparing(galleries)

    def failing(parquet: str, path: str) -> None:
        raise fault

    monkeypatch.setattr(preparing, "AT_ONCE_ROWS", 0)
    (gallery_folder(runtime.settings, job.id) / "objects.arrow").unlink(missing_ok=True)
    with monkeypatch.context() as patch:
        patch.setattr(decisions, "build_index", failing)
        with pytest.raises(type(fault), match="disk is full"):
            for _ in range(300):
                assert not prepared.is_ready(job)
                time.sleep(0.02)
    for _ in range(300):
        if prepared.is_ready(job):
            break
        time.sleep(0.02)
    assert prepared.is_ready(job)


def test_the_gallery_offers_the_names_the_model_knows(client: TestClient, job: Job) -> None:
    text = client.get(f"/runs/{job.id}/results/gallery").text
    for name in ("Red", "Green", "Blue", "Grey"):
        assert f"&#34;{name}&#34;" in text
    assert 'role="listbox"' in text
