"""Folders of the server whose files may be processed where they are, for the picker of the web app."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from pelagia.core.errors import BadInput
from pelagia.http.asking import Bench, Runner
from pelagia.io.sources.protocol import is_clutter
from pelagia.orders.addresses import in_shared_folder, shared_folders

router = APIRouter(prefix="/v1/shared-folders", tags=["uploads"])

MAX_ENTRIES = 2000


class PlaceOut(BaseModel):
    """A file or folder of the server."""

    name: str
    address: str = Field(description="What an order names as input.")
    is_folder: bool
    bytes: int | None = Field(description="Of a file.")


class FolderOut(BaseModel):
    """What is in a folder; at the top, the folders that are shared."""

    path: str
    items: list[PlaceOut]
    complete: bool = Field(description=f"False where the folder has more than {MAX_ENTRIES} entries.")


@router.get("", operation_id="listSharedFolders")
def listing(
    bench: Bench,
    _principal: Runner,
    path: Annotated[str, Query(max_length=2000, description="A folder; empty for the top.")] = "",
) -> FolderOut:
    """List a shared folder; the list is empty where the installation shares none."""
    settings = bench.runtime.settings
    if not path:
        tops = [
            PlaceOut(name=real.name or str(real), address=str(real), is_folder=True, bytes=None)
            for real in shared_folders(settings).values()
        ]
        return FolderOut(path="", items=tops, complete=True)
    folder = in_shared_folder(settings, path)
    if not folder.is_dir():
        raise BadInput("This is a file, not a folder", value=path[:200], remedy="Name a folder.")
    found = sorted(_places(folder), key=lambda place: (not place.is_folder, place.name))
    return FolderOut(path=str(folder), items=found[:MAX_ENTRIES], complete=len(found) <= MAX_ENTRIES)


def _places(folder: Path) -> Iterator[PlaceOut]:
    with os.scandir(folder) as entries:
        for entry in entries:
            # A link may lead anywhere; a service would not follow it out either.
            if is_clutter(entry.name) or entry.is_symlink() or not entry.name.isprintable():
                continue
            is_folder = entry.is_dir()
            if is_folder or entry.is_file():
                size = None if is_folder else entry.stat().st_size
                yield PlaceOut(name=entry.name, address=str(folder / entry.name), is_folder=is_folder, bytes=size)
