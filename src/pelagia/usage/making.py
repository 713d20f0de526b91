"""Reports for the server: who may have which, made in a process beside the one that serves pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from pelagia.core.errors import NotAllowed
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.registry import all_services
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import Settings
from pelagia.usage.build import build_report, plan_report
from pelagia.usage.forms import Form, render
from pelagia.usage.installations import Installation, read_project


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The report somebody wants.

    Parameters
    ----------
    period, compare
        Labels such as ``M25-M36``; nothing is compared where the second is empty.
    project_start
        The first day of month 1; by default that of the file of installations.
    form
        Which form.
    installations
        Ids of those to report; all that the person may see by default.
    """

    period: str
    compare: str = ""
    project_start: dt.date | None = None
    form: Form = "html"
    installations: tuple[str, ...] = ()


def require_insight(principal: Principal) -> frozenset[str] | None:
    """Return the services whose use somebody may see: their own; ``None`` for an administrator, who sees all.

    Raises
    ------
    NotAllowed
        Where there are none.
    """
    if principal.is_admin and "admin" in principal.scopes:
        return None
    if principal.provides and "provide" in principal.scopes:
        return principal.provides
    raise NotAllowed(
        "Only who provides a service, or runs this installation, sees how much it was used",
        remedy="See your own use under My usage.",
    )


def may_see(services: frozenset[str] | None) -> Callable[[Installation], bool]:
    """Return what tells which installations somebody may see: those of which all is theirs.

    Parameters
    ----------
    services
        From :func:`require_insight`.
    """
    if services is None:
        return lambda _: True
    own = set(services)
    own |= {one.training.slug for one in all_services() if one.training is not None and one.slug in services}
    return lambda one: set(one.ledger_names) <= own


def report_for(bench: Workbench, principal: Principal, wish: Wish) -> bytes:
    """Make a report for somebody.

    Raises
    ------
    NotAllowed
        Where they may see none.
    NotFound, BadParameter, BadInput
        Where it cannot be made as wanted.
    """
    services = require_insight(principal)
    return cast("bytes", bench.warm.call(make, bench.runtime.settings, wish, services))


def make(settings: Settings, wish: Wish, services: frozenset[str] | None) -> bytes:
    """Make a report in this process.

    Parameters
    ----------
    settings
        Of the installation.
    wish
        What is wanted.
    services
        What may be seen.
    """
    allowed = may_see(services)
    plan = plan_report(
        read_project(settings, all_services()),
        period=wish.period,
        compare=wish.compare or None,
        project_start=wish.project_start,
        only=lambda one: allowed(one) and (not wish.installations or one.id in wish.installations),
    )
    with open_runtime(settings) as runtime, runtime.database.read() as connection:
        report = build_report(connection, plan, now=dt.datetime.now(dt.UTC))
    return render(report, wish.form)
