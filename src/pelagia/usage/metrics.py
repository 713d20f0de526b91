"""What is reported of an installation, and how each figure is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Sort = Literal["subjects", "affiliations", "countries", "country names", "sum"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure of the report.

    Parameters
    ----------
    name
        How the field calls it.
    sort
        What is done: distinct things are counted over the union of periods, quantities are added up.
    measure
        What is added up.
    how
        How it is measured, for the report.
    """

    name: str
    sort: Sort
    how: str
    measure: str = ""


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            name="unique users",
            sort="subjects",
            how="Distinct accounts, as keyed pseudonyms, whose use came to something: an image processed, or a run "
            "that ended well; each counted once in the total",
        ),
        Metric(
            name="user groups",
            sort="affiliations",
            how="Distinct declared affiliations whose use came to something; each counted once in the total",
        ),
        Metric(
            name="images processed",
            sort="sum",
            measure="units",
            how="Images (scans, frames …) of finished steps in the ledger, each counted once whatever is resumed",
        ),
        Metric(
            name="images ingested",
            sort="sum",
            measure="ingested",
            how="Images in the inputs of started runs, counted once at the first start",
        ),
        Metric(
            name="images archived",
            sort="sum",
            measure="archived",
            how="Images put into an archive, as ledger rows state them",
        ),
        Metric(
            name="objects found",
            sort="sum",
            measure="objects",
            how="Objects (organisms, items …) in the results of runs",
        ),
        Metric(
            name="successful runs",
            sort="sum",
            measure="runs",
            how="Runs that ended well, one per job, whatever was retried or resumed; failures are told apart",
        ),
        Metric(
            name="countries",
            sort="countries",
            how="Distinct countries of uses that came to something: declared, else looked up offline from the address",
        ),
        Metric(
            name="country names",
            sort="country names",
            how="The countries counted above",
        ),
    )
}
DEFAULT_METRICS = ("unique users", "images processed", "images ingested", "countries", "country names")
