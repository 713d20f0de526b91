"""What a reader must know of the data before believing a figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from pelagia.core.countries import country_name
from pelagia.usage.baseline import NOT_TRACKED, BaselineRow, whole_number
from pelagia.usage.cells import Ground
from pelagia.usage.counts import Counts, united
from pelagia.usage.installations import NOT_STATED, Project
from pelagia.usage.metrics import METRICS
from pelagia.usage.months import Period
from pelagia.usage.report import Cell, Finding, InstallationReport, MetricRow

SMALL_CELL = 3
OVERLAPS = {"subjects": "users", "affiliations": "groups", "countries": "countries"}
EXCLUDED = {"test": "tests", "staff": "use by the staff"}


def findings_of(
    project: Project,
    periods: Sequence[Period],
    parts: Sequence[InstallationReport],
    counts: Mapping[str, tuple[Counts, ...]],
    ground: Ground,
    now: dt.datetime,
) -> tuple[Finding, ...]:
    """Return the remarks on the quality of the data, those on single installations last.

    Parameters
    ----------
    project
        Descriptions and baselines.
    periods
        Of the report.
    parts, counts
        Per installation.
    ground
        What the figures depend on.
    now
        The instant.
    """
    found = list(_on_time(periods, ground, now))
    found += _on_everything(united(part for line in counts.values() for part in line))
    for part in parts:
        for row in part.metrics:
            found += _on_row(part, row, periods, counts[part.id])
            stated = ground.stated(part.id, row.metric)
            if stated is not None:
                found += _on_publication(part, row, stated, periods)
        found += _on_uses(part, counts[part.id])
    reported = {(part.id, row.metric) for part in parts for row in part.metrics}
    for stated in project.baseline:
        if (stated.installation, stated.metric) not in reported:
            text = "the table of baselines has it, but it is not among the metrics of the installation"
            found.append(_finding("not-reported", stated.installation, stated.metric, text))
    return tuple(found)


def _finding(code: str, installation: str, metric: str, text: str) -> Finding:
    where = f"{installation}, {metric}" if metric else installation
    return Finding(code=code, where=where, text=text[:1].upper() + text[1:] + ("" if text.endswith(".") else "."))


def _on_time(periods: Sequence[Period], ground: Ground, now: dt.datetime) -> Iterator[Finding]:
    for period in periods:
        if period.end > now.date():
            until = f"{now:%Y-%m-%d %H:%M} UTC"
            text = f"{period.label} lasts until {period.last}; the report has what was recorded until {until}"
            yield _finding("not-over", "", "", text)
        if ground.began is not None and period.first < ground.began.date() < period.end:
            text = f"recording began on {ground.began.date()}, within {period.label}; what came before is not in it"
            yield _finding("began-within", "", "", text)


def _on_everything(whole: Counts) -> Iterator[Finding]:
    for sort, words in EXCLUDED.items():
        runs, images = whole.excluded[f"{sort} runs"], whole.excluded[f"{sort} images"]
        text = f"{runs:,} runs and {images:,} images of {words} are left out of all figures"
        yield _finding(f"{sort}-excluded", "", "", text)
    sources = ", ".join(f"{name}: {number:,}" for name, number in sorted(whole.sources.items()) if number)
    text = (
        "a country is what the person declared; else the country in which the address is registered, looked up offline "
        "with iptocc, which need not be where the person is; else unknown. Addresses are never stored. "
        f"Successful runs by where their country is known from: {sources or 'none'}"
    )
    yield _finding("country-method", "", "", text)
    text = (
        "a user is a keyed pseudonym of an account; who has accounts on several installations of Pelagia, or works "
        "without one, cannot be recognised. The users, groups and countries of a total are those of the union of its "
        "periods, not their sum"
    )
    yield _finding("user-method", "", "", text)


def _on_row(
    part: InstallationReport, row: MetricRow, periods: Sequence[Period], counts: Sequence[Counts]
) -> Iterator[Finding]:
    labels = [period.label for period in periods]
    for label, cell in zip(labels, row.values, strict=True):
        if cell.value is None:
            yield _finding("not-available", part.id, row.metric, f"{label} is N/A, which is not 0: {cell.why}")
        elif cell.at_least and row.metric != "country names":
            yield _finding("at-least", part.id, row.metric, f"{label} is this or more: {cell.why}")
    yield from _overlap(part, row, labels, counts)


def _overlap(
    part: InstallationReport, row: MetricRow, labels: Sequence[str], counts: Sequence[Counts]
) -> Iterator[Finding]:
    """Explain a total that is less than the sum of its periods."""
    sort = METRICS[row.metric].sort
    values = [cell.value for cell in row.values]
    if sort not in OVERLAPS or not isinstance(row.total.value, int) or len(values) < 2:
        return
    numbers = [value for value in values if isinstance(value, int)]
    both = sum(numbers) - row.total.value
    if both <= 0:
        return
    parts = " + ".join(f"{number:,}" for number in numbers)
    text = (
        f"{both:,} of the {OVERLAPS[sort]} came in both {' and '.join(labels)}; the total counts each once: "
        f"{parts} − {both:,} = {row.total.value:,}"
    )
    yield _finding("in-both", part.id, row.metric, text)


def _on_publication(
    part: InstallationReport, row: MetricRow, stated: BaselineRow, periods: Sequence[Period]
) -> Iterator[Finding]:
    published = [whole_number(text) for text in stated.published.values()]
    total = whole_number(stated.published_total)
    numbers = [number for number in published if number is not None]
    if total is not None and numbers and len(numbers) == len(published) and total != sum(numbers):
        parts = " + ".join(f"{number:,}" for number in numbers)
        text = f"the published total {total:,} is not what its parts give: {parts} = {sum(numbers):,}"
        is_distinct = METRICS[row.metric].sort in OVERLAPS and max(numbers) <= total < sum(numbers)
        text += ", as may be where the same ones occur in several periods" if is_distinct else ""
        yield _finding("published-total", part.id, row.metric, text)
    for period, cell in zip(periods, row.values, strict=True):
        text = stated.published.get(period.label, "")
        if text and text != NOT_TRACKED and isinstance(cell.value, int) and whole_number(text) != cell.value:
            said = f"{period.label} was published as {text}; the ledger has {cell.text}"
            yield _finding("published-differs", part.id, row.metric, said)
    if stated.note and stated.note not in [cell.why for cell in row.values]:
        yield _finding("note", part.id, row.metric, f"the table of baselines notes: {stated.note}")


def _on_uses(part: InstallationReport, counts: Sequence[Counts]) -> Iterator[Finding]:
    whole = united(counts)
    uses, unknown = whole.sums["uses"], whole.unknown["country"]
    if unknown:
        text = f"{unknown:,} of {uses:,} successful uses ({unknown / uses:.0%}) come from an unknown country"
        yield _finding("country-unknown", part.id, "", text)
    if whole.unknown["user"]:
        text = f"{whole.unknown['user']:,} of {uses:,} successful uses name no user, such as those of a command line"
        yield _finding("user-unknown", part.id, "", text)
    small = sorted(country_name(code) for code, users in whole.users_of_country.items() if len(users) < SMALL_CELL)
    if small:
        text = (
            f"fewer than {SMALL_CELL} users each come from {', '.join(small)}: nothing is suppressed here, but who "
            "publishes the table of countries may let single persons be recognised"
        )
        yield _finding("small-cells", part.id, "", text)
    negative = [row.metric for row in part.metrics if any(_is_negative(cell) for cell in (*row.values, row.total))]
    for metric in negative:
        text = "a negative figure: what was recorded in an earlier period was taken back in this one"
        yield _finding("taken-back", part.id, metric, text)
    silent = [label for label, text in part.description if text == NOT_STATED]
    if silent:
        text = f"nobody stated: {', '.join(silent)}; the file of installations is the place for it"
        yield _finding("not-stated", part.id, "", text)


def _is_negative(cell: Cell) -> bool:
    return isinstance(cell.value, int) and cell.value < 0
