"""Requests for access: asked in a short form, answered by a provider of the service, kept for the report."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

import sqlalchemy as sa

from pelagia.core.errors import BadParameter, Conflict, NotAllowed, NotFound
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.accounts.profile import clean_text
from pelagia.runtime.database import Database
from pelagia.runtime.jobs import Kind
from pelagia.runtime.registry import find_service
from pelagia.runtime.tables import ACCESS_REQUESTS, ACCOUNTS, utc_now

MODES: tuple[Kind, ...] = get_args(Kind)
RequestState = Literal["asked", "granted", "refused"]
LONGEST_PURPOSE = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """A request for access; ``name`` is that of the person who asks."""

    id: str
    account_id: str
    name: str
    service: str
    mode: Kind
    purpose: str
    affiliation: str
    state: RequestState
    asked_at: dt.datetime
    answered_at: dt.datetime | None
    answer: str | None


def ask_for_access(
    database: Database, account_id: str, *, service: str, mode: str, purpose: str, affiliation: str
) -> AccessRequest:
    """Ask for access to a service.

    Raises
    ------
    NotFound, BadParameter
        Where there is no such service or mode, or a text is missing or too long.
    Conflict
        Where the same is asked already, or granted.
    """
    slug = find_service(service).slug
    if mode not in MODES:
        raise BadParameter("There is no such mode of access", value=mode, remedy=f"These exist: {', '.join(MODES)}.")
    why = purpose.strip()
    if not why or len(why) > LONGEST_PURPOSE or "\0" in why:
        raise BadParameter(
            f"The purpose has 1 to {LONGEST_PURPOSE} characters",
            value=f"{len(why)} characters",
            remedy="Tell in a sentence or two what you want to find out, with which images.",
        )
    institute = clean_text(" ".join(affiliation.split()))
    if not institute:
        raise BadParameter("The affiliation is empty", remedy="Give your institute, or: none.")
    request_id = secrets.token_hex(8)
    row = {
        "id": request_id,
        "account_id": account_id,
        "service": slug,
        "mode": mode,
        "purpose": why,
        "affiliation": institute,
        "state": "asked",
        "asked_at": utc_now(),
    }
    same = (ACCESS_REQUESTS.c.account_id == account_id) & (ACCESS_REQUESTS.c.service == slug)
    same &= (ACCESS_REQUESTS.c.mode == mode) & ACCESS_REQUESTS.c.state.in_(("asked", "granted"))
    with database.write() as connection:
        if connection.execute(sa.select(sa.func.count()).where(same)).scalar_one():
            raise Conflict("You have asked for this already", value=f"{slug}, {mode}", remedy="Wait for the answer.")
        connection.execute(sa.insert(ACCESS_REQUESTS).values(row))
    return find_request(database, request_id)


def find_request(database: Database, request_id: str) -> AccessRequest:
    """Return a request by its id.

    Raises
    ------
    NotFound
        Where there is none.
    """
    found = _requests(database, ACCESS_REQUESTS.c.id == request_id)
    if not found:
        raise no_such_request(request_id)
    return found[0]


def no_such_request(request_id: str) -> NotFound:
    """Return the error for a request that does not exist."""
    return NotFound("There is no such request for access", value=request_id, remedy="The list of requests has them.")


def own_requests(database: Database, account_id: str) -> list[AccessRequest]:
    """Return what an account has asked for, the newest first."""
    return _requests(database, ACCESS_REQUESTS.c.account_id == account_id)


def requests_to_answer(
    database: Database, principal: Principal, *, state: RequestState | None = None
) -> list[AccessRequest]:
    """Return the requests a provider or administrator may answer, the newest first."""
    where: sa.ColumnElement[bool] = (
        sa.true() if principal.is_admin else ACCESS_REQUESTS.c.service.in_(sorted(principal.provides))
    )
    if state is not None:
        where = where & (ACCESS_REQUESTS.c.state == state)
    return _requests(database, where)


def answer_request(
    database: Database, principal: Principal, request_id: str, *, grant: bool, answer: str = ""
) -> AccessRequest:
    """Grant or refuse a request; an answer may be changed later.

    Raises
    ------
    NotFound
        Where there is none that the person may see.
    NotAllowed
        Where it is their own and they are no administrator, or the token does not cover it.
    """
    found = find_request(database, request_id)
    if not principal.is_admin and found.service not in principal.provides:
        raise no_such_request(request_id)
    _require_provider_scope(principal.scopes, is_admin=principal.is_admin)
    if found.account_id == principal.account_id and not principal.is_admin:
        raise NotAllowed("Nobody grants access to themselves", remedy="Ask another provider or an administrator.")
    if len(answer) > LONGEST_PURPOSE or "\0" in answer:
        raise BadParameter(f"The answer has up to {LONGEST_PURPOSE} characters", remedy="Give a shorter one.")
    values = {
        "state": "granted" if grant else "refused",
        "answer": answer.strip() or None,
        "answered_at": utc_now(),
        "answered_by": principal.account_id,
    }
    with database.write() as connection:
        connection.execute(sa.update(ACCESS_REQUESTS).where(ACCESS_REQUESTS.c.id == request_id).values(values))
    return find_request(database, request_id)


def _require_provider_scope(scopes: Collection[str], *, is_admin: bool) -> None:
    if "provide" not in scopes and not (is_admin and "admin" in scopes):
        raise NotAllowed("The token does not allow to answer requests", remedy="Make one with the scope provide.")


def _requests(database: Database, where: sa.ColumnElement[bool]) -> list[AccessRequest]:
    columns = [ACCESS_REQUESTS.c[name] for name in AccessRequest.__slots__ if name != "name"]
    joined = ACCESS_REQUESTS.join(ACCOUNTS, ACCOUNTS.c.id == ACCESS_REQUESTS.c.account_id)
    query = sa.select(*columns, ACCOUNTS.c.name).select_from(joined).where(where)
    with database.read() as connection:
        rows = connection.execute(query.order_by(ACCESS_REQUESTS.c.asked_at.desc(), ACCESS_REQUESTS.c.id)).mappings()
        return [AccessRequest(**row) for row in rows]
