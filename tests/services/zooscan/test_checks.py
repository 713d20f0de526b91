from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pelagia.core.result import Issue
from pelagia.io.tally import Tally
from pelagia.io.zooscan import Background, Project, ResultTable, Scan
from pelagia.io.zooscan.metadata import read_sample, read_scan
from pelagia.io.zooscan.naming import split_scan_id, subsample_of
from pelagia.services.zooscan.checks import Check, Group, Measured, check_project, verdict_of

SAMPLE = {
    "date": "20260602-0830",
    "latitude": "43.41",
    "longitude": "-7.18",
    "nettype": "wp2",
    "netmesh": "200",
    "netsurf": "0.25",
    "towtype": "3",
    "townb": "1",
    "zmax": "75",
    "zmin": "0",
    "vol": "18.75",
    "depth": "85",
}
SIEVES = {"d1": ("1000", "999999", "2"), "d2": ("200", "1000", "8"), "tot": ("200", "999999", "8")}


def made_scan(scan_id: str = "st1_tot_1", *, sample: dict[str, str] | None = None, **changes: Any) -> Scan:
    """Return a scan with nothing wrong about it, but for the changes; metadata by its legacy names."""
    sample_id, fraction = split_scan_id(scan_id)
    lower, upper, splits = SIEVES.get(fraction.fraction_id, SIEVES["tot"])
    told = {"fracmin": lower, "fracsup": upper, "fracnb": splits, "submethod": "motoda", "scanop": "ana"}
    told |= {key: changes.pop(key) for key in list(changes) if key in {*told, "fracid"}}
    background = Background(name="20260602_0915_back_large", frame="large", raw_1="b1.tif", raw_2="b2.tif")
    tally = Tally("meta.txt")
    plain: dict[str, Any] = {
        "raw": f"{scan_id}_raw.tif",
        "log": "log.txt",
        "meta": "meta.txt",
        "sep": "sep.gif",
        "work": "work",
        "rows": 25_000,
        "cols": 15_000,
        "dpi": 2400,
        "frame": "large",
        "background": background,
        "scanned_at": datetime(2026, 6, 3, 10, 0),
        "sizes": {f"{scan_id}_raw.tif": 750_000_210},
        "log_values": {"particules_process.separation_mask": "INCLUDE"},
        "sample": read_sample(SAMPLE | {"sampleid": sample_id} | (sample or {}), tally, "degrees-minutes"),
        "metadata": read_scan(told | {"scanid": scan_id, "sampleid": sample_id}, tally),
    }
    return Scan(
        scan_id=scan_id, subsample_id=subsample_of(scan_id), sample_id=sample_id, fraction=fraction, **(plain | changes)
    )


def checks_of(
    *scans: Scan, measured: dict[str, Measured] | None = None, **changes: Any
) -> dict[tuple[str, str], Check]:
    report = check_project(Project(name="Zooscan_test", uri="x", scans=scans, **changes), measured)
    return {(check.subject, check.code): check for check in report.checks}


def one(code: str, scan: Scan, *, subject: str = "st1_tot_1", **told: Any) -> Check:
    return checks_of(scan, **told)[subject, code]


def test_a_sound_scan_has_nothing_to_look_at() -> None:
    measured = {"st1_tot_1": Measured(objects=1_500, dark_share=0.1, is_separated=True)}
    report = check_project(Project(name="Zooscan_test", uri="x", scans=(made_scan(),)), measured)
    assert {check.code: check.verdict for check in report.checks if check.verdict != "ok"} == {}
    assert (report.scans, report.verdict) == ({"st1_tot_1": "ok"}, "ok")


@given(st.lists(st.sampled_from(["ok", "look", "bad", "unknown"])))
def test_the_worst_that_is_known_is_the_verdict(verdicts: list[Any]) -> None:
    made = [
        Check(scope="scan", subject="a", code="b", verdict=verdict, value="", expected="", message="")
        for verdict in verdicts
    ]
    expected = next((verdict for verdict in ("bad", "look", "ok") if verdict in verdicts), "unknown")
    assert verdict_of(made) == expected


@pytest.mark.parametrize("lacking", ["raw", "log", "meta"])
def test_a_missing_file_of_the_raw_folder_is_bad(lacking: str) -> None:
    check = one("raw-files", made_scan(**{lacking: ""}))
    assert check.verdict == "bad"
    assert check.remedy
    assert one("raw-files", made_scan(duplicates=("a_log.txt",))).verdict == "look"


def test_raw_images_of_one_frame_have_equal_sizes() -> None:
    scans = [made_scan(f"st{number}_tot_1") for number in (1, 2, 3)]
    short = replace(scans[2], sizes={scans[2].raw: 700_000_000})
    found = checks_of(*scans[:2], short)
    assert [found[scan.scan_id, "scan-size"].verdict for scan in scans] == ["ok", "ok", "look"]
    narrow = replace(short, frame="narrow")
    assert (narrow.scan_id, "scan-size") not in checks_of(*scans[:2], narrow)


def table(objects: int = 2, **values: str) -> ResultTable:
    return ResultTable(
        file="t.tsv", columns=tuple(values), objects=objects, values={k: (v,) for k, v in values.items()}
    )


def test_as_many_vignettes_as_rows() -> None:
    assert one("vignette-count", made_scan(processed=table(7), vignettes=7)).verdict == "ok"
    assert one("vignette-count", made_scan(processed=table(7), vignettes=6)).verdict == "bad"
    assert one("vignette-count", made_scan(vignettes=6)).verdict == "unknown"


@pytest.mark.parametrize(
    ("share", "verdict"),
    [("0.1076", "ok"), ("0.2499", "ok"), ("0.25", "bad"), ("0", "bad"), ("nan", "unknown"), ("", "unknown")],
)
def test_less_than_a_quarter_of_a_scan_is_dark(share: str, verdict: str) -> None:
    assert one("dark-share", made_scan(processed=table(process_particle_bw_ratio=share))).verdict == verdict


@pytest.mark.parametrize(
    ("size", "dpi", "verdict"),
    [
        ("0.0106", "2400", "ok"),
        ("0.0847", "300", "ok"),
        ("0.0053", "4800", "ok"),
        ("0.0204", "1200", "look"),
        ("0.0408", "600", "look"),
        ("0.0212", "1200", "ok"),
        ("0.0106", "1200", "bad"),
        ("0.0211", "2400", "bad"),
    ],
)
def test_the_pixel_size_belongs_to_the_resolution(size: str, dpi: str, verdict: str) -> None:
    told = table(process_particle_pixel_size_mm=size, process_img_resolution=dpi)
    assert one("pixel-size", made_scan(processed=told)).verdict == verdict


def test_scan_background_and_settings_speak_of_one_frame() -> None:
    assert one("frame", made_scan(), initial="large").verdict == "ok"
    assert one("frame", made_scan(), initial="narrow").verdict == "bad"
    told = table(process_img_background_img="20250121_1031_background_narrow_manual.tif")
    assert one("frame", made_scan(processed=told)).verdict == "bad"
    assert one("frame", made_scan(frame="", background=None)).verdict == "unknown"


def test_a_separation_mask_is_there_and_included() -> None:
    assert one("separation-mask", made_scan(sep="")).verdict == "look"
    assert one("separation-mask", made_scan(sep="", fracnb="1")).verdict == "ok"
    assert one("separation-included", made_scan(processed=table(process_particle_sep_mask="unused"))).verdict == "bad"
    whole = made_scan(sep="", fracnb="1", processed=table(process_particle_sep_mask="unused"))
    assert one("separation-included", whole).verdict == "ok"
    measured = {"st1_tot_1": Measured(objects=3, is_separated=True)}
    assert one("separation-mask", made_scan(sep=""), measured=measured).verdict == "ok"


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        ("200", "1000", "ok"),
        ("200", "999999", "ok"),
        ("1000", "200", "bad"),
        ("200", "200", "bad"),
        ("test", "1000", "bad"),
        ("nan", "1000", "bad"),
        ("", "1000", "unknown"),
    ],
)
def test_the_lower_sieve_is_finer_than_the_upper_one(lower: str, upper: str, verdict: str) -> None:
    assert one("sieve-order", made_scan(fracmin=lower, fracsup=upper)).verdict == verdict


def test_the_sieves_of_neighbouring_fractions_join() -> None:
    found = checks_of(made_scan("st1_d1_1"), made_scan("st1_d2_1"))
    assert found["st1", "sieve-chain"].verdict == "ok"
    found = checks_of(made_scan("st1_d1_1"), made_scan("st1_d2_1", fracsup="2000"))
    assert found["st1", "sieve-chain"].verdict == "bad"
    assert ("st1", "sieve-chain") not in checks_of(made_scan("st1_d1_1"), made_scan("st1_d3_1"))


def test_scans_of_one_fraction_go_through_the_same_sieves() -> None:
    scans = [made_scan(f"st{number}_d1_1") for number in (1, 2)]
    other = made_scan("st3_d1_1", fracmin="500")
    found = checks_of(*scans, other)
    assert [found[f"st{number}_d1_1", "sieve-same"].verdict for number in (1, 2, 3)] == ["ok", "ok", "look"]
    tie = checks_of(scans[0], other)
    assert {tie[name, "sieve-same"].verdict for name in ("st1_d1_1", "st3_d1_1")} == {"look"}


@pytest.mark.parametrize(
    ("scan_id", "net", "part", "verdict"),
    [
        ("st1_d1_1", "wp2", "1", "ok"),
        ("st1_d1_1", "wp2", "3", "bad"),
        ("st1_d2_1", "wp2", "1", "bad"),
        ("st1_d2_1", "wp2", "64", "ok"),
        ("st1_tot_1", "rg", "1", "ok"),
        ("st1_tot_1", "rg", "21", "bad"),
        ("st1_tot_1", "manta", "1", "bad"),
        ("st1_tot_1", "manta", "111", "bad"),
        ("st1_plankton_1", "bongo", "16", "ok"),
        # Scanned in parts, the number is divided already: 8 became 2, 4 became 1.
        ("st1_d2_1_sur_4_1", "wp2", "2", "ok"),
        ("st1_d2_1_sur_4_1", "wp2", "1", "ok"),
        ("st1_d2_1_sur_3_1", "wp2", "8", "bad"),
        ("st1_tot_1", "wp2", "2.5", "bad"),
        ("st1_tot_1", "wp2", "test", "bad"),
        ("st1_tot_1", "wp2", "", "unknown"),
    ],
)
def test_the_part_is_one_that_halving_gives(scan_id: str, net: str, part: str, verdict: str) -> None:
    scan = made_scan(scan_id, sample={"nettype": net}, fracnb=part)
    assert one("sub-part", scan, subject=scan_id).verdict == verdict


def test_a_sample_that_was_not_halved_may_have_any_part() -> None:
    assert one("sub-part", made_scan(fracnb="37", submethod="pipette")).verdict == "ok"


def test_not_all_scans_name_the_same_part() -> None:
    same = [made_scan(f"st{number}_tot_1", fracnb="4") for number in (1, 2)]
    assert checks_of(*same)["Zooscan_test", "sub-part-varies"].verdict == "look"
    other = made_scan("st3_tot_1", fracnb="8")
    assert checks_of(*same, other)["Zooscan_test", "sub-part-varies"].verdict == "ok"


def test_a_finer_fraction_is_split_at_least_as_often() -> None:
    coarse = made_scan("st1_d1_1", fracnb="8")
    assert checks_of(coarse, made_scan("st1_d2_1", fracnb="8"))["st1", "sub-part-order"].verdict == "ok"
    assert checks_of(coarse, made_scan("st1_d2_1", fracnb="4"))["st1", "sub-part-order"].verdict == "bad"
    parts = checks_of(coarse, made_scan("st1_d2_1_sur_4_1", fracnb="2"))
    assert parts[("st1", "sub-part-order")].verdict == "ok"


@pytest.mark.parametrize(
    ("scan_id", "net_mesh", "part", "objects", "verdict"),
    [
        ("st1_tot_1", "200", "8", 1_000, "ok"),
        ("st1_tot_1", "200", "8", 2_500, "ok"),
        ("st1_tot_1", "200", "8", 999, "look"),
        ("st1_tot_1", "200", "8", 2_501, "look"),
        ("st1_tot_1", "500", "8", 500, "ok"),
        ("st1_tot_1", "500", "8", 1_501, "look"),
        ("st1_d1_1", "200", "2", 500, "ok"),
        ("st1_d1_1", "200", "1", 3, "ok"),
        ("st1_d1_1", "200", "1", 1_501, "look"),
    ],
)
def test_a_scan_shows_neither_too_few_nor_too_many(
    scan_id: str, net_mesh: str, part: str, objects: int, verdict: str
) -> None:
    scan = made_scan(scan_id, sample={"netmesh": net_mesh}, fracnb=part)
    measured = {scan_id: Measured(objects=objects)}
    assert one("object-count", scan, subject=scan_id, measured=measured).verdict == verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "ok"),
        ({"vol": "99999"}, "bad"),
        ({"vol": "0"}, "bad"),
        ({"vol": "18750"}, "look"),
        ({"vol": "18750", "towtype": "1"}, "ok"),
        ({"townb": "5", "vol": "93.75"}, "ok"),
    ],
)
def test_a_volume_is_known_and_fits_a_vertical_tow(changes: dict[str, str], verdict: str) -> None:
    check = one("volume", made_scan(sample=changes), subject="st1")
    assert check.verdict == verdict
    assert ("litres" in check.message) == (verdict == "look")


def test_a_position_that_is_no_degrees_and_minutes_is_to_be_looked_at() -> None:
    assert one("position", made_scan(sample={"longitude": "-68.807"}), subject="st1").verdict == "look"
    assert one("position", made_scan(sample={"longitude": "99999"}), subject="st1").verdict == "look"
    far = {"latitude_end": "43.41", "longitude_end": "7.18"}
    assert one("tow-length", made_scan(sample=far), subject="st1").verdict == "look"


def test_a_position_that_a_person_corrected_is_not_asked_for_again() -> None:
    scan = made_scan(sample={"longitude": "-68.807"})
    assert scan.sample is not None
    corrected = replace(scan, sample=replace(scan.sample, latitude_deg=43.4, longitude_deg=-68.8))
    assert one("position", corrected, subject="st1").verdict == "ok"


def test_results_of_the_legacy_do_not_count_once_a_scan_was_processed_here() -> None:
    wrong = table(
        7, process_particle_pixel_size_mm="0.0211", process_img_resolution="2400", process_particle_sep_mask="no"
    )
    scan = made_scan(processed=wrong, vignettes=3)
    legacy = {"vignette-count", "pixel-size", "separation-included"}
    assert {code for (_, code), check in checks_of(scan).items() if check.verdict == "bad"} == legacy
    measured = {"st1_tot_1": Measured(objects=1_500, dark_share=0.1)}
    assert not legacy & {code for _, code in checks_of(scan, measured=measured)}


def test_a_longitude_with_the_wrong_sign_is_found_among_the_others() -> None:
    scans = [made_scan(f"st{number}_tot_1", sample={"longitude": f"20.{number}0"}) for number in range(1, 5)]
    found = checks_of(*scans, made_scan("st5_tot_1", sample={"longitude": "-20.30"}))
    assert {key for key in found if key[1] == "longitude-sign"} == {("st5", "longitude-sign")}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [({}, "ok"), ({"zmin": "80"}, "bad"), ({"zmax": "90"}, "look"), ({"zmax": "99999"}, "look")],
)
def test_depths_are_in_order(changes: dict[str, str], verdict: str) -> None:
    assert one("depths", made_scan(sample=changes), subject="st1").verdict == verdict


def test_a_sample_is_taken_before_it_is_scanned() -> None:
    assert one("sampled-at", made_scan(sample={"date": "20270101-0000"})).verdict == "bad"
    assert one("sampled-at", made_scan(sample={"date": "2027"})).verdict == "look"


def test_names_that_differ_by_a_slip_are_found() -> None:
    scans = [made_scan(scanop="adelaide_perruchon"), made_scan("st2_tot_1", scanop="adelaide_peruchon")]
    checks = [
        check
        for check in check_project(Project(name="Zooscan_test", uri="x", scans=tuple(scans))).checks
        if check.code == "spelling" and check.verdict == "look"
    ]
    assert [check.value for check in checks] == ["adelaide_perruchon / adelaide_peruchon"]
    nets = [made_scan(sample={"nettype": "bongo_200"}), made_scan("st2_tot_1", sample={"nettype": "bongo_500"})]
    report = check_project(Project(name="Zooscan_test", uri="x", scans=tuple(nets)))
    assert {check.verdict for check in report.checks if check.code == "spelling"} == {"ok"}


def test_findings_of_the_reading_become_checks() -> None:
    issues = [
        Issue(file="a", code="raw-truncated", message="Cut off", remedy="Copy it", severity="error"),
        Issue(file="a", code="dpi-wrong", message="Two resolutions", remedy="Give it", severity="error"),
        Issue(file="a", code="background-older", message="Older", remedy="Complete it"),
        Issue(file="a", code="zip-inner-name", message="Renamed", remedy="Look"),
        Issue(file="a", code="metadata-disagree", message="Differ", remedy="Correct"),
    ]
    found = checks_of(made_scan(issues=tuple(issues), rows=0, usable=False))
    expected = {
        "image-readable": "bad",
        "resolution": "bad",
        "background": "look",
        "zip-name": "look",
        "metadata-agree": "look",
    }
    assert {code: found["st1_tot_1", code].verdict for code in expected} == expected
    assert found["Zooscan_test", "scans"].verdict == "look"


def test_multiples_are_few_in_all_and_in_each_group() -> None:
    groups = {"Copepoda": Group(objects=100, multiples=16), "Appendicularia": Group(objects=100, multiples=1)}
    measured = {"st1_tot_1": Measured(objects=200, groups=groups)}
    report = check_project(Project(name="Zooscan_test", uri="x", scans=(made_scan(),)), measured)
    told = {(check.scope, check.code, check.message.split()[1]): check for check in report.checks}
    assert told["scan", "multiples", "objects"].verdict == "ok"
    assert told["project", "multiples", "objects"].value == "8.5% (17 of 200)"
    assert told["project", "multiples-of-group", "Copepoda"].verdict == "look"
    assert told["project", "multiples-of-group", "Appendicularia"].verdict == "ok"
    many = {"st1_tot_1": Measured(objects=10, groups={"Copepoda": Group(objects=10, multiples=2)})}
    assert one("multiples", made_scan(), measured=many).verdict == "look"


def test_what_is_wrong_with_a_sample_shows_in_the_verdict_of_its_scans() -> None:
    scans = (made_scan("st1_tot_1", sample={"vol": "99999"}), made_scan("st2_tot_1", fracnb="16"))
    measured = {scan.scan_id: Measured(objects=1_500, dark_share=0.1) for scan in scans}
    report = check_project(Project(name="Zooscan_test", uri="x", scans=scans), measured)
    assert (report.scans, report.verdict) == ({"st1_tot_1": "bad", "st2_tot_1": "ok"}, "bad")


def test_every_check_says_what_to_do_unless_all_is_well() -> None:
    broken = made_scan(
        raw="",
        log="",
        meta="m",
        sep="",
        fracmin="9",
        fracsup="3",
        fracnb="5",
        background=None,
        sample=dict.fromkeys(SAMPLE, "99999"),
        processed=table(3, process_particle_sep_mask="no"),
    )
    for check in check_project(Project(name="Zooscan_test", uri="x", scans=(broken,))).checks:
        assert check.message.endswith(".")
        assert check.remedy or check.verdict in {"ok", "unknown"}, check
