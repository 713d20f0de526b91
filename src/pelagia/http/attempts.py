"""Limits on attempts to show who one is: by passwords, and by API tokens."""

from __future__ import annotations

from hashlib import sha256

from limits import RateLimitItemPerMinute
from limits.strategies import SlidingWindowCounterRateLimiter

from pelagia.core.errors import TooMuch
from pelagia.http.counts import Counts

WINDOW_MINUTES = 15
# Attempts from one place.
OF_ONE_PLACE = RateLimitItemPerMinute(60, WINDOW_MINUTES)
# The same wrong token over and over is a program that was forgotten, and no attempt to find another.
OF_ONE_TOKEN = RateLimitItemPerMinute(1, WINDOW_MINUTES)


class WrongTokens:
    """Counts the wrong tokens that come from one place; safe to use from many threads.

    They are counted apart from passwords: a forgotten program at an institute keeps nobody there from signing in. The
    counts are kept in memory: each process that serves counts for itself.
    """

    def __init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(Counts())

    def require_more_allowed(self, place: str) -> None:
        """Refuse to look at a token from where too many were wrong.

        Parameters
        ----------
        place
            The group of addresses, of :func:`pelagia.http.client_address.address_group`.

        Raises
        ------
        TooMuch
            Where no more are allowed for now.
        """
        if not self._limiter.test(OF_ONE_PLACE, "wrong", place):
            raise TooMuch(
                "Too many wrong tokens came from this address",
                remedy=f"Wait {WINDOW_MINUTES} minutes, then try again with a token that holds.",
                code="too-many-requests",
            )

    def count(self, place: str, token: str) -> None:
        """Count a wrong token, once however often it comes."""
        digest = sha256(token.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        if self._limiter.hit(OF_ONE_TOKEN, "wrong", place, digest):
            self._limiter.hit(OF_ONE_PLACE, "wrong", place)
