"""Which recordings the inputs hold: clips and series, when and where each was made; none is opened."""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.core.table import ROWS_PER_GROUP, TableWriter
from pelagia.io.findings import finding
from pelagia.io.sources import without_secrets
from pelagia.io.video import faults
from pelagia.io.video.exif import taken_at
from pelagia.io.video.fetching import local_copy
from pelagia.io.video.groups import Groups
from pelagia.io.video.name_times import check_pattern, read_name
from pelagia.io.video.places import Place, Places
from pelagia.io.video.probing import probe
from pelagia.io.video.recordings import RECORDING_COLUMNS
from pelagia.io.video.searching import Found, Origin, is_stream, look_through, origins, wrong_suffix
from pelagia.io.video.times import TimeRules, seconds_of

__all__ = ["find_recordings", "local_copy"]

SOURCES = ("", "name", "exif", "sidecar", "places", "user", "file")
KINDS = ("video", "still", "stream")
UNTOLD = float("nan")
EXIF_BYTES = 1 << 17
"""What of a packed picture is looked at: EXIF stands in its first 64 kB."""
MOST_ISSUES = 2_000
"""Findings that are kept one by one; of further ones of the same code only the number."""
NAMES_TOGETHER = 8_192


@dataclass(slots=True)
class _Rows:
    """What is known of each file, a column at a time: a million of them fit into some hundred megabytes."""

    names: list[pa.Array] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    origin: array[int] = field(default_factory=lambda: array("i"))
    size: array[int] = field(default_factory=lambda: array("q"))
    time: array[float] = field(default_factory=lambda: array("d"))
    source: array[int] = field(default_factory=lambda: array("b"))
    kind: array[int] = field(default_factory=lambda: array("b"))
    member: array[int] = field(default_factory=lambda: array("i"))
    place: array[int] = field(default_factory=lambda: array("i"))

    def add(
        self, name: str, *, origin: int, size: int, time: float, source: int, kind: int, member: int, place: int
    ) -> None:
        self.waiting.append(name)
        self.origin.append(origin)
        self.size.append(size)
        self.time.append(time)
        self.source.append(source)
        self.kind.append(kind)
        self.member.append(member)
        self.place.append(place)
        if len(self.waiting) == NAMES_TOGETHER:
            self._pack()

    def _pack(self) -> None:
        self.names.append(pa.array(self.waiting, pa.string()))
        self.waiting = []

    def all_names(self) -> pa.ChunkedArray:
        """Return the names of all files."""
        self._pack()
        return pa.chunked_array(self.names, pa.string())

    def __len__(self) -> int:
        return len(self.size)


class _Issues:
    """Findings; of those that very many files share, the first ones and a last that stands for the others."""

    def __init__(self) -> None:
        self._kept: list[Issue] = []
        self._numbers: dict[str, int] = {}

    def add(self, issue: Issue) -> None:
        number = self._numbers[issue.code] = self._numbers.get(issue.code, 0) + 1
        if number <= MOST_ISSUES:
            self._kept.append(issue)

    def all(self) -> list[Issue]:
        further = {code: number - MOST_ISSUES for code, number in self._numbers.items() if number > MOST_ISSUES}
        last = {issue.code: issue for issue in self._kept if issue.code in further}
        return self._kept + [
            faults.further(last[code].file, code, count, last[code].remedy, last[code].severity)
            for code, count in further.items()
        ]


def find_recordings(
    inputs: Sequence[str],
    *,
    rules: TimeRules,
    places: Sequence[Place],
    site: str,
    camera: str,
    deployment: str,
    path: Path,
) -> tuple[int, list[Issue]]:
    """Write the table of all recordings of the inputs, sorted by clip, time and name.

    Parameters
    ----------
    inputs
        Folders, zip archives, single files, uploads, addresses, as every service takes them; addresses of live streams.
    rules
        What the user says of times.
    places
        What a table says of places; it counts more than what is said of all.
    site, camera, deployment
        What the user says of all recordings; where that is no camera, their names tell it, else their folder.
    path
        Where the table shall stand, :data:`pelagia.io.video.recordings.RECORDING_COLUMNS`.

    Returns
    -------
    int
        How many there are.
    list of Issue
        What was left out or looks wrong.

    Raises
    ------
    NotFound, BadInput, Unavailable, BadParameter
        An input cannot be opened at all; the rules cannot be read.

    Notes
    -----
    The time of a recording is that of the user's table, else of the table of places, else of its name, else of the
    EXIF data of a picture (read only where nothing else tells it), else ``rules.started_at`` and what follows from it.
    A video file is the clip it is; the pictures of one folder are a series, or several where their names tell several
    cameras.
    """
    check_pattern(rules.pattern)
    return _Inventory(rules, Places(places), site, camera, deployment).take(inputs, path)


class _Inventory:
    """The table on its way: all files first, then what they are called, then their order."""

    def __init__(self, rules: TimeRules, places: Places, site: str, camera: str, deployment: str) -> None:
        self._rules, self._places = rules, places
        self._site, self._camera, self._deployment = site, camera, deployment
        self._rows, self._groups, self._issues = _Rows(), Groups(), _Issues()
        self._origins: list[Origin] = []
        self._told: list[Place] = [Place()]
        self._numbers: dict[Place, int] = {self._told[0]: 0}
        self._seen: set[int] = set()
        self._folders: dict[tuple[int, str], tuple[str, ...]] = {}

    def take(self, inputs: Sequence[str], path: Path) -> tuple[int, list[Issue]]:
        """List, name, sort and write."""
        for origin in origins(inputs):
            self._look(origin, several=len(inputs) > 1)
        streams = sorted({uri for uri in inputs if is_stream(uri)})
        for uri in streams:
            parts = urlsplit(without_secrets(uri))
            self._groups.stream(f"{parts.hostname or 'stream'}{parts.path}")
        if len(streams) > 1:
            self._issues.add(faults.streams_many(len(streams), without_secrets(streams[0])))
        times, sources = self._following()
        self._tell_unknown(times)
        with TableWriter("recordings", path, RECORDING_COLUMNS) as writer:
            for piece in self._pieces(times, sources):
                writer.write(piece)
            if streams:
                writer.write_records([self._stream(uri, number) for number, uri in enumerate(streams)])
        for place in self._places.unused():
            self._issues.add(faults.places_unused("", place.pattern))
        if self._rules.told and SOURCES.index("sidecar") not in sources and len(sources):
            self._issues.add(faults.times_unused(next(iter(self._rules.told))))
        return len(self._rows) + len(streams), self._issues.all()

    def _look(self, origin: Origin, *, several: bool) -> None:
        number = len(self._origins)
        self._origins.append(origin)
        for found in look_through(origin):
            if isinstance(found, Issue):
                self._issues.add(found)
                continue
            key = hash(origin.path_of(found.name) or (origin.uri, found.name))
            if several and key in self._seen:
                self._issues.add(faults.recording_twice(origin.file_of(found.name)))
                continue
            if several:
                self._seen.add(key)
            self._take(origin, number, found)

    def _take(self, origin: Origin, number: int, found: Found) -> None:
        file = origin.file_of(found.name)
        place = self._places.of(file, found.name) or self._told[0]
        told = self._numbers.setdefault(place, len(self._told))
        if told == len(self._told):
            self._told.append(place)
        read = read_name(f"{'/'.join(origin.folders)}/{found.name}", self._rules)
        moment, source = self._time(origin, found, file, place, read.seconds)
        if read.nonsense and moment is None:
            self._issues.add(faults.time_nonsense(file, read.nonsense))
        issue = wrong_suffix(file, found)
        if issue is not None:
            self._issues.add(issue)
        rest = read.rest if read.seconds is not None else ""
        inside = found.name.rpartition("/")[0]
        folders = self._folders.setdefault(
            (number, inside), tuple(part for part in (*origin.folders, *inside.split("/")) if part)
        )
        self._rows.add(
            found.name,
            origin=number,
            size=found.size,
            time=UNTOLD if moment is None else moment,
            source=SOURCES.index(source),
            kind=KINDS.index(found.kind),
            member=self._groups.add(found.kind, folders, found.name.rpartition("/")[2], rest, number),
            place=told,
        )

    def _time(
        self, origin: Origin, found: Found, file: str, place: Place, named: float | None
    ) -> tuple[float | None, str]:
        told = self._rules.told
        if told:
            for key in (file, found.name, found.name.rpartition("/")[2]):
                if key in told:
                    return told[key], "sidecar"
        if place.started_at is not None:
            return place.started_at, "places"
        if named is not None:
            return named, "name"
        if found.kind == "still" and origin.is_near:
            try:
                with origin.source.open(found.name) as stream:
                    head = stream if origin.root else io.BytesIO(stream.read(EXIF_BYTES))
                    moment = taken_at(head, self._rules.utc_offset_h)
            except PelagiaError as error:
                self._issues.add(finding(error, objects=1))
                return None, ""
            if moment is not None:
                return moment, "exif"
        return None, ""

    def _following(self) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        """Return the times; clips that nothing tells the time of follow each other from the begin the user names."""
        times = np.array(self._rows.time, np.float64)
        sources = np.array(self._rows.source, np.int8)
        if not self._rules.started_at.strip():
            return times, sources
        moment = seconds_of(self._rules.started_at, self._rules.utc_offset_h)
        if moment is None:
            raise faults.start_unreadable(self._rules.started_at)
        kinds = np.array(self._rows.kind, np.int8)
        untold = np.flatnonzero(np.isnan(times) & (kinds == KINDS.index("video")))
        names = self._rows.all_names()
        for at in untold:
            times[at], sources[at] = moment, SOURCES.index("user")
            path = self._origins[self._rows.origin[at]].path_of(names[int(at)].as_py())
            if at == untold[-1] or not path:
                break
            try:
                duration_s = probe(Path(path)).duration_s
            except PelagiaError:
                duration_s = None  # what is wrong with it is told when it is looked at
            if duration_s is None:
                break
            moment += duration_s
        return times, sources

    def _tell_unknown(self, times: NDArray[np.float64]) -> None:
        unknown = np.flatnonzero(np.isnan(times))
        if len(unknown):
            first = int(unknown[0])
            name = self._rows.all_names()[first].as_py()
            file = self._origins[self._rows.origin[first]].file_of(name)
            self._issues.add(faults.times_unknown(file, len(unknown)))

    def _pieces(self, times: NDArray[np.float64], sources: NDArray[np.int8]) -> Iterator[pa.Table]:
        """Yield the rows in their order."""
        if not len(self._rows):
            return
        names = self._rows.all_names().combine_chunks()
        groups, ids, cameras = self._groups.named(np.array(self._rows.member, np.int32))
        ranks = np.empty(len(ids), np.int64)
        ranks[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
        # Files were listed by name, so that what is left in its order is sorted by it.
        order = np.lexsort((np.arange(len(self._rows)), times, ranks[groups]))
        for start in range(0, len(order), ROWS_PER_GROUP):
            some = order[start : start + ROWS_PER_GROUP]
            listed = names.take(pa.array(some)).to_pylist()
            yield pa.table(self._columns(some, listed, times[some], sources[some], groups, ids, cameras))

    def _columns(
        self,
        some: NDArray[np.int64],
        names: list[str],
        times: NDArray[np.float64],
        sources: NDArray[np.int8],
        groups: NDArray[np.int32],
        ids: list[str],
        cameras: list[str],
    ) -> dict[str, pa.Array]:
        rows = self._rows
        origin = [self._origins[rows.origin[at]] for at in some]
        place = [self._told[rows.place[at]] for at in some]
        group = [int(groups[at]) for at in some]
        clips = [ids[one] for one in group]
        named = [cameras[one] for one in group]
        return {
            "clip_id": pa.array(clips),
            "kind": pa.array([KINDS[rows.kind[at]] for at in some]),
            "file": pa.array([one.file_of(name) for one, name in zip(origin, names, strict=True)]),
            "uri": pa.array([one.uri for one in origin]),
            "name": pa.array(names),
            "path": pa.array([one.path_of(name) for one, name in zip(origin, names, strict=True)]),
            "size_bytes": pa.array([rows.size[at] for at in some]),
            "started_at": pa.array(times, from_pandas=True),
            "time_source": pa.array([SOURCES[code] for code in sources]),
            "site": pa.array([one.site or self._site for one in place]),
            "camera": pa.array([p.camera or self._camera or n for p, n in zip(place, named, strict=True)]),
            "deployment": pa.array([one.deployment or self._deployment for one in place]),
            "latitude": pa.array([one.latitude for one in place], pa.float64()),
            "longitude": pa.array([one.longitude for one in place], pa.float64()),
            "field_of_view_m": pa.array([one.field_of_view_m for one in place], pa.float64()),
        }

    def _stream(self, uri: str, number: int) -> dict[str, object]:
        shown = without_secrets(uri)
        place = self._places.of(shown, "") or self._told[0]
        return {
            "clip_id": self._groups.stream_ids()[number],
            "kind": "stream",
            "file": shown,
            # Who follows it takes the address from the request: no password stands in a table.
            "uri": shown,
            "name": "",
            "path": "",
            "size_bytes": 0,
            "started_at": None,
            "time_source": "",
            "site": place.site or self._site,
            "camera": place.camera or self._camera,
            "deployment": place.deployment or self._deployment,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "field_of_view_m": place.field_of_view_m,
        }
