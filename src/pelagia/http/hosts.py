"""Which names the server answers to: a page of another site must not reach it by a name of its own (DNS rebinding)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from pelagia.core.errors import NotAllowed
from pelagia.http.problems import problem_response
from pelagia.runtime.settings import Settings

ANY = "*"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Name or address, then maybe a port: pelagia.example.org:8000, [::1]:8000.
HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:@/?#\s]+))(?::\d*)?")
# Asked for by address: probes of an orchestrator. Asked for with any name: what the page of an error is drawn with.
OPEN_TO_ALL = ("/health", "/health/live", "/health/ready")
DRAWN_WITH = "/static/"


def allowed_hosts(settings: Settings, listens_at: Collection[str] = ()) -> frozenset[str]:
    """Return the names an installation answers to, in small letters and without ports; ``*`` among them for any.

    Parameters
    ----------
    settings
        Of the installation: ``allowed_hosts`` and the name in ``public_url`` count.
    listens_at
        What the server was told to listen at, and the address that is; empty where that is not known. One that only
        this computer can reach answers to its own names alone.
    """
    named = {*settings.allowed_hosts.lower().split(), (urlsplit(settings.public_url).hostname or "").lower()} - {""}
    is_local = any(_is_loopback(place) for place in listens_at)
    if not named and not is_local:
        return frozenset({ANY})
    return LOOPBACK | named | {place.lower() for place in listens_at if is_local}


class AllowedHosts:
    """Refuses a request that names another host than the installation answers to.

    Parameters
    ----------
    app
        What comes next.
    hosts
        As of :func:`allowed_hosts`.
    exempt
        Further paths that are answered whatever the name: those protected by a token.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], exempt: Sequence[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._exempt = frozenset({*OPEN_TO_ALL, *exempt})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and not self._is_allowed(scope):
            await problem_response(_foreign_host(Headers(scope=scope)))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        if ANY in self._hosts or scope["path"] in self._exempt or scope["path"].startswith(DRAWN_WITH):
            return True
        # A second one could be what the layers behind this take for the first.
        given = Headers(scope=scope).getlist("host")
        return len(given) == 1 and _name_of(given[0]) in self._hosts


def _name_of(host: str) -> str:
    match = HOST.fullmatch(host)
    return "" if match is None else (match["address"] or match["name"]).lower()


def _is_loopback(place: str) -> bool:
    try:
        return ipaddress.ip_address(place).is_loopback
    except ValueError:
        return False


def _foreign_host(headers: Headers) -> NotAllowed:
    return NotAllowed(
        "This installation does not answer to the name it was asked by",
        value=headers.get("host", "")[:200],
        remedy="Use its own address; if this is one, those who run it add the name to PELAGIA_ALLOWED_HOSTS.",
        code="foreign-host",
    )
