"""Sign in through an identity provider: to it, and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from pelagia.core.errors import NotFound, SignInNeeded
from pelagia.http.asking import Bench
from pelagia.http.pending import PENDING_COOKIE, PENDING_SECONDS, open_pending, seal_pending
from pelagia.http.sign_in import Door, SignIn
from pelagia.runtime.accounts.identity_provider import IdentityProvider
from pelagia.runtime.accounts.provided import account_of_claims
from pelagia.ui.accounts.forms import go_to, local_address

router = APIRouter(include_in_schema=False)
CALLBACK = "/sign-in/callback"
Said = Annotated[str, Query(max_length=4000)]


@router.get("/sign-in/provider")
def leave(request: Request, door: Door, goal: Annotated[str, Query(alias="next", max_length=2000)] = "/") -> Response:
    """Send the browser to the identity provider; what proves its return goes along in a cookie."""
    address, pending = _provider(door).begin(_callback(request, door))
    response = go_to(address)
    response.set_cookie(
        PENDING_COOKIE,
        seal_pending(door.identities.keys, pending, local_address(goal)),
        max_age=PENDING_SECONDS,
        path="/sign-in",
        httponly=True,
        samesite="lax",
        secure=door.is_https,
    )
    return response


@router.get(CALLBACK)
def come_back(
    request: Request, bench: Bench, door: Door, code: Said = "", state: Said = "", error: Said = ""
) -> Response:
    """Sign in whoever the identity provider has confirmed."""
    provider = _provider(door)
    pending, next_address = open_pending(door.identities.keys, request.cookies.get(PENDING_COOKIE, ""), state)
    if error or not code:
        raise SignInNeeded(
            f"{door.settings.oidc_name} did not sign you in",
            value=error if error.replace("_", "").isalpha() else "",
            remedy="Try again, or sign in another way.",
            code="not-confirmed",
        )
    claims = provider.finish(pending, code, _callback(request, door))
    account = account_of_claims(bench.runtime.database, provider.issuer, claims)
    response = go_to(next_address)
    door.start(request, response, account)
    response.delete_cookie(PENDING_COOKIE, path="/sign-in")
    return response


def _provider(door: SignIn) -> IdentityProvider:
    if door.provider is None:
        raise NotFound("This installation has no identity provider", remedy="Sign in with a password.")
    return door.provider


def _callback(request: Request, door: SignIn) -> str:
    return (door.settings.public_url or str(request.base_url).rstrip("/")) + CALLBACK
