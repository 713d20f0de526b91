"""What visitors look at and download, counted after they were answered."""

from __future__ import annotations

from typing import Literal, TypeVar

from fastapi import Request, Response
from starlette.background import BackgroundTask

from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.usage.views import Look, record_look

Answer = TypeVar("Answer", bound=Response)


def counted_view(response: Answer, request: Request, bench: Workbench, principal: Principal, service: str) -> Answer:
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
    if response.status_code == 200:
        _count(response, request, bench, principal, service, "view", request.url.path)
    return response


def counted_download(
    response: Answer, request: Request, bench: Workbench, principal: Principal, service: str
) -> Answer:
    """Return a file that is counted as a download from a service, where it goes to a visitor who is no robot.

    What a page shows in itself, such as a picture, is none, nor is a further part of a file that is fetched in parts.

    Parameters
    ----------
    response
        The file.
    request, bench, principal
        What is answered, and to whom.
    service
        Slug of the service.
    """
    headers = response.headers
    begins = response.status_code == 200 and _first_byte(request) == 0
    if begins and request.method == "GET" and headers.get("content-disposition", "").startswith("attachment"):
        # The same table as CSV and as Parquet are two things.
        item = f"{request.url.path} {headers.get('content-type', '')}"
        _count(response, request, bench, principal, service, "download", item)
    return response


def _first_byte(request: Request) -> int:
    """Return where the part begins that is asked for; parts are cut out only when the answer is sent."""
    first = request.headers.get("range", "").lower().partition("bytes=")[2].partition("-")[0].strip()
    return int(first) if first.isdecimal() else 0


def _count(
    response: Response,
    request: Request,
    bench: Workbench,
    principal: Principal,
    service: str,
    kind: Literal["view", "download"],
    item: str,
) -> None:
    if not principal.is_anonymous:
        return
    agent = request.headers.get("user-agent", "")
    look = Look(kind=kind, item=item, service=service, user=principal.user, user_agent=agent)
    response.background = BackgroundTask(record_look, bench.runtime.database, look)
