"""What the pages say to browsers beside their text: policies, caching, compression, errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.data.flowcam.make import make_run

from pelagia.app import create_app
from pelagia.core.result import Issue
from pelagia.runtime.settings import Settings
from pelagia.ui.assets import FOR_GOOD, content_hash, static_url
from pelagia.ui.rendering import environment

HTML = {"Accept": "text/html,application/xhtml+xml"}
TEMPLATES = Path(__file__).parents[2] / "src" / "pelagia" / "ui" / "templates"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A browser without scripts, on a server in this process."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PELAGIA_HOME", str(home))
        with TestClient(create_app(Settings(home=home)), headers=HTML) as client:
            yield client


@pytest.mark.parametrize("path", ["/", "/services/flowcam", "/runs", "/models", "/docs/api", "/nowhere"])
def test_a_page_forbids_what_is_not_ours(client: TestClient, path: str) -> None:
    policy = client.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?:", policy)


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_no_template_has_what_the_policy_forbids(template: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", text)
    environment().get_template(template.relative_to(TEMPLATES).as_posix())


def test_files_are_kept_for_good_under_their_hash_only(client: TestClient) -> None:
    assert client.get(static_url("app.css")).headers["cache-control"] == FOR_GOOD
    old = client.get(f"/static/{'0' * 12}/app.css")
    assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache")


def test_a_file_out_of_the_folder_is_not_given(client: TestClient) -> None:
    assert client.get(f"/static/{content_hash()}/..%2f..%2fapp.py").status_code == 404
    assert client.get(f"/static/{content_hash()}/nothing.css").status_code == 404


def test_pages_are_compressed_and_ranges_are_not(client: TestClient) -> None:
    packed = client.get("/docs/api", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    part = client.get(static_url("app.css"), headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"})
    assert part.status_code == 206
    assert "content-encoding" not in part.headers
    assert part.content == (TEMPLATES.parent / "static" / "app.css").read_bytes()[:10]


def test_pages_are_not_kept(client: TestClient) -> None:
    assert client.get("/runs").headers["cache-control"] == "no-store"


def test_a_person_gets_a_page_and_a_program_a_document(client: TestClient) -> None:
    page = client.get("/runs/nothing")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert 'class="problem"' in page.text and "There is no such run" in page.text
    assert "Back</a>" not in page.text
    elsewhere = client.get("/runs/nothing", headers={"Referer": "https://elsewhere.example/trap"})
    assert "elsewhere" not in elsewhere.text
    for path, accept in (("/v1/jobs/000000000000", "text/html"), ("/runs/nothing", "application/json")):
        answer = client.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("place", ["0001-01-01T00:00:00+23:59~a", "9999-12-31T23:59:59-23:59~a", "never~a"])
def test_a_place_that_no_list_has_is_refused(client: TestClient, place: str) -> None:
    page = client.get("/runs", params={"before": place})
    assert page.status_code == 422 and "no place in the list" in page.text


@pytest.mark.parametrize(
    ("status", "sent", "told"),
    [
        (413, {"method": "POST", "url": "/services/flowcam/check", "data": {"title": "x" * 5_000_000}}, "send less"),
        (
            403,
            {"method": "POST", "url": "/runs/0/cancel", "headers": {"Sec-Fetch-Site": "cross-site"}},
            "Open the page",
        ),
        (401, {"method": "GET", "url": "/runs", "headers": {"Authorization": "Bearer nonsense"}}, "token"),
    ],
)
def test_what_is_refused_before_a_page_is_asked_is_told_on_a_page(
    client: TestClient, status: int, sent: dict[str, Any], told: str
) -> None:
    client.get("/")  # for the cookie of a visit
    page = client.request(**sent)
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert 'class="problem"' in page.text
    assert told in page.text
    assert page.text.rstrip().endswith("</html>")
    program = client.request(**{**sent, "headers": {**sent.get("headers", {}), "Accept": "application/json"}})
    assert (program.status_code, program.headers["content-type"]) == (status, "application/problem+json")
    assert program.json()["remedy"] not in ("", told)
    assert page.headers.get("www-authenticate") == program.headers.get("www-authenticate")


def test_a_finding_names_the_file_as_its_owner_does_and_what_was_found() -> None:
    issue = Issue(
        file="upload://0123456789abcdef0123/run/a.lst", code="x", message="cut off", remedy="copy it", value="28 fields"
    )
    itself = replace(issue, file="upload://0123456789abcdef0123", value="")
    macros = environment().get_template("macros.html").module
    told = re.sub(r"<[^>]+>", "", str(macros.findings([issue, itself])))  # type: ignore[attr-defined]
    assert "upload:" not in told
    assert "run/a.lst" in told
    assert "found: 28 fields" in told
    assert "your files" in told


def test_a_part_of_a_page_gets_a_part_as_its_error(client: TestClient) -> None:
    answer = client.get("/runs/nothing/state", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert answer.text.lstrip().startswith('<div class="problem"')


def test_what_a_person_wrote_is_shown_as_text(client: TestClient) -> None:
    answer = client.get("/services/<script>alert(1)</script>")
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


def test_a_model_of_slicks_shows_its_overlap_beside_what_learned_nothing(client: TestClient) -> None:
    page = client.get("/models/oil-slicks/1.0.0")
    assert page.status_code == 200
    assert "How well it outlines oil" in page.text
    assert "<td>the detector dark-spots</td>" in page.text
    assert "overlap of oil (IoU)" in client.get("/models").text


def test_a_form_offers_the_models_that_can_do_it(client: TestClient) -> None:
    def offered(slug: str, role: str) -> str:
        text = client.get(f"/services/{slug}").text
        return text[text.index(f'name="model.{role}"') :].partition("</select>")[0]

    animals = offered("ecosystem", "animals")
    assert "underwater-animals@" in animals and "flowcam-protist@" not in animals
    people = offered("litter", "people")
    assert "people-faces@" in people and "litter-items@" in people and "litter-tiles@" not in people


def test_the_check_says_what_is_missing(client: TestClient) -> None:
    answer = client.post("/services/flowcam/check", data={"param.latitude": "54.2"})
    assert answer.status_code == 200
    assert "As soon as your files are here" in answer.text


@pytest.fixture
def upload(client: TestClient) -> Iterator[Callable[[Mapping[str, bytes]], str]]:
    """Send files together; return their address."""

    def send(files: Mapping[str, bytes]) -> str:
        made = client.post("/v1/uploads", json={"name": "files"}).json()
        for name, data in files.items():
            client.put(f"/v1/uploads/{made['id']}/files/{name}", content=data).raise_for_status()
        return str(made["address"])

    yield send


def checked(client: TestClient, address: str) -> str:
    page = client.post("/services/flowcam/check", data={"input.runs": address}).text
    return re.sub(r"\s+", " ", page)


def test_a_list_without_any_collage_is_started_knowing_what_is_missing(
    client: TestClient, upload: Callable[[Mapping[str, bytes]], str], tmp_path: Path
) -> None:
    made = make_run(tmp_path, particles=60, name="Station 7")
    listed = {path.name: path.read_bytes() for path in made.folder.iterdir() if path.name not in made.collages}
    told = checked(client, upload(listed))
    assert "<b>60 objects</b>" in told
    assert "Not one image of them is here" in told
    assert "the collage that holds these particles is missing" in told.lower()
    assert 'id="start"' in told


def test_an_empty_image_alone_cannot_be_started(
    client: TestClient, upload: Callable[[Mapping[str, bytes]], str]
) -> None:
    told = checked(client, upload({"cell.png": b""}))
    assert "There is no image in these files" in told
    assert "The image file is empty" in told
    assert "cell.<wbr>png" in told
    assert 'id="start"' not in told


def test_one_who_may_not_have_it_done_hears_so_before_files_are_sent(client: TestClient) -> None:
    training = client.get("/services/flowcam-train").text
    assert "This needs an account" in training
    assert 'href="/sign-in?next=/services/flowcam-train"' in training
    assert "This needs an account" not in client.get("/services/flowcam").text


def test_nothing_is_worked_out_for_one_who_may_not_have_it_done(client: TestClient) -> None:
    order = {"input.images": "upload://0123456789abcdef"}
    assert client.post("/services/flowcam-train/check", data=order).status_code == 401


def test_nobody_may_name_files_of_the_server(client: TestClient) -> None:
    answer = client.post("/services/flowcam/start", data={"input.runs": "/etc"})
    assert answer.status_code == 422
    assert "cannot be used here" in answer.text


def test_the_sample_of_a_service_is_one_run_however_often_the_button_sends(client: TestClient) -> None:
    places = {
        client.post("/services/flowcam/sample", data={"key": "pressed-once"}, follow_redirects=False).headers[
            "location"
        ]
        for _ in range(2)
    }
    assert len(places) == 1
    run = client.get(places.pop())
    assert "Yours is next" in run.text
    assert "a try-out" in run.text


def test_a_waiting_run_is_stopped_and_put_back(client: TestClient) -> None:
    place = client.post("/services/flowcam/sample", follow_redirects=False).headers["location"]
    assert "Stopped after" in client.post(f"{place}/cancel").text
    # Pressed again on a page that was left open: nothing breaks.
    assert client.post(f"{place}/cancel").status_code == 200
    assert "Stopped after" not in client.post(f"{place}/again").text
    assert "Sample" in client.get("/runs").text


def test_every_route_is_in_the_reference(client: TestClient) -> None:
    text = client.get("/docs/api").text
    schema = client.get("/v1/openapi.json").json()
    assert [path for path in schema["paths"] if f"<code>{path}</code>" not in text] == []


def test_what_needs_an_account_says_so_and_leads_there_and_back(client: TestClient) -> None:
    upload = client.post("/v1/uploads", json={"name": "images"}).json()
    for label in ("Acartia", "Calanus"):
        picture = cv2.imencode(".png", np.full((20, 20, 3), 90, np.uint8))[1].tobytes()
        client.put(f"/v1/uploads/{upload['id']}/files/{label}/one.png", content=picture)
    answer = client.post(
        "/services/flowcam-train/check",
        data={"input.images": upload["address"]},
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/services/flowcam-train"},
    )
    assert answer.status_code == 401
    assert 'href="/sign-in?next=/services/flowcam-train"' in answer.text


def test_the_start_page_begins_with_the_instruments(client: TestClient) -> None:
    text = client.get("/").text
    places = [
        text.index(f'href="/services/{slug}') for slug in ("flowcam", "zooscan", "litter", "ecosystem", "citizen")
    ]
    assert places == sorted(places)
