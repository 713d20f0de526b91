"""What is tidied up while the server runs."""

from __future__ import annotations

import os
from pathlib import Path

import anyio

from pelagia.api.deepaas.files import RequestFolder
from pelagia.api.tidying import tidied
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings


def test_files_of_predictions_that_went_on_are_deleted_once_they_are_old(tmp_path: Path):
    settings = read_settings({}, home=tmp_path / "home")
    old, recent = RequestFolder(settings), RequestFolder(settings)
    os.utime(old.path, (0, 0))
    assert recent.path.is_dir()

    async def tidy() -> None:
        with open_runtime(settings) as runtime:
            async with tidied(runtime):
                with anyio.fail_after(30):
                    while old.path.exists():
                        await anyio.sleep(0.01)

    anyio.run(tidy)
    assert recent.path.is_dir()
