"""All checks of a project, and the verdicts they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pelagia.io.zooscan import Project, SampleMetadata, Scan
from pelagia.services.zooscan.checks import acquisition, files, multiples, processing, samples
from pelagia.services.zooscan.checks.check import Check, Measured, Verdict, verdict_of

OF_PROJECT: Sequence[Callable[[Project], Iterator[Check]]] = (
    files.check_scans,
    files.check_sizes,
    acquisition.check_sieves_of_project,
    acquisition.check_sieve_chain,
    acquisition.check_sub_parts_of_project,
    acquisition.check_sub_part_order,
    samples.check_longitudes,
    samples.check_spelling,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectReport:
    """What the checks of a project found.

    Parameters
    ----------
    scans
        The verdict of each scan: of its own checks and those of its sample.
    verdict
        Of the project: of all its checks.
    """

    name: str
    checks: tuple[Check, ...]
    scans: Mapping[str, Verdict]
    verdict: Verdict


def check_project(project: Project, measured: Mapping[str, Measured] | None = None) -> ProjectReport:
    """Check a project.

    Parameters
    ----------
    project
        As it was read; nothing is read again and no pixel is looked at.
    measured
        What processing gave, by scan; where it is absent the results of the legacy are looked at.
    """
    results = measured or {}
    checks = [check for scan in project.scans for check in _of_scan(scan, project, results.get(scan.scan_id))]
    checks += [check for sample in samples.samples_of(project) for check in _of_sample(sample)]
    checks += [check for one in OF_PROJECT for check in one(project)]
    checks += multiples.check_multiples(project.name, results)
    return ProjectReport(
        name=project.name,
        checks=tuple(checks),
        scans={scan.scan_id: verdict_of(_about(checks, scan)) for scan in project.scans},
        verdict=verdict_of(checks),
    )


def _of_scan(scan: Scan, project: Project, measured: Measured | None) -> Iterator[Check]:
    yield from files.check_raw_files(scan)
    yield from files.check_image(scan)
    yield from files.check_background(scan)
    if measured is None:  # what the legacy made of a scan counts only where nothing newer is there
        yield from files.check_rows(scan)
        yield from processing.check_pixel_size(scan)
    yield from processing.check_dark_share(scan, measured)
    yield from processing.check_resolution(scan)
    yield from processing.check_frame(scan, project, measured)
    yield from processing.check_separation(scan, measured)
    yield from acquisition.check_sieves(scan)
    yield from acquisition.check_sub_part(scan)
    yield from acquisition.check_object_count(scan, measured)
    yield from samples.check_times(scan)
    yield from samples.check_agreement(scan)


def _of_sample(sample: SampleMetadata) -> Iterator[Check]:
    yield from samples.check_volume(sample)
    yield from samples.check_position(sample)
    yield from samples.check_depths(sample)


def _about(checks: Iterable[Check], scan: Scan) -> Iterator[Check]:
    names = {"scan": {scan.scan_id}, "sample": acquisition.sample_names(scan)}
    return (check for check in checks if check.subject in names.get(check.scope, ()))
