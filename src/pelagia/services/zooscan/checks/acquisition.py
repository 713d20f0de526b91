"""Checks of how samples were split and sieved, and of how many objects that gives."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pelagia.io.zooscan import Project, Scan
from pelagia.io.zooscan.text import number
from pelagia.services.zooscan.checks.check import Check, Measured, scan_check

REGENT = "rg"
"""The net whose undivided fraction may be scanned whole."""
COARSE_MESH_UM = 500
COARSE_RANGE, FINE_RANGE = (500, 1500), (1000, 2500)
HALVING = ("motoda", "folsom", "")
"""Methods that halve: only with them is a part a power of two."""


def check_sieves(scan: Scan) -> Iterator[Check]:
    """Check that the lower sieve is finer than the upper one."""
    if scan.metadata is None:
        yield scan_check(scan.scan_id, "sieve-order", "unknown", "Nothing says through which sieves the sample went.")
        return
    lower, upper = scan.metadata.mesh_min_um, _upper(scan)
    written = f"{scan.metadata.written.get('fracmin', '')} … {scan.metadata.written.get('fracsup', '')}"
    if lower is None or upper is None:
        is_there = any(
            number(scan.metadata.written.get(key)) is None and scan.metadata.written.get(key)
            for key in ("fracmin", "fracsup")
        )
        yield scan_check(
            scan.scan_id,
            "sieve-order",
            "bad" if is_there else "unknown",
            "A sieve is not a number." if is_there else "A sieve is not named.",
            value=written,
            expected="two numbers, µm",
            remedy="Enter the mesh of both sieves in µm; 999999 where nothing was held back from above.",
        )
        return
    is_fine = lower < upper
    yield scan_check(
        scan.scan_id,
        "sieve-order",
        "ok" if is_fine else "bad",
        "The lower sieve is finer than the upper one."
        if is_fine
        else "The lower sieve is not finer than the upper one.",
        value=written,
        expected="lower < upper",
        remedy="" if is_fine else "Correct the sieves (Fracmin, Fracsup).",
    )


def check_sieves_of_project(project: Project) -> Iterator[Check]:
    """Check that scans of one fraction went through the same sieves."""
    for scans in _by_fraction(project.scans).values():
        told = {scan.scan_id: sieves for scan in scans if (sieves := _sieves(scan)) is not None}
        counts = Counter(told.values())
        if len(told) < 2:
            continue
        usual, most = counts.most_common(1)[0]
        is_tie = list(counts.values()).count(most) > 1
        for scan_id, sieves in told.items():
            is_same = len(counts) == 1 or (sieves == usual and not is_tie)
            yield scan_check(
                scan_id,
                "sieve-same",
                "ok" if is_same else "look",
                "Scans of this fraction went through the same sieves."
                if is_same
                else "Scans of this fraction went through different sieves.",
                value=_told(sieves),
                expected="the same in all" if is_tie else _told(usual),
                remedy="" if is_same else "Correct the sieves, or keep them if they really differed.",
            )


def check_sieve_chain(project: Project) -> Iterator[Check]:
    """Check, for each sample, that what fell through the sieve of one fraction is the next one."""
    for sample, pairs in _neighbours(project.scans):
        for coarse, fine in pairs:
            lower, upper = coarse.metadata and coarse.metadata.mesh_min_um, _upper(fine)
            if lower is None or upper is None:
                continue
            is_fine = lower == upper
            names = f"{_class(coarse)} and {_class(fine)}"
            yield scan_check(
                sample,
                "sieve-chain",
                "ok" if is_fine else "bad",
                f"The sieves of {names} join." if is_fine else f"The sieves of {names} leave a gap or overlap.",
                value=f"{_class(coarse)} from {lower:g} µm, {_class(fine)} up to {upper:g} µm",
                expected="equal",
                remedy="" if is_fine else "Correct Fracmin of the one or Fracsup of the other.",
                scope="sample",
            )


def check_sub_part(scan: Scan) -> Iterator[Check]:
    """Check that the part of the sample on the glass is one that halving can give.

    Notes
    -----
    The whole fraction counts: where it was scanned in n parts (``d2_1_sur_4``) the number entered is divided already,
    8 becomes 2. The coarsest fraction, and an undivided sample of the regent net, may be whole (1); others are halved
    at least once.
    """
    metadata = scan.metadata
    if metadata is None or not metadata.written.get("fracnb", ""):
        yield scan_check(scan.scan_id, "sub-part", "unknown", "Nothing says which part of the sample was scanned.")
        return
    written = metadata.written["fracnb"]
    if metadata.sub_part is None:
        yield scan_check(
            scan.scan_id,
            "sub-part",
            "bad",
            "The part of the sample is not a number.",
            value=written,
            expected="a power of 2",
            remedy="Enter how often it was split: 1, 2, 4, 8, …",
        )
        return
    if (metadata.sub_method or "").lower() not in HALVING:
        yield scan_check(
            scan.scan_id, "sub-part", "ok", f"The sample was split by {metadata.sub_method}, not halved.", value=written
        )
        return
    whole = metadata.sub_part * scan.fraction.parts
    may_be_whole = _may_be_whole(scan)
    is_fine = _is_power_of_two(whole) and (whole > 1 or may_be_whole)
    yield scan_check(
        scan.scan_id,
        "sub-part",
        "ok" if is_fine else "bad",
        "The part is one that halving gives." if is_fine else "The part is none that halving gives for this fraction.",
        value=written if scan.fraction.parts == 1 else f"{written} × {scan.fraction.parts} parts",
        expected="1, 2, 4, 8, …" if may_be_whole else "2, 4, 8, …",
        remedy="" if is_fine else "Correct the number of splits (Fracnb).",
    )


def check_sub_parts_of_project(project: Project) -> Iterator[Check]:
    """Check that not all scans name the same part, as an old version of the legacy wrote."""
    parts = [scan.metadata.sub_part for scan in project.scans if scan.metadata and scan.metadata.sub_part is not None]
    if len(parts) < 2:
        return
    is_fine = len(set(parts)) > 1
    yield scan_check(
        project.name,
        "sub-part-varies",
        "ok" if is_fine else "look",
        "Scans name different parts of their samples." if is_fine else "All scans name the same part of their sample.",
        value=", ".join(f"1/{part:g}" for part in sorted(set(parts))),
        expected="different parts",
        remedy="" if is_fine else "Check that the splits were really entered, and not left at one value.",
        scope="project",
    )


def check_sub_part_order(project: Project) -> Iterator[Check]:
    """Check, for each sample, that a finer fraction was split at least as often as the coarser one."""
    for sample, pairs in _neighbours(project.scans):
        for coarse, fine in pairs:
            first, second = _whole(coarse), _whole(fine)
            if first is None or second is None:
                continue
            is_fine = first <= second
            yield scan_check(
                sample,
                "sub-part-order",
                "ok" if is_fine else "bad",
                f"{_class(fine)} was split at least as often as {_class(coarse)}."
                if is_fine
                else f"{_class(fine)} was split less often than {_class(coarse)}.",
                value=f"{_class(coarse)}: {first:g}, {_class(fine)}: {second:g}",
                expected="not falling",
                remedy="" if is_fine else "Correct the number of splits (Fracnb).",
                scope="sample",
            )


def check_object_count(scan: Scan, measured: Measured | None) -> Iterator[Check]:
    """Check that a scan shows as many objects as give a good count without a crowd."""
    count = measured.objects if measured else None
    if count is None:
        count = scan.processed.objects if scan.processed else scan.vignettes or None
    if count is None:
        yield scan_check(scan.scan_id, "object-count", "unknown", "The scan was not processed yet.")
        return
    part = scan.metadata.sub_part if scan.metadata else None
    least, most = COARSE_RANGE if _is_coarse(scan) else FINE_RANGE
    least = 0 if part is None or part <= 1 else least
    is_fine = least <= count <= most
    few = "Few objects: the sample could have been split less." if count < least else ""
    yield scan_check(
        scan.scan_id,
        "object-count",
        "ok" if is_fine else "look",
        "The number of objects is usual." if is_fine else few or "Many objects: they crowd and touch each other.",
        value=count,
        expected=f"{least} … {most}",
        remedy="" if is_fine else "Scan another split of the sample if the counts matter.",
    )


def sample_names(scan: Scan) -> set[str]:
    """Return the names under which the sample of a scan appears in checks."""
    return {scan.sample_id, _family(scan)} | ({scan.sample.sample_id} if scan.sample else set())


def _upper(scan: Scan) -> float | None:
    """Return the upper sieve; infinite where nothing was held back."""
    if scan.metadata is None:
        return None
    written = scan.metadata.written.get("fracsup", "")
    return scan.metadata.mesh_max_um if scan.metadata.mesh_max_um is not None else _infinite(written)


def _infinite(written: str) -> float | None:
    return float("inf") if number(written) is not None else None


def _sieves(scan: Scan) -> tuple[float, float] | None:
    lower, upper = scan.metadata.mesh_min_um if scan.metadata else None, _upper(scan)
    return None if lower is None or upper is None else (lower, upper)


def _told(sieves: tuple[float, float]) -> str:
    lower, upper = sieves
    return f"{lower:g} … {upper:g} µm" if upper != float("inf") else f"from {lower:g} µm"


def _class(scan: Scan) -> str:
    return f"d{scan.fraction.size_class}" if scan.fraction.size_class else scan.fraction.fraction_id.lower()


def _whole(scan: Scan) -> float | None:
    part = scan.metadata.sub_part if scan.metadata else None
    return None if part is None else part * scan.fraction.parts


def _by_fraction(scans: Iterable[Scan]) -> dict[str, list[Scan]]:
    found: dict[str, list[Scan]] = defaultdict(list)
    for scan in scans:
        if scan.fraction.fraction_id:
            found[_class(scan)].append(scan)
    return found


def _neighbours(scans: Sequence[Scan]) -> Iterator[tuple[str, list[tuple[Scan, Scan]]]]:
    """Yield, for each sample, the pairs of neighbouring fractions: d1 and d2, d2 and d3."""
    samples: dict[str, dict[int, Scan]] = defaultdict(dict)
    for scan in scans:
        if scan.fraction.size_class is not None:
            samples[_family(scan)].setdefault(scan.fraction.size_class, scan)
    for sample, classes in samples.items():
        pairs = [(classes[at], classes[at + 1]) for at in sorted(classes) if at + 1 in classes]
        if pairs:
            yield sample, pairs


def _family(scan: Scan) -> str:
    """Return what the fractions of one sample share: the name of the scan without its fraction."""
    return scan.subsample_id.removesuffix(f"_{scan.fraction.fraction_id}")


def _may_be_whole(scan: Scan) -> bool:
    net = (scan.sample.net_type or "").lower() if scan.sample else ""
    return _class(scan) == "d1" or net == REGENT or not scan.fraction.fraction_id


def _is_coarse(scan: Scan) -> bool:
    sample = scan.sample
    mesh = sample.net_mesh_um if sample else None
    net = (sample.net_type or "").lower() if sample else ""
    return _class(scan) == "d1" or net == REGENT or (mesh is not None and mesh >= COARSE_MESH_UM)


def _is_power_of_two(value: float) -> bool:
    return value >= 1 and value == int(value) and int(value) & (int(value) - 1) == 0
