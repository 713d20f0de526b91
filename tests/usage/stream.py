"""A stream of use made from published figures: ledger rows that add up to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pelagia.core.countries import country_code
from pelagia.runtime.ledger import blank_row
from pelagia.usage.baseline import BaselineRow, whole_number
from pelagia.usage.months import Period, read_period


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an installation shall have in a period."""

    installation: str
    period: Period
    users: range
    groups: range
    countries: tuple[str | None, ...]
    sums: dict[str, int]


def rows_of_figures(baseline: Sequence[BaselineRow], project_start: dt.date) -> Iterator[dict[str, Any]]:
    """Yield ledger rows whose report has the figures published; what was not tracked is not in them."""
    for wanted in wanted_of(baseline, project_start):
        yield from _rows(wanted)


def wanted_of(baseline: Sequence[BaselineRow], project_start: dt.date) -> Iterator[Wanted]:
    """Yield what each installation had in each period, by the table."""
    for installation in dict.fromkeys(row.installation for row in baseline):
        metrics = {row.metric: row for row in baseline if row.installation == installation}
        labels = next(iter(metrics.values())).published
        seen: dict[str, int] = {"unique users": 0, "user groups": 0}
        for label in labels:
            ranges = {name: _range(metrics.get(name), label, seen[name]) for name in seen}
            seen |= {name: max(seen[name], found.stop) for name, found in ranges.items()}
            sums = {
                column: whole_number(metrics[name].published[label]) or 0
                for name, column in SUMS.items()
                if name in metrics
            }
            yield Wanted(
                installation=installation,
                period=read_period(label, project_start),
                users=ranges["unique users"],
                groups=ranges["user groups"],
                countries=_countries(metrics, label),
                sums=sums,
            )


SUMS = {"images processed": "units", "images ingested": "ingested", "images archived": "archived"}


def _range(row: BaselineRow | None, label: str, seen: int) -> range:
    """Number the users of a period; so many of them have been before that the published total comes out."""
    if row is None:
        return range(0)
    count = whole_number(row.published[label]) or 0
    total = whole_number(row.published_total)
    parts = [whole_number(text) or 0 for text in row.published.values()]
    overlap = max(0, sum(parts) - total) if seen and total is not None and total >= max(parts) else 0
    return range(seen - overlap, seen - overlap + count)


def _countries(metrics: dict[str, BaselineRow], label: str) -> tuple[str | None, ...]:
    names = metrics["country names"].published[label] if "country names" in metrics else ""
    return tuple(country_code(name) for name in names.split(";") if name) or (None,)


def _rows(wanted: Wanted) -> Iterator[dict[str, Any]]:
    people = max(len(wanted.users), len(wanted.groups))
    if not people:
        assert not any(wanted.sums.values()), wanted
        return
    count = max(people, len(wanted.countries))
    days = (wanted.period.end - wanted.period.first).days
    shares = {name: _shares(total, count) for name, total in wanted.sums.items()}
    for at in range(count):
        user = wanted.users[at % len(wanted.users)] if wanted.users else None
        group = wanted.groups[at % len(wanted.groups)] if wanted.groups else at % people
        name = f"{wanted.installation}:{wanted.period.label}:{at}"
        day = wanted.period.first + dt.timedelta(days=at * days // count)
        common = {
            **blank_row(),
            "at": dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC),
            "job_id": f"job{at}",
            "service": wanted.installation,
            "installation": wanted.installation,
            "unit": "image",
            "kind": ("analysis", "training", "local", "try-out")[at % 4],
            "route": "web",
            "subject": f"u:{wanted.installation}:{at % people + 1000 if user is None else user}",
            "affiliation": f"Institute {wanted.installation} {group}",
            "country": wanted.countries[at % len(wanted.countries)],
            "country_source": None if wanted.countries == (None,) else "declared",
        }
        mine = {column: values[at] for column, values in shares.items()}
        yield {
            **common,
            "idempotency_key": f"{name}:ingest",
            "outcome": "ingested",
            "ingested": mine.get("ingested", 0),
        }
        used = {column: mine.get(column, 0) for column in ("units", "archived")}
        yield {**common, "idempotency_key": f"{name}:step", "outcome": "processed", **used}
        yield {**common, "idempotency_key": f"{name}:end", "outcome": "succeeded", "jobs": 1, "bytes": 10}


def _shares(total: int, count: int) -> list[int]:
    """Divide a total into so many whole numbers."""
    return list(islice((total // count + (at < total % count) for at in range(count)), count))
