"""A tow from its film to its density: the pipeline whole, with a model that takes yellow squares for openings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.imaging.drawn_ground import mud
from tests.learning.tiny_model import tiny_card, tiny_package
from tests.services.direct_steps import DirectSteps
from tests.services.ecosystem.tiny_models import ANIMAL_PX
from tests.services.litter.tiny_models import squares_graph

from pelagia.core.result import Result
from pelagia.core.service import Edit, ModelRef, Request
from pelagia.io.video.writing import ViewWriter
from pelagia.learning.card import CardClass, CardInput
from pelagia.services.ecosystem import pipeline
from pelagia.services.ecosystem.revise import revise
from pelagia.services.ecosystem.service import EcosystemParams

HEIGHT, WIDTH, FRAMES_PER_S, FRAMES = 180, 320, 10, 140
STEP_PX = 4
BURROW = "burrow opening"
NAME = "20240422-080000-tow.mp4"
OPENINGS = ((60, 60), (60, 110), (200, 250), (330, 100), (330, 150), (360, 125))
"""Row above where the first frame begins, column; three systems of two, one and three."""


def film(path: Path) -> Path:
    """Write a film of mud with yellow squares that moves down by four pixels a frame."""
    ground = np.clip(mud(3, HEIGHT + STEP_PX * FRAMES, WIDTH), 0, 255).astype(np.uint8)
    rgb = np.repeat(ground[..., None], 3, axis=2)
    for above, col in OPENINGS:
        row = STEP_PX * FRAMES - above
        rgb[row : row + ANIMAL_PX, col : col + ANIMAL_PX] = (255, 255, 0)
    writer = ViewWriter(path, height_px=HEIGHT, width_px=WIDTH, frames_per_s=FRAMES_PER_S)
    for number in range(FRAMES):
        top = STEP_PX * (FRAMES - number)
        writer.add(np.ascontiguousarray(rgb[top : top + HEIGHT]))
    writer.close()
    return path


def request(folder: Path, **params: object) -> Request[EcosystemParams]:
    card = tiny_card(
        (CardClass(name=BURROW),),
        name="tiny-burrows",
        task="detection",
        instrument="Underwater camera",
        input=CardInput(size_px=WIDTH),
        recipe={"detector": {"style": "centre", "score_from": 0.5, "long_side_px": WIDTH, "overlap_px": 64}},
    )
    package = tiny_package(folder / "model", card=card, graph=squares_graph([(0.5, 0.5, -1.0)], ANIMAL_PX))
    model = ModelRef(
        role="animals", name=card.name, version=card.version, sha256=package.sha256, path=str(package.path)
    )
    told = {"profile": "burrow", "field_of_view_m": 1.0, "system_m": 0.2, "edge": "none", "views": False}
    return Request(
        service="ecosystem",
        service_version="1.0.0",
        inputs={"recordings": (str(film(folder / NAME)),)},
        params=EcosystemParams(**told | params),
        models={"animals": model},
    )


def rows(result: Result, table: str) -> list[dict]:
    found: list[dict] = result.tables[table].read().to_pylist()
    return found


@pytest.fixture(scope="module")
def towed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Request[EcosystemParams], Result, Path]:
    folder = tmp_path_factory.mktemp("tow")
    asked = request(folder)
    (folder / "work").mkdir()
    return asked, pipeline.run(asked, DirectSteps(folder / "work")), folder


def test_openings_systems_and_ground_of_a_film_are_those_that_were_drawn(towed) -> None:
    _, result, _ = towed
    (tow,) = rows(result, "tows")
    assert (tow["taxon"], tow["openings"], tow["systems"]) == (BURROW, 6, 3)
    metres = STEP_PX * (FRAMES - 1) / WIDTH
    assert tow["distance_m"] == pytest.approx(metres, rel=0.01)
    assert tow["area_m2"] == pytest.approx(metres, rel=0.01)
    assert tow["density_per_m2"] == pytest.approx(3 / metres, rel=0.01)
    assert result.summary[f"{BURROW}_per_m2"].value == pytest.approx(3 / metres, rel=0.01)


def test_each_opening_tells_when_and_where_it_crossed_the_line(towed) -> None:
    _, result, _ = towed
    crossed = sorted((track["crossed_s"], track["across_m"]) for track in rows(result, "tracks") if track["is_counted"])
    middle = ANIMAL_PX / 2
    expected = sorted(
        (
            (0.75 * HEIGHT + above - middle) / STEP_PX / FRAMES_PER_S,
            (col + middle - WIDTH / 2) / WIDTH,
        )
        for above, col in OPENINGS
    )
    np.testing.assert_allclose(crossed, expected, atol=0.05)
    first = min((track for track in rows(result, "tracks") if track["is_counted"]), key=lambda one: one["crossed_s"])
    assert first["crossed_utc"].startswith("2024-04-22T08:00:04")


def test_a_revision_counts_without_what_a_person_deleted(towed, tmp_path: Path) -> None:
    asked, result, _ = towed
    alone = next(track for track in rows(result, "tracks") if track["is_counted"] and track["across_m"] > 0.25)
    edit = Edit(
        kind="track",
        subject=alone["object_id"],
        value={"state": "deleted"},
        by="ana",
        at="2026-01-01T00:00:00Z",
    )
    changed = revise(asked, result, {}, tmp_path, [edit])
    (tow,) = rows(changed, "tows")
    assert (tow["openings"], tow["systems"]) == (5, 2)
    gone = next(track for track in rows(changed, "tracks") if track["object_id"] == alone["object_id"])
    assert gone["is_deleted"]
    assert not gone["is_counted"]
