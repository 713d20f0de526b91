"""Uploads: what a person brings together, a run folder for instance, and its files, as they stand in the database."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pelagia.core.errors import Conflict, NotFound, TooMuch
from pelagia.runtime.database import Database
from pelagia.runtime.tables import UPLOAD_FILES, UPLOADS, utc_now

VISIT = "visit:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A named set of files; inputs name it ``upload://<id>``.

    Parameters
    ----------
    asker
        Whose it is.
    files, bytes
        How many finished files it has, and their size together.
    """

    id: str
    asker: str
    name: str
    created_at: dt.datetime
    files: int = 0
    bytes: int = 0

    @property
    def address(self) -> str:
        """What inputs name it by."""
        return f"upload://{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFile:
    """One file of an upload.

    Parameters
    ----------
    path
        Relative to the upload, with forward slashes.
    bytes
        As announced; ``received`` is what is there.
    sha256
        As announced, or as found once the file is finished.
    """

    id: str
    upload_id: str
    path: str
    bytes: int
    received: int
    sha256: str | None
    created_at: dt.datetime
    finished_at: dt.datetime | None

    @property
    def is_finished(self) -> bool:
        """Whether it is whole, checked, and in its place."""
        return self.finished_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How much may be uploaded.

    Parameters
    ----------
    file_bytes
        The most bytes of one file.
    asker_bytes
        The most bytes of all files of one asker.
    files
        The most files of one upload.
    visits_bytes
        The most bytes of all visitors without an account together: one who drops the cookie is another each time.
        ``None`` for an account.
    """

    file_bytes: int
    asker_bytes: int
    files: int
    visits_bytes: int | None = None


def create_upload(database: Database, asker: str, name: str) -> Upload:
    """Begin an upload."""
    upload_id = secrets.token_hex(16)
    row = {"id": upload_id, "asker": asker, "name": name, "created_at": utc_now()}
    with database.write() as connection:
        connection.execute(sa.insert(UPLOADS).values(row))
    return find_upload(database, upload_id)


def find_upload(database: Database, upload_id: str) -> Upload:
    """Return an upload.

    Raises
    ------
    NotFound
        Where there is none, or it was deleted.
    """
    with database.read() as connection:
        row = connection.execute(_summed().where(UPLOADS.c.id == upload_id)).mappings().one_or_none()
    if row is None:
        raise no_such_upload(upload_id)
    return Upload(**row)


def list_uploads(database: Database, asker: str, *, limit: int, before: tuple[dt.datetime, str] | None) -> list[Upload]:
    """Return the uploads of an asker, the newest first; those after a place in that order."""
    query = _summed().where(UPLOADS.c.asker == asker)
    if before is not None:
        at, upload_id = before
        query = query.where((UPLOADS.c.created_at < at) | ((UPLOADS.c.created_at == at) & (UPLOADS.c.id > upload_id)))
    query = query.order_by(UPLOADS.c.created_at.desc(), UPLOADS.c.id).limit(limit)
    with database.read() as connection:
        return [Upload(**row) for row in connection.execute(query).mappings()]


def files_of(database: Database, upload_id: str, *, after: str = "", limit: int = 1000) -> list[UploadFile]:
    """Return the files of an upload by path, those after one of them."""
    chosen = (UPLOAD_FILES.c.upload_id == upload_id) & (UPLOAD_FILES.c.path > after)
    query = sa.select(UPLOAD_FILES).where(chosen).order_by(UPLOAD_FILES.c.path).limit(limit)
    with database.read() as connection:
        return [UploadFile(**row) for row in connection.execute(query).mappings()]


def find_file(database: Database, upload_id: str, *, file_id: str = "", path: str = "") -> UploadFile:
    """Return a file of an upload by its id or its path.

    Raises
    ------
    NotFound
        Where there is none.
    """
    named = UPLOAD_FILES.c.id == file_id if file_id else UPLOAD_FILES.c.path == path
    query = sa.select(UPLOAD_FILES).where((UPLOAD_FILES.c.upload_id == upload_id) & named)
    with database.read() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such file in the upload", value=file_id or path, remedy="Upload it.")
    return UploadFile(**row)


def left_over(database: Database, asker: str, quota: Quota) -> int:
    """Return how many bytes the next file of an asker may have."""
    with database.read() as connection:
        return min(quota.file_bytes, _room(connection, asker, quota))


def reserve(
    database: Database, upload: Upload, quota: Quota, *, path: str, size: int, sha256: str | None
) -> UploadFile:
    """Announce a file that comes piece by piece; the same announcement again is the same file.

    Raises
    ------
    Conflict
        Where another file has this path.
    TooMuch
        Where there is no room for it.
    """
    with database.write() as connection:
        row = connection.execute(_at_path(upload.id, path)).mappings().one_or_none()
        if row is not None:
            there = UploadFile(**row)
            if there.bytes != size or (sha256 is not None and there.sha256 not in {None, sha256}):
                raise _taken(path)
            return there
        _check_quota(connection, upload, quota, sizes=[size])
        file_id = secrets.token_hex(16)
        connection.execute(
            sa.insert(UPLOAD_FILES).values(
                id=file_id,
                upload_id=upload.id,
                path=path,
                bytes=size,
                received=0,
                sha256=sha256,
                created_at=utc_now(),
            )
        )
    return find_file(database, upload.id, file_id=file_id)


def finish_reserved(database: Database, file: UploadFile, sha256: str, put_in_place: Callable[[], None]) -> UploadFile:
    """Note that an announced file is whole; it is put in its place in the same transaction."""
    with database.write() as connection:
        finished = {"received": file.bytes, "sha256": sha256, "finished_at": utc_now()}
        changed = connection.execute(sa.update(UPLOAD_FILES).where(UPLOAD_FILES.c.id == file.id).values(finished))
        if changed.rowcount != 1:
            raise Conflict("The file was deleted meanwhile", value=file.path, remedy="Upload it again.")
        put_in_place()
    return find_file(database, file.upload_id, file_id=file.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A whole file that no row knows of yet.

    Parameters
    ----------
    put_in_place
        Moves it to where it belongs.
    """

    path: str
    bytes: int
    sha256: str
    put_in_place: Callable[[], None]


def add_arrived(database: Database, upload: Upload, quota: Quota, arrived: Sequence[Arrived]) -> list[str]:
    """Note files that came whole, and put them in their places; return the paths that were taken already.

    Raises
    ------
    TooMuch
        Where there is no room for them; none is kept then.
    """
    taken = []
    with database.write() as connection:
        _check_quota(connection, upload, quota, sizes=[one.bytes for one in arrived])
        for one in arrived:
            if connection.execute(_at_path(upload.id, one.path)).one_or_none() is not None:
                taken.append(one.path)
                continue
            row = {
                "id": secrets.token_hex(16),
                "upload_id": upload.id,
                "path": one.path,
                "bytes": one.bytes,
                "received": one.bytes,
                "sha256": one.sha256,
                "created_at": utc_now(),
                "finished_at": utc_now(),
            }
            connection.execute(sa.insert(UPLOAD_FILES).values(row))
            one.put_in_place()
    return taken


def forget_file(database: Database, file: UploadFile) -> None:
    """Take a file off its upload."""
    with database.write() as connection:
        connection.execute(sa.delete(UPLOAD_FILES).where(UPLOAD_FILES.c.id == file.id))


def forget_upload(database: Database, upload_id: str) -> list[str]:
    """Mark an upload deleted, and forget its files; return the ids of those that were not finished."""
    partial = (UPLOAD_FILES.c.upload_id == upload_id) & UPLOAD_FILES.c.finished_at.is_(None)
    with database.write() as connection:
        unfinished = connection.execute(sa.select(UPLOAD_FILES.c.id).where(partial)).scalars().all()
        connection.execute(sa.delete(UPLOAD_FILES).where(UPLOAD_FILES.c.upload_id == upload_id))
        connection.execute(sa.update(UPLOADS).where(UPLOADS.c.id == upload_id).values(deleted_at=utc_now()))
    return list(unfinished)


def partial_before(database: Database, moment: dt.datetime) -> list[UploadFile]:
    """Return the files begun before a moment and not finished."""
    query = sa.select(UPLOAD_FILES).where(UPLOAD_FILES.c.finished_at.is_(None) & (UPLOAD_FILES.c.created_at < moment))
    with database.read() as connection:
        return [UploadFile(**row) for row in connection.execute(query).mappings()]


def visits_before(database: Database, moment: dt.datetime) -> list[Upload]:
    """Return the uploads that visitors without an account began before a moment."""
    query = _summed().where(UPLOADS.c.asker.startswith(VISIT) & (UPLOADS.c.created_at < moment))
    with database.read() as connection:
        return [Upload(**row) for row in connection.execute(query).mappings()]


def no_such_upload(upload_id: str) -> NotFound:
    """Return the error for an upload that does not exist, or is not to be seen."""
    return NotFound("There is no such upload", value=upload_id, remedy="POST /v1/uploads makes one.")


def _summed() -> sa.Select[tuple[object, ...]]:
    mine = (UPLOAD_FILES.c.upload_id == UPLOADS.c.id) & UPLOAD_FILES.c.finished_at.is_not(None)
    files = sa.select(sa.func.count()).where(mine).scalar_subquery()
    size = sa.select(sa.func.coalesce(sa.func.sum(UPLOAD_FILES.c.bytes), 0)).where(mine).scalar_subquery()
    columns = (UPLOADS.c.id, UPLOADS.c.asker, UPLOADS.c.name, UPLOADS.c.created_at)
    return sa.select(*columns, files.label("files"), sa.cast(size, sa.BigInteger).label("bytes")).where(
        UPLOADS.c.deleted_at.is_(None)
    )


def _at_path(upload_id: str, path: str) -> sa.Select[tuple[object, ...]]:
    return sa.select(UPLOAD_FILES).where((UPLOAD_FILES.c.upload_id == upload_id) & (UPLOAD_FILES.c.path == path))


def _room(connection: sa.Connection, asker: str, quota: Quota) -> int:
    room = quota.asker_bytes - _used(connection, UPLOADS.c.asker == asker)
    if quota.visits_bytes is None:
        return room
    return min(room, quota.visits_bytes - _used(connection, UPLOADS.c.asker.startswith(VISIT)))


def _used(connection: sa.Connection, whose: sa.ColumnElement[bool]) -> int:
    there = whose & UPLOADS.c.deleted_at.is_(None)
    query = sa.select(sa.func.coalesce(sa.func.sum(UPLOAD_FILES.c.bytes), 0)).join(UPLOADS).where(there)
    return int(connection.execute(query).scalar_one())


def _check_quota(connection: sa.Connection, upload: Upload, quota: Quota, *, sizes: Sequence[int]) -> None:
    largest, together = max(sizes, default=0), sum(sizes)
    if largest > quota.file_bytes:
        raise too_large(largest, quota.file_bytes)
    room = _room(connection, upload.asker, quota)
    if together > room:
        raise quota_exceeded(together, max(room, 0))
    query = sa.select(sa.func.count()).where(UPLOAD_FILES.c.upload_id == upload.id)
    if connection.execute(query).scalar_one() + len(sizes) > quota.files:
        raise TooMuch(
            f"An upload may have up to {quota.files:,} files",
            value=upload.id,
            remedy="Make another upload, or pack the files as one zip archive.",
            code="quota-exceeded",
        )


def too_large(size: int, limit: int) -> TooMuch:
    """Return the error for a file above what one may have."""
    return TooMuch(
        f"A file may have up to {limit:,} bytes",
        value=f"{size:,} bytes",
        remedy="Split it, or ask those who run this installation.",
        code="too-large",
    )


def quota_exceeded(size: int, room: int) -> TooMuch:
    """Return the error for more than an asker may keep."""
    return TooMuch(
        f"There is room for {room:,} more bytes of yours",
        value=f"{size:,} bytes",
        remedy="Delete uploads you no longer need; with an account there is more room.",
        code="quota-exceeded",
    )


def _taken(path: str) -> Conflict:
    return Conflict(
        "The upload has another file of this name",
        value=path,
        file=path,
        remedy="Delete that one first, or make a new upload.",
        code="name-taken",
    )
