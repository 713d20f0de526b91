"""Something to try a service with: made by the service itself, once per installation."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pelagia.core.errors import NotFound
from pelagia.core.service import Service
from pelagia.orders.named import call_named
from pelagia.orders.order import Order
from pelagia.orders.workbench import Workbench
from pelagia.runtime.registry import find_face

SAMPLE_FILE = "sample.json"
_MAKING = threading.Lock()


def sample_order(bench: Workbench, slug: str) -> Order:
    """Return the order that tries a service with its sample.

    Parameters
    ----------
    bench
        The installation; the sample is made on its first use and kept in the home folder.
    slug
        Of the service.

    Raises
    ------
    NotFound
        Where the service has none.
    """
    service = find_face(slug)
    if not service.sample:
        raise NotFound(f"{service.title} has no sample", value=slug, remedy="Try it with files of your own.")
    folder = bench.runtime.settings.home / "samples" / slug / service.version
    with _MAKING:
        # The first of a crowd makes it; the others wait for it.
        if not folder.exists():
            _make(bench, service, folder)
    sample = json.loads((folder / SAMPLE_FILE).read_text(encoding="utf-8"))
    return Order(
        service=slug,
        inputs={slot: [str(folder / path) for path in paths] for slot, paths in sample["inputs"].items()},
        params=sample["params"],
        title="Sample",
    )


def make_described(sampler: str, folder: Path) -> None:
    """Make a sample in a folder and note beside it what it is; runs where the libraries of the service belong."""
    sample = call_named(f"{sampler}:make_sample", folder)
    (folder / SAMPLE_FILE).write_text(json.dumps(asdict(sample)), encoding="utf-8")


def _make(bench: Workbench, service: Service[Any], folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as making:
        made = Path(making) / "sample"
        made.mkdir()
        bench.warm.call(make_described, service.sample, made)
        try:
            made.rename(folder)
        except OSError:
            # Somebody else's request was quicker; theirs is the same.
            if not folder.exists():
                raise
            shutil.rmtree(made)
