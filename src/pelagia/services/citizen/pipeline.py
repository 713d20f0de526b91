"""From the marks of many people to boxes they agree on, and to a training set: the method.

1. *Inventory*: which images there are, who saw them, who marked what on them, what experts validated.
2. *Images*, part by part: their size is read from the file; marks become boxes; those of one animal are put together,
   never two of one person, never a chain; boxes of experts find the marks that are theirs.
3. *Account*: how well each person sees is estimated together with what is there; every animal gets the box its marks
   agree on, with the share of those who saw it; persons who differ from the others are found; the images are divided
   into parts, a deployment in one part only.
4. *Checksums* of all that was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pelagia.core.errors import NothingUsable
from pelagia.core.result import Issue, Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.core.table import Table, TableWriter
from pelagia.io.findings import Findings
from pelagia.io.sources.checksums import checksum_batches, checksum_files, source_records
from pelagia.services.citizen.account import TABLES, account
from pelagia.services.citizen.inspection import inspect
from pelagia.services.citizen.inventory import take_inventory
from pelagia.services.citizen.service import CitizenParams
from pelagia.services.citizen.settling import (
    MATCHED_COLUMNS,
    SETTLED_COLUMNS,
    SIZED_COLUMNS,
    settle_images,
    settling_items,
)
from pelagia.services.citizen.summary import notes, summarise

Record = dict[str, Any]


def estimate(request: Request[CitizenParams], /) -> Estimate:
    """Read the tables and say how many images they speak of."""
    return inspect(request)


def run(request: Request[CitizenParams], steps: Steps, /) -> Result:
    """Put the marks together, rate who made them, write the training set."""
    inventory = steps.do("inventory", take_inventory, request, steps.workdir)
    findings = Findings()
    findings.add_records(inventory["issues"])
    items = settling_items(inventory["parts"], inventory["extents"], request, steps.workdir)
    if not _settle(steps, items, findings):
        raise _nothing(findings)
    told = steps.do("account", account, request, steps.workdir)
    findings.add_all(_of_account(request, told))
    inputs = list(source_records(steps.map("checksums", checksum_files, checksum_batches(Path(inventory["files"])))))
    return Result(
        tables={name: Table(name=name, path=steps.workdir / f"{name}.parquet") for name in TABLES},
        summary=summarise(told),
        issues=findings.issues(),
        provenance=request.provenance(inputs),
        notes=notes(request, told, has_views=inventory["has_views"]),
    )


def _settle(steps: Steps, items: Sequence[Record], findings: Findings) -> int:
    """Work on all parts; write what they give, a row group a part. Returns how many images could be used."""
    kinds = {"marks": ("settled", SETTLED_COLUMNS), "experts": ("matched", MATCHED_COLUMNS)}
    kinds["sizes"] = ("sizes", SIZED_COLUMNS)
    images = 0
    with ExitStack() as stack:
        writers = {
            key: stack.enter_context(
                TableWriter(name, steps.workdir / f"{name}.parquet", columns, rows_per_group=1 << 30)
            )
            for key, (name, columns) in kinds.items()
        }
        for done in steps.map("images", settle_images, items, units=lambda value: int(value["images"])):
            for key, writer in writers.items():
                writer.write(done[key])
            findings.add_records(done["issues"])
            images += int(done["images"])
    return images


def _of_account(request: Request[CitizenParams], told: Record) -> Iterator[Issue]:
    """Yield what has to be known of the persons and of the parts."""
    if told["outliers"]:
        left = "left out" if request.params.leave_out_outliers else "kept"
        yield Issue(
            file="marks",
            code="citizen-outliers",
            message=f"{told['outliers']:,} of {told['annotators']:,} annotators differ from the others and were {left}",
            remedy="Read in the table of annotators in what they differ; leave them out by name (without), or all of "
            "them (leave_out_outliers).",
        )
    if not told["has_converged"]:
        yield Issue(
            file="marks",
            code="citizen-not-converged",
            message="The reliabilities of the annotators still changed when their estimation was stopped",
            value=f"{told['rounds']:,} rounds",
            remedy="Use weights=equal, or give boxes that experts validated.",
        )
    yield from _of_parts(request.params, told)


def _of_parts(params: CitizenParams, told: Record) -> Iterator[Issue]:
    if not told["boxes_in_set"]:
        yield Issue(
            file="marks",
            code="citizen-nothing-accepted",
            message="No box was accepted: there is no training set",
            value=f"at least {params.at_least} people and {params.accept_from:.0%} of those who saw the image",
            remedy="Lower at_least or accept_from, let more people look, or review the boxes by hand.",
        )
        return
    if params.split_by == "image":
        yield Issue(
            file="split",
            code="citizen-split-by-image",
            message="The parts share deployments: a model will look better on them than on a new deployment",
            remedy="Tell deployments by folders or by group_pattern, and split by them.",
        )
    wanted = {"train": True, "validation": params.validation_share > 0, "test": params.test_share > 0}
    empty = [part for part, is_wanted in wanted.items() if is_wanted and not told["parts"].get(part)]
    if params.split_by != "none" and empty:
        yield Issue(
            file="split",
            code="citizen-part-empty",
            message=f"No deployment is left for {' and '.join(empty)}",
            value=f"{told['deployments']:,} deployments in the training set",
            remedy="Give more deployments, or set the share of that part to 0.",
        )


def _nothing(findings: Findings) -> NothingUsable:
    issues = findings.issues()
    first = next(iter(sorted(issues, key=lambda issue: issue.severity != "error")), None)
    return NothingUsable(
        "no image with marks could be read" + (f"; the first finding: {first.file}: {first.message}" if first else ""),
        value=", ".join(sorted({issue.code for issue in issues})),
        remedy=first.remedy if first else "Give the table of marks and the folder of the images.",
    )
