"""Passwords: what they must be, and their argon2id hashes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from pelagia.core.errors import BadParameter, Unavailable

SHORTEST = 10
LONGEST = 256
# A hash takes 64 MiB and a processor for a fraction of a second: more at once would starve the rest.
AT_ONCE = threading.BoundedSemaphore(2)
# Those who wait hold a thread of the server each; more are asked to come again.
WAITING = threading.BoundedSemaphore(10)
HASHER = PasswordHash((Argon2Hasher(),))
# Of no password: checked against where there is no account, so that the answer takes as long.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$EV8SMkB3lvHCHWq5S9d7fw$pnGSwpm1WkIHnFfx/44LxZmPYN0CBAFGgITQghMOTtI"


def check_password_rules(password: str, email: str) -> None:
    """Refuse a password that is easily guessed.

    Raises
    ------
    BadParameter
        Telling what it must be; never the password itself.
    """
    remedy = f"Take one of at least {SHORTEST} characters that is not your e-mail address; a short sentence is good."
    if len(password) < SHORTEST:
        raise BadParameter(f"The password has fewer than {SHORTEST} characters", remedy=remedy)
    if len(password) > LONGEST:
        raise BadParameter(f"The password has more than {LONGEST} characters", remedy="Take a shorter one.")
    plain = password.casefold().strip()
    if plain == email.casefold() or plain == email.casefold().partition("@")[0]:
        raise BadParameter("The password is the e-mail address", remedy=remedy)
    if len(set(plain)) < 4:
        raise BadParameter("The password has fewer than 4 different characters", remedy=remedy)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, its salt within."""
    with _turn():
        return HASHER.hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether a password fits a hash; takes as long where there is none."""
    with _turn():
        fits = len(password) <= LONGEST and HASHER.verify(password, password_hash or NOBODY)
    return fits and password_hash is not None


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    if not WAITING.acquire(blocking=False):
        raise Unavailable("Too many people sign in at this moment", remedy="Try again in a minute.")
    try:
        with AT_ONCE:
            yield
    finally:
        WAITING.release()
