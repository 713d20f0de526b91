from __future__ import annotations

import io
import zipfile
from uuid import uuid4

import pytest
from obstore.store import S3Store
from tests.servers.seaweedfs import S3Server

from pelagia.core.errors import BadInput, NotFound, Unavailable
from pelagia.io.sources import fingerprint, open_source
from pelagia.io.sources import s3 as s3_module


@pytest.fixture
def bucket(s3: S3Server) -> S3Store:
    return S3Store(f"test-{uuid4().hex[:12]}", **s3.client_options())


def uri(bucket: S3Store, path: str = "") -> str:
    return f"s3://{bucket.config['bucket']}/{path}"


def names(address: str) -> list[str]:
    return [entry.name for entry in open_source(address).entries()]


def fill(bucket: S3Store, *given: str) -> None:
    for name in given:
        bucket.put(name, name.encode())


def test_objects_under_a_prefix_are_listed_by_name_and_read(bucket: S3Store) -> None:
    fill(bucket, "run/b/2.png", "run/b-1.png", "run/a.png", "runner/x.png", "run/.hidden", "run/__MACOSX/y")
    source = open_source(uri(bucket, "run"))
    assert [entry.name for entry in source.entries()] == ["a.png", "b-1.png", "b/2.png"]
    assert [entry.name for entry in source.entries(after="a.png")] == ["b-1.png", "b/2.png"]
    assert source.read("b/2.png") == b"run/b/2.png"
    assert source.issues() == ()
    first = next(source.entries())
    assert first.size == 9
    assert first.modified_ns > 0
    assert first.version


def test_a_listing_longer_than_a_page_is_complete(bucket: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_module, "LIST_PAGE", 3)
    given = sorted(f"p/{number}.png" for number in range(11))
    fill(bucket, *given)
    assert names(uri(bucket, "p/")) == [name.removeprefix("p/") for name in given]


def test_an_object_is_read_as_a_stream_too(bucket: S3Store) -> None:
    data = bytes(range(256)) * 40_000
    bucket.put("big.bin", data)
    with open_source(uri(bucket, "big.bin")).open("big.bin") as stream:
        assert stream.read(10) == data[:10]
        stream.seek(-5, 2)
        assert stream.read() == data[-5:]
        stream.seek(0)
        assert stream.read() == data


def test_one_object_is_a_source_of_itself(bucket: S3Store) -> None:
    fill(bucket, "run/a.png", "run/b.png")
    source = open_source(uri(bucket, "run/a.png"))
    assert [(entry.name, entry.size) for entry in source.entries()] == [("a.png", 9)]
    assert source.read("a.png") == b"run/a.png"
    with pytest.raises(NotFound):
        source.read("b.png")


def test_a_run_file_brings_its_run(bucket: S3Store) -> None:
    fill(bucket, "d/r.lst", "d/r_000001.tif", "d/r.ctx", "d/q.lst", "d/q_000001.tif", "d/cal_image_000001.tif", "d/r/x")
    assert names(uri(bucket, "d/r.lst")) == ["cal_image_000001.tif", "r.ctx", "r.lst", "r_000001.tif"]


def test_an_archive_in_a_bucket_is_read_without_fetching_it_whole(bucket: S3Store) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(30):
            archive.writestr(f"{number:02}.png", bytes([number]) * 1000)
    bucket.put("a/v.zip", packed.getvalue())
    source = open_source(uri(bucket, "a/v.zip"))
    assert len(list(source.entries())) == 30
    assert source.read("17.png") == bytes([17]) * 1000


def test_the_fingerprint_follows_the_content(bucket: S3Store) -> None:
    fill(bucket, "a/x.png")
    first = fingerprint(uri(bucket, "a"))
    assert fingerprint(uri(bucket, "a")) == first
    bucket.put("a/x.png", b"other")
    assert fingerprint(uri(bucket, "a")) != first


def test_keys_may_hold_signs_that_mean_something_in_other_addresses(bucket: S3Store) -> None:
    fill(bucket, "run #1?/ä b.png", "run #1?/50%.png")
    source = open_source(uri(bucket, "run #1?"))
    assert sorted(source.read(entry.name).decode() for entry in source.entries()) == [
        "run #1?/50%.png",
        "run #1?/ä b.png",
    ]


def test_what_is_missing_is_told(bucket: S3Store) -> None:
    fill(bucket, "a/x.png")
    with pytest.raises(NotFound) as told:
        open_source(uri(bucket, "b"))
    assert told.value.file == uri(bucket, "b")
    with pytest.raises(NotFound) as told:
        open_source(uri(bucket, "a")).read("y.png")
    assert told.value.file == "y.png"


def test_a_read_is_confined_and_limited(bucket: S3Store) -> None:
    fill(bucket, "a/x.png", "secret")
    source = open_source(uri(bucket, "a"))
    for read in (lambda: source.read("../secret"), lambda: source.read("x.png", limit_bytes=3)):
        with pytest.raises(BadInput) as told:
            read()
        assert told.value.code in {"name-unsafe", "file-too-large"}


def test_wrong_keys_are_told_without_the_keys(bucket: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(bucket, "a/x.png")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with pytest.raises(BadInput) as told:
        open_source(uri(bucket, "a"))
    assert told.value.code == "s3-refused"
    assert "hunter2" not in str(told.value)
    assert "AWS_SECRET_ACCESS_KEY" in told.value.remedy


def test_without_any_key_the_bucket_is_asked_as_a_public_one(bucket: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(bucket, "a/x.png")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(BadInput) as told:
        open_source(uri(bucket, "a"))
    assert told.value.code == "s3-refused"


def test_keys_in_the_address_are_refused_and_not_repeated() -> None:
    with pytest.raises(BadInput) as told:
        open_source("s3://AKIA123:hunter2@bucket/a")
    assert told.value.code == "address-secret"
    assert "hunter2" not in str(told.value)
    assert "AKIA123" not in str(told.value)


def test_a_server_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_module, "RETRIES", 0)
    monkeypatch.setenv("PELAGIA_S3_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(Unavailable) as told:
        open_source(f"s3://bucket-{uuid4().hex}/a")
    assert told.value.code == "s3-unreachable"
