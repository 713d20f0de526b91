"""Pictures of a result as they may be shown: people blurred, read no larger than asked for."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from pelagia.core.errors import BadInput
from pelagia.core.result import Result

VIEW_ROLE = "view"

Rgb = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def view_paths(result: Result) -> Mapping[str, Path]:
    """Return where the views of a result stand, by the name the table ``pictures`` gives them."""
    return {artifact.name: artifact.path for artifact in result.artifacts if artifact.role == VIEW_ROLE}


def read_view(path: Path, max_side_px: int) -> tuple[Rgb, Mask]:
    """Read a view, from its overviews where they suffice.

    Parameters
    ----------
    path
        The GeoTIFF.
    max_side_px
        Neither side becomes longer.

    Returns
    -------
    rgb
        (row, col, 3) uint8.
    valid
        (row, col): which pixels show something.

    Raises
    ------
    BadInput
        Where it cannot be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as view:
                scale = min(1.0, max_side_px / max(view.height, view.width))
                shape = max(1, round(view.height * scale)), max(1, round(view.width * scale))
                rgb = view.read((1, 2, 3), out_shape=(3, *shape), resampling=Resampling.average)
                mask = view.dataset_mask(out_shape=shape)
    except (RasterioError, OSError) as error:
        raise BadInput(
            "A picture of the result cannot be read", remedy="Run it again.", value=str(error)[:120], file=path.name
        ) from error
    return np.ascontiguousarray(np.moveaxis(rgb, 0, -1)), mask > 0
