from __future__ import annotations

import io
import os
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pelagia.core.errors import BadInput, NotFound, PelagiaError, Unavailable
from pelagia.io.sources import downloads, fingerprint, open_source
from pelagia.io.sources.downloads import download

CONTENT = bytes(range(256)) * 3000
TAG = {"ETag": '"one"'}


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return data.getvalue()


def test_an_archive_is_downloaded_once_and_opened(web: Any) -> None:
    uri = web.put("/data/run.zip", zipped({"a.png": b"one", "b/c.png": b"two"}), headers=TAG)
    source = open_source(uri)
    assert [entry.name for entry in source.entries()] == ["a.png", "b/c.png"]
    assert source.read("b/c.png") == b"two"
    assert open_source(uri) is source
    assert len(web.files["/data/run.zip"].requests) == 1


def test_one_file_is_a_source_of_itself_under_its_own_name(web: Any) -> None:
    uri = web.put("/data/my%20image.png", CONTENT, headers=TAG)
    source = open_source(f"{uri}?version=3")
    assert [(entry.name, entry.size, entry.version) for entry in source.entries()] == [
        ("my image.png", len(CONTENT), '"one"')
    ]
    assert source.read("my image.png") == CONTENT
    with source.open("my image.png") as stream:
        assert stream.read(4) == CONTENT[:4]
    with pytest.raises(NotFound):
        source.read("other.png")
    with pytest.raises(BadInput):
        source.read("my image.png", limit_bytes=5)


def test_the_name_the_server_gives_is_used_without_its_folders(web: Any) -> None:
    headers = {"Content-Disposition": 'attachment; filename="../../etc/run 1.bin"'}
    uri = web.put("/download", CONTENT, headers=headers)
    assert [entry.name for entry in open_source(uri).entries()] == ["run 1.bin"]


def test_another_process_finds_an_unchanged_file_in_the_cache(web: Any, fresh: Callable[[], None]) -> None:
    uri = web.put("/a.bin", CONTENT, headers=TAG)
    first = fingerprint(uri)
    fresh()
    assert fingerprint(uri) == first
    asked = web.files["/a.bin"].requests
    assert [request.get("If-None-Match") for request in asked] == [None, '"one"']
    assert open_source(uri).read("a.bin") == CONTENT


def test_a_changed_file_is_fetched_anew(web: Any, fresh: Callable[[], None]) -> None:
    uri = web.put("/a.bin", CONTENT, headers=TAG)
    first = fingerprint(uri)
    fresh()
    web.put("/a.bin", b"new", headers={"ETag": '"two"'})
    assert open_source(uri).read("a.bin") == b"new"
    assert fingerprint(uri) != first


def test_a_broken_connection_is_taken_up_where_it_broke(web: Any) -> None:
    uri = web.put("/a.bin", CONTENT, headers=TAG, breaks_after=[100_000, 200_000])
    assert open_source(uri).read("a.bin") == CONTENT
    ranges = [request.get("Range") for request in web.files["/a.bin"].requests]
    assert ranges == [None, "bytes=100000-", "bytes=300000-"]


def test_a_later_process_takes_up_what_an_earlier_one_left(web: Any) -> None:
    uri = web.put("/a.bin", CONTENT, headers=TAG, breaks_after=[1000] * downloads.ATTEMPTS)
    with pytest.raises(Unavailable) as told:
        open_source(uri)
    assert told.value.code == "http-unreachable"
    assert open_source(uri).read("a.bin") == CONTENT
    assert web.files["/a.bin"].requests[-1]["Range"] == f"bytes={1000 * downloads.ATTEMPTS}-"


def test_a_file_that_changed_between_two_parts_is_not_glued_together(web: Any) -> None:
    uri = web.put("/a.bin", CONTENT, headers=TAG, breaks_after=[1000] * downloads.ATTEMPTS)
    with pytest.raises(Unavailable):
        open_source(uri)
    web.put("/a.bin", CONTENT[::-1], headers={"ETag": '"two"'})
    assert open_source(uri).read("a.bin") == CONTENT[::-1]


def test_without_a_version_a_broken_download_starts_again(web: Any) -> None:
    uri = web.put("/a.bin", CONTENT, breaks_after=[1000])
    assert open_source(uri).read("a.bin") == CONTENT
    assert [request.get("Range") for request in web.files["/a.bin"].requests] == [None, None]


def test_redirects_are_followed_a_few_times(web: Any) -> None:
    web.put("/there.bin", CONTENT)
    uri = web.put("/here", redirect="/there.bin")
    assert [entry.name for entry in open_source(uri).entries()] == ["there.bin"]
    with pytest.raises(BadInput, match="circles"):
        open_source(web.put("/loop", redirect="/loop"))


@pytest.mark.parametrize("target", ["/private/there.bin", "//localhost:{port}/data/there.bin", "/data/back"])
def test_a_redirect_leads_only_to_what_is_allowed_too(web: Any, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    monkeypatch.setenv("PELAGIA_ALLOWED_ADDRESSES", f"s3://plankton/ {web.address}/data/")
    web.put("/private/there.bin", CONTENT)
    web.put("/data/there.bin", CONTENT)
    # Every step counts, also one on a way that comes back.
    web.put("/private/back", redirect="/data/there.bin")
    web.put("/data/back", redirect="/private/back")
    uri = web.put("/data/here", redirect=target.format(port=web.address.rpartition(":")[2]))
    with pytest.raises(BadInput) as told:
        open_source(f"{uri}?token=hunter2")
    assert told.value.code == "address-not-allowed" and "hunter2" not in str(told.value)
    assert not web.files["/private/there.bin"].requests and not web.files["/data/there.bin"].requests


def test_a_redirect_to_what_is_allowed_is_followed(web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PELAGIA_ALLOWED_ADDRESSES", f"{web.address}/data/ {web.address}/store/")
    web.put("/store/there.bin", CONTENT)
    assert open_source(web.put("/data/here", redirect="/store/there.bin")).read("there.bin") == CONTENT


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_a_redirect_away_from_the_web_is_refused(web: Any, target: str) -> None:
    with pytest.raises(BadInput) as told:
        open_source(web.put("/here", redirect=target))
    assert told.value.code == "http-answer"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (404, NotFound, "not-found"),
        (410, NotFound, "not-found"),
        (403, BadInput, "http-refused"),
        (401, BadInput, "http-refused"),
        (418, BadInput, "http-answer"),
        (500, Unavailable, "http-unreachable"),
        (503, Unavailable, "http-unreachable"),
    ],
)
def test_what_the_server_answers_is_told(web: Any, status: int, kind: type[PelagiaError], code: str) -> None:
    with pytest.raises(kind) as told:
        open_source(web.put("/a.bin", status=status))
    assert told.value.code == code
    assert str(status) in told.value.value
    assert told.value.remedy


def test_a_server_that_is_not_there_is_told(web: Any) -> None:
    with pytest.raises(Unavailable) as told:
        open_source("http://127.0.0.1:9/a.zip")
    assert told.value.code == "http-unreachable"


def test_secrets_appear_in_no_address_and_no_error(web: Any) -> None:
    place = web.put("/a.bin", CONTENT).removeprefix("http://")
    secret = f"http://me:hunter2@{place}?token=hunter3&page=2"
    source = open_source(secret)
    assert source.uri == f"http://{place}?token=***&page=2"
    web.put("/b.bin", status=403)
    with pytest.raises(BadInput) as told:
        open_source(secret.replace("/a.bin", "/b.bin"))
    error: BaseException | None = told.value
    while error is not None:
        assert "hunter" not in f"{error} {error.args}"
        error = error.__cause__
    assert told.value.__suppress_context__ or told.value.__context__ is None


def test_passwords_are_sent_to_the_server(web: Any) -> None:
    place = web.put("/a.bin", CONTENT).removeprefix("http://")
    open_source(f"http://me:hunter2@{place}")
    assert web.files["/a.bin"].requests[0]["Authorization"].startswith("Basic ")


def test_passwords_of_a_netrc_file_go_to_their_host_only(
    web: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine elsewhere.example login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    download(web.put("/a.bin", CONTENT))
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    download(web.put("/b.bin", CONTENT))
    assert "Authorization" not in web.files["/a.bin"].requests[0]
    assert web.files["/b.bin"].requests[0]["Authorization"].startswith("Basic ")
    download(f"{web.address}/b.bin".replace("http://", "http://other:word@"))
    assert web.files["/b.bin"].requests[1]["Authorization"] != web.files["/b.bin"].requests[0]["Authorization"]
    (tmp_path / "netrc").write_text("hunter2 is no keyword\n")
    with pytest.raises(BadInput) as told:
        download(f"{web.address}/b.bin")
    assert told.value.code == "http-netrc"
    assert "hunter2" not in str(told.value)


def test_a_file_above_the_limit_is_refused_before_and_while_it_arrives(web: Any) -> None:
    with pytest.raises(BadInput) as told:
        download(web.put("/a.bin", CONTENT), limit_bytes=1000)
    assert told.value.code == "file-too-large"


@pytest.mark.parametrize("checked_at", ["start", "while it arrives"])
def test_a_full_disk_is_told(web: Any, monkeypatch: pytest.MonkeyPatch, checked_at: str) -> None:
    answers = iter([0] if checked_at == "start" else [1 << 60, 0])
    usage = downloads.shutil.disk_usage("/")
    monkeypatch.setattr(downloads, "CHECK_BYTES", 1000)
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda _: usage._replace(free=next(answers)))
    with pytest.raises(Unavailable) as told:
        open_source(web.put("/a.bin", CONTENT))
    assert (told.value.code, told.value.value) == ("disk-full", "0 bytes free")


def test_a_packed_answer_is_refused(web: Any) -> None:
    with pytest.raises(BadInput) as told:
        open_source(web.put("/a.bin", CONTENT, headers={"Content-Encoding": "gzip"}))
    assert told.value.code == "http-answer"


def test_two_processes_do_not_fetch_a_file_twice(web: Any) -> None:
    uri = web.put("/a.bin", CONTENT, headers=TAG)
    threads = [threading.Thread(target=download, args=(uri,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = [request for request in web.files["/a.bin"].requests if "If-None-Match" not in request]
    assert len(whole) == 1


def test_files_not_used_for_days_are_removed(web: Any, tmp_path: Path) -> None:
    old = download(web.put("/old.bin", CONTENT)).path
    os.utime(old, (time.time() - 8 * 86_400,) * 2)
    new = download(web.put("/new.bin", CONTENT)).path
    assert not old.exists()
    assert new.is_relative_to(tmp_path / "home")
