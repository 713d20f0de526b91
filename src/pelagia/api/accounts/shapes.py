"""The shapes of what is sent and answered."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from pelagia.runtime.accounts.accounts import Account
from pelagia.runtime.accounts.requests import AccessRequest
from pelagia.runtime.accounts.tokens import Token
from pelagia.runtime.jobs import Kind

Scope = Literal["read", "run", "train", "provide", "admin"]
AccountId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Id of an account.")]
RequestId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", description="Id of a request for access.")]
TokenPrefix = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$", description="The part of a token that may be shown.")]
Text = Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]
LongText = Annotated[str, Field(max_length=4000, pattern=r"^[^\x00]*$")]
Password = Annotated[SecretStr, Field(max_length=256)]


class Sent(BaseModel):
    """What a program sends: a field we do not know is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Credentials(Sent):
    """Of a local account."""

    email: Text
    password: Password


class Registration(Sent):
    """Of a new account."""

    email: Text
    password: Password
    name: Text = ""
    ror: Text | None = Field(default=None, description="Of the institute, such as https://ror.org/02feahw73.")
    affiliation: Text | None = Field(default=None, description="Name of the institute.")
    country: Text | None = Field(default=None, description="ISO 3166-1 alpha-2, such as BE.")

    @property
    def profile(self) -> dict[str, str | None]:
        """What the person says of themselves."""
        return {"ror": self.ror, "affiliation": self.affiliation, "country": self.country}


class ProfileChanges(Sent):
    """What of the profile shall change; an empty text takes a field back."""

    name: Text | None = None
    ror: Text | None = None
    affiliation: Text | None = None
    country: Text | None = None


class PasswordChange(Sent):
    """A new password, and the one until now where there is one."""

    old: Password = SecretStr("")
    new: Password


class Erasure(Sent):
    """To be sure: the word ``erase``, and the password where there is one."""

    confirm: Literal["erase"]
    password: Password = SecretStr("")


class NewAccount(Registration):
    """An account that an administrator makes."""

    is_admin: bool = False


class AccountChanges(Sent):
    """What an administrator changes of an account."""

    is_admin: bool | None = None
    is_staff: bool | None = None
    is_test: bool | None = None
    disabled: bool | None = None
    password: Password | None = None
    services: list[Text] | None = Field(default=None, max_length=100, description="The services it provides.")


class NewToken(Sent):
    """A token to be made."""

    name: Text
    scopes: list[Scope] = Field(min_length=1, max_length=5)
    days: int = Field(default=90, ge=1, le=365, description="How long it opens anything.")


class NewAccessRequest(Sent):
    """A request for access, free of charge."""

    service: Text
    mode: Kind = Field(description="try-out, analysis, training, or local installation.")
    purpose: LongText = Field(description="What the person wants to find out, with which images.")
    affiliation: Text = Field(default="", description="By default that of the account.")


class Answer(Sent):
    """The answer of a provider."""

    grant: bool
    answer: LongText = ""


class AccountShown(BaseModel):
    """An account."""

    id: str
    email: str | None
    name: str
    issuer: str | None = Field(description="The identity provider the person comes from; null for a local account.")
    has_password: bool
    is_admin: bool
    is_staff: bool
    is_test: bool
    ror: str | None
    affiliation: str | None
    country: str | None
    created_at: dt.datetime
    disabled: bool
    provides: list[str]


class AccountPage(BaseModel):
    """A page of accounts."""

    items: list[AccountShown]
    next: str | None


class SessionShown(BaseModel):
    """A session of the web app; its id opens nothing."""

    id: str
    created_at: dt.datetime
    expires_at: dt.datetime


class TokenShown(BaseModel):
    """A token without its secret."""

    prefix: str
    name: str
    scopes: list[Scope]
    created_at: dt.datetime
    expires_at: dt.datetime
    used_at: dt.datetime | None
    revoked_at: dt.datetime | None


class TokenMade(TokenShown):
    """A token just made: its secret is shown this once."""

    token: str


class AccessRequestShown(BaseModel):
    """A request for access."""

    id: str
    name: str = Field(description="Of the person who asks.")
    service: str
    mode: Kind
    purpose: str
    affiliation: str
    state: Literal["asked", "granted", "refused"]
    asked_at: dt.datetime
    answered_at: dt.datetime | None
    answer: str | None


def show_account(account: Account, provides: list[str]) -> AccountShown:
    """Return an account as it is answered."""
    names = set(AccountShown.model_fields) - {"disabled", "provides"}
    values = {name: getattr(account, name) for name in names}
    return AccountShown(**values, disabled=account.disabled_at is not None, provides=provides)


def show_token(token: Token) -> TokenShown:
    """Return a token as it is answered."""
    return TokenShown.model_validate({name: getattr(token, name) for name in TokenShown.model_fields})


def show_request(request: AccessRequest) -> AccessRequestShown:
    """Return a request for access as it is answered."""
    return AccessRequestShown(**{name: getattr(request, name) for name in AccessRequestShown.model_fields})
