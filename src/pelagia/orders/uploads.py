"""Taking in files: whose they are, whether there is room, whether they are what they say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from pelagia.core.errors import Conflict, PelagiaError
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.database import Database
from pelagia.runtime.runner import Runtime
from pelagia.runtime.settings import Settings
from pelagia.runtime.tables import JOBS
from pelagia.runtime.upload_content import check_content, is_archive
from pelagia.runtime.upload_folder import (
    Incoming,
    appending,
    check_sha256,
    hash_file,
    incoming_folder,
    incoming_path,
    place,
    received_bytes,
    remove,
    remove_all,
    require_room,
)
from pelagia.runtime.upload_paths import safe_path
from pelagia.runtime.uploads import (
    Arrived,
    Quota,
    Upload,
    UploadFile,
    add_arrived,
    find_file,
    find_upload,
    finish_reserved,
    forget_file,
    forget_upload,
    left_over,
    no_such_upload,
    partial_before,
    quota_exceeded,
    reserve,
    too_large,
    visits_before,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A file that is in its place.

    Parameters
    ----------
    issues
        What is wrong with parts of it; it can be used all the same.
    """

    file: UploadFile
    issues: tuple[Issue, ...] = ()


def quota_of(settings: Settings, principal: Principal) -> Quota:
    """Return how much somebody may upload."""
    together = settings.upload_visit_bytes if principal.is_anonymous else settings.upload_account_bytes
    return Quota(
        file_bytes=settings.upload_file_bytes,
        asker_bytes=together,
        files=settings.upload_files,
        visits_bytes=settings.upload_visits_bytes if principal.is_anonymous else None,
    )


def own_upload(bench: Workbench, principal: Principal, upload_id: str) -> Upload:
    """Return an upload of whoever asks; an administrator sees all.

    Raises
    ------
    NotFound
        Where there is none, or it is somebody else's.
    """
    upload = find_upload(bench.runtime.database, upload_id)
    if upload.asker != principal.asker and not principal.is_admin:
        raise no_such_upload(upload_id)
    return upload


def announce(
    bench: Workbench, principal: Principal, upload: Upload, *, path: str, size: int, sha256: str | None
) -> UploadFile:
    """Begin a file that comes piece by piece.

    Raises
    ------
    BadInput, Conflict, TooMuch, Unavailable
        Where it cannot be taken: its name, another file of this name, its size, the disk.
    """
    settings = bench.runtime.settings
    name = safe_path(path)
    if size > settings.upload_file_bytes:
        raise too_large(size, settings.upload_file_bytes)
    require_room(settings, size)
    return reserve(bench.runtime.database, upload, quota_of(settings, principal), path=name, size=size, sha256=sha256)


def with_received(bench: Workbench, file: UploadFile) -> UploadFile:
    """Return an announced file with how much of it is there now."""
    if file.is_finished:
        return file
    received = received_bytes(bench.runtime.settings, file.id)
    return UploadFile(**{**{name: getattr(file, name) for name in UploadFile.__slots__}, "received": received})


def settle(bench: Workbench, file: UploadFile) -> Taken:
    """Put an announced file whose bytes are all there into its place; one that is refused is deleted.

    Raises
    ------
    BadInput
        Where it is refused.
    Conflict
        Where another request is at it.
    """
    if file.is_finished:
        return Taken(file=file)
    settings, database = bench.runtime.settings, bench.runtime.database
    source = incoming_path(settings, file.id)
    with appending(settings, file.id, file.bytes):
        try:
            found = hash_file(source)
            check_sha256(file.path, found, file.sha256)
            issues = checked(bench, source, file.path)
            move = partial(place, settings, file.upload_id, file.path, source)
            return Taken(file=finish_reserved(database, file, found, move), issues=issues)
        except PelagiaError:
            source.unlink(missing_ok=True)
            forget_file(database, file)
            raise


def receive(bench: Workbench, principal: Principal, upload: Upload, *, size: int | None = None) -> Incoming:
    """Open a place for a file that comes whole in one request.

    Parameters
    ----------
    size
        Its size in bytes where it is known ahead.

    Raises
    ------
    TooMuch, Unavailable
        Where there is no room for it.
    """
    settings = bench.runtime.settings
    room = room_for(bench, principal, upload)
    if size is not None and room < size <= settings.upload_file_bytes:
        raise quota_exceeded(size, room)
    require_room(settings, size or 0)
    return Incoming(settings, limit_bytes=room)


def room_for(bench: Workbench, principal: Principal, upload: Upload) -> int:
    """Return how many bytes the next file may have.

    Raises
    ------
    TooMuch
        Where there is no room for any.
    """
    room = left_over(bench.runtime.database, upload.asker, quota_of(bench.runtime.settings, principal))
    if room <= 0:
        raise quota_exceeded(1, 0)
    return room


def receive_next(bench: Workbench, room: int, before: int) -> Incoming:
    """Open a place for one of many files that come in one request.

    Parameters
    ----------
    room
        From :func:`room_for`, for all of them together.
    before
        How many bytes those before it have.

    Raises
    ------
    TooMuch, Unavailable
        Where there is no room for it.
    """
    if before >= room:
        raise quota_exceeded(before + 1, room)
    require_room(bench.runtime.settings, 0)
    return Incoming(bench.runtime.settings, limit_bytes=room - before)


def accept(
    bench: Workbench, principal: Principal, upload: Upload, incoming: Incoming, *, path: str, sha256: str | None
) -> Taken:
    """Put a file that came whole into its place.

    Raises
    ------
    BadInput, Conflict, TooMuch
        Where it is refused.
    """
    name = safe_path(path)
    incoming.close()
    check_sha256(name, incoming.sha256, sha256)
    issues = checked(bench, incoming.path, name)
    if _add(bench, principal, upload, [(name, incoming)]):
        raise name_taken(name)
    return Taken(file=find_file(bench.runtime.database, upload.id, path=name), issues=issues)


def accept_all(
    bench: Workbench, principal: Principal, upload: Upload, arrived: Sequence[tuple[str, Incoming]]
) -> tuple[list[str], list[Issue]]:
    """Put many files that came in one request into their places; a refused one does not keep the others.

    Parameters
    ----------
    arrived
        Name as the person's computer calls it, and the file.

    Returns
    -------
    taken, issues
        The paths that are in their places, and why others are not.
    """
    usable: dict[str, Incoming] = {}
    issues: list[Issue] = []
    for path, incoming in arrived:
        try:
            name = safe_path(path)
            incoming.close()
            if name in usable:
                raise name_taken(name)
            issues += checked(bench, incoming.path, name)
            usable[name] = incoming
        except PelagiaError as error:
            issues.append(finding(error))
    refused = _add(bench, principal, upload, list(usable.items()))
    issues += [finding(name_taken(name)) for name in refused]
    return [name for name in usable if name not in set(refused)], issues


def checked(bench: Workbench, source: Path, name: str) -> tuple[Issue, ...]:
    """Check what is in a file; an archive in another process, as listing one may take much memory."""
    if is_archive(source):
        issues: tuple[Issue, ...] = bench.warm.call(check_content, source, name)
        return issues
    return check_content(source, name)


def delete_file(bench: Workbench, upload: Upload, file: UploadFile) -> None:
    """Delete a file of an upload.

    Raises
    ------
    Conflict
        Where a run needs it.
    """
    _refuse_if_needed(bench.runtime.database, upload)
    forget_file(bench.runtime.database, file)
    incoming_path(bench.runtime.settings, file.id).unlink(missing_ok=True)
    if file.is_finished:
        remove(bench.runtime.settings, upload.id, file.path)


def delete_upload(bench: Workbench, upload: Upload) -> None:
    """Delete an upload with all its files.

    Raises
    ------
    Conflict
        Where a run needs it.
    """
    _refuse_if_needed(bench.runtime.database, upload)
    _forget(bench.runtime, upload)


def _forget(runtime: Runtime, upload: Upload) -> None:
    for file_id in forget_upload(runtime.database, upload.id):
        incoming_path(runtime.settings, file_id).unlink(missing_ok=True)
    remove_all(runtime.settings, upload.id)


def tidy_uploads(runtime: Runtime) -> None:
    """Delete what was broken off long ago, and what visitors without an account brought long ago."""
    settings, database = runtime.settings, runtime.database
    now = dt.datetime.now(dt.UTC)
    broken_off = now - dt.timedelta(days=settings.keep_partial_days)
    for file in partial_before(database, broken_off):
        forget_file(database, file)
        incoming_path(settings, file.id).unlink(missing_ok=True)
    for upload in visits_before(database, now - dt.timedelta(days=settings.keep_visit_days)):
        with suppress(Conflict):
            _refuse_if_needed(database, upload)
            _forget(runtime, upload)
    if incoming_folder(settings).is_dir():
        for path in incoming_folder(settings).iterdir():
            # Left by requests that a power cut ended; those of announced files have gone above.
            if dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC) < broken_off:
                path.unlink(missing_ok=True)


def name_taken(path: str) -> Conflict:
    """Return the error for a path that another file of the upload has."""
    return Conflict(
        "The upload has a file of this name already",
        value=path,
        file=path,
        remedy="Delete that one first, or make a new upload.",
        code="name-taken",
    )


def _add(bench: Workbench, principal: Principal, upload: Upload, arrived: Sequence[tuple[str, Incoming]]) -> list[str]:
    settings = bench.runtime.settings
    rows = [
        Arrived(
            path=name,
            bytes=incoming.bytes,
            sha256=incoming.sha256,
            put_in_place=partial(place, settings, upload.id, name, incoming.path),
        )
        for name, incoming in arrived
    ]
    return add_arrived(bench.runtime.database, upload, quota_of(settings, principal), rows)


def _refuse_if_needed(database: Database, upload: Upload) -> None:
    at_work = JOBS.c.state.in_(("queued", "running")) & (JOBS.c.asker == upload.asker)
    with database.read() as connection:
        for request in connection.execute(sa.select(JOBS.c.request).where(at_work)).scalars():
            addresses = (item["uri"] for items in request["inputs"].values() for item in items)
            if any(address == upload.address or address.startswith(f"{upload.address}/") for address in addresses):
                raise Conflict(
                    "A run that is waiting or at work needs these files",
                    value=upload.address,
                    remedy="Wait for it to end, or cancel it first.",
                    code="in-use",
                )
