"""What visitors look at, counted after they were answered."""

from __future__ import annotations

from fastapi import Request, Response
from starlette.background import BackgroundTask

from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.usage.views import Look, record_look


def counted_view(
    response: Response, request: Request, bench: Workbench, principal: Principal, service: str
) -> Response:
    """Return a page that is counted as a view of a service, where it goes to a visitor who is no robot.

    Parameters
    ----------
    response
        The page.
    request, bench, principal
        What is answered, and to whom.
    service
        Slug of the service.
    """
    if principal.is_anonymous and response.status_code == 200:
        look = Look(
            kind="view",
            item=request.url.path,
            service=service,
            user=principal.user,
            user_agent=request.headers.get("user-agent", ""),
        )
        response.background = BackgroundTask(record_look, bench.runtime.database, look)
    return response
