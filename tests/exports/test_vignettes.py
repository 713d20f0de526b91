from __future__ import annotations

import zipfile
from dataclasses import replace

import pytest
from tests.exports.publishable import BOX, make_publishable, object_row, options

from pelagia.core.result import Artifact
from pelagia.exports import darwin_core, ecotaxa
from pelagia.exports.vignettes import file_stem, iter_vignettes, read_vignettes, vignette_path


def test_vignettes_are_cut_at_their_boxes_in_any_order_of_the_table(tmp_path):
    objects = [object_row(sample, number) for number in (7, 3, 12) for sample in ("S2", "S1")]
    found = dict(iter_vignettes(make_publishable(tmp_path, objects=objects)))
    assert set(found) == {row["object_id"] for row in objects}
    for name, image in found.items():
        assert image.shape == (BOX, BOX, 3)
        assert (image == int(name.split("_")[1])).all()


def test_each_collage_is_decoded_once_for_a_piece_of_the_table(tmp_path, monkeypatch):
    from pelagia.io import cutting

    opened = []
    read = cutting._read
    monkeypatch.setattr(cutting, "_read", lambda uri, file: opened.append(file) or read(uri, file))
    objects = [object_row(sample, number) for number in range(1, 30) for sample in ("S2", "S1")]
    list(iter_vignettes(make_publishable(tmp_path, objects=objects)))
    assert sorted(opened) == ["S1_000001.png", "S2_000001.png"]


def test_every_row_is_given_with_its_image_or_with_what_is_wrong(tmp_path):
    objects = [
        object_row("S1", 1),
        object_row("S1", 2, source_file="gone.png"),
        object_row("S1", 3, box_col_px=500),
        object_row("S1", 4, source_file=None),
    ]
    pairs = list(read_vignettes(make_publishable(tmp_path, objects=objects), ("object_id",)))
    errors = {row["object_id"]: vignette.error for row, vignette in pairs if vignette.image is None}
    assert len(pairs) == 4
    assert set(errors) == {"S1_2", "S1_3", "S1_4"}
    assert errors["S1_2"].file == "gone.png"
    assert errors["S1_4"] is None


@pytest.mark.parametrize("name", ["run 1", "a/b", "a:b", "..", "Æ", "x" * 300])
def test_a_file_name_is_plain_and_tells_names_apart(name):
    stem = file_stem(name)
    assert stem.isascii()
    assert "/" not in stem
    assert not stem.startswith(".")
    assert len(stem) <= 130
    assert stem != file_stem(f"{name}!")


def test_a_plain_name_is_kept():
    assert file_stem("run-01_000001.x") == "run-01_000001.x"
    assert vignette_path("run-01", "run-01_7") == "run-01/run-01_7.png"


def test_the_media_of_an_occurrence_are_the_files_of_the_ecotaxa_export(tmp_path):
    result = make_publishable(tmp_path, objects=[object_row("S1", 1), object_row("S1", 2, object_id="a/b")])
    (archive,) = darwin_core.write(result, tmp_path / "out", options()).files
    (images,) = ecotaxa.write(result, tmp_path / "out", options()).files
    with zipfile.ZipFile(archive) as opened:
        first = opened.read("occurrence.txt").decode().splitlines()[1]
    with zipfile.ZipFile(images) as opened:
        names = set(opened.namelist())
    media = first.split("\t")[-1].split(" | ")
    assert len(media) == 2
    assert set(media) <= names


def test_vignettes_that_the_result_holds_itself_are_found_wherever_it_stands(tmp_path):
    result = make_publishable(
        tmp_path, objects=[object_row("S1", 1, source_uri="result:vignettes/a", source_file="S1_000001.png")]
    )
    held = tmp_path / "elsewhere"
    held.mkdir()
    (tmp_path / "S1_000001.png").rename(held / "S1_000001.png")
    artifact = Artifact(role="vignettes", name="vignettes/a", path=held, media_type="application/zip")
    assert len(dict(iter_vignettes(replace(result, artifacts=(artifact,))))) == 1
