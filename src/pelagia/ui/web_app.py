"""The web app put onto the application: files, pages, compression."""

from __future__ import annotations

from fastapi import FastAPI

from pelagia.ui import home, models, receipts, reference, runs, services, usage
from pelagia.ui.accounts import pages as accounts
from pelagia.ui.assets import MOUNTED_AT, Assets
from pelagia.ui.compression import CompressPages
from pelagia.ui.maps import compare as map_comparison
from pelagia.ui.maps import page as map_page
from pelagia.ui.players import page as player_pages
from pelagia.ui.results import pages as result_pages
from pelagia.ui.scans import metadata as scan_metadata
from pelagia.ui.scans import separation as scan_separation
from pelagia.ui.scans import table as scan_table
from pelagia.ui.scans import viewer as scan_viewer
from pelagia.ui.spills import page as spill_page

PAGES = (
    home,
    services,
    runs,
    models,
    reference,
    accounts,
    usage,
    receipts,
    result_pages,
    scan_table,
    scan_metadata,
    scan_viewer,
    scan_separation,
    map_page,
    map_comparison,
    player_pages,
    spill_page,
)


def install(app: FastAPI) -> None:
    """Put the pages and their files onto the application.

    Parameters
    ----------
    app
        The application; its state has the workbench once it runs.
    """
    app.mount(MOUNTED_AT, Assets(), name="static")
    for module in PAGES:
        app.include_router(module.router)
    app.add_middleware(CompressPages)
