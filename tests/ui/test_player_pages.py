"""The page of a clip lists the clips around it, in a result of any size."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.orders.filmed import CLIP, filmed_job
from tests.orders.finished import bench_of

from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.ui.players import page

CLIPS = 1203
OTHER = "second-camera"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, str]]:
    """A client, and the address of the player of a run of many clips; on every hundredth something was found."""
    app = FastAPI()
    app.include_router(page.router)

    @app.middleware("http")
    async def identify(request: Request, call_next):
        request.state.principal = Principal(asker="visit:me", account_id=None, name="", is_admin=False)
        return await call_next(request)

    home = tmp_path_factory.mktemp("installation") / "home"
    with open_runtime(read_settings({}, home=home, executor="inline", workers=2)) as runtime:
        app.state.workbench = bench_of(runtime)
        job = filmed_job(runtime, tmp_path_factory.mktemp("filmed"))
        path = runtime.settings.result_folder(job.id) / "clips.parquet"
        clips = pq.read_table(path)
        (first,) = [one for one in clips.to_pylist() if one["clip_id"] == CLIP]
        rows = [
            first
            | {
                "clip_id": f"clip-{number:05d}",
                "started_utc": f"2024-05-{1 + number // 60:02d}T00:{number % 60:02d}:00.000Z",
                "camera": OTHER if number % 2 else "reef",
                "detections": int(number % 100 == 50),
            }
            for number in range(CLIPS)
        ]
        # The file is a link to that of the run itself, which stays as it was.
        path.unlink()
        pq.write_table(pa.Table.from_pylist(rows, schema=clips.schema), path)
        with TestClient(app) as client:
            yield client, f"/runs/{job.id}/player"


def listed(text: str) -> list[str]:
    return re.findall(r'<option value="(clip-\d+)"', text)


def way(text: str, which: str) -> str:
    found = re.search(rf'id="clip-{which}" href="([^"]*)"', text)
    return found.group(1).partition("?")[2].replace("&amp;", "&") if found else ""


@pytest.mark.parametrize(("number", "first", "last"), [(0, 0, 499), (600, 350, 849), (1202, 703, 1202)])
def test_every_clip_is_reached_and_stands_among_those_around_it(
    pages: tuple[TestClient, str], number: int, first: int, last: int
) -> None:
    client, address = pages
    text = client.get(address, params={"clip": f"clip-{number:05d}"}).text
    assert (listed(text)[0], listed(text)[-1], len(listed(text))) == (f"clip-{first:05d}", f"clip-{last:05d}", 500)
    assert way(text, "before") == (f"clip=clip-{number - 1:05d}" if number else "")
    assert way(text, "after") == (f"clip=clip-{number + 1:05d}" if number < CLIPS - 1 else "")
    assert f"Clip {number + 1:,} of 1,203" in text.replace("\u202f", ",").replace("\u2009", ",")


def test_the_first_clip_with_something_on_it_is_shown(pages: tuple[TestClient, str]) -> None:
    client, address = pages
    assert 'data-clip="clip-00050"' in client.get(address).text


def test_only_clips_of_a_camera_with_animals_are_gone_through(pages: tuple[TestClient, str]) -> None:
    client, address = pages
    text = client.get(address, params={"only": "found", "camera": "reef"}).text
    assert listed(text) == [f"clip-{number:05d}" for number in range(50, CLIPS, 100)]
    assert way(text, "after") == "clip=clip-00150&camera=reef&only=found"
    none = client.get(address, params={"only": "found", "camera": OTHER}).text
    assert "No clip is like that" in none and "See all clips" in none
