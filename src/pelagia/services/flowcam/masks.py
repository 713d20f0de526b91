"""The instrument's own masks against the list: image and measures must belong together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.errors import NotFound, PelagiaError
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.flowcam import mask_areas, mask_issue, mask_name
from pelagia.io.images import decode_image
from pelagia.io.sources import open_source

AREA = "lst_raw_area"
BOX = ("box_col_px", "box_row_px", "box_width_px", "box_height_px")


def check_masks(listing: pa.Table) -> Iterator[Issue]:
    """Compare the pixels of each particle's mask with the area the list states; silent where there is no mask.

    Parameters
    ----------
    listing
        Particles of runs; others, and those without an image, are passed over.
    """
    if AREA not in listing.column_names:
        return
    wanted = pc.and_(pc.is_valid(listing["box_col_px"]), pc.is_null(listing["problem"]))
    rows = listing.filter(pc.and_(wanted, pc.is_valid(listing[AREA])))
    places = rows.group_by(["source_uri", "source_file"], use_threads=False).aggregate([])
    for place in places.to_pylist():
        at = pc.and_(
            pc.equal(rows["source_uri"], place["source_uri"]), pc.equal(rows["source_file"], place["source_file"])
        )
        issue = _check(place["source_uri"], mask_name(place["source_file"]), rows.filter(at))
        if issue is not None:
            yield issue


def _check(uri: str, mask: str, rows: pa.Table) -> Issue | None:
    try:
        # A mask is grey, so one of the three equal channels is enough.
        pixels = decode_image(open_source(uri).read(mask), file=mask).array[..., 0]
    except NotFound:
        return None
    except PelagiaError as error:
        return finding(error, severity="warning")
    boxes = np.stack([rows[name].to_numpy() for name in BOX], axis=1)
    return mask_issue(mask, rows["particle_id"].to_pylist(), mask_areas(pixels, boxes), rows[AREA].to_numpy())
