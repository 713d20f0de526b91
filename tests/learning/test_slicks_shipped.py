from __future__ import annotations

import cv2
import numpy as np
import pytest

from pelagia.catalogue.models import SHIPPED
from pelagia.learning.package import read_package
from pelagia.learning.slick_segmenter import SlickSegmenter, load_slick_segmenter

UNLEARNED = ("plain Otsu's threshold", "the detector dark-spots")
MODEL = SHIPPED / "oil-slicks" / "1.0.0"


@pytest.fixture(scope="module")
def segmenter() -> SlickSegmenter:
    return load_slick_segmenter(MODEL, threads=1)


def sea(seed: int, drawn: np.ndarray | None = None) -> np.ndarray:
    """Sea of −10 dB with speckle of four looks, 8 dB darker where it is drawn."""
    power = 0.1 * np.random.default_rng(seed).gamma(4, 1 / 4, (256, 256))
    if drawn is not None:
        power *= np.where(drawn, 10**-0.8, 1.0)
    return (10 * np.log10(power)).astype(np.float32)


def slick() -> np.ndarray:
    """A slick some 20 px wide, bent."""
    canvas = np.zeros((256, 256), np.uint8)
    along = np.linspace(0, 1, 60)
    points = np.stack([30 + 190 * along, 60 + 110 * along**2], axis=1).round().astype(np.int32)
    cv2.polylines(canvas, [points], isClosed=False, color=1, thickness=20)
    return canvas > 0


def overlap(found: np.ndarray, drawn: np.ndarray) -> float:
    return float((found & drawn).sum() / (found | drawn).sum())


def test_a_plain_slick_is_outlined(segmenter: SlickSegmenter) -> None:
    found = segmenter.probabilities(sea(1, slick())) >= segmenter.least_probability
    assert overlap(found, slick()) > 0.6


def test_a_quicklook_is_outlined_as_well(segmenter: SlickSegmenter) -> None:
    db = sea(2, slick())
    grey = np.clip(np.round(10 ** (db / 20) * 500), 0, 255).astype(np.float32)
    found = segmenter.probabilities(grey) >= segmenter.least_probability
    assert overlap(found, slick()) > 0.6


def test_sea_without_a_slick_stays_so(segmenter: SlickSegmenter) -> None:
    found = segmenter.probabilities(sea(3)) >= segmenter.least_probability
    assert found.mean() < 0.02


def test_the_card_tells_what_it_learned_from_and_how_it_does_on_real_scenes() -> None:
    package = read_package(MODEL)
    card = package.card
    assert [one.name for one in card.data] == ["generated radar scenes (pelagia.learning.train.slicks)"]
    assert "no real one among them" in card.limits
    told = {(one["set"], one["by"]): one["iou"] for one in card.recipe["figures"]}
    assert len({what for what, _ in told}) == 3
    page = (MODEL / "card.md").read_text(encoding="utf-8")
    for what in ("PALSAR (SOS, test)", "Sentinel-1 (SOS, test)"):
        better = told[what, "this model"] > max(told[what, by] for by in UNLEARNED)
        line = next(line for line in page.splitlines() if line.startswith(f"- {what}"))
        assert ("detector = network" in line) == better
    assert package.model.stat().st_size < 5e6
