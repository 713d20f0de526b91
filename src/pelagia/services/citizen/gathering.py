"""Everything the inputs say: which images there are, who saw them, who marked what, what experts validated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.io.annotations.citizen import MARKS_AT_MOST, Mark, read_marks
from pelagia.io.annotations.citizen_views import ExpertBox, is_table, read_experts, read_views, tells_views
from pelagia.io.annotations.matching import FileNames
from pelagia.io.findings import Findings
from pelagia.io.images import is_image_name
from pelagia.io.sources import Source, open_source
from pelagia.io.tally import Tally
from pelagia.learning.name_pattern import groups_by_pattern
from pelagia.services.citizen.service import CitizenParams

SLOTS = ("marks", "images", "views", "experts")


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image of the inputs: where it is, and the name it has in the result."""

    image_id: str
    uri: str
    file: str


@dataclass(slots=True)
class Gathered:
    """What was found.

    Parameters
    ----------
    images
        Image → where it is; ``None`` where it is missing.
    marks
        In the order of the tables, each with the image it is on.
    seen
        Image → who saw it.
    experts
        Image → what experts validated on it, an empty list where they found nothing.
    deployments
        Image → the deployment it belongs to.
    has_views
        Whether it is told who looked and marked nothing.
    unseen
        Images of the inputs that nobody saw.
    bytes
        Size of the inputs.
    """

    images: dict[str, ImageFile | None] = field(default_factory=dict)
    marks: list[tuple[str, Mark]] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=dict)
    experts: dict[str, list[ExpertBox]] = field(default_factory=dict)
    deployments: dict[str, str] = field(default_factory=dict)
    has_views: bool = False
    unseen: int = 0
    bytes: int = 0

    @property
    def usable(self) -> int:
        """How many images have marks and are there."""
        marked = {image for image, _ in self.marks}
        return sum(self.images[image] is not None for image in marked)


def usable_inputs(request: Request[CitizenParams], findings: Findings) -> dict[str, list[str]]:
    """Return the addresses of every slot that lead somewhere; another one costs only itself."""
    good: dict[str, list[str]] = {}
    for slot in SLOTS:
        good[slot] = []
        for uri in request.inputs.get(slot, ()):
            try:
                open_source(uri)
            except PelagiaError as error:
                findings.add_error(error, objects=0)
            else:
                good[slot].append(uri)
    return good


def gather(request: Request[CitizenParams], findings: Findings) -> Gathered:
    """Read marks, views and experts, and find the images they speak of.

    Parameters
    ----------
    request
        With the inputs.
    findings
        Takes whatever cannot be used.
    """
    inputs = usable_inputs(request, findings)
    gathered = Gathered()
    library = _Library(_image_files([*inputs["images"], *inputs["marks"]], gathered))
    without = frozenset(request.params.without)
    for uri in inputs["marks"]:
        _read_all_marks(uri, request.params, library, gathered, findings, is_single=len(inputs["marks"]) == 1)
    if without:
        gathered.marks = [(image, mark) for image, mark in gathered.marks if mark.annotator not in without]
    for image, mark in gathered.marks:
        gathered.seen.setdefault(image, set()).add(mark.annotator)
    for uri in inputs["views"]:
        _read_all_views(uri, request.params, library, gathered, findings)
    for uri in inputs["experts"]:
        _read_all_experts(uri, library, gathered, findings)
    for image in {*gathered.seen, *gathered.experts}:
        gathered.seen.setdefault(image, set())
        gathered.images[image] = library.file_of(image)
    gathered.unseen = library.number - sum(one is not None for one in gathered.images.values())
    gathered.deployments = deployments(list(gathered.images), request.params.group_pattern)
    findings.add_all(_missing(gathered))
    return gathered


class _Library:
    """The images that are there, found by whatever the tables call them."""

    def __init__(self, files: Iterable[ImageFile]) -> None:
        self._files = {one.image_id: one for one in files}
        self._names = FileNames(self._files)
        self._stems = FileNames(_stem(name) for name in self._files)
        self._by_stem: dict[str, str | None] = {}
        for name in self._files:
            self._by_stem[_stem(name)] = None if _stem(name) in self._by_stem else name
        self._known: dict[str, str] = {}

    @property
    def number(self) -> int:
        return len(self._files)

    def find(self, name: str) -> str:
        """Return the image that a table calls so; the name itself where there is none."""
        if name not in self._known:
            found = self._names.find(name)
            if found is None and not is_image_name(name):
                stem = self._stems.find(name)
                found = self._by_stem[stem] if stem is not None else None
            self._known[name] = found if found is not None else name
        return self._known[name]

    def file_of(self, image: str) -> ImageFile | None:
        return self._files.get(image)


def _stem(name: str) -> str:
    return PurePosixPath(name).with_suffix("").as_posix()


def _image_files(uris: Sequence[str], gathered: Gathered) -> Iterator[ImageFile]:
    taken: set[str] = set()
    for number, uri in enumerate(dict.fromkeys(uris), start=1):
        for entry in open_source(uri).entries():
            if not is_image_name(entry.name):
                continue
            name = entry.name if entry.name not in taken else f"{number}/{entry.name}"
            taken.add(name)
            yield ImageFile(name, uri, entry.name)
    gathered.bytes = sum(entry.size for uri in dict.fromkeys(uris) for entry in open_source(uri).entries())


def _read_all_marks(
    uri: str, params: CitizenParams, library: _Library, gathered: Gathered, findings: Findings, *, is_single: bool
) -> None:
    """Read every table of a source; one that holds no marks costs only itself, unless there is no other."""
    source = open_source(uri)
    tables = [entry.name for entry in source.entries() if is_table(entry.name)]
    for name in tables:
        tally = Tally(name)
        try:
            if tells_views(source, name, annotator_column=params.annotator_column):
                _read_views(source, name, params, library, gathered, tally)
            else:
                _read_marks(source, name, params, library, gathered, tally)
        except PelagiaError as error:
            if is_single and len(tables) == 1:
                raise
            findings.add_error(error, objects=0)
        findings.add_all(tally.issues())


def _read_marks(
    source: Source, name: str, params: CitizenParams, library: _Library, gathered: Gathered, tally: Tally
) -> None:
    for mark in read_marks(source, name, tally, annotator_column=params.annotator_column):
        gathered.marks.append((library.find(mark.image), mark))
        if len(gathered.marks) > MARKS_AT_MOST:
            raise BadInput(
                f"There are more than {MARKS_AT_MOST:,} marks",
                remedy="Give one deployment, or one year, after the other.",
                file=name,
                code="marks-too-many",
            )


def _read_all_views(uri: str, params: CitizenParams, library: _Library, gathered: Gathered, findings: Findings) -> None:
    source = open_source(uri)
    for entry in source.entries():
        tally = Tally(entry.name)
        gathered.bytes += entry.size
        try:
            _read_views(source, entry.name, params, library, gathered, tally)
        except PelagiaError as error:
            findings.add_error(error, objects=0)
        findings.add_all(tally.issues())


def _read_views(
    source: Source, name: str, params: CitizenParams, library: _Library, gathered: Gathered, tally: Tally
) -> None:
    without = frozenset(params.without)
    for image, annotator in read_views(source, name, tally, annotator_column=params.annotator_column):
        gathered.has_views = True
        if annotator not in without:
            gathered.seen.setdefault(library.find(image), set()).add(annotator)


def _read_all_experts(uri: str, library: _Library, gathered: Gathered, findings: Findings) -> None:
    source = open_source(uri)
    names = [entry.name for entry in source.entries()]
    gathered.bytes += sum(entry.size for entry in source.entries())
    tables = [name for name in names if is_table(name)]
    tally = Tally(uri)
    for name in tables or names[:1]:
        try:
            boxes, images = read_experts(source, name, uri, tally)
        except PelagiaError as error:
            findings.add_error(error, objects=0)
            continue
        for image in images:
            gathered.experts.setdefault(library.find(image), [])
        for box in boxes:
            gathered.experts[library.find(box.image)].append(box)
    findings.add_all(tally.issues())


def deployments(images: Sequence[str], pattern: str) -> dict[str, str]:
    """Return the deployment of every image.

    Parameters
    ----------
    images
        Their paths.
    pattern
        As the parameter ``group_pattern``; an image it does not fit belongs to the deployment of its folder.
    """
    folders = [PurePosixPath(image.replace("\\", "/")).parent.as_posix() for image in images]
    named = groups_by_pattern(pattern, images) if pattern else [None] * len(images)
    return {
        image: group or ("" if folder == "." else folder)
        for image, group, folder in zip(images, named, folders, strict=True)
    }


def _missing(gathered: Gathered) -> Iterator[Issue]:
    lost = sorted(image for image, file in gathered.images.items() if file is None)
    if lost:
        marks = sum(gathered.images[image] is None for image, _ in gathered.marks)
        yield Issue(
            file="marks",
            code="citizen-image-missing",
            message=f"{len(lost):,} images that the tables name are not in the inputs, or several have that name; "
            "their marks are kept in the table and make no boxes",
            value=_few(lost),
            remedy="Give the folder with these images; where file names repeat, the tables need the folder before "
            "them.",
            objects=marks,
        )
    if not gathered.has_views:
        yield Issue(
            file="marks",
            code="citizen-views-unknown",
            severity="note",
            message="It is not told who looked at an image and marked nothing: agreement is among those who marked "
            "something on it, and thus too high",
            remedy="Give a CSV with image and annotator of every visit as “views”.",
        )
    if gathered.unseen:
        yield Issue(
            file="images",
            code="citizen-images-unseen",
            severity="note",
            message=f"{gathered.unseen:,} images were seen by nobody and are left out",
            remedy="Nothing, or have them looked at.",
            objects=gathered.unseen,
        )


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")


def parts_of(counts: Mapping[str, int], images_at_most: int, marks_at_most: int) -> Iterator[list[str]]:
    """Yield the images in groups, each a step: so many images, or so many marks, together.

    Parameters
    ----------
    counts
        Image → number of its marks; taken in the order of names.
    images_at_most, marks_at_most
        Of one group; an image is never divided.
    """
    part: list[str] = []
    marks = 0
    for image in sorted(counts):
        if part and (len(part) >= images_at_most or marks + counts[image] > marks_at_most):
            yield part
            part, marks = [], 0
        part.append(image)
        marks += counts[image]
    if part:
        yield part
