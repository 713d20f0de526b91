"""From measured organisms to individuals and biovolume per cubic metre, per sample and taxon, and size spectra."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.core.table import Column, Table
from pelagia.learning.card import CardClass, read_card
from pelagia.learning.quantify import poisson_interval
from pelagia.services.zooscan.abundance import NOTHING, Estimate, abundance_per_m3, biovolume_per_m3, scan_weights
from pelagia.services.zooscan.biovolume import VOLUMES, Floats, sphere_mm3, volumes_mm3
from pelagia.services.zooscan.service import ZooScanParams
from pelagia.services.zooscan.spectrum import SizeClass, size_spectrum

Record = dict[str, Any]
ALL_ORGANISMS = "all organisms"
UNCLASSIFIED = "unclassified"
OBJECT_COLUMNS = ("sample_id", "scan_id", "taxon", "status", "area", "area_exc", "major", "minor")
SPECTRUM_VOLUMES = ("ellipsoid", "sphere")
VOLUME_WORDS = {
    "sphere": "spheres of equal area, holes included",
    "sphere_exc": "spheres of equal area, without holes",
    "ellipsoid": "ellipsoids of the fitted axes, holes included",
    "ellipsoid_exc": "ellipsoids of the fitted axes, without holes",
}
STRING, FLOAT, INT, BOOL = pa.string(), pa.float64(), pa.int64(), pa.bool_()


def _column(name: str, kind: pa.DataType, description: str, unit: str = "") -> Column:
    return Column(name=name, type=kind, description=description, unit=unit)


def _with_interval(name: str, description: str, unit: str) -> tuple[Column, ...]:
    return (
        _column(name, FLOAT, description, unit),
        _column(f"{name}_low", FLOAT, "Lower 95 % bound, of counting alone", unit),
        _column(f"{name}_high", FLOAT, "Upper 95 % bound, of counting alone", unit),
    )


COUNT_COLUMNS: tuple[Column, ...] = (
    _column("sample_id", STRING, "The sample"),
    _column("taxon", STRING, "Class; 'unknown' where the model declined"),
    _column("scientific_name", STRING, "Scientific name, from the model's card"),
    _column("aphia_id", INT, "AphiaID, from the model's card"),
    _column("is_organism", BOOL, "Whether the class is a living thing; empty for unknown"),
    _column("status", STRING, "predicted or validated"),
    _column("counted", INT, "Objects counted on the scans of the sample"),
    _column("counted_low", FLOAT, "Lower 95 % bound of the count (Poisson)"),
    _column("counted_high", FLOAT, "Upper 95 % bound of the count (Poisson)"),
    *_with_interval("per_m3", "Individuals per volume of water: Σ sub_part / volume filtered", "1/m³"),
    *(
        column
        for kind in VOLUMES
        for column in (
            _column(
                f"biovolume_{kind}_mm3", FLOAT, f"Sum of the volumes of the counted, as {VOLUME_WORDS[kind]}", "mm³"
            ),
            *_with_interval(
                f"biovolume_{kind}_mm3_per_m3", f"Biovolume per volume of water, as {VOLUME_WORDS[kind]}", "mm³/m³"
            ),
        )
    ),
)
SPECTRUM_COLUMNS: tuple[Column, ...] = (
    _column("sample_id", STRING, "The sample"),
    _column("taxon", STRING, "Class, or all that is not known to be lifeless, together"),
    _column("volume_as", STRING, "Volumes as ellipsoid or sphere, holes included"),
    _column("low_mm3", FLOAT, "Lower bound of the size class, included", "mm³"),
    _column("high_mm3", FLOAT, "Upper bound of the size class, excluded", "mm³"),
    _column("counted", INT, "Objects counted"),
    *_with_interval("per_m3", "Individuals per volume of water", "1/m³"),
    *_with_interval("biovolume_mm3_per_m3", "Biovolume per volume of water", "mm³/m³"),
    *_with_interval("nbss_per_m3", "Biovolume / width of the class (normalised biovolume size spectrum)", "1/m³"),
    _column("is_complete", BOOL, "Whether objects of every size of the class could have been counted"),
)


def count_samples(
    request: Request[ZooScanParams],
    scans: Sequence[Mapping[str, Any]],
    samples: Sequence[Mapping[str, Any]],
    objects_path: str,
) -> dict[str, list[Record]]:
    """Count: the step that makes the rows of ``counts`` and ``spectrum`` and the findings on them.

    Parameters
    ----------
    request
        The request.
    scans, samples
        The rows of these tables.
    objects_path
        The table ``objects``.
    """
    weights, issues = scan_weights(scans, samples)
    unmeasured = _unmeasured(scans)
    weights |= {scan["scan_id"]: None for scan in scans if scan["sample_id"] in unmeasured}
    card = read_card(Path(request.models["classifier"].path))
    taxa = {one.name: one for one in card.classes}
    pixel_mm = {scan["scan_id"]: scan["pixel_size_mm"] for scan in scans}
    counted: list[Record] = []
    spectrum: list[Record] = []
    smallest = float(sphere_mm3([np.pi / 4 * request.params.min_esd_mm**2], 1.0)[0])
    table = Table(name="objects", path=Path(objects_path)).read(OBJECT_COLUMNS)
    for sample in samples:
        mine = {scan["scan_id"]: weights[scan["scan_id"]] for scan in scans if scan["sample_id"] == sample["sample_id"]}
        objects = _Objects(table.filter(pc.equal(table["sample_id"], sample["sample_id"])), pixel_mm)
        counted += _counts(sample["sample_id"], objects, mine, taxa)
        spectrum += _spectra(sample["sample_id"], objects, mine, taxa, smallest)
    return {
        "counts": counted,
        "spectrum": spectrum,
        "issues": [asdict(issue) for issue in (*issues, *unmeasured.values())],
    }


def _unmeasured(scans: Sequence[Mapping[str, Any]]) -> dict[str, Issue]:
    """Return the samples of which a scan could not be measured: a sum without it would be too small."""
    found: dict[str, list[str]] = {}
    for scan in scans:
        if scan["measured_from"] == "nothing":
            found.setdefault(scan["sample_id"], []).append(scan["scan_id"])
    return {
        sample: Issue(
            file=sample,
            code="scan-unmeasured",
            message="A scan of the sample could not be measured; no abundances were computed.",
            remedy="See the findings on the scan; or process the others alone, if they are the whole sample.",
            value=", ".join(names),
        )
        for sample, names in found.items()
    }


class _Objects:
    """The objects of one sample, as columns."""

    def __init__(self, table: pa.Table, pixel_mm: Mapping[str, float]) -> None:
        self.scan: list[str] = table["scan_id"].to_pylist()
        self.taxon = np.array([taxon or UNCLASSIFIED for taxon in table["taxon"].to_pylist()], dtype=object)
        self.status = np.array(table["status"].to_pylist(), dtype=object)
        size = np.array([pixel_mm[scan] for scan in self.scan])
        named = {name: _floats(table[name]) for name in ("area", "area_exc", "major", "minor")}
        self.volumes = volumes_mm3(named["area"], named["area_exc"], named["major"], named["minor"], size)

    def weights(self, weights: Mapping[str, float | None]) -> Floats:
        """Return what each object stands for, NaN where that is not known."""
        return np.array([np.nan if weights[scan] is None else weights[scan] for scan in self.scan], dtype=np.float64)


def _counts(
    sample_id: str, objects: _Objects, weights: Mapping[str, float | None], taxa: Mapping[str, CardClass]
) -> Iterator[Record]:
    """Yield the rows of one sample, the commonest taxon first."""
    each = objects.weights(weights)
    groups = Counter(zip(objects.taxon.tolist(), objects.status.tolist(), strict=True))
    for (taxon, status), counted in sorted(groups.items(), key=lambda group: (-group[1], group[0])):
        mine = (objects.taxon == taxon) & (objects.status == status)
        low, high = poisson_interval(counted)
        on_scan = Counter(scan for scan, is_mine in zip(objects.scan, mine, strict=True) if is_mine)
        yield {
            "sample_id": sample_id,
            "taxon": taxon,
            **_known(taxa.get(taxon)),
            "status": status,
            "counted": counted,
            "counted_low": float(low),
            "counted_high": float(high),
            **_interval("per_m3", abundance_per_m3(on_scan, weights)),
            **{
                name: value
                for kind in VOLUMES
                for name, value in _biovolume(kind, objects.volumes[kind][mine], each[mine]).items()
            },
        }


def _biovolume(kind: str, volumes: Floats, weights: Floats) -> Record:
    known = bool(np.isfinite(weights).all())
    estimate = biovolume_per_m3(volumes, weights) if known else NOTHING
    total = float(volumes.sum())
    return {
        f"biovolume_{kind}_mm3": total if np.isfinite(total) else None,
        **_interval(f"biovolume_{kind}_mm3_per_m3", estimate),
    }


def _spectra(
    sample_id: str,
    objects: _Objects,
    weights: Mapping[str, float | None],
    taxa: Mapping[str, CardClass],
    smallest_mm3: float,
) -> Iterator[Record]:
    each = objects.weights(weights)
    told = [weight for weight in weights.values() if weight is not None]
    heaviest = max(told) if told else float("nan")
    lifeless = [name for name, told in taxa.items() if told.is_organism is False]
    living = ~np.isin(objects.taxon, lifeless)
    groups = {ALL_ORGANISMS: living} | {taxon: objects.taxon == taxon for taxon in sorted(set(objects.taxon))}
    for taxon, mine in groups.items():
        for kind in SPECTRUM_VOLUMES:
            classes = size_spectrum(
                objects.volumes[kind][mine], each[mine], heaviest=heaviest, smallest_mm3=smallest_mm3
            )
            for one in classes:
                yield {"sample_id": sample_id, "taxon": taxon, "volume_as": kind, **_size_class(one)}


def _size_class(one: SizeClass) -> Record:
    return {
        "low_mm3": one.low_mm3,
        "high_mm3": one.high_mm3,
        "counted": one.counted,
        **_interval("per_m3", one.per_m3),
        **_interval("biovolume_mm3_per_m3", one.biovolume),
        **_interval("nbss_per_m3", one.nbss),
        "is_complete": one.is_complete,
    }


def _interval(name: str, estimate: Estimate) -> Record:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _known(one: CardClass | None) -> Record:
    if one is None:
        return {"scientific_name": None, "aphia_id": None, "is_organism": None}
    return {"scientific_name": one.scientific_name, "aphia_id": one.aphia_id, "is_organism": one.is_organism}


def _floats(column: pa.ChunkedArray) -> Floats:
    values: Floats = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values
