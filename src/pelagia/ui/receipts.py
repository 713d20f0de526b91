"""Receipts of local installations, taken in by administrators, who say of a new one that it is the right one."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from pathlib import Path
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Form, Request, Response
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import UploadFile

from pelagia.core.errors import NotFound, PelagiaError, TooMuch
from pelagia.http.asking import Administrator, Bench
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.ui.rendering import page
from pelagia.usage.exchange import import_receipt, read_header
from pelagia.usage.receipt_key import fingerprint
from pelagia.usage.trust import LARGEST_RECEIPT, is_trusted, require_trust, taken_in

router = APIRouter(include_in_schema=False)
SHOWN = 50
# So long a receipt is kept for the answer whether its installation is the right one.
KEPT = dt.timedelta(days=1)
PendingId = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$")]


@router.get("/admin/receipts")
def show_receipts(request: Request, bench: Bench, _: Administrator) -> HTMLResponse:
    """Show what was taken in, and the form to take in more."""
    return _page(request, bench)


@router.post("/admin/receipts")
async def send_receipt(request: Request, bench: Bench, principal: Administrator) -> Response:
    """Take in a receipt; one of an installation not known yet is kept until its fingerprint is said to be right."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > LARGEST_RECEIPT:
        raise TooMuch(
            f"A receipt has at most {LARGEST_RECEIPT:,} bytes",
            remedy="Import it with: pelagia usage import",
            code="too-large",
        )
    async with request.form(max_files=1, max_fields=1) as form:
        sent = form.get("receipt")
        if not isinstance(sent, UploadFile) or not sent.filename:
            return await run_sync(lambda: _page(request, bench, error="Choose the file of a receipt"))
        return await run_sync(_received, request, bench, principal, sent)


@router.post("/admin/receipt/{pending}")
def answer(
    request: Request,
    bench: Bench,
    principal: Administrator,
    pending: PendingId,
    trust: Annotated[str, Form(max_length=200)] = "",
    decision: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Take in a receipt whose installation is said to be the right one, or drop it."""
    path = _pending(bench) / pending
    if not path.is_file():
        raise NotFound("There is no such receipt any more", value=pending, remedy="Send its file again.")
    if decision != "trust":
        path.unlink(missing_ok=True)
        return RedirectResponse("/admin/receipts", status_code=303)
    return _taken(request, bench, principal, path, "", trust)


def _received(request: Request, bench: Workbench, principal: Principal, sent: UploadFile) -> Response:
    folder = _pending(bench)
    folder.mkdir(mode=0o700, exist_ok=True)
    _drop_old(folder)
    path = folder / secrets.token_hex(16)
    with path.open("wb") as file:
        shutil.copyfileobj(sent.file, file)
    return _taken(request, bench, principal, path, sent.filename or "", "")


def _taken(request: Request, bench: Workbench, principal: Principal, path: Path, name: str, trust: str) -> Response:
    """Take in a receipt that was received; its file stays only where somebody has to say more."""
    database = bench.runtime.database
    try:
        header = read_header(path)
        if not trust and not is_trusted(database, header, ""):
            asked = {"pending": path.name, "header": header, "fingerprint": fingerprint(header.public_key)}
            return _page(request, bench, asked=asked)
        require_trust(database, header, trust)
        taken = import_receipt(bench.runtime, path, public_key=header.public_key, by=principal.account_id)
    except PelagiaError as error:
        path.unlink(missing_ok=True)
        # Its name in our folder says nothing to whoever sent it.
        told = {"what": error.what, "remedy": error.remedy, "file": name}
        return _page(request, bench, problem={**told, "value": "" if path.name in error.value else error.value})
    path.unlink(missing_ok=True)
    return _page(request, bench, taken=taken)


def _pending(bench: Workbench) -> Path:
    return bench.runtime.settings.home / "receipts"


def _drop_old(folder: Path) -> None:
    oldest = (dt.datetime.now(dt.UTC) - KEPT).timestamp()
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _page(request: Request, bench: Workbench, **shown: Any) -> HTMLResponse:
    status = 422 if shown.get("error") or shown.get("problem") else 200
    receipts = taken_in(bench.runtime.database, SHOWN)
    nothing = dict.fromkeys(("problem", "taken", "asked", "error"))
    return page(request, "usage/receipts.html", status=status, receipts=receipts, **{**nothing, **shown})
