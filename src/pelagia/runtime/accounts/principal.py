"""Who is asking: what the faces know of the one behind a request."""

from __future__ import annotations

from dataclasses import dataclass, field

from pelagia.runtime.lifecycle import User

ALL_SCOPES = frozenset({"read", "run", "train", "provide", "admin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever asks for something.

    Parameters
    ----------
    asker
        ``account:<id>`` or ``visit:<hash>``: what jobs and uploads belong to.
    account_id
        Of the account; ``None`` for an anonymous visit.
    name
        To address the person by; empty for a visit.
    is_admin
        Whether the person runs the installation, and the token, where one is used, covers that.
    provides
        Slugs of the services the person is the provider of; none where a token does not cover it.
    scopes
        What the session or token allows: ``read``, ``run``, ``train``, ``provide``, ``admin``.
    user
        What the ledger says of the person.
    is_test
        Whether all use of this account is counted as a test.
    token
        The shown part of the API token that is used; empty for a session or visit.
    """

    asker: str
    account_id: str | None = None
    name: str = ""
    is_admin: bool = False
    provides: frozenset[str] = frozenset()
    scopes: frozenset[str] = ALL_SCOPES
    user: User = field(default_factory=User)
    is_test: bool = False
    token: str = ""

    @property
    def is_anonymous(self) -> bool:
        """Whether it is a visit without an account."""
        return self.account_id is None
