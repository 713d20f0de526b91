from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import gridfs
import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect

from pelagia.core.errors import BadInput, NotFound, Unavailable
from pelagia.io.sources import fingerprint, mongodb, open_source


def fill(mongo: Any, count: int, *, collection: str = "vignettes", bucket: str = "fs") -> list[ObjectId]:
    """Put images in GridFS and a document for each; return the ids of the documents in order."""
    images = gridfs.GridFSBucket(mongo.database, bucket_name=bucket)
    stored = [images.upload_from_stream(f"v{number}.png", f"image {number}".encode()) for number in range(count)]
    documents = [
        {"_id": ObjectId(), "image": image, "taxon": {"name": f"taxon {number % 2}"}, "number": number}
        for number, image in enumerate(stored)
    ]
    mongo.database[collection].insert_many(documents)
    return [document["_id"] for document in documents]


def names(uri: str) -> list[str]:
    return [entry.name for entry in open_source(uri).entries()]


def test_images_in_gridfs_are_listed_by_id_with_label_and_size(mongo: Any) -> None:
    ids = fill(mongo, 5)
    source = open_source(mongo.address("vignettes", label_field="taxon.name"))
    entries = list(source.entries())
    assert [entry.name for entry in entries] == [f"{one}.png" for one in ids]
    assert [entry.label for entry in entries] == ["taxon 0", "taxon 1", "taxon 0", "taxon 1", "taxon 0"]
    assert {entry.size for entry in entries} == {7}
    assert all(entry.modified_ns > 0 for entry in entries)
    assert source.read(entries[3].name) == b"image 3"
    with source.open(entries[4].name) as stream:
        assert stream.read() == b"image 4"
    assert source.issues() == ()


def test_without_a_label_field_there_are_no_labels(mongo: Any) -> None:
    fill(mongo, 2)
    assert {entry.label for entry in open_source(mongo.address("vignettes")).entries()} == {""}


def test_a_query_chooses_the_documents_that_can_be_listed_and_read(mongo: Any) -> None:
    ids = fill(mongo, 4)
    query = quote('{"number": {"$gte": 2}}')
    source = open_source(mongo.address("vignettes", query=query))
    assert [entry.name for entry in source.entries()] == [f"{one}.png" for one in ids[2:]]
    with pytest.raises(NotFound):
        source.read(f"{ids[0]}.png")


def test_a_query_may_hold_ids_and_dates_as_extended_json(mongo: Any) -> None:
    ids = fill(mongo, 3)
    query = quote('{"_id": {"$oid": "' + str(ids[1]) + '"}}')
    assert names(mongo.address("vignettes", query=query)) == [f"{ids[1]}.png"]


def test_a_listing_is_complete_over_many_pages(mongo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongodb, "PAGE", 3)
    ids = fill(mongo, 10)
    assert names(mongo.address("vignettes")) == [f"{one}.png" for one in ids]


def test_a_listing_goes_on_after_an_id_even_of_a_deleted_document(mongo: Any) -> None:
    ids = fill(mongo, 5)
    source = open_source(mongo.address("vignettes"))
    assert [entry.name for entry in source.entries(after=f"{ids[2]}.png")] == [f"{one}.png" for one in ids[3:]]
    mongo.database["vignettes"].delete_one({"_id": ids[2]})
    assert [entry.name for entry in source.entries(after=f"{ids[2]}.png")] == [f"{one}.png" for one in ids[3:]]


def test_ids_of_several_kinds_are_all_listed_and_read(mongo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongodb, "PAGE", 2)
    image = gridfs.GridFSBucket(mongo.database).upload_from_stream("x.tif", b"pixels")
    ids = [7, 40, 300, "A/1 é", "b%2", "cell.7", "7x", *(ObjectId() for _ in range(3))]
    mongo.database["mixed"].insert_many([{"_id": one, "image": image} for one in ids])
    source = open_source(mongo.address("mixed"))
    listed = [entry.name for entry in source.entries()]
    assert len(listed) == len(set(listed)) == len(ids)
    assert listed[:3] == ["7.tif", "40.tif", "300.tif"]
    assert all("/" not in name for name in listed)
    assert {source.read(name) for name in listed} == {b"pixels"}
    for place, name in enumerate(listed):
        assert [entry.name for entry in source.entries(after=name)] == listed[place + 1 :]


def test_an_id_that_reads_like_another_is_told(mongo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # The stand-in server cannot keep 5 and "5" apart, so its answer is doubled here.
    ids = fill(mongo, 1)
    source = open_source(mongo.address("vignettes"))
    find = type(source.collection).find
    monkeypatch.setattr(type(source.collection), "find", lambda *given: _Twice(find(*given)))
    with pytest.raises(BadInput) as told:
        source.read(f"{ids[0]}.png")
    assert told.value.code == "mongodb-id"


class _Twice:
    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor

    def limit(self, _count: int) -> list[Any]:
        return [*self.cursor.clone(), *self.cursor]


def test_documents_without_an_image_are_told_and_the_others_listed(mongo: Any) -> None:
    ids = fill(mongo, 2)
    mongo.database["vignettes"].insert_many(
        [{"_id": "none"}, {"_id": "null", "image": None}, {"_id": "lost", "image": ObjectId()}]
    )
    source = open_source(mongo.address("vignettes"))
    assert [entry.name for entry in source.entries()] == [f"{one}.png" for one in ids]
    assert sorted((issue.file, issue.code) for issue in source.issues()) == [
        ("lost", "mongodb-image-missing"),
        ("none", "mongodb-image-missing"),
        ("null", "mongodb-image-missing"),
    ]


def test_documents_with_an_id_of_another_kind_are_counted(mongo: Any) -> None:
    fill(mongo, 2)
    mongo.database["vignettes"].insert_one({"_id": {"a": 1}, "image": ObjectId()})
    (issue,) = open_source(mongo.address("vignettes")).issues()
    assert (issue.code, issue.objects) == ("mongodb-id", 1)


def test_images_may_be_files_that_documents_name(mongo: Any, tmp_path: Path) -> None:
    (tmp_path / "images/a").mkdir(parents=True)
    (tmp_path / "images/a/1.tif").write_bytes(b"one")
    (tmp_path / "secret").write_bytes(b"no")
    mongo.database["paths"].insert_many(
        [
            {"_id": "ok", "path": "a/1.tif", "label": 3},
            {"_id": "out", "path": "../secret"},
            {"_id": "gone", "path": "a/2.tif"},
        ]
    )
    uri = mongo.address("paths", image_field="path", label_field="label", root=quote(str(tmp_path / "images")))
    source = open_source(uri)
    (entry,) = source.entries()
    assert (entry.name, entry.size, entry.label) == ("ok.tif", 3, "3")
    assert source.read("ok.tif") == b"one"
    assert sorted((issue.file, issue.code) for issue in source.issues()) == [
        ("../secret", "name-unsafe"),
        ("a/2.tif", "not-found"),
    ]
    with pytest.raises(BadInput):
        source.read("out.tif")


def test_a_root_that_is_not_there_is_told(mongo: Any) -> None:
    with pytest.raises(NotFound):
        open_source(mongo.address("paths", root="/no/such/folder"))


def test_another_bucket_may_hold_the_images(mongo: Any) -> None:
    ids = fill(mongo, 2, bucket="thumbs")
    source = open_source(mongo.address("vignettes", bucket="thumbs"))
    assert source.read(f"{ids[1]}.png") == b"image 1"


def test_a_read_is_limited(mongo: Any) -> None:
    ids = fill(mongo, 1)
    with pytest.raises(BadInput) as told:
        open_source(mongo.address("vignettes")).read(f"{ids[0]}.png", limit_bytes=3)
    assert told.value.code == "file-too-large"


def test_a_missing_image_is_told(mongo: Any) -> None:
    fill(mongo, 1)
    for name in (f"{ObjectId()}.png", "x.png", f"{2**70}.png"):
        with pytest.raises(NotFound) as told:
            open_source(mongo.address("vignettes")).read(name)
        assert told.value.file == name


def test_the_fingerprint_follows_the_documents(mongo: Any) -> None:
    ids = fill(mongo, 2)
    uri = mongo.address("vignettes", label_field="taxon.name")
    first = fingerprint(uri)
    assert fingerprint(uri) == first
    mongo.database["vignettes"].update_one({"_id": ids[0]}, {"$set": {"taxon": {"name": "other"}}})
    assert fingerprint(uri) != first


def test_a_lost_connection_is_taken_up_after_the_last_page(mongo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongodb, "PAGE", 2)
    monkeypatch.setattr(mongodb, "PAUSE_SECONDS", 0.0)
    ids = fill(mongo, 5)
    source = open_source(mongo.address("vignettes"))
    find, calls = type(source.collection).find, iter(range(100))

    def shaky(*given: Any, **more: Any) -> Any:
        if next(calls) % 2:
            raise AutoReconnect("gone")
        return find(*given, **more)

    monkeypatch.setattr(type(source.collection), "find", shaky)
    assert [entry.name for entry in source.entries()] == [f"{one}.png" for one in ids]


def test_nothing_is_written(mongo: Any) -> None:
    fill(mongo, 2)
    before = sorted(mongo.database.list_collection_names())
    source = open_source(mongo.address("vignettes"))
    for entry in source.entries():
        source.read(entry.name)
    with pytest.raises(NotFound):
        source.read("none.png")
    assert sorted(mongo.database.list_collection_names()) == before


@pytest.mark.parametrize(
    "query",
    ["not json", "[1]", '{"$where": "sleep(1000)"}', '{"a": [{"$function": {}}]}', '{"_id": {"$oid": "xyz"}}'],
)
def test_a_query_that_cannot_be_used_is_told(query: str) -> None:
    with pytest.raises(BadInput) as told:
        open_source(f"mongodb://host/db/c?query={quote(query)}")
    assert told.value.code == "address-query"


@pytest.mark.parametrize("uri", ["mongodb://host", "mongodb://host/db", "mongodb:///db/c", "mongodb://host/db/c/d"])
def test_an_address_must_name_host_database_and_collection(uri: str) -> None:
    with pytest.raises(BadInput) as told:
        open_source(uri)
    assert told.value.code == "address-invalid"


def test_an_unreachable_server_is_told_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongodb, "WAIT_MS", 200)
    monkeypatch.setattr(mongodb, "PAUSE_SECONDS", 0.0)
    source = open_source("mongodb://me:hunter2@127.0.0.1:9/db/c?authSource=admin")
    assert source.uri == "mongodb://127.0.0.1:9/db/c?authSource=admin"
    with pytest.raises(Unavailable) as told:
        list(source.entries())
    assert told.value.code == "mongodb-unreachable"
    error: BaseException | None = told.value
    while error is not None:
        assert "hunter2" not in str(error)
        error = error.__cause__


@pytest.mark.parametrize("user", ["me:hunter2@x:y@", "me:hun%ter2@"])
def test_an_invalid_address_is_told_without_secrets(user: str) -> None:
    with pytest.raises(BadInput) as told:
        open_source(f"mongodb://{user}host:port/db/c")
    assert "hun" not in str(told.value)
    assert told.value.__suppress_context__


def test_user_and_password_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PELAGIA_MONGODB_USERNAME", "me")
    monkeypatch.setenv("PELAGIA_MONGODB_PASSWORD", "hunter2")
    source = open_source(f"mongodb://127.0.0.1:9/db/c{uuid4().hex}")
    assert source.collection.database.client.options._options["username"] == "me"
    assert "hunter2" not in repr(source)
    assert "hunter2" not in os.fspath(source.uri)
