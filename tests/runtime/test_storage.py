"""Storage: the same on a folder and on S3."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from tests.servers.seaweedfs import S3Server

from pelagia.core.errors import BadParameter, NotFound, Unavailable
from pelagia.runtime import storage as storage_module
from pelagia.runtime.storage import Storage, open_storage


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    if request.param == "folder":
        return open_storage(str(tmp_path / "storage"))
    server: S3Server = request.getfixturevalue("s3_server")
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    return open_storage(f"s3://values/{tmp_path.name}")


def test_what_is_put_is_got(storage: Storage) -> None:
    storage.put("jobs/a/1/x-0", b"\x00data")
    storage.put("jobs/a/1/x-0", b"newer")
    assert storage.get("jobs/a/1/x-0") == b"newer"


def test_what_is_not_there_is_not_found(storage: Storage) -> None:
    with pytest.raises(NotFound, match="jobs/none"):
        storage.get("jobs/none")


def test_deleting_takes_one_job_and_leaves_its_neighbours(storage: Storage) -> None:
    for name in ("jobs/a/1/x", "jobs/a/2/y", "jobs/ab/1/x"):
        storage.put(name, b"1")
    assert storage.delete_under("jobs/a") == 2
    assert storage.get("jobs/ab/1/x") == b"1"
    assert storage.delete_under("jobs/a") == 0


def test_checking_leaves_nothing(storage: Storage) -> None:
    storage.check()
    with pytest.raises(NotFound):
        storage.get(storage_module.PROBE)


def test_a_folder_keeps_no_half_written_files(tmp_path: Path) -> None:
    open_storage(str(tmp_path)).put("a/b", b"x" * 100_000)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["b"]


def test_a_file_address_is_a_folder(tmp_path: Path) -> None:
    open_storage(f"file://{tmp_path}/with%20space").put("a", b"1")
    assert (tmp_path / "with space" / "a").read_bytes() == b"1"


def test_a_full_disk_is_said_to_be_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(storage_module, "_flush", no_room)
    with pytest.raises(Unavailable, match="disk is full"):
        open_storage(str(tmp_path)).put("a", b"1")


def test_a_place_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="PELAGIA_STORAGE_URL"):
        open_storage(str(tmp_path / "file" / "storage"))


@pytest.mark.parametrize("url", ["ftp://host/x", "s3://"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(BadParameter):
        open_storage(url)


def test_wrong_keys_are_told(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(Unavailable, match="AWS_"):
        open_storage("s3://values").check()
