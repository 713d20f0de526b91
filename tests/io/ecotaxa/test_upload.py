"""An export goes into a project of EcoTaxa only where nothing is mixed; secrets stay where they are."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from tests.io.ecotaxa.bundles import as_zip, files, row
from tests.servers.ecotaxa import PASSWORD, TOKEN, Project, small_ecotaxa

from pelagia.core.errors import BadInput, BadParameter, Conflict, NotFound, Unavailable
from pelagia.io.ecotaxa import server as server_module
from pelagia.io.ecotaxa import upload as upload_module
from pelagia.io.ecotaxa.server import EcoTaxa, checked_address, sign_in
from pelagia.io.ecotaxa.upload import Plan, Wishes, carry_out, compare, find_archives, plan_upload

NONE, MANY = Wishes(), Wishes(add=True)


@pytest.fixture
def remote(monkeypatch):
    monkeypatch.setattr(upload_module, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(server_module, "FIRST_PAUSE_SECONDS", 0.001)
    with small_ecotaxa() as state:
        yield state


@pytest.fixture
def ecotaxa(remote):
    with EcoTaxa(TOKEN, remote.address) as server:
        yield server


def export(tmp_path: Path, *rows, name="ecotaxa.zip") -> Path:
    return Path(as_zip(tmp_path / "out" / "exports" / name, files(rows)))


def plan(ecotaxa: EcoTaxa, path: Path, wishes=NONE) -> Plan:
    return plan_upload(ecotaxa, 1, find_archives(path), wishes)


def held(*names: str) -> Project:
    return Project("held", dict.fromkeys(names, ("s1", "tot_s1")), dict.fromkeys(names, "0"))


def test_an_empty_project_is_filled(remote, ecotaxa, tmp_path):
    made = plan(ecotaxa, export(tmp_path, row(1), row(2)).parents[1])
    assert (made.action, made.comparison.only_here) == ("import", 2)
    assert remote.sent("POST", "/api/file_import") == 0
    (job,) = carry_out(ecotaxa, made, Wishes())
    assert (job.state, set(remote.projects[1].objects)) == ("F", {"s1_1", "s1_2"})


def test_the_same_objects_again_are_nothing_to_do(remote, ecotaxa, tmp_path):
    path = export(tmp_path, row(1), row(2))
    carry_out(ecotaxa, plan(ecotaxa, path), Wishes())
    again = plan(ecotaxa, path)
    assert (again.action, carry_out(ecotaxa, again, Wishes())) == ("nothing", [])
    assert remote.sent("POST", "/api/file_import") == 1


@pytest.mark.parametrize(
    ("there", "numbers"),
    [
        (("s1_1",), "1 objects in both, 1 only in the export, 0 only in the project"),
        (("s1_1", "s1_2", "x"), "2 objects in both, 0 only in the export, 1 only in the project"),
        (("x", "y"), "0 objects in both, 2 only in the export, 2 only in the project"),
    ],
)
def test_a_project_with_other_objects_is_refused_with_numbers(remote, ecotaxa, tmp_path, there, numbers):
    remote.projects[1] = held(*there)
    with pytest.raises(Conflict) as refused:
        plan(ecotaxa, export(tmp_path, row(1), row(2)))
    assert refused.value.code == "ecotaxa-other-objects"
    assert refused.value.value.startswith(numbers)
    assert remote.sent("POST", "/api/user_files") == 0


def test_adding_beside_is_possible_when_it_is_asked_for(remote, ecotaxa, tmp_path):
    remote.projects[1] = held("x", "s1_1")
    made = plan(ecotaxa, export(tmp_path, row(1), row(2)), MANY)
    carry_out(ecotaxa, made, MANY)
    assert made.action == "add"
    assert remote.projects[1].areas == {"x": "0", "s1_1": "0", "s1_2": "812"}


def test_adding_what_is_all_there_is_nothing_to_do(remote, ecotaxa, tmp_path):
    remote.projects[1] = held("x", "s1_1")
    assert plan(ecotaxa, export(tmp_path, row(1)), MANY).action == "nothing"


def test_an_update_writes_the_fields_anew_and_only_of_the_same_objects(remote, ecotaxa, tmp_path):
    update = Wishes(update="fields")
    path = export(tmp_path, row(1), row(2))
    with pytest.raises(Conflict, match="nothing to update"):
        plan(ecotaxa, path, update)
    remote.projects[1] = held("s1_1", "x")
    with pytest.raises(Conflict, match="other objects"):
        plan(ecotaxa, path, update)
    remote.projects[1] = held("s1_1", "s1_2")
    carry_out(ecotaxa, plan(ecotaxa, path, update), update)
    assert set(remote.projects[1].areas.values()) == {"812"}
    assert remote.jobs[1].request["update_mode"] == "Yes"


@pytest.mark.parametrize(("kind", "mode"), [("fields", "Yes"), ("annotations", "Cla")])
def test_names_are_updated_only_if_that_is_said(remote, ecotaxa, tmp_path, kind, mode):
    remote.projects[1] = held("s1_1")
    wishes = Wishes(update=kind)
    carry_out(ecotaxa, plan(ecotaxa, export(tmp_path, row(1)), wishes), wishes)
    assert remote.jobs[1].request["update_mode"] == mode


def test_several_archives_go_into_one_project(remote, ecotaxa, tmp_path):
    export(tmp_path, row(1), name="ecotaxa-1.zip")
    last = export(tmp_path, row(2), name="ecotaxa-2.zip")
    made = plan(ecotaxa, last.parents[1])
    assert [path.name for path in made.files] == ["ecotaxa-1.zip", "ecotaxa-2.zip"]
    assert len(carry_out(ecotaxa, made, Wishes())) == 2
    assert set(remote.projects[1].objects) == {"s1_1", "s1_2"}


def test_an_upload_that_was_broken_off_goes_on_with_add(remote, ecotaxa, tmp_path):
    first = export(tmp_path, row(1), name="ecotaxa-1.zip")
    export(tmp_path, row(2), name="ecotaxa-2.zip")
    carry_out(ecotaxa, plan(ecotaxa, first), Wishes())
    with pytest.raises(Conflict):
        plan(ecotaxa, tmp_path / "out")
    carry_out(ecotaxa, plan(ecotaxa, tmp_path / "out", MANY), MANY)
    assert set(remote.projects[1].objects) == {"s1_1", "s1_2"}


def test_what_ecotaxa_would_refuse_is_not_sent(remote, ecotaxa, tmp_path):
    with pytest.raises(BadInput, match="would refuse") as refused:
        plan(ecotaxa, export(tmp_path, row(1, object_lat="95")))
    assert "line 3, column object_lat, 95" in refused.value.value
    assert remote.sent("POST", "/api/user_files") == 0


def test_an_acquisition_that_belongs_to_another_sample_of_the_project_is_refused(remote, ecotaxa, tmp_path):
    remote.projects[1] = Project("held", {"x": ("other", "tot_s1")})
    with pytest.raises(BadInput, match="another sample"):
        plan(ecotaxa, export(tmp_path, row(1)), MANY)


def test_a_question_is_told_and_can_be_answered(remote, ecotaxa, tmp_path):
    path = export(tmp_path, row(1, object_annotation_category="Ozzeur"))
    with pytest.raises(Conflict) as asked:
        carry_out(ecotaxa, plan(ecotaxa, path), Wishes())
    assert (asked.value.code, asked.value.value) == ("ecotaxa-asks", "categories: ozzeur")
    told = Wishes(taxa={"ozzeur": 85011, "not asked": 1})
    carry_out(ecotaxa, plan(ecotaxa, path), told)
    assert remote.jobs[2].reply == {"users": {}, "taxa": {"ozzeur": 85011}}
    assert set(remote.projects[1].objects) == {"s1_1"}


def test_an_import_that_fails_there_is_told(remote, ecotaxa, tmp_path):
    made = plan(ecotaxa, export(tmp_path, row(1)))
    remote.projects[1] = held("s1_1")
    with pytest.raises(BadInput) as failed:
        carry_out(ecotaxa, made, Wishes())
    assert (failed.value.code, failed.value.value) == ("ecotaxa-import-failed", "s1_1 is already in EcoTaxa")


def test_different_exports_never_stand_at_one_place_among_the_files_of_the_user(remote, ecotaxa, tmp_path):
    for number in (1, 2):
        carry_out(ecotaxa, plan(ecotaxa, export(tmp_path / str(number), row(number)), MANY), MANY)
    assert len(remote.files) == 2
    assert all(name.endswith("/ecotaxa.zip") for name in remote.files)


def test_progress_is_told(remote, ecotaxa, tmp_path):
    told = []
    carry_out(ecotaxa, plan(ecotaxa, export(tmp_path, row(1))), Wishes(), lambda _, job: told.append(job and job.state))
    assert told == [None, "P", "R", "F"]


def test_objects_of_a_large_project_are_read_in_windows(remote, ecotaxa, monkeypatch):
    monkeypatch.setattr(server_module, "NAMES_AT_A_TIME", 10)
    names = {f"o{number:03d}" for number in range(35)}
    remote.projects[1] = held(*names)
    assert set(ecotaxa.object_names(1)) == names
    assert remote.windows == [0, 10, 20, 30]


@pytest.mark.parametrize("tells_total", [True, False])
def test_a_server_that_gives_shorter_windows_is_read_to_the_end(remote, ecotaxa, tells_total):
    remote.longest_window, remote.tells_total = 4, tells_total
    names = {f"o{number}" for number in range(10)}
    remote.projects[1] = held(*names)
    assert set(ecotaxa.object_names(1)) == names


def test_a_project_that_is_not_told_whole_is_not_compared(remote, ecotaxa, tmp_path):
    remote.projects[1] = held("s1_1")
    remote.hides = 1
    with pytest.raises(Unavailable, match="all objects"):
        plan(ecotaxa, export(tmp_path, row(1)))


def test_elder_installations_take_files_elsewhere(remote, ecotaxa, tmp_path):
    remote.user_files_route = "/api/my_files/"
    carry_out(ecotaxa, plan(ecotaxa, export(tmp_path, row(1))), Wishes())
    assert set(remote.projects[1].objects) == {"s1_1"}


def test_a_wrong_token_a_missing_right_and_a_missing_project_are_told_apart(remote, ecotaxa, tmp_path):
    with EcoTaxa("wrong", remote.address) as stranger, pytest.raises(BadInput) as unknown:
        stranger.user()
    with pytest.raises(NotFound):
        plan_upload(ecotaxa, 77, find_archives(export(tmp_path, row(1))), Wishes())
    remote.allowed = False
    with pytest.raises(BadInput) as refused:
        carry_out(ecotaxa, plan(ecotaxa, export(tmp_path, row(1))), Wishes())
    assert (unknown.value.code, refused.value.code) == ("ecotaxa-token", "ecotaxa-right")


def test_questions_are_asked_again_where_the_server_stumbles(remote, ecotaxa):
    remote.failures = 2
    assert ecotaxa.user() == "Anna Operator"
    remote.failures = 99
    with pytest.raises(Unavailable):
        ecotaxa.user()


def test_nobody_there_is_unavailable(monkeypatch):
    monkeypatch.setattr(server_module, "FIRST_PAUSE_SECONDS", 0.001)
    with EcoTaxa(TOKEN, "http://127.0.0.1:9/api") as server, pytest.raises(Unavailable):
        server.user()


def test_the_token_is_in_no_address_no_log_and_no_message(remote, ecotaxa, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    carry_out(ecotaxa, plan(ecotaxa, export(tmp_path, row(1))), Wishes())
    with EcoTaxa(TOKEN + "x", remote.address) as stranger, pytest.raises(BadInput) as refused:
        stranger.user()
    assert TOKEN not in "".join(path for _, path in remote.asked)
    assert TOKEN not in repr(ecotaxa) + str(refused.value) + caplog.text


def test_one_signs_in_with_address_and_password(remote):
    assert sign_in("anna@example.org", PASSWORD, remote.address) == TOKEN
    with pytest.raises(BadInput) as refused:
        sign_in("anna@example.org", "wrong", remote.address)
    assert "wrong" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    ["http://ecotaxa.example.org/api", "ftp://x", "https://user:pw@x.org/api", "https://x.org/api?token=1", ""],
)
def test_addresses_that_would_betray_the_token_are_refused(address):
    with pytest.raises(BadParameter) as refused:
        checked_address(address)
    assert "pw" not in str(refused.value)


def test_a_redirect_is_not_followed(remote):
    with EcoTaxa(TOKEN, remote.address) as server:
        assert server._client.follow_redirects is False


def test_an_export_is_found_in_the_output_folder_or_named(tmp_path):
    path = export(tmp_path, row(1))
    assert find_archives(tmp_path / "out") == find_archives(path) == find_archives(path.parent) == (path,)
    with pytest.raises(NotFound):
        find_archives(tmp_path)


def test_comparing_counts_and_names_what_differs():
    found = compare({"a", "b", "c"}, {"b", "d"})
    assert (found.both, found.only_here, found.only_there) == (1, 2, 1)
    assert str(found).endswith("only in the export: a, c; only in the project: d")
