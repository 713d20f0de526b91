"""``/v1/tokens``: the tokens of one's account."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, status

from pelagia.api.accounts.shapes import NewToken, TokenMade, TokenPrefix, TokenShown, show_token
from pelagia.http.asking import Bench, Known
from pelagia.http.identify import Identification
from pelagia.http.sign_in import InPerson
from pelagia.runtime.accounts.tokens import create_token, list_tokens, revoke_token

router = APIRouter(prefix="/v1/tokens", tags=["accounts"])


@router.get("", operation_id="listTokens", summary="One's tokens")
def listed(bench: Bench, principal: Known) -> list[TokenShown]:
    """Return the tokens of one's account, the newest first; their secrets are known to nobody."""
    return [show_token(token) for token in list_tokens(bench.runtime.database, principal.account_id or "")]


@router.post("", operation_id="createToken", summary="Make a token", status_code=status.HTTP_201_CREATED)
def make(bench: Bench, identities: Identification, principal: InPerson, sent: NewToken) -> TokenMade:
    """Make a token; it is shown this once, and can do no more than its owner."""
    token, secret = create_token(
        bench.runtime.database,
        identities.keys,
        principal,
        name=sent.name,
        scopes=set(sent.scopes),
        expires_at=dt.datetime.now(dt.UTC) + dt.timedelta(days=sent.days),
    )
    return TokenMade(token=secret, **show_token(token).model_dump())


@router.delete("/{prefix}", operation_id="revokeToken", summary="Revoke a token")
def revoke(bench: Bench, identities: Identification, principal: InPerson, prefix: TokenPrefix) -> TokenShown:
    """Make a token open nothing from now on."""
    token = revoke_token(bench.runtime.database, principal.account_id or "", prefix)
    identities.forget()
    return show_token(token)
