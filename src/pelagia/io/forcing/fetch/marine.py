"""Currents, temperature and waves of Copernicus Marine, by its own client."""

from __future__ import annotations

from pathlib import Path

from pelagia.core.errors import Unavailable
from pelagia.io.forcing.cutting import DEEPEST_M
from pelagia.io.forcing.faults import utc
from pelagia.io.forcing.fetch.credentials import marine_credentials, needed
from pelagia.io.forcing.fetch.wanted import Piece


def fetch_marine(piece: Piece, folder: Path) -> tuple[Path, str]:
    """Fetch a part of a data set of Copernicus Marine into a folder; return the file and the client's name.

    Raises
    ------
    Unavailable
        ``package-missing``, ``credentials-missing``, ``fetch-failed``.
    """
    client = needed("copernicusmarine")
    credentials = marine_credentials()
    area = piece.window
    depths = {"minimum_depth": 0.0, "maximum_depth": DEEPEST_M} if piece.deep else {}
    try:
        client.subset(
            dataset_id=piece.dataset,
            variables=list(piece.variables),
            minimum_latitude=area.south_lat,
            maximum_latitude=area.north_lat,
            minimum_longitude=area.west_lon,
            maximum_longitude=area.east_lon,
            start_datetime=utc(piece.start_s).rstrip("Z"),
            end_datetime=utc(piece.end_s).rstrip("Z"),
            coordinates_selection_method="outside",
            output_directory=str(folder),
            output_filename=f"{piece.name}.nc",
            file_format="netcdf",
            username=credentials.user,
            password=credentials.secret,
            disable_progress_bar=True,
            overwrite=True,
            **depths,
        )
    except Exception as error:  # of many kinds, and their text may hold what was sent
        raise failed(piece, credentials.hidden(f"{type(error).__name__}: {error}")) from None
    return folder / f"{piece.name}.nc", f"copernicusmarine {getattr(client, '__version__', '')}".strip()


def failed(piece: Piece, why: str) -> Unavailable:
    """Return the error for a service that did not give what was asked for."""
    return Unavailable(
        f"The service did not give {piece.kind} of {piece.dataset}",
        remedy="Check the network, the credentials, and that the data set has that area and time; try again, or name "
        "another data set.",
        value=why if len(why) <= 300 else f"{why[:300]}…",
        code="fetch-failed",
    )
