"""Taking in files: room, interruptions, what is tidied up."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pelagia.core.errors import BadInput, Conflict, NotFound, TooMuch, Unavailable
from pelagia.orders.uploads import (
    accept,
    announce,
    delete_upload,
    own_upload,
    receive,
    receive_next,
    room_for,
    settle,
    tidy_uploads,
)
from pelagia.orders.workbench import Workbench
from pelagia.runtime import upload_folder
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.runtime.tables import UPLOAD_FILES, UPLOADS
from pelagia.runtime.upload_content import check_content
from pelagia.runtime.upload_folder import append, appending, incoming_folder, incoming_path
from pelagia.runtime.upload_paths import confined, safe_path
from pelagia.runtime.uploads import Upload, create_upload, files_of, find_upload
from pelagia.runtime.warm import WarmProcesses

VISIT = Principal(asker="visit:me")
ACCOUNT = Principal(asker="account:ada", account_id="ada")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    limits = {
        "upload_file_bytes": 1000,
        "upload_visit_bytes": 2500,
        "upload_account_bytes": 5000,
        "upload_files": 4,
    }
    with open_runtime(read_settings({}, home=tmp_path / "home", **limits)) as runtime:
        yield Workbench(runtime=runtime, warm=WarmProcesses(1))


@pytest.fixture
def upload(bench: Workbench) -> Upload:
    return create_upload(bench.runtime.database, VISIT.asker, "run")


def put(bench: Workbench, upload: Upload, path: str, content: bytes, principal: Principal = VISIT) -> None:
    with receive(bench, principal, upload) as incoming:
        incoming.write(content)
        accept(bench, principal, upload, incoming, path=path, sha256=None)


def test_a_file_may_not_be_larger_than_one_may(bench: Workbench, upload: Upload):
    with pytest.raises(TooMuch, match="1,000 bytes"):
        put(bench, upload, "a.bin", bytes(1001))
    with pytest.raises(TooMuch):
        announce(bench, VISIT, upload, path="a.bin", size=1001, sha256=None)
    assert list(incoming_folder(bench.runtime.settings).iterdir()) == []


def test_all_uploads_of_somebody_share_their_room(bench: Workbench, upload: Upload):
    other = create_upload(bench.runtime.database, VISIT.asker, "more")
    put(bench, upload, "a.bin", bytes(1000))
    announce(bench, VISIT, other, path="b.bin", size=1000, sha256=None)

    with pytest.raises(TooMuch, match="room for 500"):
        announce(bench, VISIT, other, path="c.bin", size=501, sha256=None)
    with pytest.raises(TooMuch):
        put(bench, other, "c.bin", bytes(501))
    with pytest.raises(TooMuch, match="room for 500"):
        receive(bench, VISIT, other, size=501)
    delete_upload(bench, upload)
    put(bench, other, "c.bin", bytes(501))


def test_visitors_share_their_room_with_all_others_however_often_they_drop_the_cookie(tmp_path: Path):
    limits = {"upload_visit_bytes": 1000, "upload_visits_bytes": 1500}
    with open_runtime(read_settings({}, home=tmp_path / "home", **limits)) as runtime:
        bench = Workbench(runtime=runtime, warm=WarmProcesses(1))
        other = Principal(asker="visit:other")
        mine, theirs, kept = (create_upload(runtime.database, one.asker, "run") for one in (VISIT, other, ACCOUNT))
        put(bench, mine, "a.bin", bytes(1000))
        put(bench, kept, "a.bin", bytes(2000), ACCOUNT)
        with pytest.raises(TooMuch, match="room for 500"):
            announce(bench, other, theirs, path="a.bin", size=501, sha256=None)
        with pytest.raises(TooMuch):
            put(bench, theirs, "a.bin", bytes(501), other)
        put(bench, theirs, "a.bin", bytes(500), other)


def test_an_account_has_more_room(bench: Workbench):
    upload = create_upload(bench.runtime.database, ACCOUNT.asker, "run")
    for name in "abcd":
        put(bench, upload, name, bytes(1000), ACCOUNT)

    with pytest.raises(TooMuch, match="4 files"):
        put(bench, upload, "e", b"", ACCOUNT)


def test_two_who_upload_at_once_cannot_exceed_the_room_together(bench: Workbench, upload: Upload):
    with receive(bench, VISIT, upload) as first, receive(bench, VISIT, upload) as second:
        put(bench, upload, "a.bin", bytes(1000))
        for incoming in (first, second):
            incoming.write(bytes(1000))
        accept(bench, VISIT, upload, first, path="b.bin", sha256=None)
        with pytest.raises(TooMuch):
            accept(bench, VISIT, upload, second, path="c.bin", sha256=None)


def test_a_full_disk_is_told_before_and_while_it_fills(
    bench: Workbench, upload: Upload, monkeypatch: pytest.MonkeyPatch
):
    full = shutil._ntuple_diskusage(100, 100, 0)
    with monkeypatch.context() as patch:
        patch.setattr(upload_folder.shutil, "disk_usage", lambda _: full)
        with pytest.raises(Unavailable) as told:
            announce(bench, VISIT, upload, path="a.bin", size=1, sha256=None)
    assert told.value.code == "disk-full"

    file = announce(bench, VISIT, upload, path="a.bin", size=4, sha256=None)
    with monkeypatch.context() as patch:
        patch.setattr(upload_folder, "LOOK_BYTES", 2)
        with receive(bench, VISIT, upload) as incoming:
            incoming.write(b"a")
            patch.setattr(upload_folder.shutil, "disk_usage", lambda _: full)
            with pytest.raises(Unavailable) as told:
                incoming.write(b"b")
        assert told.value.code == "disk-full"
        with pytest.raises(Unavailable):
            append(bench.runtime.settings, 0, b"full")
    with Path("/dev/full").open("wb") as device, pytest.raises(Unavailable) as told:
        append(bench.runtime.settings, device.fileno(), b"full")
    assert told.value.code == "disk-full"
    assert not file.is_finished


def test_only_one_at_a_time_sends_a_file(bench: Workbench, upload: Upload):
    file = announce(bench, VISIT, upload, path="a.bin", size=4, sha256=None)
    with appending(bench.runtime.settings, file.id, 0) as descriptor:
        append(bench.runtime.settings, descriptor, b"ab")
        with pytest.raises(Conflict) as told, appending(bench.runtime.settings, file.id, 2):
            pass
    assert told.value.code == "file-locked"


def test_a_file_that_was_whole_when_the_server_stopped_is_put_in_its_place(bench: Workbench, upload: Upload):
    file = announce(bench, VISIT, upload, path="d/a.bin", size=4, sha256=None)
    with appending(bench.runtime.settings, file.id, 0) as descriptor:
        append(bench.runtime.settings, descriptor, b"abcd")

    assert settle(bench, file).file.is_finished
    assert (bench.runtime.settings.upload_folder(upload.id) / "d" / "a.bin").read_bytes() == b"abcd"


def test_a_wrong_checksum_deletes_what_came(bench: Workbench, upload: Upload):
    file = announce(bench, VISIT, upload, path="a.bin", size=1, sha256="0" * 64)
    with appending(bench.runtime.settings, file.id, 0) as descriptor:
        append(bench.runtime.settings, descriptor, b"a")
    with pytest.raises(BadInput) as told:
        settle(bench, file)

    assert told.value.code == "checksum-differs"
    assert files_of(bench.runtime.database, upload.id) == []
    assert not incoming_path(bench.runtime.settings, file.id).exists()


def test_what_was_broken_off_long_ago_is_tidied_up(bench: Workbench, upload: Upload):
    settings, database = bench.runtime.settings, bench.runtime.database
    old = announce(bench, VISIT, upload, path="old.bin", size=4, sha256=None)
    new = announce(bench, VISIT, upload, path="new.bin", size=4, sha256=None)
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=4)
    for file in (old, new):
        with appending(settings, file.id, 0) as descriptor:
            append(bench.runtime.settings, descriptor, b"ab")
    with database.write() as connection:
        connection.execute(sa.update(UPLOAD_FILES).where(UPLOAD_FILES.c.id == old.id).values(created_at=long_ago))
    left = incoming_folder(settings) / "left"
    left.write_bytes(b"x")
    os.utime(left, (long_ago.timestamp(), long_ago.timestamp()))
    tidy_uploads(bench.runtime)

    assert [file.path for file in files_of(database, upload.id)] == ["new.bin"]
    assert [path.name for path in incoming_folder(settings).iterdir()] == [new.id]


def test_visits_are_forgotten_and_accounts_are_not(bench: Workbench, upload: Upload):
    mine = create_upload(bench.runtime.database, ACCOUNT.asker, "run")
    put(bench, upload, "a.txt", b"a")
    put(bench, mine, "a.txt", b"a", ACCOUNT)
    with bench.runtime.database.write() as connection:
        connection.execute(sa.update(UPLOADS).values(created_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))
    tidy_uploads(bench.runtime)

    with pytest.raises(NotFound):
        find_upload(bench.runtime.database, upload.id)
    assert not bench.runtime.settings.upload_folder(upload.id).exists()
    assert find_upload(bench.runtime.database, mine.id).files == 1


def test_only_the_owner_and_administrators_find_an_upload(bench: Workbench, upload: Upload):
    admin = Principal(asker="account:root", account_id="root", is_admin=True)

    assert own_upload(bench, VISIT, upload.id) == own_upload(bench, admin, upload.id) == upload
    with pytest.raises(NotFound):
        own_upload(bench, ACCOUNT, upload.id)


def test_an_archive_is_looked_into_by_another_process(
    bench: Workbench, upload: Upload, monkeypatch: pytest.MonkeyPatch
):
    sent: list[object] = []
    monkeypatch.setattr(WarmProcesses, "call", lambda _, func, *args: sent.append(func) or func(*args))
    put(bench, upload, "a.txt", b"text")
    assert sent == []
    with pytest.raises(BadInput) as told:
        put(bench, upload, "a.zip", b"PK\x03\x04 no archive")
    assert (sent, told.value.code) == ([check_content], "zip-damaged")


@pytest.mark.parametrize(
    "name", ["a\nb", "a\x7f", "\ud800", "", "/a", "..", "a/.", "a\\b", "c:\\x", "LPT1.txt", "a ", " a"]
)
def test_names_that_trip_a_system_are_refused(name: str):
    with pytest.raises(BadInput):
        safe_path(name)


@pytest.mark.parametrize(
    "name", ["a", "Lauf 1/Bild (2).tif", ".hidden", "a..b", "ü/日本.png", "console.txt", "run 10:23"]
)
def test_names_as_people_give_them_are_taken(name: str):
    assert safe_path(name) == name


def test_a_folder_that_became_a_link_is_not_written_through(tmp_path: Path):
    (tmp_path / "upload").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "upload" / "d").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "upload" / "f").symlink_to(tmp_path / "elsewhere" / "f")

    for name in ("d/a.txt", "f"):
        with pytest.raises(BadInput) as told:
            confined(tmp_path / "upload", name)
        assert told.value.code == "path-link"


def test_many_files_in_one_request_share_the_room(bench: Workbench, upload: Upload):
    room = room_for(bench, VISIT, upload)

    assert room == 1000
    with receive_next(bench, room, 999) as incoming, pytest.raises(TooMuch):
        incoming.write(b"ab")
    with pytest.raises(TooMuch):
        receive_next(bench, room, 1000)
