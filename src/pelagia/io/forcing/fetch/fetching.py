"""Forcing fetched into a folder, each file with a note of what was asked for."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pelagia.core.errors import BadInput
from pelagia.io.forcing.dialect import Kind, Window
from pelagia.io.forcing.facts import describe_forcing
from pelagia.io.forcing.fetch.climate import fetch_climate
from pelagia.io.forcing.fetch.datasets import pieces
from pelagia.io.forcing.fetch.forecast import fetch_forecast
from pelagia.io.forcing.fetch.marine import failed, fetch_marine
from pelagia.io.forcing.fetch.wanted import Piece, check_window, record

FETCHERS: Mapping[str, Callable[[Piece, Path], tuple[Path, str]]] = {
    "copernicus-marine": fetch_marine,
    "climate-data-store": fetch_climate,
    "gfs": fetch_forecast,
}


def fetch_forcing(
    kinds: Sequence[Kind], window: Window, folder: Path, *, dataset: str = "", now_s: float | None = None
) -> dict[Kind, list[Path]]:
    """Fetch forcing of an area and a time.

    Parameters
    ----------
    kinds
        What to fetch.
    folder
        Where the files go, each with a JSON file of what was asked for; made if need be. A file that is there already
        is not fetched again.
    dataset
        See :func:`~pelagia.io.forcing.fetch.datasets.pieces`.
    now_s
        Unix time, s; that of the clock by default.

    Returns
    -------
    dict
        The files of each kind, fit for :func:`~pelagia.io.forcing.reading.read_forcing`.

    Raises
    ------
    BadParameter
        The area or the time is none.
    Unavailable
        ``package-missing``, ``credentials-missing``, ``fetch-failed``.
    """
    check_window(window)
    now_s = time.time() if now_s is None else now_s
    folder.mkdir(parents=True, exist_ok=True)
    return {
        kind: [_fetched(piece, folder, now_s) for piece in pieces(kind, window, now_s=now_s, dataset=dataset)]
        for kind in kinds
    }


def _fetched(piece: Piece, folder: Path, now_s: float) -> Path:
    target = folder / f"{piece.name}.nc"
    if target.exists() and target.with_suffix(".json").exists():
        return target
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as place:
        found, client = FETCHERS[piece.service](piece, Path(place))
        if not found.is_file():
            raise failed(piece, "no file came")
        try:
            describe_forcing(str(found))
        except BadInput as error:
            raise failed(piece, f"{error.what} ({error.value})") from error
        found.replace(target)
    record(piece, target, now_s, client)
    return target
