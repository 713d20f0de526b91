"""One table of an EcoTaxa bundle, checked as EcoTaxa's importer checks it: its header, its rows, its images."""

from __future__ import annotations

import codecs
import csv
import io
import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Severity
from pelagia.io.ecotaxa import rules
from pelagia.io.ecotaxa.bundle_findings import BundleFinding
from pelagia.io.ecotaxa.bundle_project import REMEDIES, Project
from pelagia.io.ecotaxa.pictures import picture_problem
from pelagia.io.sources import Source


@dataclass(slots=True, kw_only=True)
class BundleTable:
    """One table.

    Parameters
    ----------
    source
        The bundle.
    name
        The table in it.
    shown
        The table as a finding names it.
    files
        The names of all files of the bundle.
    """

    source: Source
    name: str
    shown: str
    files: frozenset[str]
    project: Project
    header: tuple[str, ...] = ()
    garbled: Counter[bool] = field(default_factory=Counter)

    def check(self) -> None:
        """Check the whole table; what is found goes to the project."""
        try:
            with self.source.open(self.name) as stream:
                start = stream.read(4)
            if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                self._add("ecotaxa-encoding", "the table is UTF-16, which EcoTaxa does not read", value="UTF-16")
                return
            encoding = "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "latin-1"
            with self.source.open(self.name) as stream:
                # newline="" leaves line breaks inside quotes to the csv reader.
                lines = io.TextIOWrapper(cast(io.BufferedReader, stream), encoding, newline="")
                self._check_rows(csv.reader(lines, delimiter="\t"))
            self._check_letters()
        except (csv.Error, UnicodeDecodeError) as error:
            self._add("ecotaxa-unreadable", "the table is not plain tab-separated text", value=str(error)[:100])
        except PelagiaError as error:
            self._add(error.code, error.what, value=error.value, remedy=error.remedy)

    # Reading

    def _check_rows(self, rows: Iterator[list[str]]) -> None:
        names = next(rows, None)
        if not names:
            self._add("ecotaxa-empty", "the table is empty", remedy="Leave it out, or export it again.")
            return
        self.header = tuple(name.strip(" \t").lower() for name in names)
        types = next(rows, None)
        if types is None:
            self._add("ecotaxa-types-missing", "the table has no second line with the types", line=1)
            return
        self._check_header(types)
        checks = self._value_checks()
        line = getattr(rows, "line_num", 2)
        for cells in rows:
            first, line = line + 1, getattr(rows, "line_num", line + 1)
            if cells:
                self.project.rows += 1
                self._look_at_letters(cells)
                self._check_row(cells, first, checks)

    def _look_at_letters(self, cells: Sequence[str]) -> None:
        text = "".join(cells)
        if not text.isascii():
            self.garbled[_is_garbled(text)] += 1

    def _check_letters(self) -> None:
        """Tell UTF-8 that is read as Latin-1; text that is UTF-8 throughout was meant to be."""
        if self.garbled[True] and not self.garbled[False]:
            self._add(
                "ecotaxa-mojibake",
                f"the table is UTF-8 without a mark; EcoTaxa garbles {self.garbled[True]} of its lines",
                severity="warning",
                remedy="Save it as UTF-8 with a byte order mark.",
            )

    # The header

    def _check_header(self, types: Sequence[str]) -> None:
        told = dict(zip(self.header, types, strict=False))
        for name, times in Counter(self.header).items():
            if times > 1:
                self._add("ecotaxa-column-twice", "the column stands there more than once", column=name, line=1)
        if not rules.TYPES & set(types):
            self._add("ecotaxa-types-missing", "the second line does not give the types [t] and [f]", line=2)
            told = {}
        for name in dict.fromkeys(self.header):
            self._check_column(name, told.get(name, ""), types_told=bool(told))
        self._check_mandatory()

    def _check_column(self, name: str, told: str, *, types_told: bool) -> None:
        prefix, separator, own = name.partition("_")
        if not separator:
            self._add("ecotaxa-column-name", "the name is not of the form table_field", column=name, line=1)
        elif name in rules.PREDEFINED or name in self.project.columns:
            self._check_type_again(name, told)
        elif prefix not in rules.PREFIXES or not own:
            self._add(
                "ecotaxa-column-prefix",
                f"the name does not begin with {', '.join(f'{one}_' for one in rules.PREFIXES)}",
                column=name,
                line=1,
            )
        elif prefix == "object" and told not in rules.TYPES:
            if types_told:
                self._add(
                    "ecotaxa-type", "the type in the second line is not [t] or [f]", column=name, line=2, value=told
                )
        else:
            self._take_column(prefix, name, told if prefix == "object" else rules.TEXT)

    def _take_column(self, prefix: str, name: str, kind: str) -> None:
        self.project.columns[name] = kind
        self.project.free[prefix, kind] += 1
        most = rules.FREE_COLUMNS[prefix, kind]
        if self.project.free[prefix, kind] > most:
            what = f" of type {kind}" if prefix == "object" else ""
            self._add(
                "ecotaxa-columns-too-many",
                f"EcoTaxa holds {most} columns {prefix}_…{what} of one's own, and this is one more",
                column=name,
                line=1,
                remedy="Leave columns out.",
            )

    def _check_type_again(self, name: str, told: str) -> None:
        known = self.project.columns.get(name)
        if known is not None and name.startswith("object_") and told != known:
            self._add(
                "ecotaxa-type-differs",
                f"another table gave the column the type {known}, which holds for all",
                column=name,
                line=2,
                value=told,
                severity="warning",
                remedy="Give the column the same type in all tables.",
            )

    def _check_mandatory(self) -> None:
        used = {name.partition("_")[0] for name in self.header if "_" in name}
        for prefix in rules.PREFIXES:
            if (prefix in used or prefix == "object") and f"{prefix}_id" not in self.header:
                self._add(
                    "ecotaxa-column-missing",
                    f"there are columns {prefix}_… and none {prefix}_id" if prefix in used else "the column is missing",
                    column=f"{prefix}_id",
                    line=1,
                )
        if "img_file_name" not in self.header and not self.project.update:
            self._add("ecotaxa-column-missing", "the column is missing", column="img_file_name", line=1)

    # Rows

    def _value_checks(self) -> list[tuple[int, str, str]]:
        """Return place, name and type of the columns whose values EcoTaxa looks at."""
        kinds = {**self.project.columns, **rules.PREDEFINED}
        places = {name: place for place, name in enumerate(self.header)}
        return [(place, name, kinds[name]) for name, place in places.items() if name in kinds]

    def _check_row(self, cells: Sequence[str], line: int, checks: Sequence[tuple[int, str, str]]) -> None:
        if len(cells) > len(self.header):
            self._add(
                "ecotaxa-row-long",
                f"the line has {len(cells)} cells, the header {len(self.header)}",
                line=line,
                value=" | ".join(cells[len(self.header) :]),
                remedy="Give each cell a column, or take it away; look for tabs inside a cell.",
            )
        else:
            for place, name, kind in checks:
                if place < len(cells):
                    self._check_value(name, kind, cells[place].strip(), line)
        row = {name: cell.strip() for name, cell in zip(self.header, cells, strict=False)}
        self._check_names(row, line)
        self._check_annotation(row, line)
        self._check_image(row, line)

    def _check_value(self, name: str, kind: str, text: str, line: int) -> None:
        if rules.is_absent(text, kind):
            return
        problem = rules.value_problem(name, kind, text)
        if problem:
            what, remedy = f"the value {problem}", rules.value_remedy(name, kind)
            self._add("ecotaxa-value", what, column=name, line=line, value=text, remedy=remedy)
        elif kind == rules.NUMBER and rules.is_infinite(text):
            self._add(
                "ecotaxa-infinite",
                "the value is infinite; EcoTaxa takes it, and no sum or mean of the column will be of use",
                column=name,
                line=line,
                value=text,
                severity="warning",
                remedy="Leave the cell empty.",
            )
        elif name in rules.CONCENTRATION_COLUMNS:
            self._check_concentration(name, text, line)
        elif name == "object_annotation_category_id":
            self.project.categories.add(int(float(text)))

    def _check_concentration(self, name: str, text: str, line: int) -> None:
        problem = rules.concentration_problem(text)
        if problem:
            self._add(
                "ecotaxa-concentration",
                f"the value {problem}; EcoTaxa cannot compute concentrations with it",
                column=name,
                line=line,
                value=text,
                severity="warning",
                remedy="Write the number, or nothing.",
            )

    def _check_names(self, row: Mapping[str, str], line: int) -> None:
        project, name, image = self.project, row.get("object_id", ""), row.get("img_file_name", "")
        if not name:
            if "object_id" in self.header:
                self._add("ecotaxa-object-id", "the object has no name", column="object_id", line=line)
        else:
            before = project.seen.setdefault((name, image), (self.shown, line))
            if before != (self.shown, line):
                where = f"line {before[1]}" + ("" if before[0] == self.shown else f" of {before[0]}")
                self._add(
                    "ecotaxa-duplicate",
                    "object and image stand there already",
                    column="object_id",
                    line=line,
                    value=f"{name}, {image}: {where}",
                    remedy="Name every object differently, or leave the line out.",
                )
        self._check_parents(row, name, line)

    def _check_parents(self, row: Mapping[str, str], name: str, line: int) -> None:
        sample, acquisition = row.get("sample_id", ""), row.get("acq_id", "")
        if not sample:
            return
        if acquisition and not self.project.update:
            owner = self.project.owners.setdefault(acquisition, sample)
            if owner != sample:
                self._add(
                    "ecotaxa-acquisition-shared",
                    "the acquisition belongs to another sample already",
                    column="acq_id",
                    line=line,
                    value=f"{acquisition}: {owner} and {sample}",
                    remedy="Name the acquisitions of every sample differently.",
                )
        first = self.project.samples.setdefault(name, sample) if name else sample
        if first != sample:
            self._add(
                "ecotaxa-object-shared",
                "an object of another sample has this name; EcoTaxa would take this line for a further image of it",
                column="object_id",
                line=line,
                value=f"{name}: {first} and {sample}",
                severity="warning",
            )

    def _check_annotation(self, row: Mapping[str, str], line: int) -> None:
        state = row.get("object_annotation_status", "")
        # EcoTaxa looks at the number only where there is no column with the name.
        category = row.get("object_annotation_category", row.get("object_annotation_category_id", ""))
        if bool(state) == bool(category):
            return
        missing = "object_annotation_status" if category else "object_annotation_category"
        self._add(
            "ecotaxa-annotation-half",
            "a category goes with a status, and a status with a category",
            column=missing,
            line=line,
            value=category or state,
            remedy="Fill both in, or neither.",
        )

    # Images

    def _check_image(self, row: Mapping[str, str], line: int) -> None:
        stated = row.get("img_file_name", "")
        if "img_file_name" not in self.header or (self.project.update and not stated):
            return
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.name), stated)) if stated else ""
        if stated.startswith(("/", "\\")) or stated[1:2] == ":" or path == ".." or path.startswith("../"):
            self._add(
                "ecotaxa-image-outside",
                "the image is not in the bundle",
                column="img_file_name",
                line=line,
                value=stated,
            )
        elif path not in self.files:
            if not self.project.update:
                self._add(
                    "ecotaxa-image-missing",
                    "there is no such image" if stated else "the line names no image",
                    column="img_file_name",
                    line=line,
                    value=stated,
                    remedy="Put it beside the table, under just this name (case matters).",
                )
        else:
            problem = self._picture_problem(path)
            if problem:
                self._add(
                    "ecotaxa-image",
                    f"the image {problem}",
                    column="img_file_name",
                    line=line,
                    value=stated,
                    remedy="Export it again as PNG or JPEG.",
                )

    def _picture_problem(self, path: str) -> str:
        key = (self.source.uri, path)
        if key not in self.project.images:
            try:
                self.project.images[key] = picture_problem(self.source.read(path))
            except PelagiaError as error:
                self.project.images[key] = f"cannot be read ({error.what})"
        return self.project.images[key]

    def _add(
        self,
        code: str,
        message: str,
        *,
        column: str = "",
        line: int = 0,
        value: str = "",
        severity: Severity = "error",
        remedy: str = "",
    ) -> None:
        found = BundleFinding(
            code=code,
            message=message,
            remedy=remedy or REMEDIES[code],
            file=self.shown,
            column=column,
            value=value[:200],
            severity=severity,
        )
        self.project.findings.add(found, line)


def _is_garbled(text: str) -> bool:
    """Tell whether a text that was read as Latin-1 is UTF-8."""
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True
