"""A deployment is in one part of the training set only, and every class is in every part where that can be."""

from __future__ import annotations

import numpy as np
import pytest
from tests.services.citizen.crowd import people, rows, run, simulate, write

from pelagia.core.errors import BadInput, BadParameter
from pelagia.services.citizen.gathering import deployments
from pelagia.services.citizen.service import CitizenParams
from pelagia.services.citizen.splitting import SetImage, split, split_rows


def images(groups: int, each: int, classes=("crab", "snail")) -> list[SetImage]:
    return [
        SetImage(image_id=f"g{g}/{n}", deployment=f"g{g}", group=f"g{g}", boxes={classes[g % len(classes)]: 2})
        for g in range(groups)
        for n in range(each)
    ]


def test_no_group_is_in_two_parts_and_shares_are_met():
    own = images(40, 10)
    parts = split(own, (0.2, 0.1), np.random.default_rng(0))
    assert all(len({parts[image.image_id] for image in own if image.group == f"g{g}"}) == 1 for g in range(40))
    shares = [list(parts.values()).count(part) / len(own) for part in ("train", "validation", "test")]
    assert shares == pytest.approx([0.7, 0.2, 0.1], abs=0.03)


def test_classes_are_in_proportion_where_groups_allow():
    own = images(40, 10)
    parts = split(own, (0.2, 0.2), np.random.default_rng(0))
    table = {
        (row["part"], row["item_class"]): row["share"] for row in split_rows(own, parts) if row["deployment"] == "all"
    }
    for part, share in (("train", 0.6), ("validation", 0.2), ("test", 0.2)):
        assert table[part, "crab"] == pytest.approx(share, abs=0.06)
        assert table[part, "snail"] == pytest.approx(share, abs=0.06)


def test_three_groups_make_three_parts():
    parts = split(images(3, 5), (0.15, 0.15), np.random.default_rng(0))
    assert set(parts.values()) == {"train", "validation", "test"}


def test_a_part_that_nobody_asked_for_stays_empty():
    parts = split(images(10, 5), (0.2, 0.0), np.random.default_rng(0))
    assert set(parts.values()) == {"train", "validation"}


def test_the_same_seed_gives_the_same_parts_and_another_may_not():
    own = images(12, 3)
    first, again, other = (split(own, (0.2, 0.2), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_forty_thousand_images_alone_are_split_in_proportion():
    own = [SetImage(image_id=str(n), deployment="", group=str(n), boxes={"crab": 1 + n % 3}) for n in range(40_000)]
    parts = split(own, (0.15, 0.15), np.random.default_rng(0))
    assert list(parts.values()).count("test") == pytest.approx(6000, rel=0.02)


def test_a_result_keeps_deployments_apart(tmp_path):
    result = run(write(simulate(3, 24, people(6), deployments=6), tmp_path), tmp_path)
    parts: dict[str, set[str]] = {}
    for row in rows(result, "images"):
        parts.setdefault(row["deployment"], set()).add(row["part"])
    assert len(parts) == 6
    assert all(len(own) == 1 for own in parts.values())
    assert {part for own in parts.values() for part in own} == {"train", "validation", "test"}


def test_one_deployment_is_refused_before_anything_is_done_with_the_way_out(tmp_path):
    inputs = write(simulate(3, 8, people(4), deployments=1), tmp_path)
    with pytest.raises(BadInput) as refused:
        run(inputs, tmp_path)
    assert refused.value.code == "citizen-one-deployment"
    assert "group_pattern" in refused.value.remedy and "split_by=image" in refused.value.remedy
    (tmp_path / "again").mkdir()
    result = run(inputs, tmp_path / "again", split_by="image")
    assert "citizen-split-by-image" in {issue.code for issue in result.issues}
    assert any("look better than it is" in note for note in result.notes)


def test_a_pattern_tells_deployments_from_file_names(tmp_path):
    inputs = write(simulate(3, 12, people(4), deployments=1), tmp_path)
    result = run(inputs, tmp_path, group_pattern=r"img_(\d{3})")
    assert {row["deployment"] for row in rows(result, "images")} == {"000", "001"}


def test_an_image_that_the_pattern_does_not_fit_belongs_to_its_folder():
    assert deployments(["a/cam1_x.png", "a/other.png", "plain.png"], r"(cam\d)") == {
        "a/cam1_x.png": "cam1",
        "a/other.png": "a",
        "plain.png": "",
    }


def test_a_pattern_that_can_tell_nothing_is_refused():
    with pytest.raises(BadParameter):
        CitizenParams(group_pattern="(")
    with pytest.raises(BadParameter):
        CitizenParams(group_pattern="abc")
    with pytest.raises(BadParameter):
        CitizenParams(buffer_px=3, buffer_share=0.1)
