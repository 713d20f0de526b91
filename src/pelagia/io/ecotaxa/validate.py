"""Whether EcoTaxa would take a bundle of tables and images, told before it is asked."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.io.ecotaxa import rules
from pelagia.io.ecotaxa.bundle_findings import BundleFinding
from pelagia.io.ecotaxa.bundle_project import Project
from pelagia.io.ecotaxa.bundle_table import BundleTable
from pelagia.io.sources import Source, open_source
from pelagia.io.sources.archive import open_zip

SPOOLED_BYTES = 64 << 20
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What was found of one project's bundles.

    Parameters
    ----------
    tables
        The tables read.
    rows
        Lines with objects.
    objects
        Object → its sample (``""`` where none is told).
    owners
        Acquisition → its sample.
    images
        How many images were looked at.
    categories
        Numbers of categories; only EcoTaxa knows whether there are such.
    """

    tables: tuple[str, ...]
    rows: int
    objects: Mapping[str, str]
    owners: Mapping[str, str]
    images: int
    categories: frozenset[int]
    findings: tuple[BundleFinding, ...]

    @property
    def accepted(self) -> bool:
        """Whether EcoTaxa would take all of it."""
        return not any(found.severity == "error" for found in self.findings)


def validate_bundles(
    places: Sequence[str], *, update: bool = False, owners: Mapping[str, str] | None = None
) -> Validation:
    """Check bundles that go into one project as EcoTaxa's importer would.

    Parameters
    ----------
    places
        Folders and zip files; several are the parts of one project.
    update
        Whether they shall update objects that are in EcoTaxa already: images are not needed then, and acquisitions
        are not compared.
    owners
        Acquisition → sample of what the project holds already.

    Returns
    -------
    Validation
        Findings with the severity ``error`` are what EcoTaxa would refuse. Whether it knows a user or a category only
        it can tell.

    Raises
    ------
    NotFound, BadInput
        Where a place cannot be opened at all.
    """
    project = Project(update=update, owners=dict(owners or {}))
    tables: list[str] = []
    for place in places:
        source = open_source(place)
        _check_size(source, place, project)
        tables += _check_source(source, f"{Path(place).name}: " if len(places) > 1 else "", project)
    if not project.rows:
        project.findings.add(_nothing(tables))
    return Validation(
        tables=tuple(tables),
        rows=project.rows,
        objects={name: project.samples.get(name, "") for name, _ in project.seen},
        owners=project.owners,
        images=len(project.images),
        categories=frozenset(project.categories),
        findings=project.findings.all(),
    )


def _check_source(source: Source, prefix: str, project: Project) -> list[str]:
    """Check the tables of one source, and of the archives in it that are bundles of their own."""
    for issue in source.issues():
        project.findings.add(_left_out(issue, prefix))
    files = frozenset(entry.name for entry in source.entries())
    tables = sorted(name for name in files if rules.is_table_name(name))
    nested = sorted(name for name in files if name.endswith(rules.NESTED_SUFFIX))
    _check_number(len(tables) + len(nested), prefix, project)
    for name in sorted(files - set(tables)):
        if rules.looks_like_table_name(name):
            project.findings.add(_wrong_case(f"{prefix}{name}"))
    for name in tables:
        BundleTable(source=source, name=name, shown=f"{prefix}{name}", files=files, project=project).check()
    found = [f"{prefix}{name}" for name in tables]
    for name in nested:
        found += _check_nested(source, name, prefix, project)
    return found


def _left_out(issue: Issue, prefix: str) -> BundleFinding:
    # EcoTaxa looks into no archive but those of UVP6, and nothing is lost by what it does not look into.
    nested = issue.code == "zip-nested"
    return BundleFinding(
        code=issue.code,
        message=issue.message,
        remedy=issue.remedy,
        file=f"{prefix}{issue.file}",
        value=issue.value,
        severity="warning" if nested else issue.severity,
    )


def _check_nested(source: Source, name: str, prefix: str, project: Project) -> list[str]:
    try:
        with _seekable(source, name) as stream, open_zip(f"{source.uri}!{name}", stream) as inner:
            return _check_source(inner, f"{prefix}{name}/", project)
    except PelagiaError as error:
        project.findings.add(
            BundleFinding(
                code=error.code, message=error.what, remedy=error.remedy, file=f"{prefix}{name}", value=error.value
            )
        )
        return []


@contextmanager
def _seekable(source: Source, name: str) -> Iterator[BinaryIO]:
    """Open a file so that an archive in it can be read; one inside an archive is copied beside."""
    with tempfile.SpooledTemporaryFile(SPOOLED_BYTES) as copy, source.open(name) as stream:
        while piece := stream.read(BLOCK_BYTES):
            copy.write(piece)
        copy.seek(0, io.SEEK_SET)
        yield cast(BinaryIO, copy)


def _check_size(source: Source, place: str, project: Project) -> None:
    path = Path(place)
    if path.is_file():
        size, severity = path.stat().st_size, "error"
    else:
        size, severity = sum(entry.size for entry in source.entries()), "warning"
    if size <= rules.LARGEST_UPLOAD_BYTES:
        return
    project.findings.add(
        BundleFinding(
            code="ecotaxa-too-large",
            message=f"The bundle has {size:,} bytes; EcoTaxa takes uploads of {rules.LARGEST_UPLOAD_BYTES:,}",
            remedy="Divide it into several; each needs its tables and their images.",
            file=path.name,
            value=str(size),
            severity="error" if severity == "error" else "warning",
        )
    )


def _check_number(tables: int, prefix: str, project: Project) -> None:
    if tables > rules.MOST_TABLES:
        project.findings.add(
            BundleFinding(
                code="ecotaxa-tables-too-many",
                message=f"The bundle has {tables:,} tables; EcoTaxa takes {rules.MOST_TABLES:,} at once",
                remedy="Divide it into several.",
                file=prefix.rstrip(": /"),
                value=str(tables),
            )
        )


def _wrong_case(name: str) -> BundleFinding:
    return BundleFinding(
        code="ecotaxa-name-case",
        message="The name of the table is not in lower case; EcoTaxa does not find it",
        remedy="Rename it to ecotaxa_….tsv.",
        file=name,
        value=name.rpartition("/")[2],
        severity="warning",
    )


def _nothing(tables: Sequence[str]) -> BundleFinding:
    if tables:
        message, remedy = "The tables hold no object", "Export them again."
    else:
        message, remedy = "There is no table: no file is called ecotaxa….tsv or ecotaxa….txt", "Rename the tables."
    return BundleFinding(code="ecotaxa-nothing", message=message, remedy=remedy)
