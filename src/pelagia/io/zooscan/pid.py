"""The legacy's table of a scan with its log (``_dat1.pid``): read, and written as it was or anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pelagia.core.errors import BadInput
from pelagia.io.tally import Tally
from pelagia.io.zooscan.decimals import pid_text
from pelagia.io.zooscan.fields import SAMPLE_FIELDS, SCAN_FIELDS
from pelagia.io.zooscan.keyed import KeyedFile
from pelagia.io.zooscan.text import Decoded, decoded, joined

DATA_SECTION = "[data]"
SEPARATOR = ";"
ITEM = "!Item"


@dataclass(frozen=True, slots=True)
class Pid:
    """A ``.pid``, kept line by line so that it can be written as it was.

    Parameters
    ----------
    log
        The lines above ``[Data]``, that line included.
    columns
        ``!Item``, ``Label``, ``Area``, … as written.
    rows
        Fields of the objects as written.
    like
        How the file was encoded.
    """

    log: KeyedFile
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    like: Decoded

    def metadata(self) -> dict[str, str]:
        """Return the fields of sample and scan as written, by their legacy name in lower case."""
        sections = self.log.sections()
        found: dict[str, str] = {}
        for one in SAMPLE_FIELDS:
            text = sections.get("sample", {}).get(one.key)
            if text is not None:
                found[one.key] = text
        for one in SCAN_FIELDS:
            for section in ("fraction", "subsample", "sample"):
                text = sections.get(section, {}).get((one.pid or one.key).lower())
                if text is not None:
                    found.setdefault(one.key, text)
        return found

    def value(self, section: str, key: str) -> str:
        """Return a value of the log, ``""`` where it is absent."""
        return self.log.sections().get(section.lower(), {}).get(key.lower(), "")

    def with_metadata(self, changes: Mapping[str, str]) -> Pid:
        """Return the file with other metadata.

        Parameters
        ----------
        changes
            New values by their legacy name in lower case, as in the header tables.
        """
        renamed = {(one.pid or one.key).lower(): one.key for one in SCAN_FIELDS}
        lines, section = [], ""
        for line in self.log.lines:
            text = line.strip()
            if text.startswith("[") and text.endswith("]"):
                section = text[1:-1].strip().lower()
            key = line.partition("=")[0].strip().lower()
            own = renamed.get(key, key) if section in {"fraction", "subsample"} else key
            is_told = section in {"sample", "fraction", "subsample"} and "=" in line and own in changes
            if is_told:
                line = KeyedFile((line,), self.like).with_values({key: changes[own]}).lines[0]  # noqa: PLW2901
            lines.append(line)
        return replace(self, log=replace(self.log, lines=tuple(lines)))

    def write(self) -> bytes:
        """Return the bytes of the file."""
        table = [SEPARATOR.join(row) for row in (self.columns, *self.rows)]
        return joined([*self.log.lines, *table], self.like)


def parse_pid(data: bytes, file: str, tally: Tally) -> Pid:
    """Read a ``.pid``.

    Parameters
    ----------
    data
        The file.
    tally
        Takes rows with too few or too many fields.

    Raises
    ------
    BadInput
        It has no ``[Data]`` section with a header.
    """
    like = decoded(data)
    lines = like.lines()
    at = next((number for number, line in enumerate(lines) if line.strip().lower() == DATA_SECTION), len(lines))
    if at + 1 >= len(lines) or not lines[at + 1].strip():
        raise BadInput(
            "The file has no table of objects: there is no [Data] section in it",
            remedy="Copy it again from the project's work folder.",
            value=f"{len(lines)} lines",
            file=file,
            code="pid-no-data",
        )
    columns = tuple(lines[at + 1].split(SEPARATOR))
    rows = tuple(tuple(line.split(SEPARATOR)) for line in lines[at + 2 :])
    ragged = [row for row in rows if len(row) != len(columns) and any(field.strip() for field in row)]
    if ragged:
        tally.add(
            "table-ragged",
            "Rows of the table have more or fewer fields than its header.",
            remedy="Process the scan again, or repair the rows.",
            value=f"{ragged[0][0]}: {len(ragged[0])} of {len(columns)} fields",
            objects=len(ragged),
        )
    return Pid(KeyedFile(tuple(lines[: at + 1]), like), columns, rows, like)


def make_pid(
    sections: Iterable[tuple[str, Sequence[tuple[str, str]]]],
    columns: Sequence[str],
    objects: Iterable[Mapping[str, float]],
    *,
    label: str,
) -> bytes:
    """Write a ``.pid`` anew.

    Parameters
    ----------
    sections
        Names and their lines, in order: ``("Sample", [("SampleId", "st1"), …])``.
    columns
        Of the measures, as the legacy spells them: ``Area``, ``Mean``, …
    objects
        The measures of each object by that spelling, rounded or not; they are written with the legacy's decimals.
    label
        The scan.

    Returns
    -------
    bytes
        ISO-8859-1, lines ending in CR LF as ZooProcess on Windows writes them.
    """
    lines = ["PID"]
    for name, pairs in sections:
        lines += [f"[{name}]", *(f"{key}= {value}" for key, value in pairs), " "]
    lines += ["[Data]", SEPARATOR.join((ITEM, "Label", *columns))]
    for number, values in enumerate(objects, start=1):
        lines.append(SEPARATOR.join((str(number), label, *(pid_text(column, values[column]) for column in columns))))
    return ("\r\n".join(lines) + "\r\n").encode("iso-8859-1", errors="replace")
