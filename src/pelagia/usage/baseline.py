"""What a project promised and has published: a table of baselines, and of the figures of earlier reports."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pelagia.core.errors import BadInput, NotFound
from pelagia.usage.months import LABEL

FIRST_COLUMNS = ("installation", "metric", "baseline")
NOT_TRACKED = "N/A"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow:
    """One metric of one installation, as a project stated it.

    Parameters
    ----------
    installation, metric
        Which.
    baseline
        The value before the project, as written.
    published
        Label of a period → the figure published for it, as written.
    published_total
        The total published, as written.
    note
        A remark.
    """

    installation: str
    metric: str
    baseline: str
    published: Mapping[str, str] = field(default_factory=dict)
    published_total: str = ""
    note: str = ""


def read_baseline(path: Path) -> tuple[BaselineRow, ...]:
    """Read the table from a CSV file; see :func:`parse_baseline`.

    Raises
    ------
    NotFound, BadInput
        Where it is not there, or is no such table.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound("There is no such file", value=path, remedy="Give a CSV file of baselines.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("The file of baselines cannot be read", value=error, remedy="Save it as CSV in UTF-8.") from None
    return parse_baseline(text, str(path))


def parse_baseline(text: str, file: str = "") -> tuple[BaselineRow, ...]:
    """Parse the table.

    Its columns are installation, metric, baseline; then, where there are any, one per period (``M13-M24``),
    ``total_as_published`` and ``note``.

    Parameters
    ----------
    text
        The CSV.
    file
        Where it came from, for errors.

    Raises
    ------
    BadInput
        Where a column is missing, or a metric stands there twice.
    """
    reader = csv.DictReader(io.StringIO(text))
    names = [(name or "").strip() for name in reader.fieldnames or ()]
    missing = [name for name in FIRST_COLUMNS if name not in names]
    if missing:
        raise BadInput(
            f"The table of baselines has no column {', '.join(missing)}",
            value=", ".join(names),
            remedy=f"Its first line names the columns {', '.join(FIRST_COLUMNS)}.",
            file=file,
        )
    found: dict[tuple[str, str], BaselineRow] = {}
    for number, raw in enumerate(reader, start=2):
        row = {
            name: (raw.get(original) or "").strip()
            for name, original in zip(names, reader.fieldnames or (), strict=True)
        }
        key = (row["installation"], row["metric"])
        if not all(key) or key in found:
            raise BadInput(
                "A line of the table of baselines is incomplete or stands there twice",
                value=f"line {number}: {', '.join(key)}",
                remedy="Name each metric of each installation once.",
                file=file,
            )
        published = {name: row[name] for name in names if LABEL.match(name)}
        found[key] = BaselineRow(
            installation=key[0],
            metric=key[1],
            baseline=row["baseline"],
            published=published,
            published_total=row.get("total_as_published", ""),
            note=row.get("note", ""),
        )
    return tuple(found.values())


def whole_number(text: str) -> int | None:
    """Return a figure as a number; ``None`` where it is not one."""
    plain = text.strip().replace(",", "")
    return int(plain) if plain.isdecimal() else None
