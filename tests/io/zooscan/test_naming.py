from __future__ import annotations

from datetime import datetime

import pytest

from pelagia.io.zooscan.naming import Fraction, background_name, raw_scan_id, scan_file, split_scan_id, subsample_of


@pytest.mark.parametrize(
    ("scan_id", "sample", "fraction"),
    [
        ("jb19740123_tot_1", "jb19740123", Fraction(fraction_id="tot")),
        ("apero_st66_d_n1_d3_1", "apero_st66_d_n1", Fraction(fraction_id="d3", size_class=3)),
        ("st20_n_n7_d2_2_sur_4_1", "st20_n_n7", Fraction(fraction_id="d2_2_sur_4", size_class=2, part=2, parts=4)),
        ("hb1907_moc10_net3_1000_1_tot_1", "hb1907_moc10_net3_1000_1", Fraction(fraction_id="tot")),
        ("bongo_plankton_1", "bongo", Fraction(fraction_id="plankton")),
        ("vis1", "vis1", Fraction(fraction_id="")),
    ],
)
def test_a_scan_names_sample_and_fraction(scan_id: str, sample: str, fraction: Fraction) -> None:
    assert split_scan_id(scan_id) == (sample, fraction)


def test_a_raw_image_names_its_scan() -> None:
    assert raw_scan_id("x/st1_d1_raw_1.tif") == "st1_d1_1"
    assert raw_scan_id("st1_d1_1.tif") is None
    assert raw_scan_id("20240529_0946_back_large_raw_1.tif") is None
    assert subsample_of("st1_d1_1") == "st1_d1"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("20240529_0946_back_large_raw_2.tif", "raw_2"),
        ("20240529_0946_back_large_1.tif", "back_1"),
        ("20240529_0946_background_large_manual.tif", "whole"),
        ("20240529_0946_back_large_manual_log.txt", "log"),
    ],
)
def test_a_background_names_its_moment_and_frame(name: str, what: str) -> None:
    found = background_name(name)
    assert found is not None
    assert (found.taken_at, found.frame, found.what) == (datetime(2024, 5, 29, 9, 46), "large", what)


@pytest.mark.parametrize("name", ["20249929_0946_back_large_raw_1.tif", "background.tif", "st1_raw_1.tif"])
def test_what_is_no_background_is_none(name: str) -> None:
    assert background_name(name) is None


def test_a_file_of_the_work_folder_says_what_it_is() -> None:
    assert scan_file("st1_d1_1_dat1.pid") == ("st1_d1_1", "pid")
    assert scan_file("ecotaxa_st1_d1_1.tsv") == ("st1_d1_1", "tsv")
    assert scan_file("st1_d1_1_vis1.zip") == ("st1_d1_1", "vis1")
    assert scan_file("st1_d1_1_17.jpg") is None
