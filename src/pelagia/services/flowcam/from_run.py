"""A FlowCam run as part of the listing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyarrow as pa

from pelagia.core.result import Issue
from pelagia.core.table import Column
from pelagia.io.findings import Findings
from pelagia.io.flowcam import FlowCamRun, ParticleReader, collage_file, read_classifications, read_run, with_tally
from pelagia.io.flowcam.crosscheck import check_spreadsheet
from pelagia.io.flowcam.pages import particles_per_collage
from pelagia.io.flowcam.run import CROSSCHECK_ROWS
from pelagia.io.sources import open_source
from pelagia.services.flowcam.listing import Expected, Naming, missing_collage, missing_collages, run_listing
from pelagia.services.flowcam.places import Place
from pelagia.services.flowcam.service import FlowCamParams
from pelagia.services.flowcam.stated import GIVEN, mean_depth

READ_ROWS = 8192


class RunReader:
    """One pass over a run: iterate for the listing, then ask for the sample and the findings.

    Parameters
    ----------
    place
        A place of the kind ``run``.
    params
        What the user said of position and dilution.
    """

    def __init__(self, place: Place, params: FlowCamParams) -> None:
        if place.run is None:
            raise ValueError("the place is not a run")
        self._place, self._params = place, params
        self._source = open_source(place.uri)
        self._run = read_run(self._source, place.run, scan=False)
        self._findings = Findings()
        self.columns: tuple[Column, ...] = tuple(
            column for column in self._run.columns if column.name.startswith("lst_")
        )

    def tables(self, sample_id: str, naming: Naming) -> Iterator[pa.Table]:
        """Yield the listing of the run in pieces."""
        where = {
            "sample_id": sample_id,
            "source_uri": self._source.uri,
            "latitude": self._latitude,
            "longitude": self._longitude,
            "depth_m": mean_depth(self._params),
        }
        labels = self._labels()
        reader = ParticleReader(self._source, self._run.files, self._run.setting, READ_ROWS)
        pixel_size_um = None
        for batch in reader:
            if pixel_size_um is None:
                pixel_size_um = batch["pixel_size_um"][0].as_py()
            table = run_listing(batch, self._run, where, labels, naming)
            self._findings.add_all(missing_collages(table))
            yield table
        self._run = with_tally(self._run, reader.tally, pixel_size_um)
        if reader.tally.listed <= CROSSCHECK_ROWS:
            self._findings.add_all(check_spreadsheet(self._source, self._run.files))

    @property
    def _latitude(self) -> float | None:
        return self._run.latitude if self._params.latitude is None else self._params.latitude

    @property
    def _longitude(self) -> float | None:
        return self._run.longitude if self._params.longitude is None else self._params.longitude

    def _labels(self) -> dict[int, str]:
        """Return the classes given in VisualSpreadsheet; of several classifications, the first."""
        found, issues = read_classifications(self._source, self._run.files)
        self._findings.add_all(issues)
        return found[0].labels() if found else {}

    def expect(self) -> Expected:
        """Say how many particles the list has, and what the run tells of itself."""
        pages, row_issues = particles_per_collage(self._source, self._run.files)
        images = sum(count for name, count in pages.items() if name and collage_file(self._run.files, name))
        volume = self._run.volume.imaged_ml or self._params.volume_imaged_ml
        facts = [
            f"{volume:.4g} mL imaged" if volume else "volume imaged not known, so no counts per mL",
            f"{self._run.pixel_size_um:g} µm a pixel" if self._run.pixel_size_um else "",
            f"diluted {self._run.volume.dilution:g}×" if (self._run.volume.dilution or 1) != 1 else "",
            f"VisualSpreadsheet {self._run.software_version}" if self._run.software_version else "",
            f"started {self._run.started_utc:%Y-%m-%d %H:%M} UTC" if self._run.started_utc else "",
        ]
        lost = [
            missing_collage(name, count)
            for name, count in pages.items()
            if not (name and collage_file(self._run.files, name))
        ]
        return Expected(
            listed=pages.total(),
            images=images,
            facts=tuple(filter(None, facts)),
            issues=(*self._run.issues, *row_issues, *lost),
        )

    def samples(self, sample_id: str) -> list[dict[str, Any]]:
        """Return the row of the table ``samples``; complete after :meth:`tables`."""
        return [_sample(self._run, sample_id, self._source.uri, self._params, self._latitude, self._longitude)]

    def issues(self) -> tuple[Issue, ...]:
        """Return the findings; complete after :meth:`tables`."""
        return (*self._run.issues, *self._findings.issues())


def _sample(
    run: FlowCamRun,
    sample_id: str,
    uri: str,
    params: FlowCamParams,
    latitude: float | None,
    longitude: float | None,
) -> dict[str, Any]:
    volume = run.volume
    known = volume.imaged_ml is not None
    return {
        "sample_id": sample_id,
        "source_uri": uri,
        "instrument": "FlowCam",
        "software_version": run.software_version,
        "magnification": run.magnification,
        "serial_number": run.serial_number,
        "mode": run.mode,
        "started_at_utc": run.started_utc.isoformat() if run.started_utc else None,
        "ended_at_utc": run.ended_utc.isoformat() if run.ended_utc else None,
        "utc_offset_minutes": _minutes(run.utc_offset),
        "latitude": latitude,
        "longitude": longitude,
        "depth_min_m": params.depth_min_m,
        "depth_max_m": params.depth_max_m,
        "volume_imaged_ml": volume.imaged_ml if known else params.volume_imaged_ml,
        "volume_source": volume.source if known or params.volume_imaged_ml is None else GIVEN,
        "volume_processed_ml": volume.processed_ml,
        "efficiency": volume.efficiency,
        "dilution": params.dilution or volume.dilution,
        "pixel_size_um": run.pixel_size_um,
        "fringe_size_px": run.fringe_size_px,
        "flow_cell_depth_um": run.flow_cell_depth_um,
        "deleted_by_operator": run.deleted_by_operator,
    }


def _minutes(offset: timedelta | None) -> int | None:
    return None if offset is None else round(offset.total_seconds() / 60)
