"""The checks on real projects, good and bad ones; their names say which check of the original they were made for."""

from __future__ import annotations

from pathlib import Path

import pytest

from pelagia.io.zooscan import find_places, read_projects
from pelagia.services.zooscan.checks import ProjectReport, check_project

Reports = dict[str, ProjectReport]


@pytest.fixture(scope="module")
def reports(shared_data: Path) -> Reports:
    """The reports of the projects made for the quality control, by the end of their name."""
    folder = shared_data / "zooscan" / "quality_check_projects" / "zooscan_test"
    (place,) = find_places([str(folder)])
    return {project.name.partition("_check_")[2]: check_project(project) for project in read_projects(place)}


def verdicts(report: ProjectReport, code: str) -> dict[str, str]:
    return {check.subject: check.verdict for check in report.checks if check.code == code}


@pytest.mark.parametrize(
    ("project", "code", "expected"),
    [
        ("motoda_check_2", "sub-part", {"wp_d1_1": "bad"}),
        (
            "motoda_check_4",
            "sub-part",
            dict.fromkeys(("bongo_plankton_1", "manta_tot_1", "rg_tot_1", "wp2_d3_1", "wp_d1_1"), "bad"),
        ),
        (
            "motoda_check_5",
            "sub-part",
            dict.fromkeys(
                ("bongo_plankton_1", "manta_tot_1", "rg_2_tot_1", "rg_tot_1", "wp2_d3_1", "wp_2_d1_1", "wp_d1_1"), "ok"
            ),
        ),
        ("sieve_bug_2", "sieve-order", {"wp_d1_1": "bad"}),
        ("sieve_bug_3", "sieve-same", {"wp_1_d1_1": "look", "wp_2_d1_1": "look"}),
        ("sieve_bug_4", "sieve-order", {"wp_d1_1": "bad"}),
        ("sieve_bug_5", "sieve-order", {"wp_d1_1": "bad"}),
        ("sieve_bug_6", "sieve-order", dict.fromkeys(("wp_1_d1_1", "wp_1_d2_1", "wp_2_d1_1", "wp_2_d2_1"), "ok")),
        ("sieve_bug_6", "sieve-same", dict.fromkeys(("wp_1_d1_1", "wp_1_d2_1", "wp_2_d1_1", "wp_2_d2_1"), "ok")),
        ("sieve_bug_6", "sieve-chain", {"wp_1": "ok", "wp_2": "ok"}),
        ("sieve_bug_7", "sieve-chain", {"wp": "bad"}),
        (
            "nb_lines_tsv_1",
            "vignette-count",
            {"wp_d1_1": "ok", "wp_d2_1": "bad", "wp_d3_1": "unknown", "wp_d4_1": "bad"},
        ),
        ("process_check_1", "vignette-count", {"wp_d1_1": "ok", "wp_d2_1": "ok"}),
        ("process_check_2", "dark-share", {"wp_d1_1": "unknown", "wp_d2_1": "unknown"}),
        ("process_check_2", "pixel-size", {"wp_d1_1": "ok", "wp_d2_1": "ok"}),
        ("process_check_2", "separation-included", {"wp_d1_1": "ok", "wp_d2_1": "ok"}),
    ],
)
def test_projects_made_for_a_check_give_what_they_were_made_for(
    reports: Reports, project: str, code: str, expected: dict[str, str]
) -> None:
    assert verdicts(reports[project], code) == expected


def test_a_project_in_which_all_splits_are_the_same_is_found(reports: Reports) -> None:
    assert set(verdicts(reports["motoda_check_3"], "sub-part-varies").values()) == {"look"}
    assert set(verdicts(reports["motoda_check_5"], "sub-part-varies").values()) == {"ok"}


@pytest.mark.parametrize("project", ["motoda_check_1", "sieve_bug_1", "multiples_0"])
def test_a_project_without_results_has_nothing_to_measure(reports: Reports, project: str) -> None:
    report = reports.get(project)
    if project == "multiples_0":
        assert report is None  # an empty file in an empty folder is no project
        return
    assert report is not None
    assert (report.scans, report.verdict) == ({}, "look")


def test_the_real_cruise_has_the_faults_that_its_tables_show(shared_data: Path) -> None:
    (place,) = find_places([str(shared_data / "zooscan" / "pid")])
    (project,) = read_projects(place)
    report = check_project(project)
    # 50 is no power of two; the coarsest sieve of these samples was scanned whole, under the name "tot".
    assert {name for name, verdict in verdicts(report, "sub-part").items() if verdict == "bad"} == {
        "hb1907_moc11_net0_333_1_tot_1",
        "hb1907_moc11_net0_333_2_tot_1",
        *(f"hb1907_moc{cast}_5000_1_tot_1" for cast in ("10_net3", "11_net0", "11_net3", "11_net5")),
    }
    assert set(verdicts(report, "position").values()) == {"look"}
    assert set(verdicts(report, "pixel-size").values()) == {"ok"}
    assert set(verdicts(report, "dark-share").values()) == {"ok"}
    assert set(verdicts(report, "sampled-at").values()) == {"ok"}
    assert set(verdicts(report, "volume").values()) == {"ok"}
