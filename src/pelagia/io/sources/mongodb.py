"""Images of a MongoDB collection, in GridFS or as files its documents name; nothing is ever written."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, BinaryIO, TypeVar, cast

from bson import ObjectId
from gridfs import GridFSBucket
from gridfs.errors import CorruptGridFile, NoFile
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect, ConnectionFailure, OperationFailure, PyMongoError

from pelagia.core.errors import BadInput, PelagiaError, Unavailable
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.sources.folder import FolderSource, no_such_path, open_folder
from pelagia.io.sources.mongodb_address import MongoAddress, id_candidates, name_of, parse_address
from pelagia.io.sources.protocol import READ_LIMIT_BYTES, Entry, missing, too_large

Document = Mapping[str, Any]
Answer = TypeVar("Answer")

PAGE = 1000
ATTEMPTS = 3
PAUSE_SECONDS = 1.0
WAIT_MS = 10_000
SOCKET_MS = 60_000
FIRST_IDS: tuple[tuple[type | tuple[type, ...], Any], ...] = (
    ((int, float), float("-inf")),
    (str, ""),
    (ObjectId, ObjectId("0" * 24)),
)
"""A range query on ``_id`` only ever finds values of one kind, so each kind is walked from its least value."""
NO_RIGHTS = frozenset({13, 18, 8000})


@dataclass(frozen=True, slots=True, kw_only=True)
class MongoSource:
    """The images of a collection, in the order of ``_id``.

    Parameters
    ----------
    uri
        The address without secrets.
    address
        What of the collection belongs to the source.
    collection
        The collection.
    root
        Where files stand that documents name; ``None``: images are in GridFS.
    """

    uri: str
    address: MongoAddress
    collection: Collection[dict[str, Any]]
    root: FolderSource | None = None

    def entries(self, after: str = "") -> Iterator[Entry]:
        """List all images by ``_id``, page by page; a lost connection is taken up after the last page."""
        return (item for item in self._walk(after) if isinstance(item, Entry))

    def issues(self) -> tuple[Issue, ...]:
        """Say which documents give no image, and why."""
        issues, seen = [], 0
        for item in self._walk(""):
            seen += 1
            if isinstance(item, Issue):
                issues.append(item)
        unseen = self._asked(lambda: self.collection.count_documents(self.address.query)) - seen
        return tuple(issues + ([self._unknown_ids(unseen)] if unseen > 0 else []))

    def read(self, name: str, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        """Read a whole image."""
        value = self._image_value(name)
        if self.root is not None:
            return self.root.read(str(value), limit_bytes)
        return self._asked(lambda: self._whole(value, name, limit_bytes), name)

    def open(self, name: str) -> BinaryIO:
        """Open an image as a stream."""
        value = self._image_value(name)
        if self.root is not None:
            return self.root.open(str(value))
        return cast(BinaryIO, self._asked(lambda: self._bucket().open_download_stream(value), name))

    def __enter__(self) -> MongoSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def _walk(self, after: str) -> Iterator[Entry | Issue]:
        last = self._known_id(after) if after else None
        for kind, least in FIRST_IDS:
            if last is None:
                yield from self._walk_kind(kind, {"$gte": least})
            elif isinstance(last, kind):
                yield from self._walk_kind(kind, {"$gt": last})
                last = None

    def _walk_kind(self, kind: type | tuple[type, ...], start: Document) -> Iterator[Entry | Issue]:
        while True:
            page = [document for document in self._page(start) if isinstance(document["_id"], kind)]
            yield from self._described(page)
            if len(page) < PAGE:
                return
            start = {"$gt": page[-1]["_id"]}

    def _page(self, start: Document) -> list[dict[str, Any]]:
        wanted = {"_id": 1, self.address.image_field: 1}
        if self.address.label_field:
            wanted[self.address.label_field] = 1
        query = self._within({"_id": start})
        return self._asked(lambda: list(self.collection.find(query, wanted).sort("_id", 1).limit(PAGE)))

    def _within(self, condition: Document) -> Document:
        return {"$and": [self.address.query, condition]} if self.address.query else condition

    def _asked(self, question: Callable[[], Answer], name: str = "") -> Answer:
        """Ask the server, once more where the line broke, and tell its errors in our words."""
        for attempt in range(ATTEMPTS):
            try:
                return question()
            except (PyMongoError, NoFile, CorruptGridFile) as error:
                if attempt == ATTEMPTS - 1 or not isinstance(error, AutoReconnect):
                    raise (
                        missing(name, self.uri) if isinstance(error, NoFile) else told(error, name or self.uri)
                    ) from error
                time.sleep(PAUSE_SECONDS)
        raise AssertionError("the last attempt returns or raises")

    def _described(self, page: list[dict[str, Any]]) -> Iterator[Entry | Issue]:
        files = {} if self.root is not None else self._gridfs_files(page)
        for document in page:
            value = field_of(document, self.address.image_field)
            label = field_of(document, self.address.label_field) if self.address.label_field else None
            try:
                found = self._path_entry(document, value) if self.root is not None else files.get(_key(value))
            except PelagiaError as error:
                yield finding(error)
                continue
            if value is None or found is None:
                yield self._no_image(document["_id"], value)
                continue
            suffix = PurePosixPath(found.name).suffix
            yield Entry(
                name=name_of(document["_id"], suffix),
                size=found.size,
                modified_ns=found.modified_ns,
                version=found.version,
                label="" if label is None else str(label),
            )

    def _gridfs_files(self, page: list[dict[str, Any]]) -> dict[str, Entry]:
        """Return what GridFS knows of the images of a page, by their id there."""
        ids = [field_of(document, self.address.image_field) for document in page]
        ids = [value for value in ids if value is not None]
        stored = self.collection.database[f"{self.address.bucket}.files"]
        files = self._asked(lambda: list(stored.find({"_id": {"$in": ids}})))
        return {
            _key(file["_id"]): Entry(
                name=str(file.get("filename") or ""),
                size=int(file["length"]),
                modified_ns=_nanoseconds(file.get("uploadDate")),
                version=str(file["_id"]),
            )
            for file in files
        }

    def _path_entry(self, document: Document, value: Any) -> Entry | None:
        if not isinstance(value, str) or self.root is None:
            return None
        with self.root.open(value) as stream:
            size = stream.seek(0, 2)
        return Entry(name=value, size=size, version=value)

    def _image_value(self, name: str) -> Any:
        query = self._within({"_id": {"$in": id_candidates(name)}})
        found = self._asked(lambda: list(self.collection.find(query, {self.address.image_field: 1}).limit(2)), name)
        if len(found) > 1:
            raise BadInput(
                "Two documents have an _id that reads the same",
                remedy="Give the collection ids of one kind, or narrow the query to one of them.",
                value=name,
                file=name,
                code="mongodb-id",
            )
        value = field_of(found[0], self.address.image_field) if found else None
        if value is None:
            raise missing(name, self.uri)
        return value

    def _known_id(self, name: str) -> Any:
        candidates = id_candidates(name)
        found = self._asked(lambda: self.collection.find_one({"_id": {"$in": candidates}}, {"_id": 1}), name)
        return found["_id"] if found else candidates[0]

    def _bucket(self) -> GridFSBucket:
        return GridFSBucket(self.collection.database, bucket_name=self.address.bucket)

    def _whole(self, value: Any, name: str, limit_bytes: int) -> bytes:
        with self._bucket().open_download_stream(value) as stream:
            if stream.length > limit_bytes:
                raise too_large(name, stream.length, limit_bytes)
            return bytes(stream.read())

    def _no_image(self, document_id: Any, value: Any) -> Issue:
        return Issue(
            file=str(document_id),
            code="mongodb-image-missing",
            message=f"The document has no image behind its field “{self.address.image_field}”",
            remedy="Check image_field, and bucket or root, in the address; or restore the image.",
            value="" if value is None else f"{type(value).__name__} {str(value)[:80]}",
            severity="error",
            objects=1,
        )

    def _unknown_ids(self, count: int) -> Issue:
        return Issue(
            file=self.uri,
            code="mongodb-id",
            message=f"{count:,} documents were left out: their _id is no ObjectId, text or number",
            remedy="Give them an _id of one of these kinds.",
            severity="error",
            objects=count,
        )


def open_mongodb(uri: str) -> MongoSource:
    """Open ``mongodb://[user:password@]host/database/collection?…``.

    Parameters
    ----------
    uri
        The address; its parameters are those of
        :func:`pelagia.io.sources.mongodb_address.parse_address`.

    Raises
    ------
    NotFound, BadInput, Unavailable
        With the address free of secrets.
    """
    address = parse_address(uri)
    root = None
    if address.root:
        if not Path(address.root).is_dir():
            raise no_such_path(address.root)
        root = open_folder(address.root, Path(address.root))
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(
            address.client_uri,
            serverSelectionTimeoutMS=WAIT_MS,
            connectTimeoutMS=WAIT_MS,
            socketTimeoutMS=SOCKET_MS,
            tz_aware=True,
            appname="pelagia",
            username=address.username or None,
            password=address.password or None,
        )
    except (PyMongoError, ValueError) as error:
        # The cause is not chained: its text may hold parts of the address.
        raise BadInput(
            "The MongoDB address is not valid",
            remedy="Use mongodb://[user:password@]host[:port]/database/collection?query={…}.",
            value=type(error).__name__,
            file=address.public_uri,
            code="address-invalid",
        ) from None
    source = MongoSource(
        uri=address.public_uri,
        address=address,
        collection=client[address.database][address.collection],
        root=root,
    )
    weakref.finalize(source.collection, client.close)
    return source


def told(error: Exception, file: str) -> PelagiaError:
    """Return an error of MongoDB in our words."""
    if isinstance(error, ConnectionFailure):
        return Unavailable(
            "The MongoDB server does not answer",
            remedy="Check the host, the port and the network, then try again.",
            value=type(error).__name__,
            file=file,
            code="mongodb-unreachable",
        )
    if isinstance(error, OperationFailure) and error.code in NO_RIGHTS:
        return BadInput(
            "The MongoDB server refuses to hand out the data",
            remedy="Check user, password and authSource, and that the user may read this database.",
            value=f"code {error.code}",
            file=file,
            code="mongodb-refused",
        )
    return BadInput(
        "MongoDB could not do what was asked",
        remedy="Check the query in the address and that the images are whole.",
        value=f"{type(error).__name__}: {str((getattr(error, 'details', None) or {}).get('errmsg', ''))[:200]}",
        file=file,
        code="mongodb-failed",
    )


def field_of(document: Document, path: str) -> Any:
    """Return a field of a document; ``a.b`` is field ``b`` of the document in field ``a``."""
    if path in document:
        return document[path]
    value: Any = document
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _key(value: Any) -> str:
    return f"{type(value).__name__}:{value}"


def _nanoseconds(value: Any) -> int:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return 0
    if not isinstance(value, datetime):
        return 0
    known = value if value.tzinfo else value.replace(tzinfo=UTC)
    return int(known.timestamp() * 1000) * 1_000_000
