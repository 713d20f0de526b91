"""``/v1/usage``: one's own use; for providers and administrators, totals, reports, receipts."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response, status
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from pelagia.api.paging import Cursor, Limit, cursor_of, number_after
from pelagia.core.errors import BadParameter, TooMuch
from pelagia.http.asking import Administrator, Bench, Known, Reader
from pelagia.http.sign_in import InPerson
from pelagia.http.streams import pieces
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.ledger import UsageTotal, usage_totals
from pelagia.usage.exchange import import_receipt, read_header
from pelagia.usage.forms import MEDIA_TYPES, Form
from pelagia.usage.making import Wish, report_for, require_insight
from pelagia.usage.own import erase_usage, own_rows, own_totals, usage_records
from pelagia.usage.trust import LARGEST_RECEIPT, require_trust

router = APIRouter(prefix="/v1/usage", tags=["usage"])
Months = r"^[Mm]\d{1,4}(-[Mm]\d{1,4})?$"
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class TotalOut(BaseModel):
    """The use of one service; tests, and use by those who run the installation, stand apart."""

    service: str
    unit: str = Field(description="What is counted: image, scan, …", examples=["image"])
    is_test: bool
    is_staff: bool
    units: int = Field(description="Each counted once, also those of runs that failed.")
    jobs: int
    succeeded: int
    failed: int
    cancelled: int
    bytes: int

    @classmethod
    def of(cls, total: UsageTotal) -> TotalOut:
        """Return a total as the interface shows it."""
        return cls(**{name: getattr(total, name) for name in cls.model_fields})


class RowOut(BaseModel):
    """A row of the ledger."""

    id: int
    at: dt.datetime
    job_id: str
    service: str
    service_version: str
    models: str
    kind: str
    route: str
    outcome: str
    unit: str
    units: int
    ingested: int
    objects: int
    jobs: int
    bytes: int
    seconds: float
    country: str | None
    country_source: str | None
    affiliation: str | None
    is_test: bool
    is_staff: bool
    corrects: int | None = Field(description="The row it takes back.")


class OwnUsage(BaseModel):
    """What one used."""

    totals: list[TotalOut]
    items: list[RowOut]
    next: str | None = Field(description="Send it as `cursor` for what follows; null at the end.")


class Totals(BaseModel):
    """What was used of services."""

    items: list[TotalOut]


class ReceiptTaken(BaseModel):
    """A receipt that was taken in."""

    receipt: str
    rows: int
    new: int = Field(description="How many of its rows were not there before.")


@router.get("/me", operation_id="getOwnUsage")
def own(bench: Bench, principal: Reader, limit: Limit = 50, cursor: Cursor = "") -> OwnUsage:
    """Show what one used. A visitor without an account sees the present day: their pseudonym lasts no longer."""
    database, subject = bench.runtime.database, principal.user.subject or ""
    rows = own_rows(database, subject, limit=limit + 1, after=number_after(cursor))
    return OwnUsage(
        totals=[TotalOut.of(total) for total in own_totals(database, subject)],
        items=[RowOut(**{name: row[name] for name in RowOut.model_fields}) for row in rows[:limit]],
        next=cursor_of(rows[limit - 1]["id"]) if len(rows) > limit else None,
    )


@router.get(
    "/me/export",
    operation_id="exportOwnUsage",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}},
)
def export_own(bench: Bench, principal: Reader) -> StreamingResponse:
    """Take along all that was counted of one's use, with the names of the OGF Usage Record where they fit."""
    site = bench.runtime.settings.public_url or "pelagia"
    records = usage_records(bench.runtime.database, principal.user.subject or "", site)
    return StreamingResponse(
        _as_list(records),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="pelagia-usage.json"'},
    )


def _as_list(records: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield "["
    for number, record in enumerate(records):
        yield (",\n" if number else "\n") + json.dumps(record, ensure_ascii=False)
    yield "\n]\n"


@router.delete("/me", operation_id="eraseOwnUsage", status_code=status.HTTP_204_NO_CONTENT)
def erase_own(bench: Bench, principal: InPerson) -> None:
    """Take oneself out of what was counted: a random pseudonym takes the place of one's own; totals stay."""
    erase_usage(bench.runtime.database, principal.asker, principal.user.subject or "")


@router.get("/totals", operation_id="getUsageTotals")
def totals(
    bench: Bench,
    principal: Known,
    first: Annotated[dt.date | None, Query(alias="from", description="First day (UTC).")] = None,
    last: Annotated[dt.date | None, Query(alias="to", description="Last day (UTC).")] = None,
    service: Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")] = None,
) -> Totals:
    """Add up what was used, per service: a provider sees their own services, an administrator all."""
    services = require_insight(principal)
    since, until = _instant(first), _instant(last, days=1)
    if since is not None and until is not None and since >= until:
        raise BadParameter("The first day lies after the last", value=f"{first}, {last}", remedy="Exchange them.")
    found = usage_totals(bench.runtime.database, since=since, until=until, service=service)
    return Totals(items=[TotalOut.of(one) for one in found if services is None or one.service in services])


def _instant(day: dt.date | None, *, days: int = 0) -> dt.datetime | None:
    if day is None:
        return None
    try:
        return dt.datetime.combine(day, dt.time(tzinfo=dt.UTC)) + dt.timedelta(days=days)
    except OverflowError:
        raise BadParameter("The day is too far away", value=day, remedy="Give a nearer one.") from None


@router.get(
    "/report",
    operation_id="makeUsageReport",
    response_class=Response,
    responses={200: {"content": {media.partition(";")[0]: {} for media in MEDIA_TYPES.values()}}},
)
def report(
    bench: Bench,
    principal: Known,
    period: Annotated[str, Query(pattern=Months, description="Project months, such as M25-M36.", examples=["M25-M36"])],
    compare: Annotated[str, Query(pattern=f"{Months}|^$", description="Earlier months beside them.")] = "",
    project_start: Annotated[
        dt.date | Literal[""] | None,
        Query(description="First day of month 1; by default as the installation says.", examples=["2022-09-01"]),
    ] = None,
    service: Annotated[list[Slug] | None, Query(max_length=100, description="Only these installations.")] = None,
    form: Annotated[Form, Query(alias="format")] = "html",
) -> Response:
    """Make a Virtual Access report: a provider gets their own services, an administrator all."""
    wish = Wish(
        period=period.upper(),
        compare=compare.upper(),
        project_start=project_start or None,
        form=form,
        installations=tuple(service or ()),
    )
    content = report_for(bench, principal, wish)
    name = f"usage-report-{wish.period}.{form}"
    return Response(
        content, media_type=MEDIA_TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.post(
    "/receipts",
    operation_id="importUsageReceipt",
    openapi_extra={
        "requestBody": {
            "description": "The file that `pelagia usage export` wrote.",
            "required": True,
            "content": {"application/jsonl": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def take_in(
    request: Request,
    bench: Bench,
    principal: Administrator,
    trust: Annotated[str, Query(max_length=200, description="Fingerprint of an installation not known yet.")] = "",
) -> ReceiptTaken:
    """Take in the usage receipt of another installation: whole or not at all, counted once however often."""
    with tempfile.TemporaryDirectory(dir=bench.runtime.settings.home) as folder:
        path = Path(folder) / "receipt"
        size = 0
        with path.open("wb") as file:
            async for piece in pieces(request):
                size += len(piece)
                if size > LARGEST_RECEIPT:
                    raise TooMuch(
                        f"A receipt has at most {LARGEST_RECEIPT:,} bytes",
                        remedy="Import it with: pelagia usage import",
                        code="too-large",
                    )
                await run_sync(file.write, piece)
        return await run_sync(_take_in, bench, principal, path, trust)


def _take_in(bench: Workbench, principal: Principal, path: Path, trust: str) -> ReceiptTaken:
    header = read_header(path)
    require_trust(bench.runtime.database, header, trust)
    taken = import_receipt(bench.runtime, path, public_key=header.public_key, by=principal.account_id)
    return ReceiptTaken(receipt=taken.id, rows=taken.rows, new=taken.new)
