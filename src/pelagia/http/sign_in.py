"""Sign in and out: what the pages and the interface for programs have in common."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request, Response
from limits import RateLimitItemPerMinute
from limits.strategies import SlidingWindowCounterRateLimiter

from pelagia.core.errors import BadParameter, NotAllowed, SignInNeeded, TooMuch
from pelagia.http.asking import known
from pelagia.http.attempts import OF_ONE_PLACE, WINDOW_MINUTES
from pelagia.http.client_address import address_group, client_address
from pelagia.http.counts import Counts
from pelagia.http.identify import SESSION_COOKIE, set_session_cookie
from pelagia.http.same_origin import comes_from_us, foreign_origin
from pelagia.runtime.accounts.accounts import Account, check_password, create_account
from pelagia.runtime.accounts.holdings import adopt_visit
from pelagia.runtime.accounts.identities import Identities
from pelagia.runtime.accounts.identity_provider import IdentityProvider
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.accounts.sessions import end_session, start_session
from pelagia.runtime.database import Database
from pelagia.runtime.settings import Settings

# Wrong passwords for one account from one place, and for one account from anywhere.
FROM_ONE_PLACE = RateLimitItemPerMinute(10, WINDOW_MINUTES)
FOR_ONE_ACCOUNT = RateLimitItemPerMinute(100, WINDOW_MINUTES)


class SignIn:
    """The door of an installation; safe to use from many threads.

    Attempts are counted in memory: each process that serves counts for itself.

    Parameters
    ----------
    database
        Of the installation.
    identities
        Finds out who is asking.
    settings
        Of the installation.
    oidc_secret
        Of the client at the identity provider.
    """

    def __init__(self, database: Database, identities: Identities, settings: Settings, oidc_secret: str = "") -> None:
        self.settings = settings
        self.identities = identities
        self.provider: IdentityProvider | None = None
        if settings.oidc_issuer:
            if not settings.oidc_client_id:
                raise BadParameter(
                    "Sign-in through the identity provider needs PELAGIA_OIDC_CLIENT_ID",
                    value=settings.oidc_issuer,
                    remedy="Set it to the name the provider knows this installation by.",
                )
            self.provider = IdentityProvider(settings.oidc_issuer, settings.oidc_client_id, oidc_secret)
        self._database = database
        self._limiter = SlidingWindowCounterRateLimiter(Counts())

    @property
    def is_https(self) -> bool:
        """Whether people reach the installation by https only."""
        return self.settings.public_url.startswith("https://")

    def with_password(self, request: Request, email: str, password: str) -> Account:
        """Return the account of somebody who gives its password.

        Raises
        ------
        SignInNeeded
            Where it is wrong.
        TooMuch
            Where too many were tried.
        """
        place = self._count_attempt(request)
        account = email.strip().casefold()[:254]
        limits = ((FROM_ONE_PLACE, f"{place} {account}"), (FOR_ONE_ACCOUNT, account))
        if not all(self._limiter.test(limit, "wrong", who) for limit, who in limits):
            raise _too_many()
        try:
            return check_password(self._database, email, password)
        except SignInNeeded:
            for limit, who in limits:
                self._limiter.hit(limit, "wrong", who)
            raise

    def register(
        self, request: Request, *, email: str, password: str, name: str, profile: Mapping[str, str | None]
    ) -> Account:
        """Make an account for somebody who asks for one.

        Raises
        ------
        NotAllowed
            Where only an administrator makes accounts.
        BadParameter, Conflict, TooMuch
            Where something given cannot be used.
        """
        if self.settings.registration == "closed":
            raise NotAllowed("Accounts of this installation are made by its administrators", remedy="Ask them for one.")
        self._count_attempt(request)
        return create_account(self._database, email=email, password=password, name=name, profile=profile)

    def start(self, request: Request, response: Response, account: Account) -> None:
        """Start the session of somebody who has shown who they are; what they made as a visitor becomes theirs."""
        principal: Principal = request.state.principal
        if principal.is_anonymous:
            adopt_visit(self._database, principal.asker, account.id)
        cookie = start_session(self._database, self.identities.keys, account.id)
        set_session_cookie(response, cookie, is_https=self.is_https)

    def end(self, request: Request, response: Response) -> None:
        """End the session of a request, if it has one."""
        cookie = request.cookies.get(SESSION_COOKIE, "")
        if cookie:
            end_session(self._database, self.identities.keys, cookie)
            self.identities.forget()
        response.delete_cookie(SESSION_COOKIE)

    def _count_attempt(self, request: Request) -> str:
        require_our_own_page(request, self.settings.public_url)
        place = address_group(client_address(request.scope, self.settings.trusted_proxies))
        if not self._limiter.hit(OF_ONE_PLACE, "attempt", place):
            raise _too_many()
        return place


def require_our_own_page(request: Request, public_url: str = "") -> None:
    """Refuse that another site signs somebody in: a browser tells where a request comes from.

    Raises
    ------
    NotAllowed
        Where it comes from elsewhere.
    """
    if comes_from_us(request.headers, public_url) is False:
        raise foreign_origin(request.headers, "Sign in on its own page.")


def oidc_secret() -> str:
    """Return the secret of this installation at the identity provider; it is read from the environment only."""
    return os.environ.get("PELAGIA_OIDC_CLIENT_SECRET", "")


def sign_in(request: Request) -> SignIn:
    """Return the door of the installation."""
    found: SignIn = request.app.state.sign_in
    return found


def in_person(request: Request) -> Principal:
    """Return who is asking, if that is somebody signed in: an account is not managed by its tokens.

    Raises
    ------
    SignInNeeded, NotAllowed
        Where it is not.
    """
    principal = known(request)
    if principal.token:
        raise NotAllowed(
            "A token does not manage the account it belongs to",
            value=principal.token,
            remedy="Sign in, on the page or with POST /v1/sessions.",
            code="session-needed",
        )
    return principal


Door = Annotated[SignIn, Depends(sign_in)]
InPerson = Annotated[Principal, Depends(in_person)]


def _too_many() -> TooMuch:
    return TooMuch(
        "There were too many attempts to sign in",
        remedy=f"Wait {WINDOW_MINUTES} minutes, then try again.",
        code="too-many-requests",
    )
