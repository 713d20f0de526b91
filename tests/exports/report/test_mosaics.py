"""Mosaics: true to scale within a taxon, honest about what is shrunk or cannot be read."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import pytest
from tests.exports.flowcam_result import OBJECT_COLUMNS, Recipe, _table, make_result

from pelagia.exports.report.mosaics import BYTES_PER_REPORT, SHOWN_SIDE_PX, gallery


def decoded(picture):
    data = base64.b64decode(picture.uri.removeprefix("data:image/webp;base64,"))
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def images(folder, sizes, *, pixel_size_um=1.0, noise=False):
    """Write one square image file a particle and return the table of objects."""
    rng = np.random.default_rng(0)
    rows = []
    for number, (height, width) in enumerate(sizes):
        picture = np.full((height, width, 3), (200, 120, 40), np.uint8)
        if noise:
            picture = rng.integers(0, 255, picture.shape, dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        rows.append(
            {
                "object_id": f"s_{number}", "sample_id": "s", "source_uri": str(folder), "source_file": f"{number}.png",
                "pixel_size_um": pixel_size_um, "taxon": "a", "status": "predicted", "confidence": 0.9 - number / 1000,
                "top_taxa": ["a", "b"], "top_probabilities": [0.9, 0.1],
            }
        )  # fmt: skip
    return _table(folder, "objects", OBJECT_COLUMNS, rows)


def test_sizes_on_the_page_are_in_the_ratio_of_the_true_sizes(tmp_path):
    (mosaic,) = gallery(images(tmp_path, [(20, 40), (40, 80), (60, 60)]), {}).mosaics
    shown = {(picture.height, picture.width) for picture in mosaic.pictures}
    zoom = 92 / 60  # the usual large side, in CSS pixels, over that of the second of three
    assert shown == {(round(h * zoom), round(w * zoom)) for h, w in [(20, 40), (40, 80), (60, 60)]}


def test_the_scale_bar_is_as_long_as_that_many_micrometres(tmp_path):
    (mosaic,) = gallery(images(tmp_path, [(40, 40)], pixel_size_um=0.5), {}).mosaics
    side_um = 40 * 0.5
    length_um = float(mosaic.scale.removesuffix(" µm"))
    assert mosaic.scale_px / length_um == pytest.approx(mosaic.pictures[0].width / side_um, rel=0.02)


def test_without_a_pixel_size_there_is_no_scale_bar(tmp_path):
    found = gallery(images(tmp_path, [(40, 40)], pixel_size_um=None), {})
    assert found.mosaics[0].scale == ""
    assert not found.scales_known


def test_a_giant_among_small_ones_is_shrunk_and_marked(tmp_path):
    (mosaic,) = gallery(images(tmp_path, [(20, 20)] * 12 + [(600, 30)]), {}).mosaics
    giants = [picture for picture in mosaic.pictures if picture.shrunk]
    assert [max(giant.width, giant.height) for giant in giants] == [SHOWN_SIDE_PX]
    assert min(picture.width for picture in mosaic.pictures if not picture.shrunk) >= 20


def test_colours_are_kept(tmp_path):
    (mosaic,) = gallery(images(tmp_path, [(30, 30)]), {}).mosaics
    middle = decoded(mosaic.pictures[0])[15, 15].astype(int)
    assert np.abs(middle - (200, 120, 40)).max() <= 6  # WebP is not lossless


def test_the_surest_come_first_and_validated_ones_before_them(tmp_path):
    result = make_result(tmp_path, Recipe(particles=30))
    for mosaic in gallery(result.tables["objects"], {}).mosaics:
        validated = [picture.validated for picture in mosaic.pictures]
        assert validated == sorted(validated, reverse=True)


def test_taxa_stand_by_rank_then_by_number(tmp_path):
    result = make_result(tmp_path, Recipe(taxa=("Junk", "Junk", "Protist"), particles=30))
    found = gallery(result.tables["objects"], {"Junk": 1, "Protist": 0})
    assert [mosaic.taxon for mosaic in found.mosaics] == ["Protist", "Junk"]


def test_images_that_cannot_be_read_are_counted_and_the_others_shown(tmp_path):
    objects = images(tmp_path, [(20, 20), (20, 20), (20, 20)])
    (tmp_path / "1.png").unlink()
    found = gallery(objects, {})
    assert (found.unreadable, len(found.mosaics[0].pictures), found.mosaics[0].total) == (1, 2, 3)


def test_large_noisy_images_do_not_make_a_large_report(tmp_path):
    found = gallery(images(tmp_path, [(400, 400)] * 60, noise=True), {})
    written = sum(len(picture.uri) for mosaic in found.mosaics for picture in mosaic.pictures)
    assert written < BYTES_PER_REPORT * 4 / 3
    assert len(found.mosaics[0].pictures) >= 10


def test_the_least_certain_are_told_with_two_guesses_and_without_the_name_of_the_sample(tmp_path):
    least = gallery(images(tmp_path, [(20, 20)] * 3), {}).doubtful
    assert [one.short_id for one in least] == ["2", "1", "0"]
    assert [choice[0] for choice in least[0].choices] == ["a", "b"]
