"""All pages of accounts."""

from __future__ import annotations

from fastapi import APIRouter

from pelagia.ui.accounts import access, account, provider, sign_in, tokens, users

router = APIRouter()
for _part in (sign_in, provider, account, tokens, access, users):
    router.include_router(_part.router)
