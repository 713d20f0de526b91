"""What must be said of the figures, as far as it holds for this result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pelagia.core.result import Result
from pelagia.exports.report.basis import FILTERED, basis_of
from pelagia.exports.report.count_rows import CountRow
from pelagia.exports.report.facts import Sample
from pelagia.exports.report.numbers import quantity
from pelagia.exports.tables import records


def caveats(counts: Sequence[CountRow], samples: Sequence[Sample], result: Result) -> tuple[str, ...]:
    """Return the sentences, the most general first."""
    told = []
    if any(row.status == "predicted" for row in counts):
        told.append(
            "Names marked “predicted” were given by a model and seen by no person; those marked “validated” were"
            " decided on by a person."
        )
    if any(row.adjusted.value is not None for row in counts):
        told.append(
            "Adjusted figures correct the counts for the mistakes the model made on images held back from its training."
            " Their intervals hold the error of counting and of the model. They are only as good as these images are"
            " like yours."
        )
    of_kind = _of_net if basis_of(result) is FILTERED else _of_imaging
    return (*told, *of_kind(counts, samples, result))


def _of_imaging(counts: Sequence[CountRow], samples: Sequence[Sample], result: Result) -> Iterator[str]:
    if any(row.counted.low is not None for row in counts):
        yield (
            "Intervals of unadjusted figures hold the error of counting alone, as if every particle fell into the"
            " imaged volume by chance. The volume itself is taken as exact."
        )
    if counts:
        yield "Images are counted, not cells: a chain or colony in one image counts once."
    if any(not sample.volume_known for sample in samples):
        yield "Where the volume imaged is not known, there are counts but no figures per millilitre."
    if result.provenance.params.get("stuck_duplicates") == "leave-out":
        yield "Repeated images of particles stuck to the flow cell are left out of the counts."


def _of_net(counts: Sequence[CountRow], samples: Sequence[Sample], result: Result) -> Iterator[str]:
    if any(row.counted.low is not None for row in counts):
        yield (
            "Intervals hold the error of counting alone, as if every object fell into the scanned part by chance; an"
            " object of a small part weighs more. The volume filtered and the part scanned are taken as exact: what"
            " splitting the sample and the net add is not in them."
        )
    if counts:
        yield (
            "Objects are counted as they lie on the scan: organisms that touch and were not separated count as one,"
            " one that was cut by mistake counts as several."
        )
        yield (
            "Biovolume is that of ellipsoids with the axes of the fitted ellipse, the axis that is not seen taken to be"
            " as long as the shorter one. The tables also have that of spheres of equal area."
        )
    if any(not sample.volume_known for sample in samples):
        yield "Where the volume filtered is not known, there are counts but no figures per cubic metre."
    yield from _of_small_ones(result)


def _of_small_ones(result: Result) -> Iterator[str]:
    """Say from which size on objects are counted, and which mesh lost some before."""
    scans, samples = result.tables.get("scans"), result.tables.get("samples")
    smallest = {row["min_esd_mm"] for row in records(scans, ("min_esd_mm",))} - {None} if scans is not None else set()
    meshes = {row["net_mesh_um"] for row in records(samples, ("net_mesh_um",))} - {None} if samples else set()
    if smallest:
        yield f"Objects smaller than {_range(smallest)} mm in diameter (ESD) are not counted."
    if meshes:
        yield f"What passes the mesh of the net ({_range(meshes)} µm) is missing or counted too low."


def _range(values: set[float]) -> str:
    return "–".join(quantity(value) for value in sorted({float(min(values)), float(max(values))}))
