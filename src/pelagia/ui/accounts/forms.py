"""What the forms of accounts have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import status
from fastapi.responses import RedirectResponse

from pelagia.core.countries import COUNTRIES
from pelagia.core.errors import BadParameter, Conflict, NotFound, PelagiaError
from pelagia.runtime.accounts.profile import clean_profile
from pelagia.runtime.registry import all_services

# Where these are at fault it is a field that is told; any other error has a page of its own.
OF_A_FIELD = (BadParameter, Conflict, NotFound)
NOT_TOLD = ("", "I would rather not say")
PROFILE_FIELDS = ("name", "affiliation", "ror", "country")


class FieldErrors(dict[str, str]):
    """Name of a field → what is wrong with it; one without an error gives an empty text."""

    def __missing__(self, name: str) -> str:
        return ""

    def check(self, field: str, func: Callable[..., Any], *arguments: Any) -> None:
        """Call something that refuses what cannot be used, and keep what it says for a field."""
        try:
            func(*arguments)
        except OF_A_FIELD as error:
            self[field] = told(error)

    def check_profile(self, profile: Mapping[str, str]) -> None:
        """Check the fields of a profile, each for itself."""
        for field, value in profile.items():
            self.check(field, clean_profile, {field: value})


def told(error: PelagiaError) -> str:
    """Return an error in the words for beside a field."""
    return f"{error.what}. {error.remedy}"


def countries() -> list[tuple[str, str]]:
    """Return the countries for a list to choose from, by name."""
    return [NOT_TOLD, *sorted(COUNTRIES.items(), key=lambda item: item[1])]


def service_titles() -> dict[str, str]:
    """Return what people call the services, by slug."""
    return {service.slug: service.title for service in all_services()}


def go_to(address: str) -> RedirectResponse:
    """Send the browser on after a form: going back or loading anew sends nothing twice."""
    return RedirectResponse(address, status_code=status.HTTP_303_SEE_OTHER)


def local_address(address: str) -> str:
    """Return an address if it is one of ours, the start page otherwise: nobody is sent elsewhere by a link."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_ours else "/"
