"""My usage; for providers and administrators, how the services are used, and reports."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from pelagia.core.errors import BadParameter, Conflict
from pelagia.http.asking import Bench, Known, Reader
from pelagia.http.sign_in import InPerson
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.accounts.requests import requests_to_answer
from pelagia.runtime.registry import all_services
from pelagia.runtime.tables import LEDGER
from pelagia.ui.rendering import page
from pelagia.usage.dashboard import dashboard
from pelagia.usage.forms import FORMS
from pelagia.usage.installations import Installation, read_project
from pelagia.usage.layout import chart_table
from pelagia.usage.making import may_see, require_insight
from pelagia.usage.months import month_of
from pelagia.usage.own import Day, erase_usage, own_days, own_totals
from pelagia.usage.svg import chart_svg

router = APIRouter(include_in_schema=False)
PER_PAGE = 25
FORM_NAMES = {
    "html": "Web page (HTML)",
    "docx": "Document (DOCX)",
    "csv": "Table (CSV)",
    "json": "Data (JSON)",
}
# Day, service and unit of the last line of the page before.
Before = Annotated[str, Query(max_length=100)]


@router.get("/usage")
def show_own(request: Request, bench: Bench, principal: Reader, before: Before = "") -> HTMLResponse:
    """Show what one used."""
    return _own_page(request, bench, principal, before=before)


@router.post("/usage/erase")
def erase_own(
    request: Request,
    bench: Bench,
    principal: InPerson,
    confirm: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Take oneself out of what was counted."""
    if confirm.strip().lower() != "erase":
        return _own_page(request, bench, principal, error="Type the word erase, to be sure.")
    try:
        erase_usage(bench.runtime.database, principal.asker, principal.user.subject or "")
    except Conflict as error:
        return _own_page(request, bench, principal, error=f"{error.what}. {error.remedy}")
    return RedirectResponse("/usage?erased=1", status_code=303)


def _own_page(
    request: Request, bench: Workbench, principal: Principal, *, before: str = "", error: str = ""
) -> HTMLResponse:
    database, subject = bench.runtime.database, principal.user.subject or ""
    days = own_days(database, subject, limit=PER_PAGE + 1, before=_place(before))
    shown = days[:PER_PAGE]
    return page(
        request,
        "usage/mine.html",
        status=422 if error else 200,
        totals=[total for total in own_totals(database, subject) if total.units or total.jobs],
        days=shown,
        names=_names(),
        older="~".join((shown[-1].day.isoformat(), shown[-1].service, shown[-1].unit)) if len(days) > PER_PAGE else "",
        before=before,
        error=error,
        erased="erased" in request.query_params,
    )


def _place(before: str) -> Day | None:
    if not before:
        return None
    try:
        day, service, unit = before.replace("\0", "").split("~")
        return Day(day=dt.date.fromisoformat(day), service=service, unit=unit)
    except ValueError:
        raise BadParameter("There is no such place in the list", value=before, remedy="Begin at the top.") from None


def _names() -> dict[str, str]:
    services = all_services()
    return {
        face.slug: face.title
        for service in services
        for face in (service, *([service.training] if service.training is not None else []))
    }


@router.get("/admin")
def show_dashboard(request: Request, bench: Bench, principal: Known) -> HTMLResponse:
    """Show how the services are used: a provider their own, an administrator all."""
    installations = _seen(bench, principal)
    with bench.runtime.database.read() as connection:
        found = dashboard(connection, installations, dt.datetime.now(dt.UTC).date())
    charts = [(chart, chart_svg(chart), chart_table(chart)) for chart in found.charts]
    waiting = len(requests_to_answer(bench.runtime.database, principal, state="asked"))
    return page(request, "usage/dashboard.html", board=found, charts=charts, waiting=waiting)


@router.get("/admin/reports")
def show_reports(request: Request, bench: Bench, principal: Known) -> HTMLResponse:
    """Show the form from which reports are made."""
    installations = _seen(bench, principal)
    project = read_project(bench.runtime.settings, all_services())
    today = dt.datetime.now(dt.UTC).date()
    # Without a project, years are those of the calendar, from the first of which anything is known.
    start = project.project_start or dt.date(_first_year(bench) or today.year, 1, 1)
    period, compare = _last_years(start, today)
    return page(
        request,
        "usage/reports.html",
        installations=installations,
        start=start.isoformat(),
        period=period,
        compare=compare,
        forms=[(form, FORM_NAMES[form]) for form in FORMS],
        has_baseline=bool(project.baseline),
    )


def _seen(bench: Workbench, principal: Principal) -> tuple[Installation, ...]:
    allowed = may_see(require_insight(principal))
    return tuple(one for one in read_project(bench.runtime.settings, all_services()).installations if allowed(one))


def _first_year(bench: Workbench) -> int | None:
    with bench.runtime.database.read() as connection:
        began: dt.datetime | None = connection.execute(sa.select(sa.func.min(LEDGER.c.at))).scalar()
    return None if began is None else began.year


def _last_years(start: dt.date, today: dt.date) -> tuple[str, str]:
    """Return the project year that is running, and the one before; the first year where that is not over."""
    month = max(1, month_of(start, today))
    first = month - (month - 1) % 12
    return f"M{first}-M{first + 11}", f"M{first - 12}-M{first - 1}" if first > 12 else ""
