"""Litter, from drone photos and orthophotos to items per 100 m: the method.

1. *Inventory*: which pictures the inputs hold, where they lie on the ground, which lines were surveyed.
2. *Blocks* of pictures, each read once: every tile of the ground is named; items are looked for where there may be
   litter; people are blurred in whatever is shown.
3. *Views*: each picture as it may be shown, put together from its blocks. A picture is then done, and billed.
4. *Items*: each once, though two blocks or two photos show it; measured and on the map; corrected where people did.
5. *Accounts*: items per 100 m, per km² and per cell, with intervals; quantities by the formulas of APLASTIC-Q.
6. *Checksums* of all that was read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.errors import NothingUsable
from pelagia.core.result import Artifact, Issue, Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.core.table import Table, TableWriter
from pelagia.io.findings import Findings
from pelagia.io.rasters.faults import truncated
from pelagia.io.sources.checksums import checksum_batches, checksum_files, source_records
from pelagia.services.litter.account import account, write_accounts
from pelagia.services.litter.blocks import FOUND_COLUMNS, work_on_blocks
from pelagia.services.litter.columns import TILE_COLUMNS
from pelagia.services.litter.corrections import apply_corrections
from pelagia.services.litter.inspection import inspect
from pelagia.services.litter.inventory import take_inventory
from pelagia.services.litter.items import block_items, picture_items, tile_grids
from pelagia.services.litter.picture_rows import picture_rows
from pelagia.services.litter.service import LitterParams
from pelagia.services.litter.settling import settle_items
from pelagia.services.litter.summary import notes, summarise
from pelagia.services.litter.views import finish_pictures, remove_pieces, view_name

Record = dict[str, Any]


def estimate(request: Request[LitterParams], /) -> Estimate:
    """Check every input and say how many pictures there are."""
    return inspect(request)


def run(request: Request[LitterParams], steps: Steps, /) -> Result:
    """Name the ground, find the items, put them on the map, count."""
    inventory = steps.do("inventory", take_inventory, request, steps.workdir)
    findings = Findings()
    findings.add_records(inventory["issues"])
    pictures: list[Record] = inventory["pictures"]
    grids = tile_grids(pictures, request)
    tiles, found, facts = _blocks(steps, list(block_items(pictures, grids, request, steps.workdir)), findings)
    findings.add_all(_cut_off(pictures, facts, inventory["issues"]))
    views = _views(steps, pictures, facts)
    if not any(view["view_scale"] for view in views):
        raise _nothing(findings)
    items = Table(name="items", path=steps.workdir / "items.parquet")
    steps.do("items", settle_items, request.params, pictures, str(found.path), str(items.path))
    rows = picture_rows(pictures, grids, facts, views)
    edits: list[Record] = []
    for uri in request.inputs.get("corrections", ()):
        corrected = Table(name="items", path=steps.workdir / "corrected.parquet")
        done = steps.do("corrections", apply_corrections, uri, rows, str(items.path), str(corrected.path))
        findings.add_records(done["issues"])
        items, edits = corrected, done["edits"]
    told = steps.do("account", account, request, rows, str(tiles.path), str(items.path), inventory["survey"])
    findings.add_records(told["issues"])
    inputs = list(source_records(steps.map("checksums", checksum_files, checksum_batches(Path(inventory["files"])))))
    steps.do("tidy", remove_pieces, [fact["piece"] for fact in facts if fact["is_read"]])
    return Result(
        tables={"tiles": tiles, "items": items, **write_accounts(told, edits, steps.workdir)},
        summary=summarise(request, told),
        issues=findings.issues(),
        provenance=request.provenance(inputs),
        artifacts=tuple(_artifacts(steps.workdir, views, facts)),
        notes=notes(request, told),
    )


def _blocks(steps: Steps, parts: Sequence[Record], findings: Findings) -> tuple[Table, Table, list[Record]]:
    """Work on all blocks; write ``tiles`` and what was found as they come."""
    facts: list[Record] = []
    with (
        TableWriter("tiles", steps.workdir / "tiles.parquet", TILE_COLUMNS) as tiles,
        TableWriter("found", steps.workdir / "found.parquet", FOUND_COLUMNS) as found,
    ):
        for done in steps.map("blocks", work_on_blocks, parts):
            tiles.write(done["tiles"])
            found.write(done["found"])
            facts += done["facts"]
            findings.add_records(done["issues"])
    return tiles.table, found.table, facts


def _views(steps: Steps, pictures: Sequence[Record], facts: Sequence[Record]) -> list[Record]:
    """Put the views together: a picture is then done, and billed."""
    parts = picture_items(pictures, facts, steps.workdir)
    finished = steps.map("views", finish_pictures, parts, units=lambda done: int(done["images"]))
    return [view for done in finished for view in done["pictures"]]


def _cut_off(pictures: Sequence[Record], facts: Sequence[Record], known: Sequence[Record]) -> Iterator[Issue]:
    """Yield findings on pictures of which a part could not be read, unless the inventory told it."""
    missing: Counter[str] = Counter()
    for fact in facts:
        if fact["is_read"]:
            missing[fact["image_id"]] += fact["missing_px"]
    told = {issue["file"] for issue in known if issue["code"] == "truncated"}
    for picture in pictures:
        share = missing[picture["image_id"]] / (picture["height_px"] * picture["width_px"])
        if share and picture["file"] not in told:
            yield truncated(picture["file"], share)


def _artifacts(workdir: Path, views: Sequence[Record], facts: Sequence[Record]) -> Iterator[Artifact]:
    for view in views:
        if view["view_scale"]:
            name = view_name(view["image_id"])
            yield Artifact(
                role="view",
                name=name,
                path=workdir / name,
                media_type="image/tiff",
                description=f"{view['image_id']} as it may be shown",
            )
    for fact in facts:
        name = f"vignettes/{fact['image_id']}-{fact['number']}.zip"
        if fact["is_read"] and fact["items"]:
            yield Artifact(
                role="vignettes",
                name=name,
                path=workdir / name,
                media_type="application/zip",
                description=f"Items of {fact['image_id']}",
            )


def _nothing(findings: Findings) -> NothingUsable:
    issues = findings.issues()
    first = next(iter(sorted(issues, key=lambda issue: issue.severity != "error")), None)
    return NothingUsable(
        "no picture could be used" + (f"; the first finding: {first.file}: {first.message}" if first else ""),
        value=", ".join(sorted({issue.code for issue in issues})) or "no pictures found",
        remedy=first.remedy if first else "Name drone photos, orthophotos (GeoTIFF) or folders of them.",
    )
