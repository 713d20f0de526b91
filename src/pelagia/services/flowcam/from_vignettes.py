"""Loose vignettes (a folder, archive, bucket or collection of images) as part of the listing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.result import Issue
from pelagia.core.table import Column
from pelagia.io.findings import finding
from pelagia.io.image_headers import empty
from pelagia.io.sources import open_source
from pelagia.io.vignettes import LabelRule, Vignettes
from pelagia.services.flowcam.listing import Expected, Naming, listing_table
from pelagia.services.flowcam.places import Place
from pelagia.services.flowcam.service import FlowCamParams
from pelagia.services.flowcam.stated import GIVEN, filled, mean_depth


class VignetteReader:
    """One pass over the images of a place: iterate for the listing, then ask for the sample and the findings.

    Parameters
    ----------
    place
        A place of the kind ``vignettes``.
    params
        What the user said of calibration, position and labels.
    """

    columns: tuple[Column, ...] = ()

    def __init__(self, place: Place, params: FlowCamParams) -> None:
        self._params = params
        self._source = open_source(place.uri)
        rule = LabelRule(label_from=params.label_from, separator=params.label_separator)
        self._vignettes = Vignettes(self._source, rule, place.archives)
        self._empty = self._vignettes.empty
        # Without a list that tells of them, images without a byte are nothing.
        self._is_nothing = len(self._empty) == len(self._vignettes)
        self._pixel_sizes: set[float | None] = set()

    def expect(self) -> Expected:
        """Count the images."""
        size = self._params.pixel_size_um
        facts = (f"{size:g} µm a pixel" if size else "size of a pixel not given",)
        count = 0 if self._is_nothing else len(self._vignettes)
        return Expected(
            listed=count,
            images=count and count - len(self._empty),
            facts=facts,
            issues=(*self._vignettes.issues(), *self._empty_images()),
        )

    def tables(self, sample_id: str, naming: Naming) -> Iterator[pa.Table]:
        """Yield the listing in pieces."""
        if self._is_nothing:
            return
        params = self._params
        place = {
            "sample_id": sample_id,
            "source_uri": self._source.uri,
        }
        defaults = {
            "pixel_size_um": params.pixel_size_um,
            "latitude": params.latitude,
            "longitude": params.longitude,
            "depth_m": mean_depth(params),
        }
        for piece in self._vignettes.batches():
            names = zip(piece["object_id"].to_pylist(), piece["image"].to_pylist(), strict=True)
            taken = {
                "object_id": pa.array([naming.name(name, image) for name, image in names], pa.string()),
                "source_file": piece["image"],
                "given_label": piece["label"],
                "acquired_at_utc": piece["acquired_at_utc"],
                "month": piece["month"],
                **{name: filled(piece[name], value) for name, value in defaults.items()},
            }
            self._pixel_sizes.update(pc.unique(taken["pixel_size_um"]).to_pylist())
            yield listing_table(taken, place, piece.num_rows)

    def samples(self, sample_id: str) -> list[dict[str, Any]]:
        """Return the row of the table ``samples``; complete after :meth:`tables`."""
        params = self._params
        return [
            {
                "sample_id": sample_id,
                "source_uri": self._source.uri,
                "instrument": None,
                "latitude": params.latitude,
                "longitude": params.longitude,
                "depth_min_m": params.depth_min_m,
                "depth_max_m": params.depth_max_m,
                "volume_imaged_ml": params.volume_imaged_ml,
                "volume_source": GIVEN if params.volume_imaged_ml else "not known",
                "dilution": params.dilution,
                "pixel_size_um": next(iter(self._pixel_sizes)) if len(self._pixel_sizes) == 1 else None,
            }
        ]

    def issues(self) -> tuple[Issue, ...]:
        """Return the findings; complete after :meth:`tables`."""
        # Of one among others the classification tells.
        return (*self._vignettes.issues(), *(self._empty_images() if self._is_nothing else ()))

    def _empty_images(self) -> Iterator[Issue]:
        return (finding(empty(name), objects=1) for name in self._empty)
