"""What the user stated, put where the files are silent."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.services.flowcam.service import FlowCamParams

GIVEN = "given by the user"
"""The source of a volume that no file tells."""


def mean_depth(params: FlowCamParams) -> float | None:
    """Return the middle of the depth range, in metres."""
    depths = [depth for depth in (params.depth_min_m, params.depth_max_m) if depth is not None]
    return sum(depths) / len(depths) if depths else None


def filled(values: pa.ChunkedArray, stated: float | None) -> pa.ChunkedArray:
    """Return a column with the stated value where it is empty."""
    return values if stated is None else pc.fill_null(values, stated)
