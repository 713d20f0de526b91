"""The start page: what can be done here, in plain words."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from pelagia.runtime.registry import all_services
from pelagia.ui.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/")
def show_home(request: Request) -> HTMLResponse:
    """Show what services there are."""
    return page(request, "home.html", services=all_services())
