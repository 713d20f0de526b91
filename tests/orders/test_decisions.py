"""Who may look and decide, and a gallery that shows every decision at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.orders.finished import bench_of, coloured_vignettes, finished_job, flowcam_request

from pelagia.core.errors import BadParameter, Conflict, NotAllowed, NotFound, SignInNeeded
from pelagia.orders.decisions import (
    GUEST,
    MOST_AT_ONCE,
    Galleries,
    annotator_of,
    checked_labels,
    has_gallery,
    require_inviter,
    trace_rows,
)
from pelagia.orders.own_jobs import delete_job, seen_job
from pelagia.orders.vignettes import VignetteStore, bundle, vignettes, whole_vignette
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.accounts import create_account
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.annotators import invite, invited, uninvite
from pelagia.runtime.decisions import Annotator, entries
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings

ME = Principal(asker="visit:me")
ADA = Annotator(key="account:a", name="Ada")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    home = tmp_path_factory.mktemp("installation") / "home"
    with open_runtime(read_settings({}, home=home, executor="inline", workers=2)) as opened:
        yield opened


@pytest.fixture(scope="module")
def job(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = coloured_vignettes(tmp_path_factory.mktemp("images") / "station-7")
    return finished_job(runtime, flowcam_request(runtime.settings.home, folder))


@pytest.fixture
def bench(runtime: Runtime) -> Workbench:
    return bench_of(runtime)


def person(runtime: Runtime, name: str) -> Principal:
    account = create_account(runtime.database, email=f"{name}@example.org", name=name, password="a long pass phrase 1")
    return Principal(asker=f"account:{account.id}", account_id=account.id, name=name)


def test_only_the_asker_an_administrator_and_the_invited_see_a_result(
    bench: Workbench, runtime: Runtime, job: Job
) -> None:
    ben = person(runtime, "ben")
    admin = Principal(asker="account:root", account_id="root", is_admin=True)
    assert seen_job(bench, ME, job.id, whole=True) == job
    assert seen_job(bench, admin, job.id, whole=True) == job
    stranger = Principal(asker="visit:someone")
    for who in (ben, stranger, replace(admin, scopes=frozenset({"read"}))):
        with pytest.raises(NotFound, match="no such job"):
            seen_job(bench, who, job.id, whole=True)
    with pytest.raises(NotFound, match="no such job"):
        seen_job(bench, ME, job.id[:6], whole=True)
    invite(runtime.database, job.id, ben.account_id or "")
    invite(runtime.database, job.id, ben.account_id or "")
    assert seen_job(bench, ben, job.id, whole=True) == job
    assert [one.name for one in invited(runtime.database, job.id)] == ["ben"]
    with pytest.raises(NotAllowed, match="had this run made"):
        require_inviter(ben, job)
    with pytest.raises(SignInNeeded, match="account"):
        require_inviter(ME, job)
    require_inviter(admin, job)
    uninvite(runtime.database, job.id, ben.account_id or "")
    with pytest.raises(NotFound):
        seen_job(bench, ben, job.id, whole=True)


def test_a_job_nobody_asked_for_by_the_server_is_not_open_to_a_visit_without_a_name(
    bench: Workbench, job: Job, runtime: Runtime
) -> None:
    local = finished_job(runtime, flowcam_request(runtime.settings.home, *_inputs(job)), asker="", target="elsewhere")
    with pytest.raises(NotFound):
        seen_job(bench, Principal(asker=""), local.id, whole=True)


def _inputs(job: Job) -> list[str]:
    return [one["uri"] for one in job.request["inputs"]["runs"]]


def test_people_decide_under_their_own_name_and_visits_under_the_one_they_give() -> None:
    assert annotator_of(ME, "  Ada \n Lovelace ") == Annotator(key="visit:me", name="Ada Lovelace")
    assert annotator_of(ME).name == GUEST
    known = Principal(asker="account:a", account_id="a", name="Ada")
    assert annotator_of(known, "somebody else").name == "Ada"
    with pytest.raises(NotAllowed, match="read only"):
        annotator_of(replace(known, scopes=frozenset({"read"})))


def test_names_are_tidied_and_bounded() -> None:
    assert checked_labels({"o": " Red\tsea \x00", "p": None}) == {"o": "Red sea", "p": None}
    for wrong in ({}, {"o": "  "}, {"o": "x" * 201}, {str(n): "Red" for n in range(MOST_AT_ONCE + 1)}):
        with pytest.raises(BadParameter):
            checked_labels(wrong)


def test_a_gallery_shows_a_decision_as_soon_as_it_is_recorded_by_any_process(bench: Workbench, job: Job) -> None:
    galleries, others = Galleries(bench), Galleries(bench)
    gallery = galleries.open(job)
    assert gallery.objects.index.rows == 24
    object_id = gallery.objects.index.object_id(3)
    batch = others.record(others.open(job), {object_id: "Diatom"}, ADA)
    assert galleries.open(job).objects.card(3)["taxon"] == "Diatom"
    galleries.undo(gallery, batch.first, batch.last, ADA)
    assert gallery.objects.card(3)["status"] in {"predicted", "unknown"}
    assert others.open(job).objects.card(3)["status"] in {"predicted", "unknown"}


def test_of_decisions_one_of_which_cannot_be_none_is_recorded(bench: Workbench, job: Job) -> None:
    galleries = Galleries(bench)
    gallery = galleries.open(job)
    before = len(entries(bench.runtime.database, job.id))
    with pytest.raises(NotFound, match="no such object"):
        galleries.record(gallery, {gallery.objects.index.object_id(0): "Red", "nobody": "Red"}, ADA)
    assert len(entries(bench.runtime.database, job.id)) == before


def test_the_index_is_made_once_and_kept(bench: Workbench, job: Job) -> None:
    Galleries(bench).open(job)
    calls = bench.warm.calls  # type: ignore[attr-defined]
    Galleries(bench).open(job)
    assert bench.warm.calls == calls  # type: ignore[attr-defined]


def test_the_gallery_of_a_deleted_result_is_gone_though_it_was_open(
    bench: Workbench, runtime: Runtime, tmp_path: Path
) -> None:
    folder = coloured_vignettes(tmp_path / "station-8")
    job = finished_job(runtime, flowcam_request(runtime.settings.home, folder))
    galleries = Galleries(bench)
    galleries.open(job)
    delete_job(bench, job)
    with pytest.raises(NotFound) as told:
        galleries.open(find_job(runtime.database, job.id))
    assert told.value.code == "gone"


def test_a_job_without_images_or_an_end_has_no_gallery(bench: Workbench, job: Job, runtime: Runtime) -> None:
    assert has_gallery(runtime.settings, job)
    waiting = replace(job, state="running")
    assert not has_gallery(runtime.settings, waiting)
    with pytest.raises(Conflict, match="not finished"):
        Galleries(bench).open(waiting)
    with pytest.raises(NotFound, match="no longer kept"):
        Galleries(bench).open(replace(job, id="0123456789ab"))


def test_vignettes_are_cut_once_and_come_together(bench: Workbench, job: Job) -> None:
    gallery = Galleries(bench).open(job)
    rows = [5, 0, 11]
    first = vignettes(bench.warm, gallery.objects.index, gallery.vignettes, rows)
    calls = bench.warm.calls  # type: ignore[attr-defined]
    assert vignettes(bench.warm, gallery.objects.index, gallery.vignettes, rows) == first
    assert bench.warm.calls == calls  # type: ignore[attr-defined]
    assert [one.row for one in first] == rows
    assert all(one.data[8:12] == b"WEBP" and one.width_px == 14 for one in first)
    head, _, body = bundle(first).partition(b"\n")
    assert len(body) == sum(len(one.data) for one in first)
    assert head.startswith(b'[{"row":5,"width":14,')
    assert whole_vignette(bench.warm, gallery.objects.index, 0).startswith(b"\x89PNG")


def test_the_oldest_vignettes_give_way(bench: Workbench, job: Job, tmp_path: Path) -> None:
    gallery = Galleries(bench).open(job)
    store = VignetteStore(path=tmp_path / "v.sqlite", kept_bytes=700)
    made = vignettes(bench.warm, gallery.objects.index, store, list(range(24)))
    kept = store.get(list(range(24)))
    assert sum(len(one.data) for one in kept.values()) <= 700 < sum(len(one.data) for one in made)
    assert set(kept) == set(range(24 - len(kept), 24))


def test_too_many_vignettes_at_once_and_rows_that_are_not_there_are_refused(bench: Workbench, job: Job) -> None:
    gallery = Galleries(bench).open(job)
    for rows in ([24], [-1], list(range(24)) * 6):
        with pytest.raises(BadParameter, match="at once"):
            vignettes(bench.warm, gallery.objects.index, gallery.vignettes, rows)
    with pytest.raises(NotFound, match="no image"):
        whole_vignette(bench.warm, gallery.objects.index, 24)


def test_an_image_that_was_deleted_since_is_told_and_not_kept(
    bench: Workbench, runtime: Runtime, tmp_path: Path
) -> None:
    folder = coloured_vignettes(tmp_path / "soon-gone", each=1)
    gone = finished_job(runtime, flowcam_request(runtime.settings.home, folder))
    for image in folder.iterdir():
        image.unlink()
    gallery = Galleries(bench).open(find_job(runtime.database, gone.id))
    (one,) = vignettes(bench.warm, gallery.objects.index, gallery.vignettes, [0])
    assert one.data == b""
    assert gallery.vignettes.get([0]) == {}


def test_the_trace_tells_old_and_new(bench: Workbench, job: Job) -> None:
    galleries = Galleries(bench)
    gallery = galleries.open(job)
    object_id = gallery.objects.index.object_id(9)
    last = gallery.objects.holdings.last
    ben = Annotator(key="account:b", name="Ben")
    galleries.record(gallery, {object_id: "Diatom"}, ADA)
    galleries.record(gallery, {object_id: "Chain"}, ben)
    galleries.record(gallery, {object_id: None}, ben)
    made = entries(bench.runtime.database, job.id, after=last)
    told = [row[2:] for row in trace_rows({object_id: "Blue"}, iter(made))]
    assert told == [
        ("Ada", object_id, "Blue", "Diatom"),
        ("Ben", object_id, "Diatom", "Chain"),
        ("Ben", object_id, "Chain", "Diatom"),
    ]
