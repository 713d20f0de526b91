from __future__ import annotations

import json

import pytest

from pelagia.core.errors import BadInput
from pelagia.exports.outcome import DatasetInfo, SampleInfo, read_dataset_info


def write(path, told):
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def test_every_field_of_a_description_may_be_left_out(tmp_path):
    assert read_dataset_info(write(tmp_path / "d.json", {})) == DatasetInfo()


def test_no_licence_is_assumed():
    assert DatasetInfo().licence == ""


def test_a_description_is_read_with_its_samples(tmp_path):
    told = {"title": "T", "samples": {"S1": {"latitude": 1, "longitude": 2, "sampled_at": "2024-05-17T09:30Z"}}}
    read = read_dataset_info(write(tmp_path / "d.json", told))
    assert read.samples["S1"] == SampleInfo(latitude=1, longitude=2, sampled_at="2024-05-17T09:30Z")


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ({"titel": "T"}, "titel"),
        ({"country_code": "Belgium"}, "country_code"),
        ({"samples": {"S1": {"sampled_at": "17.5.2024"}}}, "samples.S1.sampled_at"),
        ({"samples": {"S1": {"latitude": 95, "longitude": 0}}}, "samples.S1.latitude"),
        ({"samples": {"S1": {"latitude": 5}}}, "samples.S1"),
        ({"samples": {"S1": {"water_volume_l": 5}}}, "samples.S1"),
    ],
)
def test_what_is_wrong_in_a_description_is_named_with_its_place(tmp_path, told, where):
    with pytest.raises(BadInput) as caught:
        read_dataset_info(write(tmp_path / "d.json", told))
    assert where in caught.value.what
    assert caught.value.file.endswith("d.json")
    assert caught.value.remedy


def test_a_description_that_is_not_there_or_no_json_is_told(tmp_path):
    with pytest.raises(BadInput):
        read_dataset_info(tmp_path / "none.json")
    (tmp_path / "d.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadInput):
        read_dataset_info(tmp_path / "d.json")


@pytest.mark.parametrize("moment", ["2024", "2024-05", "2024-05-17", "2024-05-17T09:30+02:00", "2024-05-01/2024-05-03"])
def test_a_date_may_be_as_exact_as_it_is_known(moment):
    assert SampleInfo(sampled_at=moment).sampled_at == moment
