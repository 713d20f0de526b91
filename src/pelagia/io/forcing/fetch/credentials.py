"""User names, passwords and keys of the services: read where the user keeps them, told to nobody.

They come from the environment or from the keyring of the operating system, live in memory for as long as a fetch takes,
and are never written, logged, shown, or put into an address.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pelagia.core.errors import Unavailable

HIDDEN = "***"
MARINE_SERVICE, CLIMATE_SERVICE = "pelagia-copernicusmarine", "pelagia-cds"
MARINE_USER, MARINE_PASSWORD = "COPERNICUSMARINE_SERVICE_USERNAME", "COPERNICUSMARINE_SERVICE_PASSWORD"
CLIMATE_KEY, CLIMATE_URL = "CDSAPI_KEY", "CDSAPI_URL"
DEFAULT_CLIMATE_URL = "https://cds.climate.copernicus.eu/api"


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What opens a service; shows itself as nothing.

    Parameters
    ----------
    user
        ``""`` where a key suffices.
    secret
        The password or key.
    """

    user: str
    secret: str

    def __repr__(self) -> str:
        return f"Credentials({HIDDEN})"

    def hidden(self, text: object) -> str:
        """Return a text without what must not be told: messages of the services may hold it."""
        found = str(text)
        for word in _words(self.secret), _words(self.user):
            for part in word:
                found = found.replace(part, HIDDEN)
        return found


def marine_credentials() -> Credentials:
    """Return user name and password of Copernicus Marine.

    Raises
    ------
    Unavailable
        ``credentials-missing``.
    """
    user, password = os.environ.get(MARINE_USER, ""), os.environ.get(MARINE_PASSWORD, "")
    if user and password:
        return Credentials(user, password)
    found = _from_keyring(MARINE_SERVICE)
    if found is not None and found.user:
        return found
    raise _missing(
        "Copernicus Marine", f"{MARINE_USER} and {MARINE_PASSWORD}", f"keyring set {MARINE_SERVICE} YOUR_USER_NAME"
    )


def climate_credentials() -> Credentials:
    """Return the key of the Climate Data Store.

    Raises
    ------
    Unavailable
        ``credentials-missing``.
    """
    key = os.environ.get(CLIMATE_KEY, "")
    if key:
        return Credentials("", key)
    found = _from_keyring(CLIMATE_SERVICE)
    if found is not None:
        return Credentials("", found.secret)
    raise _missing("the Climate Data Store", CLIMATE_KEY, f"keyring set {CLIMATE_SERVICE} key")


def needed(package: str) -> Any:
    """Import a client that only fetching needs.

    Raises
    ------
    Unavailable
        ``package-missing``: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise Unavailable(
            "Fetching forcing needs a package that is not installed",
            remedy='Install what it needs: pip install "pelagia[forcing]". Files at hand are read without it.',
            value=package,
            code="package-missing",
        ) from error


def _from_keyring(service: str) -> Credentials | None:
    """Return what the keyring holds for a service, ``None`` where it holds nothing or there is none."""
    try:
        keyring = importlib.import_module("keyring")
    except ModuleNotFoundError:
        return None
    try:
        found = keyring.get_credential(service, None)
    except Exception:  # every backend has its own; none may end a fetch that the environment can serve
        return None
    return None if found is None or not found.password else Credentials(str(found.username or ""), str(found.password))


def _missing(what: str, variables: str, command: str) -> Unavailable:
    return Unavailable(
        f"There are no credentials for {what}",
        remedy=f"Set {variables} in the environment, or keep them in the keyring of your system: {command}. "
        "They are never stored by Pelagia.",
        value="neither in the environment nor in a keyring",
        code="credentials-missing",
    )


def _words(secret: str) -> Iterable[str]:
    """Return a secret and its parts: a key of the form user:key may be told in halves."""
    return sorted({part for part in (secret, *secret.split(":")) if len(part) >= 3}, key=len, reverse=True)
