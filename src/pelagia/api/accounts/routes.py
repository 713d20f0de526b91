"""All routes of accounts; those of one's own before those that name an id."""

from __future__ import annotations

from fastapi import APIRouter

from pelagia.api.accounts import access_requests, administration, me, sessions, tokens

router = APIRouter()
for _part in (sessions, me, tokens, access_requests, administration):
    router.include_router(_part.router)
